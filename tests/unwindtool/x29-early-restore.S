/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0xc: where the caller's x29 is [x29] */
#include "fixture.inc"
	func	f
	.cfi_startproc
	frame
	bl	g
	nop
#ifdef WRONG
	.cfi_restore 29
#endif
	nop
	unframe
	ret
	.cfi_endproc
	endfunc	f
