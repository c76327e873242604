/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0x8: leaves the function with its frame still up [tail-call] */
#include "fixture.inc"
	func	f
	.cfi_startproc
	frame
#ifndef WRONG
	unframe
#endif
	b	h
	.cfi_endproc
	endfunc	f
	func	h
	.cfi_startproc
	ret
	.cfi_endproc
	endfunc	h
