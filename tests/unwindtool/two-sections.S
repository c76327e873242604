/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0x0: two FDEs [overlap] */
/*
 * f() has an FDE in .eh_frame and one in .debug_frame, which is wrong: the first
 * counts. g() has one in .debug_frame alone.
 */
#include "fixture.inc"
	.cfi_sections .eh_frame
	func	f
	.cfi_startproc
	frame
	bl	g
	unframe
	ret
	.cfi_endproc
.Lf_end:
	endfunc	f
	func	g
	nop
	ret
.Lg_end:
	endfunc	g
	.section .debug_frame, "", %progbits
.Lcie:
	.4byte	.Lcie_end - .Lcie_begin
.Lcie_begin:
	.4byte	0xffffffff
	.byte	1, 0			/* version, no augmentation */
	.uleb128 4
	.sleb128 -8
	.byte	30
	.byte	0x0c, 31, 0		/* DW_CFA_def_cfa: SP + 0 */
	.balign	8
.Lcie_end:
	.macro	fde start, end
	.4byte	20
	.4byte	.Lcie
	.8byte	\start, \end - \start
	.endm
#ifndef WRONG
	fde	f, .Lf_end
#else
	fde	f, .Lf_end - 4
#endif
	fde	g, .Lg_end
