/* SPDX-License-Identifier: GPL-2.0-only */
/* error: f()+0x10: leaves the function with SP or x29 not as it got them [tail-call] */
/*
 * Clang's machine outliner: what several functions have becomes one, which is called,
 * or in which they end. Its name makes it none that may take down another one's frame.
 */
#include "fixture.inc"
	func	f
	.cfi_startproc
	frame
	bl	OUTLINED_FUNCTION_0
#ifndef WRONG
	unframe
#else
	nop
#endif
	b	OUTLINED_FUNCTION_1
	.cfi_endproc
	endfunc	f
	func	OUTLINED_FUNCTION_0
	.cfi_startproc
	mov	w0, w19
	b	g
	.cfi_endproc
	endfunc	OUTLINED_FUNCTION_0
	func	OUTLINED_FUNCTION_1
	.cfi_startproc
#ifdef WRONG
	ldp	x29, x30, [sp], #32
#endif
	ret
	.cfi_endproc
	endfunc	OUTLINED_FUNCTION_1
