/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0x0: return address is saved after this [return-address] */
#include "fixture.inc"
	func	f
	.cfi_startproc
	stp	x29, x30, [sp, #-32]!
	.cfi_def_cfa_offset 32
	.cfi_offset 29, -32
#ifndef WRONG
	.cfi_offset 30, -24
#else
	.cfi_offset 30, -16
#endif
	mov	x29, sp
	unframe
	ret
	.cfi_endproc
	endfunc	f
