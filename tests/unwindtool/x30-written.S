/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0x4: the CFI says that x30 has the return address after this, and it has not [x30] */
/* variants: 12 */
#include "fixture.inc"
	.arch	armv8.8-a+sve+ls64+mops
	func	f
	.cfi_startproc
	nop
	wrong	1, .inst 0xc99e7c20	/* cast x30, x0, [x1] */
	right	1, .inst 0xc99c7c20	/* ... x28 */
	wrong	2, .inst 0xf83eb020	/* st64bv x30, x0, [x1] */
	right	2, .inst 0xf83cb020	/* ... x28 */
	wrong	3, swp x0, x30, [x1]
	right	3, swp x0, x28, [x1]
	wrong	4, ldp w0, w30, [x1]
	right	4, ldp w0, w28, [x1]
	wrong	5, ldr x30, [x1]
	right	5, ldr x28, [x1]
	wrong	6, ldr x30, [sp, x1]
	right	6, ldr d30, [sp, x1]
	wrong	7, pacda x30, x0
	right	7, pacia x30, x0
	wrong	8, setp [x0]!, x30!, x1
	right	8, setp [x0]!, x28!, x1
	wrong	9, mov x30, xzr
	right	9, .inst 0xdac1a3fe	/* paciasppc */
	wrong	10, dech x30
	right	10, dech x28
	wrong	11, mrs x30, tpidr_el1
	right	11, msr tpidr_el1, x30
	wrong	12, ldur x30, [sp, #1]	/* no offset of what is saved, like "not saved" */
	right	12, ldur x28, [sp, #1]
	b	f
	.cfi_endproc
	endfunc	f
