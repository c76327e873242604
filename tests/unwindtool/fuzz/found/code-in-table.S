/* SPDX-License-Identifier: GPL-2.0-only */
/* There is code in what should be the table: the table was written over it */
#include "fixture.inc"
	func	f
	.cfi_startproc
	ret
	.cfi_endproc
	endfunc	f
	.section .unwind_table, "ax"
	ret
