/* SPDX-License-Identifier: GPL-2.0-only */
/* error: f()+0xc: leaves the function with SP or x29 not as it got them [tail-call] */
/* The CFI says that the frame is down */
#include "fixture.inc"
	func	f
	.cfi_startproc
	frame
#ifndef WRONG
	unframe
#else
	nop
	.cfi_restore 30
	.cfi_restore 29
	.cfi_def_cfa_offset 0
#endif
	b	g
	.cfi_endproc
	endfunc	f
