/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0x10: branches to the function's end with its frame still up [falls-through] */
/*
 * Clang makes a conditional branch of a switch whose default is unreachable(), or the
 * other way behind one. A branch that is taken for sure is none that never is.
 */
#include "fixture.inc"
	func	f
	.cfi_startproc
	frame
#ifndef WRONG
	cbz	x0, .Lend
	cbz	x1, 1f
	b	.Lend
#else
	cbz	x0, 1f
	mov	x0, x1
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
