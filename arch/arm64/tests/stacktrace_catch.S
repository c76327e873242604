/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For the KUnit test that interrupts each instruction: the way back from functions that do not
 * return, such that they can be called again and again.
 */

#include <linux/linkage.h>

#include <asm/assembler.h>

/* void sweep_catch(unsigned long catch[2], void (*fn)(void)) */
SYM_FRAME_FUNC_START(sweep_catch)
	frame_push	10
	mov	x9, sp
	stp	x9, x18, [x0]
	blr	x1
SYM_INNER_LABEL(sweep_caught, SYM_L_GLOBAL)
	frame_pop
	ret
SYM_FRAME_FUNC_END(sweep_catch)

	.section ".nounwind.text", "ax"

/*
 * void sweep_throw(unsigned long catch[2]): return from sweep_catch(). Whatever is on the stack
 * in between is gone.
 */
SYM_CODE_START(sweep_throw)
	bti	c
#ifdef CONFIG_SHADOW_CALL_STACK
	ldr	x18, [x0, #8]
#endif
	ldr	x9, [x0]
	mov	x29, x9
	mov	sp, x9
	b	sweep_caught
SYM_INNER_LABEL(sweep_throw_end, SYM_L_GLOBAL)
SYM_CODE_END(sweep_throw)
