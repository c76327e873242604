/* SPDX-License-Identifier: GPL-2.0-only */
/* error: f()+0x8: returns with x18 not as it got it [shadow-stack] */
/* Only on one of two ways */
#include "fixture.inc"
	func	f
	.cfi_startproc
	cbz	x0, 1f
	str	x30, [x18], #8
#ifndef WRONG
	ldr	x30, [x18, #-8]!
#endif
1:	ret
	.cfi_endproc
	endfunc	f
