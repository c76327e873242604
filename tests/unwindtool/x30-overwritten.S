/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0x0: has the return address [x30] */
#include "fixture.inc"
	func	f
	.cfi_startproc
#ifndef WRONG
	mov	x16, x0
#else
	mov	x30, x0
#endif
	ret
	.cfi_endproc
	endfunc	f
