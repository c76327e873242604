/* SPDX-License-Identifier: GPL-2.0-only */
/* found with an error: f()+0x8: x29 is written by other than what makes the frame record or restores it [x29] */
/* A record that the next interrupt overwrites is none */
#include "fixture.inc"
	func	f
	.cfi_startproc
#ifdef WRONG
	stp	x29, x30, [sp, #-32]
	nop
#else
	sub	sp, sp, #32
	.cfi_def_cfa_offset 32
	stp	x29, x30, [sp]
#endif
	.cfi_offset 29, -32
	.cfi_offset 30, -24
#ifdef WRONG
	sub	x29, sp, #32
#else
	mov	x29, sp
#endif
	.cfi_def_cfa 29, 32
	bl	g
#ifdef WRONG
	ldp	x29, x30, [sp, #-32]
	nop
#else
	ldp	x29, x30, [sp]
	.cfi_restore 30
	.cfi_restore 29
	.cfi_def_cfa 31, 32
	add	sp, sp, #32
#endif
	.cfi_restore 30
	.cfi_restore 29
	.cfi_def_cfa 31, 0
	ret
	.cfi_endproc
	endfunc	f
