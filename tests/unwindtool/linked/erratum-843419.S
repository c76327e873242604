/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0x2000: x29 is written by other than what makes the frame record [x29] */
/* link: -Ttext=0x10000 -Tdata=0x40000000 --fix-cortex-a53-843419 */
/* The instruction at 0x2000 is the one that moves */
#include "../fixture.inc"
	func	f
	.cfi_startproc
	frame
	.balign	4096
	.rept	1022
	nop
	.endr
	adrp	x2, var
	ldr	x3, [x1]
#ifndef WRONG
	ldr	x0, [x2, :lo12:var]
#else
	ldr	x29, [x2, :lo12:var]
#endif
	bl	g
	unframe
	ret
	.cfi_endproc
	endfunc	f
	func	g
	.cfi_startproc
	ret
	.cfi_endproc
	endfunc	g
	.data
	.balign	8
var:	.8byte	0
