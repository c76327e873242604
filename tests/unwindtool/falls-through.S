/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0xc: runs into what follows [falls-through] */
/*
 * A function may end with a call, and with any call: compilers end it there if they know
 * that the callee does not return here, or that nothing gets that far.
 */
#include "fixture.inc"
	func	f
	.cfi_startproc
	frame
	mov	x1, x0
#ifdef WRONG
	mov	x0, x1
#elif defined(CALLEE_RETURNS)
	bl	returns
#else
	blr	x0
#endif
	.cfi_endproc
	endfunc	f
	func	returns
	.cfi_startproc
	ret
	.cfi_endproc
	endfunc	returns
