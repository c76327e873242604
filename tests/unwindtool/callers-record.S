/* SPDX-License-Identifier: GPL-2.0-only */
/* error: f()+0x4: stores over the frame record of its caller, to which x29 points [return-address] */
/* variants: 4 */
#include "fixture.inc"
	func	f
	.cfi_startproc
	nop
	wrong	1, str xzr, [x29, #8]
	right	1, str xzr, [x29, #16]
	wrong	2, stp w0, w1, [x29]
	right	2, stp w0, w1, [x29, #-8]
	wrong	3, st1 {v0.16b}, [x29]
	right	3, ldr q0, [x29]
	wrong	4, dc zva, x29
	right	4, dc zva, x28
	ret
	.cfi_endproc
	endfunc	f
