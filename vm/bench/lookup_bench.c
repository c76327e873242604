// SPDX-License-Identifier: GPL-2.0-only
/*
 * How many instructions a look-up in the kernel's unwind table takes.
 *
 * Each change of the table is looked up once, at its instruction: by
 * unwind_map_find(), and, for comparison, by plain bisection of an array that has
 * all the changes as words. And the question whether a function is reliable is
 * asked in each block that has nothing unreliable.
 *
 * Nothing of this is exported, so addresses are parameters. A read of debugfs
 * lookup_bench gives lines of "lookup", what, average (times 100) and most.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/perf/arm_pmuv3.h>
#include <linux/seq_file.h>

#include <asm/sysreg.h>
#include <asm/unwind_text.h>

static ulong unwind_kernel_map_addr;
module_param_named(unwind_kernel_map, unwind_kernel_map_addr, ulong, 0400);
static ulong unwind_map_find_addr;
module_param_named(unwind_map_find, unwind_map_find_addr, ulong, 0400);

/* For what is inlined from the header, which is the rare case */
const struct unwind_table_state *unwind_map_find(const struct unwind_map *map,
						 unsigned long addr)
{
	return ((typeof(unwind_map_find) *)unwind_map_find_addr)(map, addr);
}

struct array {
	unsigned long start;
	u32 nr;
	/* Number of an instruction, above 8 bits of state */
	u32 change[];
};

typedef unsigned long (*lookup_fn)(const void *where, unsigned long addr);

/* No more than a RET */
static noinline notrace unsigned long nothing(const void *where, unsigned long addr)
{
	return (unsigned long)where;
}

static noinline notrace unsigned long ask(const void *where, unsigned long addr)
{
	return unwind_text_reliable(where, addr);
}

static noinline notrace unsigned long bisect(const void *where, unsigned long addr)
{
	const struct array *array = where;
	u32 insn = (addr - array->start) / 4, low = 0, nr = array->nr, mid;

	while (nr > 1) {
		mid = nr / 2;
		if (array->change[low + mid] >> 8 <= insn) {
			low += mid;
			nr -= mid;
		} else {
			nr = mid;
		}
	}

	return array->change[low] & 0xff;
}

static __always_inline u32 counter(void)
{
	return read_sysreg(pmevcntr0_el0);
}

/* How many instructions a call takes, with those that count and that make it */
static noinline u32 measure(lookup_fn fn, const void *where, unsigned long addr)
{
	unsigned long flags;
	u32 start, end;

	local_irq_save(flags);
	write_sysreg(ARMV8_PMUV3_PERFCTR_INST_RETIRED, pmevtyper0_el0);
	write_sysreg(BIT(0), pmcntenset_el0);
	write_sysreg(ARMV8_PMU_PMCR_E, pmcr_el0);
	isb();
	start = counter();
	fn(where, addr);
	end = counter();
	write_sysreg(0, pmcr_el0);
	write_sysreg(BIT(0), pmcntenclr_el0);
	isb();
	local_irq_restore(flags);

	return end - start;
}

struct sum {
	u64 total;
	u32 nr, most;
};

static u32 none;

static void add(struct sum *sum, lookup_fn fn, const void *where, unsigned long addr)
{
	/* The RET is its own. */
	u32 count = measure(fn, where, addr) - none + 1;

	sum->total += count;
	sum->nr++;
	sum->most = max(sum->most, count);
}

static void print(struct seq_file *seq, const char *what, const struct sum *sum)
{
	seq_printf(seq, "lookup %s %llu %u\n", what, div_u64(sum->total * 100, sum->nr),
		   sum->most);
}

static int bench(struct seq_file *seq, struct array *array)
{
	const struct unwind_map *map = (void *)unwind_kernel_map_addr;
	const struct unwind_table_range *range = &map->range[0];
	unsigned int bits = unwind_state_bits(UNWIND_BLOCK_SHIFT), blocks, wrong = 0;
	lookup_fn find = (lookup_fn)unwind_map_find_addr;
	struct sum two = {}, one = {}, question = {};
	/* As the kernel's own text, see unwind_text_kernel() */
	const struct unwind_text text = {
		.map = map, .index = map->index, .base = map->start,
	};
	const struct unwind_table_state *state;
	unsigned long addr;
	u32 i, k;

	none = measure(nothing, NULL, 0);
	blocks = DIV_ROUND_UP(range->size, 1U << UNWIND_BLOCK_SHIFT);
	array->start = map->start;
	for (k = 0; k < blocks; k++) {
		for (i = map->index[k] & UNWIND_INDEX_CHANGE;
		     i < (map->index[k + 1] & UNWIND_INDEX_CHANGE); i++) {
			u32 insn = (k << (UNWIND_BLOCK_SHIFT - 2)) + (map->change[i] >> bits);

			array->change[array->nr++] = insn << 8 |
						     (map->change[i] & ((1 << bits) - 1));
		}
	}
	for (i = 0; i < array->nr; i++) {
		addr = map->start + 4 * (array->change[i] >> 8);
		add(&two, find, map, addr);
		add(&one, bisect, array, addr);
		state = (void *)find(map, addr);
		wrong += bisect(array, addr) != (state ? state - map->state : 0);
	}
	for (k = 0; k < blocks; k++)
		if (!(map->index[k] & UNWIND_INDEX_UNRELIABLE))
			add(&question, ask, &text, map->start + (k << UNWIND_BLOCK_SHIFT) + 128);

	if (wrong) {
		pr_err("%u look-ups did not find what bisection does\n", wrong);
		return -EIO;
	}
	print(seq, "table", &two);
	print(seq, "bisection", &one);
	print(seq, "reliable", &question);
	return 0;
}

static int lookup_bench_show(struct seq_file *seq, void *unused)
{
	struct array *array = kvzalloc(SZ_8M, GFP_KERNEL);
	int ret;

	if (!array)
		return -ENOMEM;
	ret = bench(seq, array);
	kvfree(array);
	return ret;
}
DEFINE_SHOW_ATTRIBUTE(lookup_bench);

static struct dentry *file;

static int __init lookup_bench_init(void)
{
	if (!unwind_kernel_map_addr || !unwind_map_find_addr) {
		pr_err("needs the addresses that are its parameters, from /proc/kallsyms\n");
		return -EINVAL;
	}
	if (!(read_sysreg(pmceid0_el0) & BIT(ARMV8_PMUV3_PERFCTR_INST_RETIRED))) {
		pr_err("this machine does not count instructions: QEMU does with -icount\n");
		return -ENODEV;
	}

	file = debugfs_create_file("lookup_bench", 0400, NULL, NULL, &lookup_bench_fops);
	return PTR_ERR_OR_ZERO(file);
}

static void __exit lookup_bench_exit(void)
{
	debugfs_remove(file);
}

module_init(lookup_bench_init);
module_exit(lookup_bench_exit);
MODULE_DESCRIPTION("Count the instructions of a look-up in the unwind table");
MODULE_LICENSE("GPL");
