/* SPDX-License-Identifier: GPL-2.0-only */
/* error: f()+0x14: returns with SP or x29 not as it got them: its callers' traces would be wrong [return] */
/* variants: 3 */
/* In a function with a switch, a branch by a register that has the return address */
#include "fixture.inc"
	func	f
	.cfi_startproc
	mov	x9, x30
	frame
	ldr	x10, [x29, #8]
	cbz	x0, 1f
	wrong	1, br x9
	wrong	2, br x10
	wrong	3, br x30
	right	VARIANT, br x2
1:	br	x1
	bl	g		/* only switches lead here */
	unframe
	ret
	.cfi_endproc
	endfunc	f
