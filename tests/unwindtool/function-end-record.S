/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0x4: branches to the function's end with its frame still up [falls-through] */
/* Without the frame record, a trace from behind such a branch would lack the caller */
#include "fixture.inc"
	func	f
	.cfi_startproc
	stp	x29, x30, [sp, #-32]!
	.cfi_def_cfa_offset 32
	.cfi_offset 29, -32
	.cfi_offset 30, -24
#ifndef WRONG
	mov	x29, sp
	cbz	x0, .Lend
#else
	cbz	x0, .Lend
	mov	x29, sp
#endif
	bl	g
	unframe
	ret
	.cfi_endproc
.Lend:
	endfunc	f
	.balign	16
	.4byte	0x12345678		/* as the hash of kCFI */
	func	other
	.cfi_startproc
	ret
	.cfi_endproc
	endfunc	other
