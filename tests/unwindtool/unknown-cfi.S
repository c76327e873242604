/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0x0: its CFI has an operation, 0x1d, that is not known here [unknown-cfi] */
#include "fixture.inc"
	func	f
	.cfi_startproc
	frame
	bl	g
	unframe
#ifdef WRONG
	.cfi_escape 0x1d
#endif
	ret
	.cfi_endproc
	endfunc	f

	func	g
	.cfi_startproc
	/* "Signed, with the address of the instruction that did it": known, and nothing to us */
	.cfi_escape 0x2c
	ret
	.cfi_endproc
	endfunc	g
