/* SPDX-License-Identifier: GPL-2.0-only */
/* found with an error: f()+0x4: x29 is written by other than what makes the frame record or restores it [x29] */
/* variants: 51 */
#include "fixture.inc"
	.arch	armv8.8-a+memtag+sve+ls64+mops+rcpc
	func	f
	.cfi_startproc
	nop
	wrong	1, ld64b x22, [x0]
	right	1, ld64b x20, [x0]
	wrong	2, st64bv x29, x0, [x10]
	right	2, st64bv x28, x0, [x10]
	wrong	3, .inst 0xf83da020	/* st64bv0 x29, x0, [x1] */
	right	3, .inst 0xf83ca020	/* ... x28 */
	wrong	4, .inst 0x193c0c82	/* rcwcasp x28, x29, x2, x3, [x4] */
	right	4, .inst 0x193a0c82	/* ... x26, x27 */
	wrong	5, .inst 0xc91d7c20	/* sttxr w29, x0, [x1] */
	right	5, .inst 0xc91c7c20	/* ... w28 */
	wrong	6, .inst 0xc99d7c20	/* cast x29, x0, [x1] */
	right	6, .inst 0xc99c7c20	/* ... x28 */
	wrong	7, .inst 0x5920845d	/* swpt x0, x29, [x2] */
	right	7, .inst 0x5920845c	/* ... x28 */
	wrong	8, .inst 0x193d8041	/* swpp x1, x29, [x2] */
	right	8, .inst 0x193c8041	/* ... x28 */
	wrong	9, .inst 0xd5701c1c	/* mrrs x28, x29, ... */
	right	9, .inst 0xd5701c1a	/* ... x26, x27 */
	wrong	10, cpyfp [x29]!, [x1]!, x2!
	right	10, cpyfp [x28]!, [x1]!, x2!
	wrong	11, cpye [x0]!, [x1]!, x29!
	right	11, cpye [x0]!, [x1]!, x28!
	wrong	12, setm [x0]!, x29!, x2
	right	12, setm [x0]!, x28!, x2
	wrong	13, casp x28, x29, x2, x3, [x4]
	right	13, casp x26, x27, x2, x3, [x4]
	wrong	14, stlxp w29, x0, x1, [x2]
	right	14, stlxp w28, x0, x1, [x2]
	wrong	15, ldxp x0, x29, [x2]
	right	15, ldxp x0, x28, [x2]
	wrong	16, ldpsw x29, x0, [x1]
	right	16, ldpsw x28, x0, [x1]
	wrong	17, ldraa x29, [x0]
	right	17, ldraa x28, [x0]
	wrong	18, ldrsb x29, [x0, x1]
	right	18, ldrsb x28, [x0, x1]
	wrong	19, ldapr w29, [x0]
	right	19, ldapr w28, [x0]
	wrong	20, .inst 0xd9400c1d - 0xc00	/* ldapur x29, [x0] */
	right	20, .inst 0xd940001c	/* ... x28 */
	wrong	21, ldg x29, [x0]
	right	21, ldg x28, [x0]
	wrong	22, ldr x0, [x29], #8
	right	22, ldr x0, [x28], #8
	wrong	23, ld1 {v0.16b}, [x29], x1
	right	23, ld1 {v0.16b}, [x28], x1
	wrong	24, irg x29, x0
	right	24, irg x28, x0
	wrong	25, gmi x29, x0, x1
	right	25, gmi x28, x0, x1
	wrong	26, addg x29, x0, #16, #1
	right	26, addg x28, x0, #16, #1
	wrong	27, subp x29, x0, x1
	right	27, subp x28, x0, x1
	wrong	28, pacga x29, x0, x1
	right	28, pacga x28, x0, x1
	wrong	29, pacia x29, x0
	right	29, pacia x28, x0
	wrong	30, crc32cx w29, w0, x1
	right	30, crc32cx w28, w0, x1
	wrong	31, .inst 0x9a00201d	/* addpt x29, x0, x0 */
	right	31, .inst 0x9a00201c	/* ... x28 */
	wrong	32, .inst 0x9b60001d	/* maddpt x29, x0, x0, x0 */
	right	32, .inst 0x9b60001c	/* ... x28 */
	wrong	33, .inst 0x9ac0601d	/* smax x29, x0, x0 */
	right	33, .inst 0x9ac0601c	/* ... x28 */
	wrong	34, .inst 0xdac01c1d	/* cnt x29, x0 */
	right	34, .inst 0xdac01c1c	/* ... x28 */
	wrong	35, csetm x29, eq
	right	35, csetm x28, eq
	wrong	36, adrp x29, .
	right	36, adrp x28, .
	wrong	37, movk x29, #1
	right	37, movk x28, #1
	wrong	38, mrs x29, nzcv
	right	38, mrs x28, nzcv
	wrong	39, sysl x29, #3, c7, c7, #1
	right	39, sysl x28, #3, c7, c7, #1
	wrong	40, umov w29, v0.b[3]
	right	40, umov w28, v0.b[3]
	wrong	41, fmov x29, d0
	right	41, fmov x28, d0
	wrong	42, fcvtzs x29, s0, #3
	right	42, fcvtzs x28, s0, #3
	wrong	43, cntd x29
	right	43, cntd x28
	wrong	44, incb x29
	right	44, incb x28
	wrong	45, sqdecp x29, p0.b
	right	45, sqdecp x28, p0.b
	wrong	46, rdvl x29, #1
	right	46, rdvl x28, #1
	wrong	47, addvl x29, x0, #1
	right	47, addvl x28, x0, #1
	wrong	48, lasta w29, p0, z0.s
	right	48, lasta w28, p0, z0.s
	wrong	49, clastb x29, p0, x29, z0.d
	right	49, clastb x28, p0, x28, z0.d
	wrong	50, mov x29, x0
	right	50, add z29.d, z30.d, z31.d
	wrong	51, mov w29, w29
	right	51, ld1w {z29.s}, p0/z, [x30]
	ret
	.cfi_endproc
	endfunc	f
