/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0xc: call without frame pointer save/setup [call] */
#include "fixture.inc"
	func	f
	.cfi_startproc
	stp	x29, x30, [sp, #-32]!
	.cfi_def_cfa_offset 32
	.cfi_offset 29, -32
	.cfi_offset 30, -24
#ifdef WRONG
	cbz	x0, 1f
	mov	x29, sp
#else
	mov	x29, sp
	cbz	x0, 1f
#endif
1:	bl	g
	unframe
	ret
	.cfi_endproc
	endfunc	f
