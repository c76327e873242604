/* SPDX-License-Identifier: GPL-2.0-only */
/* f() is right if CALLEE() does not return, and as the compiler says */
#include "../fixture.inc"
	func	f
	.cfi_startproc
	cbz	x0, 1f
	frame
	bl	CALLEE
	.cfi_def_cfa_offset 0
	.cfi_restore 29
	.cfi_restore 30
1:	ret
	.cfi_endproc
	endfunc	f
#ifdef OWN			/* not the kernel's */
	.type	CALLEE, %function
CALLEE:
	.cfi_startproc
	ret
	.cfi_endproc
	endfunc	CALLEE
#endif
	/* If CALLEE() returns, x30 is lost. By this CFI the compiler thinks that it does */
#ifdef MISTAKE
	func	g
	.cfi_startproc
	frame
	cbz	x0, 1f
	bl	CALLEE
1:	ldr	x29, [sp], #32
	.cfi_restore 29
	.cfi_restore 30
	.cfi_def_cfa_offset 0
	ret
	.cfi_endproc
	endfunc	g
#endif
