/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0x10: SP and the CFA of the next row do not agree [sp] */
/* What GCC makes of epilogues, see compiler/gcc-epilogue-cfa.md: a row that comes too late */
#include "fixture.inc"
	func	f
	.cfi_startproc
	frame
	.cfi_def_cfa_register 29
	bl	g
	nop
	ldp	x29, x30, [sp]
#ifndef WRONG
	.cfi_restore 30
	.cfi_restore 29
	.cfi_def_cfa 31, 32
#endif
#ifdef STORES
	str	x0, [sp, #8]
#else
	nop
#endif
#ifdef KEEPS_FRAME
	nop
#else
	add	sp, sp, #32
#endif
#ifdef WRONG
	.cfi_restore 30
	.cfi_restore 29
	.cfi_def_cfa 31, 0
#else
	.cfi_def_cfa_offset 0
#endif
	nop
	ret
	.cfi_endproc
	endfunc	f
