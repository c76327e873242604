/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0x20: unreachable instruction [unreached] */
/*
 * With -Os, GCC takes the ends of two BUG() for the same, and has the second branch to
 * the first. Behind a WARN() the branch is reached, and behind a BUG() nothing else is
 * to be expected.
 */
#include "fixture.inc"
	func	f
	.cfi_startproc
	frame
	cbz	x0, 3f
	cbz	x1, 2f
1:	brk	#0x800
	.cfi_remember_state
2:	unframe
	ret
	.cfi_restore_state
3:	brk	#0x800
#ifdef WRONG
	mov	x0, x1
#endif
	b	2b
	.cfi_endproc
	endfunc	f
	.section __bug_table, "aw"
	.4byte	1b - ., 0
	.2byte	7, 0
	.4byte	3b - ., 0
	.2byte	7, 0
