/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0xc: the CFI says that x30 has the return address after this, and it has not [x30] */
/* variants: 3 */
/* x30 may be kept in another register, where nothing writes that and no call is between */
#include "fixture.inc"
	func	f
	.cfi_startproc
	mov	x9, x30
	mov	x19, x9
	wrong	1, mov x9, x0
	right	1, mov x10, x9
	wrong	2, cset w9, eq
	right	2, mov x10, x9
	wrong	3, ldr x9, [sp]
	right	3, ldr x11, [sp]
	mov	x30, x9
	nop
	ret
	.cfi_endproc
	endfunc	f
