/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0x0: the CFI at the function's entry [entry] */
#include "fixture.inc"
	func	f
	.cfi_startproc
#ifdef WRONG
	.cfi_def_cfa_offset 16
#endif
	ret
	.cfi_endproc
	endfunc	f
