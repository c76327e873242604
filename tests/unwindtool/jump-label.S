/* SPDX-License-Identifier: GPL-2.0-only */
/* found with an error: f()+0x8: __jump_table target [target] */
#include "fixture.inc"
	func	f
	.cfi_startproc
	frame
1:	nop
	bl	g
2:	unframe
3:	ret
	.cfi_endproc
	endfunc	f
	.section __jump_table, "aw"
	.balign	8
#ifndef WRONG
	.4byte	1b - ., 2b - .
#else
	.4byte	1b - ., 3b - .
#endif
	.8byte	key - .
