/* SPDX-License-Identifier: GPL-2.0-only */
/* error: f()+0x8: leaves the function with SP or x29 not as it got them [tail-call] */
#include "fixture.inc"
	func	f
	.cfi_startproc
	frame
#ifndef WRONG
	unframe
#endif
	b	h
	.cfi_endproc
	endfunc	f
	func	h
	.cfi_startproc
	ret
	.cfi_endproc
	endfunc	h
