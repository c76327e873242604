/* SPDX-License-Identifier: GPL-2.0-only */
/* More states than numbers: the table was right, and verify did not accept it */
#include "fixture.inc"
	func	f
	.cfi_startproc
	frame
	.rept	70
	sub	sp, sp, #16
	.cfi_adjust_cfa_offset 16
	.endr
	add	sp, sp, #1120
	.cfi_adjust_cfa_offset -1120
	unframe
	ret
	.cfi_endproc
	endfunc	f
