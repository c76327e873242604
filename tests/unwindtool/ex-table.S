/* SPDX-License-Identifier: GPL-2.0-only */
/* found with an error: f()+0x8: __ex_table fixup [target] */
#include "fixture.inc"
	func	f
	.cfi_startproc
	frame
1:	ldr	x0, [x1]
	bl	g
2:	unframe
3:	ret
	.cfi_endproc
	endfunc	f
	.section __ex_table, "a"
#ifndef WRONG
	.4byte	1b - ., 2b - .
#else
	.4byte	1b - ., 3b - .
#endif
	.2byte	2, 0
