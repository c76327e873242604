// SPDX-License-Identifier: GPL-2.0-only
/*
 * Set up and search unwind tables: the kernel's own, and those of modules.
 *
 * A table is checked once, when it is set up. After that, what it says is trusted.
 * But memory may be damaged: a look-up reads nothing outside of the table, whatever
 * the table says.
 */

#include <linux/align.h>
#include <linux/array_size.h>
#include <linux/bitops.h>
#include <linux/cache.h>
#include <linux/init.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/printk.h>

#include <asm/insn.h>
#include <asm/sections.h>
#include <asm/unwind_map.h>

struct unwind_map unwind_kernel_map __ro_after_init;

static bool state_ok(unsigned int number, const struct unwind_table_state *state)
{
	if (state->reserved)
		return false;
	if (number == UNWIND_STATE_UNRELIABLE)
		return !state->ra && !state->fp;
	if (number == UNWIND_STATE_ENTRY)
		return state->ra == UNWIND_REG && state->fp == UNWIND_REG;

	return state->ra >= UNWIND_REG && state->ra <= UNWIND_SCS &&
	       state->fp >= UNWIND_REG && state->fp <= UNWIND_FP;
}

/*
 * Check the changes [@first, @end) of one block of @insns instructions. Return
 * what is wrong, or NULL, and whether one of the states is the unreliable one.
 */
static const char *check_block(const struct unwind_map *map, unsigned int nr_states,
			       unsigned int first, unsigned int end,
			       unsigned int insns, bool *unreliable)
{
	const unsigned int bits = unwind_state_bits(UNWIND_BLOCK_SHIFT);
	unsigned int insn, state;
	int last = -1;

	*unreliable = false;
	for (unsigned int i = first; i < end; i++) {
		insn = map->change[i] >> bits;
		state = map->change[i] & ((1U << bits) - 1);
		if (i == first && insn)
			return "a block does not begin with its first instruction";
		if ((int)insn <= last || insn >= insns)
			return "changes are not sorted";
		if (state >= nr_states)
			return "unknown state";
		if (state == UNWIND_STATE_UNRELIABLE)
			*unreliable = true;
		last = insn;
	}

	return NULL;
}

/* Check a range, whose index and changes must begin where the last one's ended. */
static const char *check_range(const struct unwind_map *map,
			       const struct unwind_table *table,
			       const struct unwind_table_range *range,
			       unsigned int *index, unsigned int *change)
{
	unsigned int blocks = DIV_ROUND_UP((u64)range->size, 1U << UNWIND_BLOCK_SHIFT);
	unsigned int left = range->size, here, end;
	const char *wrong;
	bool unreliable;
	u32 word;

	if (!range->size || range->size % 4 || unwind_range_start(range) % 4)
		return "not a range of instructions";
	if (range->index != *index || table->nr_index - *index <= blocks)
		return "an index is out of bounds";

	for (unsigned int i = 0; i < blocks; i++) {
		word = map->index[*index + i];
		end = map->index[*index + i + 1] & UNWIND_INDEX_CHANGE;
		here = min(left, 1U << UNWIND_BLOCK_SHIFT);
		if ((word & UNWIND_INDEX_CHANGE) != *change)
			return "index words are not in order";
		if (end <= *change || end > table->nr_changes)
			return "a block has no changes, or too many";
		wrong = check_block(map, table->nr_states, *change, end, here / 4,
				    &unreliable);
		if (wrong)
			return wrong;
		if (unreliable != !!(word & UNWIND_INDEX_UNRELIABLE))
			return "an index word hides what is unreliable";
		*change = end;
		left -= here;
	}

	/* One more, which ends the last block */
	*index += blocks + 1;
	return NULL;
}

/**
 * unwind_map_init() - Check an unwind table, and make it ready to be searched.
 * @map:	filled in; without any code upon failure
 * @table:	the table, aligned to 8 bytes; must stay as long as the map is used
 * @size:	its size in bytes
 *
 * Nothing of the table is believed: its size, order and references are checked, and
 * that every state is one. Whether its ranges are the caller's code is for
 * the caller to check.
 *
 * Context: Any.
 *
 * Return: NULL, or what is wrong with the table, in words.
 */
