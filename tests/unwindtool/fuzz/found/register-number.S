/* SPDX-License-Identifier: GPL-2.0-only */
/* The CFI names register 33554432: libdw allocated room for as many */
#include "fixture.inc"
	func	f
	.cfi_startproc
	nop
	.cfi_escape 0x08, 0x80, 0x80, 0x80, 0x10	/* DW_CFA_same_value */
	ret
	.cfi_endproc
	endfunc	f
