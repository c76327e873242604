/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0x0: kernel entry/exit [eret] */
#include "fixture.inc"
	func	f
	.cfi_startproc
#ifdef WRONG
	eret
#else
	ret
#endif
	.cfi_endproc
	endfunc	f
