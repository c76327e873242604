/* SPDX-License-Identifier: GPL-2.0-only */
/* error: f()+0x24: returns with x18 not as it got it [shadow-stack] */
/* Moved by other than push and pop */
#include "fixture.inc"
	func	f
	.cfi_startproc
	paciasp
	.cfi_negate_ra_state
	str	x30, [x18], #8
	frame
	bl	h
	unframe
	ldr	x30, [x18, #-8]!
#ifdef WRONG
	add	x18, x18, #16
#else
	add	x17, x18, #16
#endif
	autiasp
	.cfi_negate_ra_state
	ret
	.cfi_endproc
	endfunc	f

/* Another shadow call stack, and back */
	func	h
	.cfi_startproc
	mov	x17, x18
	ldr	x18, [x0]
	str	x30, [x18], #8
	ldr	x30, [x18, #-8]!
	mrs	x18, sp_el0
	ldr	x18, [x18, #16]
	ret
	.cfi_endproc
	endfunc	h
