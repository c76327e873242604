/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0x8: indirect branch without a frame record, and x30 is not the return address [call] */
#include "fixture.inc"
	func	f
	.cfi_startproc
	stp	x29, x30, [sp, #-16]!
	.cfi_def_cfa_offset 16
	.cfi_offset 29, -16
	.cfi_offset 30, -8
#ifndef WRONG
	mov	x29, sp
#endif
	adr	x30, 1f
	br	x1
1:	ldp	x29, x30, [sp], #16
	.cfi_restore 30
	.cfi_restore 29
	.cfi_def_cfa_offset 0
	ret
	.cfi_endproc
	endfunc	f
