/* SPDX-License-Identifier: GPL-2.0-only */
/* found with an error: f()+0xc: the CFI says that x30 has the return address after this, and it has not [x30] */
/* variants: 5 */
/* Nobody but the shadow call stack has the return address, and x18 is moved */
#include "fixture.inc"
	.arch	armv8.2-a+sve
	func	f
	.cfi_startproc
	str	x30, [x18], #8
	.cfi_offset 30, -8		/* below SP */
	wrong	1, ldr x0, [x18], #8
	right	1, ldr x0, [x19], #8
	wrong	2, str x0, [x18], #8
	right	2, str x0, [x19], #8
	wrong	3, add x18, x18, #8
	right	3, add x19, x18, #8
	wrong	4, ldp x18, x0, [x1]
	right	4, ldp x19, x0, [x1]
	wrong	5, incb x18
	right	5, incb x19
	mov	x30, xzr
	ldr	x30, [x18, #-8]!
	.cfi_restore 30
	ret
	.cfi_endproc
	endfunc	f
