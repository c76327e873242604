/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0xc: the CFI says that x30 has the return address after this, and it has not [x30] */
/* variants: 5 */
/* Nobody but the shadow call stack has the return address, and that is stored over */
#include "fixture.inc"
	.arch	armv8.2-a+sve
	func	f
	.cfi_startproc
	str	x30, [x18], #8
	.cfi_offset 30, -8		/* below SP */
	wrong	1, str x0, [x18, #-8]
	right	1, str x0, [x19, #-8]
	wrong	2, str xzr, [x18, x0]
	right	2, str xzr, [x19, x0]
	wrong	3, stp x0, x1, [x18, #-16]
	right	3, stp x0, x1, [x19, #-16]
	wrong	4, swp x0, x1, [x18]
	right	4, swp x0, x1, [x19]
	wrong	5, dc zva, x18
	right	5, dc zva, x19
	mov	x30, xzr
	ldr	x30, [x18, #-8]!
	.cfi_restore 30
	ret
	.cfi_endproc
	endfunc	f
