/* SPDX-License-Identifier: GPL-2.0-only */
/* error: f()+0x14: returns with SP or x29 not as it got them [return] */
/* The store over the record is no excuse for what comes after it. */
#include "fixture.inc"
	func	f
	.cfi_startproc
	frame
#ifndef WRONG
	nop
	bl	g
	unframe
#else
	str	x0, [x29, #8]
	bl	g
	ldp	x29, x30, [sp], #16
	.cfi_restore 30
	.cfi_restore 29
	.cfi_def_cfa_offset 16
#endif
	ret
	.cfi_endproc
	endfunc	f
