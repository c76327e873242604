/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0x10: branches to the function's end with its frame still up [falls-through] */
/*
 * Behind a function there may be what alternatives replace instructions of it with:
 * .subsection 1 of a file, or of each function with LTO; and zeros, by which ld.lld
 * aligns the next file.
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
	mov	x0, x1
	b	.Lend
#endif
1:	ldr	w8, [x25]
	bl	g
	unframe
	ret
	.cfi_endproc
.Lend:
	endfunc	f
	.subsection 1
2:	ldar	w8, [x25]
3:	.inst	0
	.subsection 2
	func	other
	.cfi_startproc
	ret
	.cfi_endproc
	endfunc	other
	.previous
	.section .altinstructions, "a"
	.4byte	1b - ., 2b - .
	.2byte	1
	.byte	4, 3b - 2b
