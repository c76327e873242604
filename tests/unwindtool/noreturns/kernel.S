/* SPDX-License-Identifier: GPL-2.0-only */
/* Of these only stop() is exported and cannot return, and with a jump label last() can */
#include "../fixture.inc"
	.macro	export name
	.section .rodata, "a"
__ksymtab_\name:
	.8byte	\name
	.text
	.endm
	func	stop
	.cfi_startproc
	b	stop
	.cfi_endproc
	endfunc	stop
	export	stop
	func	hidden
	.cfi_startproc
	b	hidden
	.cfi_endproc
	endfunc	hidden
	func	back
	.cfi_startproc
	cbz	x0, stop
	ret
	.cfi_endproc
	endfunc	back
	export	back
	func	last
	.cfi_startproc
1:	nop
	b	stop
	.cfi_endproc
	endfunc	last
	export	last
	func	f
	.cfi_startproc
	ret
	.cfi_endproc
	endfunc	f
	.section __jump_table, "aw"
	.balign	8
	.4byte	1b - ., f - .
	.8byte	0
