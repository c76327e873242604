/* SPDX-License-Identifier: GPL-2.0-only */
/* found with an error: f()+0x14: has the return address after this [x30] */
/* GCC with shadow call stack frees the frame before it reloads x30 */
#include "fixture.inc"
	func	f
	.cfi_startproc
	str	x30, [x18], #8
	frame
	bl	g
	ldr	x29, [sp], #32
	.cfi_restore 29
	.cfi_def_cfa_offset 0
#ifndef WRONG
	ldr	x30, [x18, #-8]!
#else
	mov	x30, x0
#endif
	.cfi_restore 30
	ret
	.cfi_endproc
	endfunc	f
