/* SPDX-License-Identifier: GPL-2.0-only */
/* bad() and its part call without a frame: found, unless bad() is marked */
#include <linux/unwind_mark.h>
#include "../fixture.inc"
	func	bad
	.cfi_startproc
	bl	f
	b	bad.cold
	.cfi_endproc
	endfunc	bad
	func	bad.cold
	.cfi_startproc
	bl	f
	ret
	.cfi_endproc
	endfunc	bad.cold
	func	f
	.cfi_startproc
	nop
	ret
	.cfi_endproc
	endfunc	f
#if MARK == 1
	UNWIND_NON_STANDARD bad
#elif MARK == 2			/* nothing of this file */
	UNWIND_NON_STANDARD elsewhere
#elif MARK == 3			/* within a function */
	UNWIND_NON_STANDARD (f + 4)
#elif MARK == 4			/* data */
	UNWIND_NON_STANDARD data
#endif
	.data
data:	.8byte	0
