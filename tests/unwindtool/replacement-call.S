/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0x0: call without frame pointer save/setup [call] */
#include "fixture.inc"
	func	f
	.cfi_startproc
1:	nop
	frame
	bl	g
	unframe
	ret
	.cfi_endproc
	endfunc	f
	.subsection 1
#ifndef WRONG
2:	dsb	sy
#else
2:	bl	g
#endif
3:
	.previous
	.section .altinstructions, "a"
	.4byte	1b - ., 2b - .
	.2byte	1
	.byte	4, 3b - 2b