const char *unwind_map_init(struct unwind_map *map, const void *table, size_t size)
{
	const struct unwind_table *t = table;
	unsigned int index = 0, change = 0;
	struct unwind_map new = {};
	unsigned long end = 0;
	const char *wrong;
	size_t need;

	*map = new;
	if (size < sizeof(*t) || t->magic != UNWIND_TABLE_MAGIC)
		return "not an unwind table";
	if (t->version != UNWIND_TABLE_VERSION || t->reserved)
		return "not the version that this kernel reads";
	if (t->block_shift != UNWIND_BLOCK_SHIFT)
		return "not the block size that this kernel reads";
	if (t->nr_states <= UNWIND_STATE_ENTRY ||
	    t->nr_states > 1U << unwind_state_bits(UNWIND_BLOCK_SHIFT))
		return "too many states, or too few";
	need = sizeof(*t) + (size_t)t->nr_ranges * sizeof(*new.range) +
	       (size_t)t->nr_states * sizeof(*new.state) +
	       (size_t)t->nr_index * sizeof(*new.index) +
	       (size_t)t->nr_changes * sizeof(*new.change);
	if (need != size)
		return "not of the size that its header says";

	new.nr_ranges = t->nr_ranges;
	new.nr_changes = t->nr_changes;
	new.range = table + sizeof(*t);
	new.state = (const void *)(new.range + t->nr_ranges);
	new.index = (const void *)(new.state + t->nr_states);
	new.change = (const void *)(new.index + t->nr_index);

	for (unsigned int i = 0; i < t->nr_states; i++)
		if (!state_ok(i, &new.state[i]))
			return "a state that is not one";
	for (unsigned int i = 0; i < t->nr_ranges; i++) {
		wrong = check_range(&new, t, &new.range[i], &index, &change);
		if (wrong)
			return wrong;
		if (unwind_range_start(&new.range[i]) < end)
			return "ranges are not sorted, or overlap";
		end = unwind_range_start(&new.range[i]) + new.range[i].size;
		if (end < unwind_range_start(&new.range[i]))
			return "a range that wraps";
	}
	if (index != t->nr_index || change != t->nr_changes)
		return "index words or changes that belong to no range";

	if (t->nr_ranges) {
		new.start = unwind_range_start(&new.range[0]);
		new.size = new.range[0].size;
	}
	*map = new;
	return NULL;
}

/**
 * unwind_map_has_index() - Is each index word of a range in the table?
 * @map:	the table
 * @range:	one of its ranges
 *
 * That was checked when the table was set up. But memory may be damaged.
 *
 * Context: Any, including NMI. The table must not go away meanwhile.
 *
 * Return: true if it is as it was.
 */
bool unwind_map_has_index(const struct unwind_map *map,
			  const struct unwind_table_range *range)
{
	u64 blocks = DIV_ROUND_UP((u64)range->size, 1U << UNWIND_BLOCK_SHIFT);

	return map->index + range->index + blocks < (const u32 *)map->change;
}

/**
 * unwind_map_range() - Find the range that an address is in.
 * @map:	the table
 * @addr:	the address
 *
 * Context: Any, including NMI. The table must not go away meanwhile.
 *
 * Return: the range, or NULL if the table is not about the address.
 */
const struct unwind_table_range *unwind_map_range(const struct unwind_map *map,
						  unsigned long addr)
{
	const struct unwind_table_range *range = map->range;
	unsigned int nr = map->nr_ranges, mid;

	if (!nr)
		return NULL;

	while (nr > 1) {
		mid = nr / 2;
		if (unwind_range_start(&range[mid]) <= addr) {
			range += mid;
			nr -= mid;
		} else {
			nr = mid;
		}
	}

	return addr - unwind_range_start(range) < range->size ? range : NULL;
}

