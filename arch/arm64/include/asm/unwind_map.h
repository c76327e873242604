/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Look-up in an unwind table.
 *
 * See asm/unwind_table.h for what is in it, arch/arm64/kernel/unwind_map.c for
 * how it is checked and searched.
 */
#ifndef __ASM_UNWIND_MAP_H
#define __ASM_UNWIND_MAP_H

#include <linux/types.h>

#include <asm/unwind_table.h>

/**
 * struct unwind_map - an unwind table that was checked, ready to be searched
 * @start: address of the first instruction of the first range
 * @size: size of the first range in bytes; 0 when there is no range at all
 * @index: index words
 * @nr_changes: number of @change
 * @change: changes
 * @state: states
 * @range: ranges
 * @nr_ranges: number of @range
 *
 * All zero it is the map of no code: nothing is reliable.
 */
struct unwind_map {
	unsigned long				start;
	unsigned long				size;
	const u32				*index;
	unsigned long				nr_changes;
	const u16				*change;
	const struct unwind_table_state		*state;
	const struct unwind_table_range		*range;
	unsigned int				nr_ranges;
};

/* Tables of a module, by when their code is there: always, for init, for exit */
enum {
	MOD_UNWIND_CORE,
	MOD_UNWIND_INIT,
	MOD_UNWIND_EXIT,
	MOD_UNWIND_NR
};

extern const char __unwind_table_start[], __unwind_table_end[];

extern struct unwind_map unwind_kernel_map;

const char *unwind_map_init(struct unwind_map *map, const void *table, size_t size);
const struct unwind_table_state *unwind_map_find(const struct unwind_map *map,
						 unsigned long addr);
bool unwind_map_has_index(const struct unwind_map *map,
			  const struct unwind_table_range *range);
const struct unwind_table_range *unwind_map_range(const struct unwind_map *map,
						  unsigned long addr);

static __always_inline unsigned long
unwind_range_start(const struct unwind_table_range *range)
{
	return (unsigned long)&range->start + range->start;
}

struct task_struct;

const struct unwind_table_state *unwind_map_lookup(const struct task_struct *task,
						   unsigned long pc, bool called);

#endif /* __ASM_UNWIND_MAP_H */
