/* SPDX-License-Identifier: GPL-2.0-only */
/* Of code for module exit there is none, but a table: it was left as it is */
#include "fixture.inc"
	func	f
	.cfi_startproc
	ret
	.cfi_endproc
	endfunc	f
	.section .exit.unwind_table, "a"
	.4byte	0
