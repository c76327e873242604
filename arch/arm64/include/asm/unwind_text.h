/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which text may be unwound through.
 *
 * See arch/arm64/kernel/unwind_text.c.
 */
#ifndef __ASM_UNWIND_TEXT_H
#define __ASM_UNWIND_TEXT_H

#include <linux/bitops.h>
#include <linux/compiler.h>
#include <linux/stack_walk_error.h>
#include <linux/types.h>

#include <asm/sections.h>
#include <asm/unwind_map.h>

struct task_struct;

/* What each of a module's mod_arch_specific.nounwind is */
enum {
	MOD_NOUNWIND_TEXT,
	MOD_NOUNWIND_PLT,
	MOD_NOUNWIND_INIT_PLT,
	MOD_NOUNWIND_FTRACE,
	MOD_NOUNWIND_INIT_FTRACE,
	MOD_NOUNWIND_NR
};

/**
 * struct unwind_text - a range of text that may be unwound through
 * @start: first address
 * @size:  size in bytes
 * @map:   the unwind table that has to vouch for each function in it, NULL if there
 *	   is none: the JIT made the text
 * @index: index words of the table's range that this is in, or one that says that
 *	   there is nothing unreliable; NULL if the kernel's table was refused
 * @base:  first address of that range
 */
struct unwind_text {
	unsigned long start;
	unsigned long size;
#ifdef CONFIG_ARM64_UNWIND_TABLE
	const struct unwind_map *map;
	const u32 *index;
	unsigned long base;
#endif
};

/* Is there an instruction at @addr? Not if @addr is misaligned: it rotates to the top. */
static __always_inline bool unwind_text_contains(const struct unwind_text *text,
						 unsigned long addr)
{
	return ror64(addr - text->start, 2) < text->size >> 2;
}

/* The text of the kernel image, without what is in sections of its own. */
static __always_inline struct unwind_text unwind_text_kernel(void)
{
	return (struct unwind_text) {
		.start = (unsigned long)__unwind_text_start,
		.size = __unwind_text_end - __unwind_text_start,
#ifdef CONFIG_ARM64_UNWIND_TABLE
		.map = &unwind_kernel_map,
		.index = unwind_kernel_map.index,
		.base = (unsigned long)_stext,
#endif
	};
}

/**
 * unwind_block_reliable() - Has the build proved that a function can be unwound?
 * @text:	the text that it is in, as unwind_text_find() has found it
 * @addr:	address of an instruction of it
 *
 * Most blocks of the table have nothing unreliable, and their index words say so.
 *
 * Return: true if the text's unwind table vouches for the function, or if there is
 * none that had to.
 */
static __always_inline bool unwind_block_reliable(const struct unwind_text *text,
						  unsigned long addr)
{
#ifdef CONFIG_ARM64_UNWIND_TABLE
	if (unlikely(text->index[(addr - text->base) >> UNWIND_BLOCK_SHIFT] &
		     UNWIND_INDEX_UNRELIABLE))
		return unwind_map_find(text->map, addr);
#endif
	return true;
}

/**
 * unwind_text_reliable() - The same for any text, also if its table was refused.
 * @text:	the text that it is in
 * @addr:	address of an instruction of it
 *
 * Return: true if the text's unwind table vouches for the function, or if there is
 * none that had to.
 */
static __always_inline bool unwind_text_reliable(const struct unwind_text *text,
						 unsigned long addr)
{
#ifdef CONFIG_ARM64_UNWIND_TABLE
	if (unlikely(!text->index))
		return false;
#endif
	return unwind_block_reliable(text, addr);
}

/*
 * Is a PC one of those that a walk has more to do for than to follow the frame
 * record: in code that exceptions call out from, or at a return trampoline? Most
 * of what is between the two is never on a stack.
 */
static __always_inline bool unwind_text_special(unsigned long pc)
{
	return pc - (unsigned long)__entry_exception_text_start <
	       (unsigned long)(__return_text_end - __entry_exception_text_start);
}

/* In code which calls out with x29 at the frame record in a pt_regs */
static __always_inline bool unwind_text_exception(unsigned long addr)
{
	return addr - (unsigned long)__entry_exception_text_start <
	       (unsigned long)(__entry_exception_text_end - __entry_exception_text_start);
}

extern const char __unwind_table_start[], __unwind_table_end[];

bool unwind_text_begins_idle(unsigned long pc);

enum stack_walk_reason unwind_text_find(const struct task_struct *task,
					unsigned long addr,
					struct unwind_text *text);

#ifdef CONFIG_MODULES
bool unwind_text_called_plt(unsigned long addr, unsigned long ra);
#else
static inline bool unwind_text_called_plt(unsigned long addr, unsigned long ra)
{
	return false;
}
#endif

#endif /* __ASM_UNWIND_TEXT_H */
