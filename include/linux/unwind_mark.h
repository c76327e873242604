/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions whose stack frames follow rules of their own.
 *
 * A mark is 8 bytes in a section that is not loaded: the function's address.
 * scripts/unwindtool reads it, see Documentation/arch/arm64/unwindtool.rst.
 */
#ifndef _LINUX_UNWIND_MARK_H
#define _LINUX_UNWIND_MARK_H

#ifdef __ASSEMBLER__

/*
 * UNWIND_NON_STANDARD - the assembly macro, for a function of any file type:
 *
 *	UNWIND_NON_STANDARD func
 */
.macro	UNWIND_NON_STANDARD func
#ifdef CONFIG_UNWINDTOOL
	.pushsection .unwind.non_standard, ""
	.balign	8
	.quad	\func
	.popsection
#endif
.endm

#else /* __ASSEMBLER__ */

#include <linux/build_bug.h>
#include <linux/compiler.h>

#ifdef CONFIG_UNWINDTOOL
/**
 * UNWIND_NON_STANDARD() - take a function out of the reliable stack traces
 * @func: the function, which may be static. It has to be defined in this file,
 *	  before or after, and to be noinline: where it is inlined, there is no mark
 *
 * A stack with @func on it is not reliable, and the build says nothing about how
 * @func keeps its frame. Parts and copies that the compiler makes of it (func.cold,
 * func.constprop.0) are meant as well. To be used at file scope.
 *
 * Only an asm() can make a section that is not allocated, and only one in a
 * function can refer to a static function that link time optimization may have
 * renamed. So there is a function for it, which no link keeps.
 */
#define UNWIND_NON_STANDARD(func)						\
static void __used notrace __section(".discard.unwind_mark")			\
__unwind_mark_##func(void)							\
{										\
	asm volatile(".pushsection .unwind.non_standard, \"\", %%progbits\n"	\
		     ".balign 8\n"						\
		     ".quad %0\n"						\
		     ".popsection\n" :: "S" (func));				\
}										\
static_assert(1)
#else
#define UNWIND_NON_STANDARD(func)	static_assert(sizeof(typeof(func) *))
#endif

#endif /* __ASSEMBLER__ */

#endif /* _LINUX_UNWIND_MARK_H */
