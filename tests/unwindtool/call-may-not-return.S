/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0xc: SP and the CFA of the next row do not agree [sp] */
/*
 * The compiler knows that the callee does not return, and the tool does not: there is
 * no way from the call to the return, and that is no error.
 */
#include "fixture.inc"
	func	f
	.cfi_startproc
	cbz	x0, 1f
	frame
	bl	stop
#ifndef WRONG
	unframe
#else
	.cfi_restore 30
	.cfi_restore 29
	.cfi_def_cfa_offset 0
#endif
1:	ret
	.cfi_endproc
	endfunc	f
