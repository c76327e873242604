/* SPDX-License-Identifier: GPL-2.0-only */
/* found with an error: f()+0x8: the state here and at the branch's target differ: frame pointer state mismatch [target] */
/* variants: 6 */
#include "fixture.inc"
	func	f
	.cfi_startproc
	frame
	wrong	1, .inst 0xf4010060	/* cbgt x0, x1, 1f */
	wrong	2, .inst 0x74218060	/* cbbge w0, w1, 1f */
	wrong	3, .inst 0x74c1c060	/* cbheq w0, w1, 1f */
	wrong	4, .inst 0x75c00060	/* cbeq w0, #0, 1f */
	wrong	5, .inst 0xf5e08060	/* cbne x0, #1, 1f */
	wrong	6, .inst 0x54000070	/* bc.eq 1f */
	right	VARIANT, cbz x0, 2f
	bl	g
2:	unframe
1:	ret
	.cfi_endproc
	endfunc	f
