/* SPDX-License-Identifier: GPL-2.0-only */
/* error: f()+0xc: returns with x18 not as it got it [shadow-stack] */
/* Pushed twice, popped once */
#include "fixture.inc"
	func	f
	.cfi_startproc
#ifdef WRONG
	str	x30, [x18], #8
#endif
	str	x30, [x18], #8
	ldr	x30, [x18, #-8]!
	ret
	.cfi_endproc
	endfunc	f
