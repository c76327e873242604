/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0x8: leaves the function with its frame still up [tail-call] */
/* What is at the function's end is a part of it, of which the CFI does not tell */
#include "fixture.inc"
	func	f
	.cfi_startproc
	frame
	cbz	x0, .Lend
	bl	g
1:	unframe
	ret
	.cfi_endproc
#ifndef WRONG
.Lend:
#endif
	endfunc	f
	.subsection 1
#ifdef WRONG
.Lend:	add	x0, x0, #1
	b	1b
#endif
	.previous
