/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0x10: call without frame pointer save/setup [call] */
#include "fixture.inc"
	func	f
	.cfi_startproc
	sub	sp, sp, #32
	.cfi_def_cfa_offset 32
	str	x29, [sp]
	.cfi_offset 29, -32
#ifndef WRONG
	str	x30, [sp, #8]
	.cfi_offset 30, -24
#else
	str	x30, [sp, #16]
	.cfi_offset 30, -16
#endif
	mov	x29, sp
	bl	g
#ifndef WRONG
	ldr	x30, [sp, #8]
#else
	ldr	x30, [sp, #16]
#endif
	.cfi_restore 30
	ldr	x29, [sp]
	.cfi_restore 29
	add	sp, sp, #32
	.cfi_def_cfa_offset 0
	ret
	.cfi_endproc
	endfunc	f
