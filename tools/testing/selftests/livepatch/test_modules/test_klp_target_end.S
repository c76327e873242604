/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A symbol right behind test_klp_target_end(), so that the return address of its last
 * instruction, a call, is not in the function. The linker puts this behind it, because
 * this file is named behind it.
 */
	.section .text.test_klp_target_end, "ax"
	.globl	test_klp_target_behind
test_klp_target_behind:
	.long	0
