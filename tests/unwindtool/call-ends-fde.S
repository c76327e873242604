/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0x10: SP and the CFA of the next row do not agree [sp] */
/* A call that is the last in its FDE returns, if it is not the last of its function */
#include "fixture.inc"
	func	f
	.cfi_startproc
	frame
	cbz	x0, 1f
#ifdef WRONG
	sub	sp, sp, #32
	.cfi_def_cfa_offset 64
#else
	nop
#endif
	bl	ext
	.cfi_endproc
	.cfi_startproc
	.cfi_def_cfa 31, 32
	.cfi_offset 29, -32
	.cfi_offset 30, -24
1:	nop
	mov	sp, x29
	unframe
	ret
	.cfi_endproc
#ifndef NO_SIZE
	endfunc	f
#endif
