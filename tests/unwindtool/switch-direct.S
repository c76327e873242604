/* SPDX-License-Identifier: GPL-2.0-only */
/* found with an error: f()+0x10: the state here and at the branch's target differ: frame pointer state mismatch [target] */
/* Each case of a switch is the target of a direct branch as well, as Clang makes it */
#include "fixture.inc"
	func	f
	.cfi_startproc
	frame
	cbz	x0, 1f
	adr	x1, 1f
#ifdef WRONG
	cbz	x2, 2f
#else
	nop
#endif
	br	x1
1:	bl	g
	unframe
2:	ret
	.cfi_endproc
	endfunc	f
