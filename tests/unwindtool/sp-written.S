/* SPDX-License-Identifier: GPL-2.0-only */
/* found with an error: f()+0x4: SP and the CFA of the next row do not agree [sp] */
/* variants: 18 */
#include "fixture.inc"
	.arch	armv8.5-a+memtag+sve
	func	f
	.cfi_startproc
	nop
	wrong	1, irg sp, sp
	right	1, irg x0, sp
	wrong	2, .inst 0x9a0023ff	/* addpt sp, sp, x0 */
	right	2, .inst 0x9a0023e9	/* ... x9 */
	wrong	3, addg sp, sp, #16, #0
	right	3, addg x0, sp, #16, #0
	wrong	4, subg sp, sp, #16, #0
	right	4, subg x0, sp, #16, #0
	wrong	5, addvl sp, sp, #-1
	right	5, addvl x0, sp, #-1
	wrong	6, addpl sp, sp, #1
	right	6, addpl x0, sp, #1
	wrong	7, msr spsel, #0
	right	7, msr pan, #0
	wrong	8, msr spsel, x0
	right	8, msr pan, x0
	wrong	9, and sp, x0, #~15
	right	9, ands xzr, x0, #~15
	wrong	10, add sp, sp, x0
	right	10, adds xzr, sp, x0
	wrong	11, add wsp, wsp, #0
	right	11, adds wzr, wsp, #0
	wrong	12, sub sp, sp, #16
	right	12, subs xzr, sp, #16
	wrong	13, ldr x0, [sp], #16
	right	13, ldr x0, [x1], #16
	wrong	14, st1 {v0.16b}, [sp], #16
	right	14, st1 {v0.16b}, [x0], #16
	wrong	15, ld1 {v0.16b}, [sp], x1
	right	15, ld1 {v0.16b}, [x0], x1
	wrong	16, .inst 0x99c00be0	/* ldapr w0, [sp], #4 */
	right	16, .inst 0x99c00820	/* ... [x1] */
	wrong	17, stg x0, [sp, #16]!
	right	17, stg x0, [x0, #16]!
	wrong	18, stp q0, q1, [sp, #-32]!
	right	18, stp q0, q1, [x0, #-32]!
	ret
	.cfi_endproc
	endfunc	f