/* @insn: number of the instruction in the range that has these index words */
static __always_inline const struct unwind_table_state *
find_state(const struct unwind_map *map, const u32 *index, unsigned long insn)
{
	const unsigned int bits = unwind_state_bits(UNWIND_BLOCK_SHIFT);
	const unsigned int shift = UNWIND_BLOCK_SHIFT - 2;
	const struct unwind_table_state *state;
	unsigned long nr_changes = map->nr_changes;
	unsigned int first, end;
	int nr;

	/* Not later, and so with map->index in one instruction */
	OPTIMIZER_HIDE_VAR(nr_changes);
	index += insn >> shift;
	/* As for this pair of words */
	OPTIMIZER_HIDE_VAR(index);
	first = index[0] & UNWIND_INDEX_CHANGE;
	end = index[1] & UNWIND_INDEX_CHANGE;
	nr = end - first;
	if (unlikely(nr <= 0 || end > nr_changes))
		return NULL;

	state = &map->state[unwind_block_state(map->change + first, nr,
					       insn & ((1U << shift) - 1), bits)];
	if (unlikely((const void *)state >= (const void *)map->index))
		return NULL;

	return state == &map->state[UNWIND_STATE_UNRELIABLE] ? NULL : state;
}

/* Out of line, such that nobody else needs a frame */
static noinline const struct unwind_table_state *
find_in_any_range(const struct unwind_map *map, unsigned long addr)
{
	const struct unwind_table_range *range = unwind_map_range(map, addr);

	/* The whole range has index words, unless the table has been damaged. */
	if (!range || !unwind_map_has_index(map, range) || !IS_ALIGNED(addr, AARCH64_INSN_SIZE))
		return NULL;

	return find_state(map, map->index + range->index,
			  (addr - unwind_range_start(range)) / AARCH64_INSN_SIZE);
}

/**
 * unwind_map_find() - Find where the return address and the caller's x29 are.
 * @map:	the table
 * @addr:	address of an instruction, before which this is asked
 *
 * Takes a bounded number of steps: the logarithm of the number of ranges, of which
 * the kernel has two, and that of the instructions in a block.
 *
 * Context: Any, including NMI. The table must not go away meanwhile.
 *
 * Return: the state, or NULL if the build does not vouch for the instruction.
 */
const struct unwind_table_state *unwind_map_find(const struct unwind_map *map,
						 unsigned long addr)
{
	/* At a misaligned address there is no instruction: this makes it a large one. */
	unsigned long insn = ror64(addr - map->start, 2);

	if (unlikely(insn >= map->size / AARCH64_INSN_SIZE))
		return find_in_any_range(map, addr);

	return find_state(map, map->index, insn);
}

/*
 * A walk takes it for granted that the kernel's first range begins at _stext, and has
 * all text in it that may be unwound through: nothing of that is behind .kprobes.text.
 */
static const char * __init check_kernel_map(const struct unwind_map *map)
{
	if (map->start != (unsigned long)_stext ||
	    map->size < __kprobes_text_end - _stext)
		return "it is not about this kernel";

	return NULL;
}

static int __init unwind_kernel_init(void)
{
	struct unwind_map map, empty;
	const char *wrong;

	wrong = unwind_map_init(&map, __unwind_table_start,
				__unwind_table_end - __unwind_table_start);
	if (!wrong)
		wrong = check_kernel_map(&map);
	if (wrong) {
		pr_err("the kernel's unwind table is damaged (%s): no stack is reliable, no livepatch transition will complete\n",
		       wrong);
		return 0;
	}

	/*
	 * An interrupt or an NMI may dump a stack, and there is no other CPU yet. As
	 * long as it covers nothing, nobody looks at the rest of the map.
	 */
	empty = map;
	empty.size = 0;
	empty.nr_ranges = 0;
	unwind_kernel_map = empty;
	barrier();
	WRITE_ONCE(unwind_kernel_map.size, map.size);
	WRITE_ONCE(unwind_kernel_map.nr_ranges, map.nr_ranges);
	return 0;
}
early_initcall(unwind_kernel_init);
