/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0x0: has no CFI [no-cfi] */
#include "fixture.inc"
	nop
	.8byte	0x1234567887654321	/* CALL_OPS, or a kCFI hash */
	func	f
	hint	#34			/* BTI c */
	nop
#ifdef WRONG
	mov	x9, x30
#else
	nop
#endif
	.cfi_startproc
	frame
	bl	g
	unframe
	ret
	.cfi_endproc
	endfunc	f
