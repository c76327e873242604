/* SPDX-License-Identifier: GPL-2.0-only */
/* found with an error: f()+0x10: x29 is written [x29] */
/* Clang restores x29 and x30 in its CFI only after AUTIASP */
#include "fixture.inc"
	func	f
	.cfi_startproc
	paciasp
	.cfi_negate_ra_state
	stp	x29, x30, [sp, #-32]!
	.cfi_def_cfa_offset 32
	mov	x29, sp
	.cfi_def_cfa 29, 32
	.cfi_offset 30, -24
	.cfi_offset 29, -32
	bl	g
	.cfi_def_cfa 31, 32
#ifndef WRONG
	ldp	x29, x30, [sp], #32
#else
	ldp	x30, x29, [sp], #32
#endif
	.cfi_def_cfa_offset 0
	autiasp
	.cfi_negate_ra_state
	.cfi_restore 30
	.cfi_restore 29
	ret
	.cfi_endproc
	endfunc	f
