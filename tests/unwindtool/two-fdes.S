/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0x4: two FDEs [overlap] */
#include "fixture.inc"
	func	f
	nop
	ret
.Lend:
	endfunc	f
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
	.4byte	20
	.4byte	.Lcie
	.8byte	f, .Lend - f
#ifdef WRONG
	.4byte	20
	.4byte	.Lcie
	.8byte	f + 4, .Lend - f - 4
#endif
