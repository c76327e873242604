/* SPDX-License-Identifier: GPL-2.0-only */
/* found with an error: f()+0x8: x29 is written by other than what makes the frame record or restores it [x29] */
#include "fixture.inc"
	func	f
	.cfi_startproc
	.inst	0xe580441d		/* str z29, [x0, #1, mul vl] */
	.inst	0x8580441f		/* ldr z31, [x0, #1, mul vl] */
#ifdef WRONG
	.inst	0x04bf503d		/* rdvl x29, #1 */
#endif
	ret
	.cfi_endproc
	endfunc	f
