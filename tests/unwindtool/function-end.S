/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0xc: branches to the function's end with its frame still up [falls-through] */
/*
 * Clang makes a conditional branch of a switch whose default is unreachable(). A
 * branch that is taken for sure is none that never is.
 */
#include "fixture.inc"
	func	f
	.cfi_startproc
	frame
#ifndef WRONG
	cbz	x0, .Lend
	b	1f
#else
	cbz	x0, 1f
	b	.Lend
#endif
1:	bl	g
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
