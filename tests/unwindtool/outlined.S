/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0x4: call without frame pointer save/setup [call] */
/*
 * Clang's machine outliner: a part of a function in a frame becomes a function that
 * leaves by a tail call, which is right. A part of a leaf is called with x30 kept in
 * another register, and a part with a call in it saves x30 alone.
 */
#include "fixture.inc"
	func	f
	.cfi_startproc
#ifndef WRONG
	frame
	bl	OUTLINED_FUNCTION_0
	unframe
#else
	mov	x2, x30
	bl	OUTLINED_FUNCTION_0
	mov	x30, x2
#endif
	ret
	.cfi_endproc
	endfunc	f
	func	OUTLINED_FUNCTION_0
	.cfi_startproc
#ifndef WRONG
	mov	w0, w19
	b	g
#else
	str	x30, [sp, #-16]!
	.cfi_def_cfa_offset 16
	.cfi_offset 30, -16
	bl	g
	ldr	x30, [sp], #16
	.cfi_def_cfa_offset 0
	.cfi_restore 30
	ret
#endif
	.cfi_endproc
	endfunc	OUTLINED_FUNCTION_0
