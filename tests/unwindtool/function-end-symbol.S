/* SPDX-License-Identifier: GPL-2.0-only */
/* error: f()+0xc: leaves the function with SP or x29 not as it got them [tail-call] */
/* What is at the function's end is named: no compiler says "never" like this */
#include "fixture.inc"
	func	f
	.cfi_startproc
	frame
	bl	g
#ifndef WRONG
	cbz	x0, .Lend
#else
	cbz	x0, other
#endif
	unframe
	ret
	.cfi_endproc
.Lend:
	endfunc	f
	func	other
	.cfi_startproc
	ret
	.cfi_endproc
	endfunc	other
