/* SPDX-License-Identifier: GPL-2.0-only */
/* found: __hwasan_check_x0_2_short_v2+0x8: return instruction outside of a function [no-cfi] */
/* Clang's checks have no CFI, no size, and no call */
#include "fixture.inc"
	func	f
	.cfi_startproc
	frame
	bl	__hwasan_check_x0_2_short_v2
	unframe
	ret
	.cfi_endproc
	endfunc	f
	.section .text.hot, "ax"
	.weak	__hwasan_check_x0_2_short_v2
	.type	__hwasan_check_x0_2_short_v2, %function
__hwasan_check_x0_2_short_v2:
	cmp	x16, x0, lsr #56
	b.ne	1f
	ret
1:	stp	x0, x1, [sp, #-256]!
	stp	x29, x30, [sp, #232]
	mov	x1, #2
#ifdef WRONG
	bl	g
#endif
	b	__hwasan_tag_mismatch_v2
