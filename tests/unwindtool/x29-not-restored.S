/* SPDX-License-Identifier: GPL-2.0-only */
/* error: f()+0x4: returns with SP or x29 not as it got them [return] */
/* A leaf that keeps every call from its caller's trace, and whose CFI is silent about it */
#include "fixture.inc"
	func	f
	.cfi_startproc
#ifndef WRONG
	mov	x9, x0
#else
	mov	x29, x0
#endif
	ret
	.cfi_endproc
	endfunc	f
