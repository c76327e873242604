/* SPDX-License-Identifier: GPL-2.0-only */
/* found with an error: f()+0x8: frame pointer state mismatch [target] */
#include "fixture.inc"
	func	f
	.cfi_startproc
	frame
#ifndef WRONG
	cbz	x0, 1f
#else
	cbz	x0, 2f
#endif
	bl	g
1:	unframe
2:	ret
	.cfi_endproc
	endfunc	f
