/* SPDX-License-Identifier: GPL-2.0-only */
/* found: f()+0x8: runs into what follows [falls-through] */
#include "fixture.inc"
	func	f
	.cfi_startproc
	frame
	bl	1f
	.cfi_endproc
	endfunc	f
	func	h
	.cfi_startproc
	ret
	.cfi_endproc
	endfunc	h
	func	stop
1:	.cfi_startproc
#ifndef WRONG
	b	1b
#else
	ret
#endif
	.cfi_endproc
	endfunc	stop
