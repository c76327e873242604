/* SPDX-License-Identifier: GPL-2.0-only */
/* error: f()+0xc: returns with SP or x29 not as it got them [return] */
#include "fixture.inc"
	func	f
	.cfi_startproc
	frame
	bl	g
#ifndef WRONG
	unframe
#endif
	ret
	.cfi_endproc
	endfunc	f
