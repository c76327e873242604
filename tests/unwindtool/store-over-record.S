/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0x8: stores over the saved return address, or over the caller's x29 [return-address] */
/* variants: 41 */
#include "fixture.inc"
	.arch	armv8.7-a+memtag+sve+ls64
	func	f
	.cfi_startproc
	stp	x29, x30, [sp, #-64]!
	.cfi_def_cfa_offset 64
	.cfi_offset 29, -64
	.cfi_offset 30, -56
	mov	x29, sp
	wrong	1, str x0, [x29, #8]
	right	1, str x0, [x29, #16]
	wrong	2, stp w0, w1, [sp, #8]
	right	2, stp w0, w1, [sp, #16]
	wrong	3, stp x0, x1, [sp, #-8]
	right	3, stp x0, x1, [sp, #-16]
	wrong	4, str q0, [x29]
	right	4, str q0, [x29, #16]
	wrong	5, str d0, [sp, #8]
	right	5, str d0, [sp, #16]
	wrong	6, str b0, [sp, #15]
	right	6, str b0, [sp, #16]
	wrong	7, stp q0, q1, [sp, #-16]
	right	7, stp q0, q1, [sp, #-32]
	wrong	8, stp s0, s1, [sp, #12]
	right	8, stp s0, s1, [sp, #16]
	wrong	9, stnp x0, x1, [x29]
	right	9, stnp x0, x1, [x29, #16]
	wrong	10, strb w0, [sp, #15]
	right	10, strb w0, [sp, #16]
	wrong	11, strh w0, [x29, #14]
	right	11, strh w0, [x29, #16]
	wrong	12, str wzr, [sp]
	right	12, str wzr, [sp, #16]
	wrong	13, stur x0, [sp, #-1]
	right	13, stur x0, [sp, #-8]
	wrong	14, sttr x0, [sp, #8]
	right	14, sttr x0, [sp, #16]
	wrong	15, stlr x0, [sp]
	right	15, stlr x0, [x2]
	wrong	16, stllr x0, [sp]
	right	16, stllr x0, [x2]
	wrong	17, stlurb w0, [sp, #15]
	right	17, stlurb w0, [sp, #16]
	wrong	18, .inst 0x5d00fbe0	/* stlur h0, [sp, #15] */
	right	18, .inst 0x5d010be0	/* ... #16] */
	wrong	19, stxr w2, x0, [sp]
	right	19, stxr w2, x0, [x3]
	wrong	20, stlxp w2, x0, x1, [sp]
	right	20, stlxp w2, x0, x1, [x3]
	wrong	21, cas x0, x1, [sp]
	right	21, cas x0, x1, [x2]
	wrong	22, casp x0, x1, x2, x3, [sp]
	right	22, casp x0, x1, x2, x3, [x4]
	wrong	23, ldadd x0, x1, [sp]
	right	23, ldadd x0, x1, [x2]
	wrong	24, stset x0, [sp]
	right	24, stset x0, [x2]
	wrong	25, swpb w0, w1, [sp]
	right	25, swpb w0, w1, [x2]
	wrong	26, st64b x0, [sp]
	right	26, st64b x0, [x8]
	wrong	27, .inst 0xf83ea3e0	/* st64bv0 x30, x0, [sp] */
	right	27, .inst 0xf83ea120	/* ... [x9] */
	wrong	28, st1 {v0.16b}, [sp]
	right	28, st1 {v0.16b}, [x2]
	wrong	29, st1 {v0.b}[3], [sp]
	right	29, st1 {v0.b}[3], [x2]
	wrong	30, st4 {v0.2d - v3.2d}, [sp]
	right	30, st4 {v0.2d - v3.2d}, [x2]
	wrong	31, stg sp, [sp]
	right	31, stg sp, [sp, #16]
	wrong	32, stz2g sp, [sp, #-16]
	right	32, stz2g sp, [sp, #-32]
	wrong	33, stgp x0, x1, [sp]
	right	33, stgp x0, x1, [sp, #16]
	wrong	34, stgm x0, [sp]
	right	34, stgm x0, [x2]
	wrong	35, str z0, [sp]
	right	35, str z0, [sp, #1, mul vl]
	wrong	36, str p0, [sp, #7, mul vl]
	right	36, str p0, [sp, #8, mul vl]
	wrong	37, st1b {z0.b}, p0, [sp, #-1, mul vl]
	right	37, st1b {z0.b}, p0, [sp, #1, mul vl]
	wrong	38, st2d {z0.d, z1.d}, p0, [sp]
	right	38, st2d {z0.d, z1.d}, p0, [sp, #2, mul vl]
	wrong	39, dc zva, x29
	right	39, dc zva, x2
	wrong	40, .inst 0x592007e1	/* ldtadd x0, x1, [sp] */
	right	40, .inst 0x59200441	/* ... [x2] */
	wrong	41, .inst 0xd9011be0	/* stilp x0, x1, [sp] */
	right	41, .inst 0xd9011840	/* ... [x2] */
	bl	g
	ldp	x29, x30, [sp], #64
	.cfi_restore 30
	.cfi_restore 29
	.cfi_def_cfa_offset 0
	ret
	.cfi_endproc
	endfunc	f
