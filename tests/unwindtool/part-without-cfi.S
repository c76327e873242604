/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0x8: this part of a function has no CFI [no-cfi] */
#include "fixture.inc"
	func	f
	.cfi_startproc
	cbz	x0, 1f
	ret
#ifdef WRONG
	.cfi_endproc
#endif
1:	mov	x1, x2
	ret
#ifndef WRONG
	.cfi_endproc
#endif
	endfunc	f
