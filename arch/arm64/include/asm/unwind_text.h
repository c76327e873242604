/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which text may be unwound through.
 *
 * See arch/arm64/kernel/unwind_text.c.
 */
#ifndef __ASM_UNWIND_TEXT_H
#define __ASM_UNWIND_TEXT_H

#include <linux/compiler.h>
#include <linux/stack_walk_error.h>
#include <linux/types.h>

#include <asm/sections.h>
#include <asm/unwind_map.h>

struct task_struct;

#ifdef CONFIG_ARM64_UNWIND_TABLE
#define UNWIND_KERNEL_MAP	(&unwind_kernel_map)
#else
#define UNWIND_KERNEL_MAP	NULL
#endif

/**
 * struct unwind_text - a range of text that may be unwound through
 * @start: first address
 * @size:  size in bytes
 * @map:   the unwind table that has to vouch for each function in it; NULL when there
 *	   is none: the range was made by the JIT, or this kernel has no tables
 */
struct unwind_text {
	unsigned long start;
	unsigned long size;
	const struct unwind_map *map;
};

static __always_inline bool unwind_text_contains(const struct unwind_text *text,
						 unsigned long addr)
{
	return addr - text->start < text->size;
}

/* The text of the kernel image, without what is in sections of its own. */
static __always_inline struct unwind_text unwind_text_kernel(void)
{
	return (struct unwind_text) {
		.start = (unsigned long)__unwind_text_start,
		.size = __unwind_text_end - __unwind_text_start,
		.map = UNWIND_KERNEL_MAP,
	};
}

/* Has the build proved that the function around @addr can be unwound? */
static __always_inline bool unwind_text_reliable(const struct unwind_text *text,
						 unsigned long addr)
{
#ifdef CONFIG_ARM64_UNWIND_TABLE
	return !text->map || unwind_map_reliable(text->map, addr);
#else
	return true;
#endif
}

/* The kernel's trampolines and other code that cannot be unwound. */
static __always_inline bool in_nounwind_text(unsigned long addr)
{
	return addr - (unsigned long)__nounwind_text_start <
	       (unsigned long)(__nounwind_text_end - __nounwind_text_start);
}

bool unwind_text_begins_idle(unsigned long pc);

enum stack_walk_reason unwind_text_find(const struct task_struct *task,
					unsigned long addr,
					struct unwind_text *text);

#endif /* __ASM_UNWIND_TEXT_H */
