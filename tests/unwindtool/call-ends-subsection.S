/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0x10: the CFI is not what every way that leads here makes of it [target] */
/* A call that is the last in its FDE returns, if another part of its function is behind it */
#include "fixture.inc"
	func	f
	.cfi_startproc
	frame
	cbz	x0, 1f
	cbz	x1, 2f
3:	mov	sp, x29
	unframe
	ret
	.cfi_endproc
	.subsection 1
	.cfi_startproc
	.cfi_def_cfa 31, 32
	.cfi_offset 29, -32
	.cfi_offset 30, -24
#ifdef WRONG
1:	sub	sp, sp, #32
	.cfi_def_cfa_offset 64
#else
1:	nop
#endif
	bl	ext
	.cfi_endproc
	.cfi_startproc
	.cfi_def_cfa 31, 32
	.cfi_offset 29, -32
	.cfi_offset 30, -24
2:	nop
	b	3b
	.cfi_endproc
	.previous
	endfunc	f
