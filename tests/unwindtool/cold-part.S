/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0x8: frame pointer state mismatch [target] */
#include "fixture.inc"
	func	f
	.cfi_startproc
	frame
	cbz	x0, f.cold
1:	bl	g
	unframe
	ret
	.cfi_endproc
	endfunc	f
	.section .text.unlikely, "ax"
	func	f.cold
	.cfi_startproc
#ifndef WRONG
	.cfi_def_cfa_offset 32
#else
	.cfi_def_cfa_offset 48
#endif
	.cfi_offset 29, -32
	.cfi_offset 30, -24
	bl	g
	b	1b
	.cfi_endproc
	endfunc	f.cold
