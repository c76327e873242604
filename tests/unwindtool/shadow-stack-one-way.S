/* SPDX-License-Identifier: GPL-2.0-only */
/* error: f()+0x8: returns with its entry still on the shadow call stack [shadow-stack] */
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
