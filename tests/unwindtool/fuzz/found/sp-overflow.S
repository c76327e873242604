/* SPDX-License-Identifier: GPL-2.0-only */
/* SP went down so far that its distance from the CFA overflowed */
#include "fixture.inc"
	func	f
	.cfi_startproc
	.rept	200
	sub	sp, sp, #0xfff, lsl #12
	.endr
	ret
	.cfi_endproc
	endfunc	f
