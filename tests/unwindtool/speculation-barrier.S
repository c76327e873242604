/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0xc: unreachable instruction: nothing known leads here [unreached] */
/* variants: 3 */
/* -mharden-sls; what is like it, and is not, has to be reached */
#include "fixture.inc"
	func	f
	.cfi_startproc
	cbz	x0, 1f
	cbz	x1, 2f
	ret
	right	1, dsb sy
	wrong	1, dsb ish
	right	2, dsb sy
	wrong	2, isb
	right	3, .inst 0xd50330ff	/* sb */
	wrong	3, dsb sy
	.if	VARIANT != 3
	isb
	.endif
1:	ret
	.if	VARIANT != 3
	dsb	sy
	isb
	.else
	.inst	0xd50330ff
	.endif
2:	ret
	dsb	sy
	isb
	.cfi_endproc
	endfunc	f
