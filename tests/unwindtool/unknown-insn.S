/* SPDX-License-Identifier: GPL-2.0-only */
/* error: f()+0x4: is not known to unwindtool: it may write SP or x29, or return [unknown-insn] */
/* variants: 27 */
#include "fixture.inc"
	func	f
	.cfi_startproc
	nop
	wrong	1, .inst 0x00201000	/* a vendor's own */
	wrong	2, .inst 0xc0800000	/* SME: mova za0h.s[w12, 0], p0/m, z0.s */
	wrong	3, .inst 0xd503277f	/* hint #59 */
	wrong	4, .inst 0xd5000000	/* msr s0_0_c0_c0_0, x0 */
	wrong	5, .inst 0xd5600000	/* mrrs x0, x1, s0_0_c0_c0_0 */
	wrong	6, .inst 0xd4e00000	/* tenter #0 */
	wrong	7, .inst 0xd4600000
	wrong	8, .inst 0xd63f0001
	wrong	9, .inst 0x74800000
	wrong	10, .inst 0x1ac00000
	wrong	11, .inst 0x5ac02400
	wrong	12, .inst 0xdac18bff
	wrong	13, .inst 0x9be00000
	wrong	14, .inst 0x3a000c00
	wrong	15, .inst 0x8be00000	/* add x0, x0, x0, ror #0 */
	wrong	16, .inst 0x12400000	/* and w0, w0, with a mask of 64 bits */
	wrong	17, .inst 0xf820a800
	wrong	18, .inst 0x19c0c400
	wrong	19, .inst 0x0c001000
	wrong	20, .inst 0xb8c00000
	wrong	21, .inst 0x68400000
	wrong	22, .inst 0xfc800000
	wrong	23, .inst 0x1e6f0000
	wrong	24, .inst 0x5f000000
	wrong	25, .inst 0x45000000
	wrong	26, .inst 0x85800010
	wrong	27, .inst 0xe7000000
	right	VARIANT, nop
	ret
	.cfi_endproc
	endfunc	f
