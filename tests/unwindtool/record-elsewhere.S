/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0x8: x29 is written [x29] */
#include "fixture.inc"
	func	f
	.cfi_startproc
	sub	sp, sp, #64
	.cfi_def_cfa_offset 64
	stp	x29, x30, [sp, #48]
	.cfi_offset 29, -16
	.cfi_offset 30, -8
#ifndef WRONG
	add	x29, sp, #48
#else
	add	x29, sp, #40
#endif
	bl	g
	ldp	x29, x30, [sp, #48]
	.cfi_restore 29
	.cfi_restore 30
	add	sp, sp, #64
	.cfi_def_cfa_offset 0
	ret
	.cfi_endproc
	endfunc	f
