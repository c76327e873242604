/* SPDX-License-Identifier: GPL-2.0-only */
/* found with an error: f()+0x8: SP and the CFA [sp] */
#include "fixture.inc"
	func	f
	.cfi_startproc
	frame
1:	nop
	bl	g
	unframe
	ret
	.cfi_endproc
	endfunc	f
	.subsection 1
#ifndef WRONG
2:	dsb	sy
#else
2:	sub	sp, sp, #16
#endif
3:
	.previous
	.section .altinstructions, "a"
	.4byte	1b - ., 2b - .
	.2byte	1
	.byte	4, 3b - 2b
