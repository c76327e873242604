/* SPDX-License-Identifier: GPL-2.0-only */
/* error: f()+0xc: returns with SP or x29 not as it got them: its callers' traces would be wrong [return] */
/* h() calls what takes 16 bytes more down than it has put up */
#include "fixture.inc"
	func	f
	.cfi_startproc
	sub	sp, sp, #16
	.cfi_def_cfa_offset 16
inside:	nop
	add	sp, sp, #16
	.cfi_def_cfa_offset 0
	ret
	.cfi_endproc
	endfunc	f
	func	h
	.cfi_startproc
	frame
#ifdef WRONG
	bl	inside
#else
	bl	f
#endif
	unframe
	ret
	.cfi_endproc
	endfunc	h
