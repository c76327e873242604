/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0xc: SP and the CFA [sp] */
#include "fixture.inc"
	func	f
	.cfi_startproc
	frame
	bl	g
	sub	sp, sp, #16
#ifndef WRONG
	.cfi_def_cfa_offset 48
#endif
	add	sp, sp, #16
	.cfi_def_cfa_offset 32
	unframe
	ret
	.cfi_endproc
	endfunc	f
