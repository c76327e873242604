/* SPDX-License-Identifier: GPL-2.0-only */
/* error: f()+0x8: returns with SP or x29 not as it got them [return] */
/* The CFI says what ought to be, and not what is */
#include "fixture.inc"
	func	f
	.cfi_startproc
	sub	sp, sp, #16
	.cfi_def_cfa_offset 16
#ifndef WRONG
	add	sp, sp, #16
#else
	nop
#endif
	.cfi_def_cfa_offset 0
	ret
	.cfi_endproc
	endfunc	f
