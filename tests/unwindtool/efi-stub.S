/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f+0x4: return instruction outside of a function [no-cfi] */
/* What the EFI stub overrides of itself has no symbol, and is not the kernel's */
#include "fixture.inc"
#ifdef WRONG
#define __efistub_f	f
#else
	func	f
	.cfi_startproc
	ret
	.cfi_endproc
	endfunc	f
#endif
	func	__efistub_f
	.cfi_startproc
	ret
	.cfi_endproc
	endfunc	__efistub_f
	ret
	func	other
	.cfi_startproc
	ret
	.cfi_endproc
	endfunc	other
