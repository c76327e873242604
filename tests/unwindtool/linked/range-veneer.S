/* SPDX-License-Identifier: GPL-2.0-only */
/* error: f()+0x14: leaves the function with SP or x29 not as it got them [tail-call] */
/* link: -T far.lds */
#include "../fixture.inc"
	func	f
	.cfi_startproc
	frame
	bl	far
	cbz	x0, 1f
#ifndef WRONG
	unframe
#else
	nop
#endif
	b	far
#ifndef WRONG
	.cfi_def_cfa_offset 32
	.cfi_offset 29, -32
	.cfi_offset 30, -24
#endif
	/* What follows is another function's, unless this one is known not to return */
1:	bl	stop
	.cfi_endproc
	endfunc	f
	func	other
	.cfi_startproc
	ret
	.cfi_endproc
	endfunc	other
	.section .text.far, "ax"
	func	far
	.cfi_startproc
	ret
	.cfi_endproc
	endfunc	far
	func	stop
	.cfi_startproc
	b	stop
	.cfi_endproc
	endfunc	stop
