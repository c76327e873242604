/* SPDX-License-Identifier: GPL-2.0-only */
/* Room for the fuzzer: a function of several blocks, with a frame throughout */
#include "fixture.inc"
	func	f
	.cfi_startproc
	frame
	.rept	200
	nop
	.endr
	unframe
	ret
	.cfi_endproc
	endfunc	f
