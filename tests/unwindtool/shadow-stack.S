/* SPDX-License-Identifier: GPL-2.0-only */
/* error: f()+0x20: returns with x18 not as it got it [shadow-stack] */
#include "fixture.inc"
	func	f
	.cfi_startproc
	paciasp
	.cfi_negate_ra_state
	str	x30, [x18], #8
	frame
	bl	g
	unframe
#ifndef WRONG
	ldr	x30, [x18, #-8]!
#else
	nop
#endif
	autiasp
	.cfi_negate_ra_state
	ret
	.cfi_endproc
	endfunc	f
