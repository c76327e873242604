/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0x1c: branches by x30, which may have the return address, with its frame up [return] */
/* In a function with a switch: on one of two ways x30 has the return address still */
#include "fixture.inc"
	func	f
	.cfi_startproc
	frame
	cbz	x0, 1f
	bl	g
1:	adr	x16, 2f
	mov	x17, x16
	cbz	x1, 2f
#ifdef WRONG
	br	x30
#else
	br	x16
#endif
2:	unframe
	ret
	.cfi_endproc
	endfunc	f

	func	g
	.cfi_startproc
	ret
	.cfi_endproc
	endfunc	g
