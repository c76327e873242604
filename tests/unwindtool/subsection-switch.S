/* SPDX-License-Identifier: GPL-2.0-only */
/* found with an error: f+0x28: frame pointer state mismatch [target] */
#include "fixture.inc"
	func	f
	.cfi_startproc
	frame
	cbz	x0, 2f
	bl	g
1:	unframe
	ret
	.cfi_endproc
	endfunc	f
	/* Where no symbol is: only the FDE says how far the branch may go */
	.subsection 1
	.cfi_startproc
	.cfi_def_cfa_offset 32
	.cfi_offset 29, -32
	.cfi_offset 30, -24
2:	br	x1
	hint	#36			/* BTI j */
	add	x0, x0, #1
#ifdef WRONG
	sub	sp, sp, #16
	.cfi_def_cfa_offset 48
#endif
	b	1b
	.cfi_endproc
	.previous
