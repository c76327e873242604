/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0x8: replacement code does not keep the state [target] */
#include "fixture.inc"
	func	f
	.cfi_startproc
	frame
1:	b	2f
#ifdef WRONG
	.cfi_def_cfa_offset 48
	nop
	.cfi_def_cfa_offset 32
#else
	nop
#endif
2:	unframe
	ret
	.cfi_endproc
	endfunc	f
	.section .altinstructions, "a"
	.4byte	1b - ., patch_nops - .
	.2byte	1
	.byte	4, 0
