/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0xc: SP and the CFA [sp] */
#include "fixture.inc"
	func	f
	.cfi_startproc
	frame
	br	x0
	hint	#36			/* BTI j */
#ifdef WRONG
	.cfi_def_cfa_offset 48
#endif
	bl	g
	.cfi_def_cfa_offset 32
	unframe
	ret
	.cfi_endproc
	endfunc	f
