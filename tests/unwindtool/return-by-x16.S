/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0x0: another register than x30 [return] */
#include "fixture.inc"
	func	f
	.cfi_startproc
#ifndef WRONG
	ret
#else
	ret	x16
#endif
	.cfi_endproc
	endfunc	f
