/* SPDX-License-Identifier: GPL-2.0-only */
/* A section in a group, which is named by a symbol's number */
#include "fixture.inc"
	.section .text.f, "axG", %progbits, f, comdat
	func	f
	.cfi_startproc
	ret
	.cfi_endproc
	endfunc	f
