/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0xc: x29 is written [x29] */
#include "fixture.inc"
	func	f
	.cfi_startproc
	frame
	bl	g
#ifndef WRONG
	ldr	x0, [x1]
#else
	ldr	x29, [x1]
#endif
	unframe
	ret
	.cfi_endproc
	endfunc	f
