/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0x0: has no CFI [no-cfi] */
/* A NOP is padding between functions, and not at the entry of one */
#include "fixture.inc"
	func	f
#ifndef WRONG
	.cfi_startproc
#endif
	nop
	ret
#ifndef WRONG
	.cfi_endproc
#endif
	endfunc	f
	func	other
	.cfi_startproc
	ret
	.cfi_endproc
	endfunc	other
