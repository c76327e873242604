/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0x4: unreachable instruction [unreached] */
#include "fixture.inc"
	func	f
	.cfi_startproc
#ifdef WRONG
	ret
#endif
	mov	x0, #1
	ret
	.cfi_endproc
	endfunc	f
