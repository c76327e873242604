/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0x10: x29 is written by other than what makes the frame record or restores it [x29] */
/* Code behind an unconditional branch of the replacement, to which another of its branches leads */
#include "fixture.inc"
	func	f
	.cfi_startproc
	frame
1:	nop
	nop
	nop
	nop
2:	bl	g
	unframe
	ret
	.cfi_endproc
	endfunc	f

	.pushsection .altinstructions, "a"
	.word	1b - .
	.word	3f - .
	.hword	1
	.byte	2b - 1b
	.byte	4f - 3f
	.popsection
	.section .altinstr_replacement, "ax"
3:	cbz	x0, 5f
	b	6f
#ifdef WRONG
5:	mov	x29, x1
#else
5:	mov	x28, x1
#endif
6:	nop
4:
