/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0xc: SP and the CFA [sp] */
/* Data in a function may be a return */
#include "fixture.inc"
	func	f
	.cfi_startproc
	frame
	cbz	x0, 1f
	.cfi_remember_state
	bl	stop
	.cfi_def_cfa_offset 0
	.cfi_restore 29
	.cfi_restore 30
2:	ret
	.cfi_restore_state
1:	unframe
	b	2b
	.cfi_endproc
	endfunc	f
	func	stop
	.cfi_startproc
#ifndef WRONG
	b	stop
#else
	nop
	.4byte	0xd65f03c0
#endif
	.cfi_endproc
	endfunc	stop
