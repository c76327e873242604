/* SPDX-License-Identifier: GPL-2.0-only */
/* error: f()+0xc: leaves the function with SP or x29 not as it got them: its callers' traces would be wrong [tail-call] */
/* An indirect branch with the frame up, in a function where no switch can lead anywhere */
#include "fixture.inc"
	func	f
	.cfi_startproc
	frame
	bl	g
#ifndef WRONG
	unframe
#endif
	br	x1
	.cfi_endproc
	endfunc	f
