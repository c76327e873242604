/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0x8: stores over the saved return address [return-address] */
#include "fixture.inc"
	func	f
	.cfi_startproc
	frame
#ifndef WRONG
	str	x0, [x29, #16]
#else
	str	x0, [x29, #8]
#endif
	bl	g
	unframe
	ret
	.cfi_endproc
	endfunc	f
