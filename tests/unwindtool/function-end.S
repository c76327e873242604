/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0x8: branches to the function's end with its frame still up [falls-through] */
/* Clang makes this of a switch whose default is unreachable() */
#include "fixture.inc"
	func	f
	.cfi_startproc
	frame
#ifndef WRONG
	cbz	x0, 1f
#else
	cbz	x0, .Lend
#endif
	bl	g
1:	unframe
	ret
	.cfi_endproc
.Lend:
	endfunc	f
	func	other
	.cfi_startproc
	ret
	.cfi_endproc
	endfunc	other
