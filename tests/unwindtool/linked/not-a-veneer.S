/* SPDX-License-Identifier: GPL-2.0-only */
/* found: __f_veneer()+0x0: has no CFI [no-cfi] */
/* link: -T far.lds --no-relax */
/* A veneer's name is not enough: nothing but a veneer's code makes one */
#include "../fixture.inc"
	func	f
	.cfi_startproc
	ret
	.cfi_endproc
	endfunc	f
	func	__f_veneer
	adrp	x16, f
	add	x16, x16, :lo12:f
	br	x16
#ifdef WRONG
	bl	f
#endif
	endfunc	__f_veneer
