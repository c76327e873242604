/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0x0: call [call] */
#include "fixture.inc"
	func	f
	.cfi_startproc
#ifndef WRONG
	frame
	bl	g
	unframe
#else
	bl	g
#endif
	ret
	.cfi_endproc
	endfunc	f
