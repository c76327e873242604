/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0x8: not SP or x29 plus a number [cfa] */
#include "fixture.inc"
	func	f
	.cfi_startproc
	frame
	bl	g
#ifdef WRONG
	/* DW_CFA_def_cfa_expression: DW_OP_breg31 16, DW_OP_deref */
	.cfi_escape 0x0f, 4, 0x8f, 0x90, 0, 0x06
#endif
	nop
	.cfi_def_cfa 31, 32
	unframe
	ret
	.cfi_endproc
	endfunc	f
