/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0xc: returns with its frame still up [return] */
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
