/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0xc: has the return address after this [x30] */
#include "fixture.inc"
	func	f
	.cfi_startproc
	frame
	bl	g
	nop
#ifdef WRONG
	.cfi_restore 30
#endif
	nop
	unframe
	ret
	.cfi_endproc
	endfunc	f
