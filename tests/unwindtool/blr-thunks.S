/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0x20: the CFI is not what every way that leads here makes of it [target] */
/* What GCC makes of blr with -mharden-sls, and the same without what makes it known */
#include "fixture.inc"
	func	f
	.cfi_startproc
	frame
	bl	1f
	bl	2f
	.cfi_remember_state
	unframe
	ret
	dsb	sy
	isb
	.cfi_restore_state
1:	mov	x16, x3
	br	x16
2:	mov	x16, x4
	br	x16
#ifndef WRONG
	dsb	sy
	isb
#endif
	.cfi_endproc
	endfunc	f
