/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0x4: data in a function [data] */
#include "fixture.inc"
	func	f
	.cfi_startproc
	ret
#ifdef WRONG
	.8byte	0x123456789
#endif
	.cfi_endproc
	endfunc	f
