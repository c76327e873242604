/* SPDX-License-Identifier: GPL-2.0-only */
/* error: f()+0x4: leaves the function with SP or x29 not as it got them: its callers' traces would be wrong [tail-call] */
#include "fixture.inc"
	func	f
	.cfi_startproc
	str	x30, [x18], #8
#ifndef WRONG
	ldr	x30, [x18, #-8]!
#endif
	br	x1
	.cfi_endproc
	endfunc	f
