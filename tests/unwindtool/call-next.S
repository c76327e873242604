/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0x4: call without frame pointer save/setup [call] */
/* qcom_link_stack_sanitisation() */
#include "fixture.inc"
	func	f
	.cfi_startproc
	mov	x16, x30
#ifdef WRONG
	bl	. + 4
#else
	b	. + 4
#endif
	nop
	ret
	.cfi_endproc
	endfunc	f
