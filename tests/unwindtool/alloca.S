/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0x18: SP and the CFA [sp] */
/* GCC 12 with shadow call stack keeps the CFA by x29 after it has reloaded x29 */
#include "fixture.inc"
	func	f
	.cfi_startproc
	str	x30, [x18], #8
	frame
	.cfi_def_cfa 29, 32
	sub	sp, sp, x0
	bl	g
	mov	sp, x29
	ldr	x29, [sp]
#ifndef WRONG
	.cfi_restore 29
	.cfi_def_cfa 31, 32
#endif
	add	sp, sp, #32
	.cfi_restore 29
	.cfi_def_cfa 31, 0
	ldr	x30, [x18, #-8]!
	.cfi_restore 30
	ret
	.cfi_endproc
	endfunc	f
