/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0x4: the CFI says that the return address is saved after this, and it is not there [return-address] */
/* An offset of zero is a place, and not "nowhere" */
#include "fixture.inc"
	func	f
	.cfi_startproc
	mov	x9, x30
	nop
#ifdef WRONG
	.cfi_offset 30, 0
	mov	x30, xzr
#endif
	nop
	b	.
	.cfi_endproc
	endfunc	f
