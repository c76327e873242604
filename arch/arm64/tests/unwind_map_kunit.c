// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests for unwind tables: that look-ups in the kernel's own find what is in
 * it, and that a damaged one is refused, or does no harm.
 */

#include <kunit/test.h>
#include <linux/align.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include <asm/insn-def.h>
#include <asm/sections.h>
#include <asm/unwind_map.h>

static size_t kernel_table_size(void)
{
	return __unwind_table_end - __unwind_table_start;
}

/* By the index word alone, where that says that all of the block is reliable */
static bool reliable(const struct unwind_map *map, unsigned long addr)
{
	const struct unwind_table_range *range = unwind_map_range(map, addr);
	unsigned long block;

	if (!range || !unwind_map_has_index(map, range))
		return false;

	block = (addr - unwind_range_start(range)) >> UNWIND_BLOCK_SHIFT;
	if (!(map->index[range->index + block] & UNWIND_INDEX_UNRELIABLE))
		return true;

	return unwind_map_find(map, addr);
}

/* Every instruction that the kernel can run by its own addresses has a place. */
static void kernel_ranges(struct kunit *test)
{
	const struct unwind_map *map = &unwind_kernel_map;
	const struct unwind_table_range *range;

	range = unwind_map_range(map, (unsigned long)_stext);
	KUNIT_ASSERT_NOT_NULL(test, range);
	KUNIT_EXPECT_EQ(test, unwind_range_start(range), (unsigned long)_stext);
	KUNIT_EXPECT_EQ(test, range->size, ALIGN_DOWN(range->size, 4));
	KUNIT_EXPECT_PTR_EQ(test, range,
			    unwind_map_range(map, (unsigned long)__kprobes_text_end - 1));

	range = unwind_map_range(map, (unsigned long)_sinittext);
	KUNIT_ASSERT_NOT_NULL(test, range);
	KUNIT_EXPECT_LE(test, unwind_range_start(range), (unsigned long)_sinittext);
	KUNIT_EXPECT_PTR_EQ(test, range,
			    unwind_map_range(map, (unsigned long)_einittext - 4));
}

/*
 * The state at an instruction, found by going through all changes of its block.
 * Return NULL if it is the unreliable one.
 */
static const struct unwind_table_state *scan(const struct unwind_map *map,
					     const struct unwind_table_range *range,
					     unsigned long off)
{
	const unsigned int shift = UNWIND_BLOCK_SHIFT, bits = unwind_state_bits(shift);
	const u32 *index = map->index + range->index + (off >> shift);
	unsigned int state = 0;

	for (u32 i = index[0] & UNWIND_INDEX_CHANGE; i < (index[1] & UNWIND_INDEX_CHANGE); i++)
		if (map->change[i] >> bits <= (off & ((1 << shift) - 1)) / 4)
			state = map->change[i] & ((1 << bits) - 1);

	return state ? &map->state[state] : NULL;
}

/* Look up every instruction of the kernel. */
static void every_instruction(struct kunit *test)
{
	const struct unwind_map *map = &unwind_kernel_map;
	unsigned long insns = 0, good = 0, wrong = 0;

	for (int i = 0; i < map->nr_ranges; i++) {
		const struct unwind_table_range *range = &map->range[i];
		unsigned long start = unwind_range_start(range);

		for (unsigned long off = 0; off < range->size; off += 4) {
			const struct unwind_table_state *state = scan(map, range, off);

			insns++;
			good += !!state;
			wrong += state != unwind_map_find(map, start + off);
			wrong += !!state != reliable(map, start + off);
		}
	}

	KUNIT_EXPECT_EQ(test, wrong, 0);
	/* What is not reliable is mostly entry text, and that of the hypervisor. */
	KUNIT_EXPECT_GT(test, good, insns / 10 * 9);
	KUNIT_EXPECT_LT(test, good, insns);
	kunit_info(test, "%lu instructions, %lu of them reliable", insns, good);
}

static void not_in_the_table(struct kunit *test)
{
	const struct unwind_map none = {}, *map = &unwind_kernel_map;
	const unsigned long outside[] = {
		0, 4, -4UL, 0x400000, (unsigned long)map,
		(unsigned long)_stext - 4, (unsigned long)__init_begin - 4,
		(unsigned long)_einittext, (unsigned long)__idmap_text_start,
		/* Instructions are aligned */
		(unsigned long)schedule + 2,
	};

	for (int i = 0; i < ARRAY_SIZE(outside); i++)
		KUNIT_EXPECT_NULL_MSG(test, unwind_map_find(map, outside[i]), "%d", i);
	for (int i = 0; i < ARRAY_SIZE(outside) - 1; i++)
		KUNIT_EXPECT_FALSE_MSG(test, reliable(map, outside[i]), "%d", i);

	KUNIT_EXPECT_NULL(test, unwind_map_find(&none, (unsigned long)schedule));
	KUNIT_EXPECT_FALSE(test, reliable(&none, (unsigned long)schedule));
	KUNIT_EXPECT_NULL(test, unwind_map_range(&none, (unsigned long)schedule));
}

static noinline unsigned long call_here(void)
{
	return _RET_IP_ - 4;
}

/* What a function of the kernel says of itself */
static void known_states(struct kunit *test)
{
	unsigned long addr = (unsigned long)schedule;
	const struct unwind_table_state *state;

	state = unwind_map_find(&unwind_kernel_map, addr);
	KUNIT_ASSERT_NOT_NULL(test, state);
	KUNIT_EXPECT_EQ(test, state->ra, UNWIND_REG);
	KUNIT_EXPECT_EQ(test, state->fp, UNWIND_REG);

	/* At a call, there is a frame record. */
	state = unwind_map_find(&unwind_kernel_map, call_here());
	KUNIT_ASSERT_NOT_NULL(test, state);
	KUNIT_EXPECT_TRUE(test, state->ra == UNWIND_SP || state->ra == UNWIND_FP ||
			  state->ra == UNWIND_SCS);
	KUNIT_EXPECT_TRUE(test, state->fp == UNWIND_SP || state->fp == UNWIND_FP);
}

/*
 * A small table: two ranges of three blocks and of one, the last ones short, and four
 * states. The text that it is about is in the structure, too.
 */
struct small {
	struct unwind_table table;
	struct unwind_table_range range[2];
	struct unwind_table_state state[4];
	u32 index[6];
	u16 change[8];
} __aligned(8);

#define BLOCK		((int)BIT(UNWIND_BLOCK_SHIFT))
#define BLOCK_INSNS	(BLOCK / 4)
#define STATE_BITS	(16 - (UNWIND_BLOCK_SHIFT - 2))
#define CHANGE(insn, state)	((insn) << STATE_BITS | (state))

static struct small small;
static u32 small_text[2][3 * BLOCK_INSNS];

static void make_small(void)
{
	small = (struct small){
		.table = {
			.magic = UNWIND_TABLE_MAGIC,
			.version = UNWIND_TABLE_VERSION,
			.block_shift = UNWIND_BLOCK_SHIFT,
			.nr_ranges = 2,
			.nr_states = 4,
			.nr_index = 6,
			.nr_changes = 8,
		},
		.range = {
			{ .size = 2 * BLOCK + 4, .index = 0 },
			{ .size = 8, .index = 4 },
		},
		.state = {
			{ UNWIND_UNRELIABLE },
			{ UNWIND_REG, UNWIND_REG },
			{ UNWIND_SP, UNWIND_SP, 1, 0 },
			{ UNWIND_FP, UNWIND_FP, 1, 0 },
		},
		.index = { 0, 3, UNWIND_INDEX_UNRELIABLE | 5, 6, 6, 8 },
		.change = {
			CHANGE(0, 1), CHANGE(1, 2), CHANGE(BLOCK_INSNS - 1, 3),
			CHANGE(0, 3), CHANGE(BLOCK_INSNS - 2, 1),
			CHANGE(0, 0),
			CHANGE(0, 1), CHANGE(1, 2),
		},
	};
	for (int i = 0; i < 2; i++)
		small.range[i].start = (unsigned long)small_text[i] -
				       (unsigned long)&small.range[i].start;
}

static void small_table(struct kunit *test)
{
	static const struct { int range, insn, state; } known[] = {
		{ 0, -1, -1 }, { 0, 0, 1 }, { 0, 1, 2 }, { 0, BLOCK_INSNS - 2, 2 },
		{ 0, BLOCK_INSNS - 1, 3 }, { 0, BLOCK_INSNS, 3 },
		{ 0, 2 * BLOCK_INSNS - 3, 3 }, { 0, 2 * BLOCK_INSNS - 2, 1 },
		{ 0, 2 * BLOCK_INSNS - 1, 1 }, { 0, 2 * BLOCK_INSNS, 0 },
		{ 0, 2 * BLOCK_INSNS + 1, -1 },
		{ 1, -1, -1 }, { 1, 0, 1 }, { 1, 1, 2 }, { 1, 2, -1 },
	};
	const struct unwind_table_state *state;
	struct unwind_map map;
	unsigned long addr;

	make_small();
	KUNIT_ASSERT_STREQ(test, "", unwind_map_init(&map, &small, sizeof(small)) ?: "");
	for (int i = 0; i < ARRAY_SIZE(known); i++) {
		addr = (unsigned long)small_text[known[i].range] +
		       known[i].insn * AARCH64_INSN_SIZE;
		state = known[i].state > 0 ? &small.state[known[i].state] : NULL;
		KUNIT_EXPECT_PTR_EQ_MSG(test, unwind_map_find(&map, addr), state, "%d", i);
		KUNIT_EXPECT_EQ_MSG(test, reliable(&map, addr), !!state, "%d", i);
		KUNIT_EXPECT_PTR_EQ_MSG(test, unwind_map_range(&map, addr),
					known[i].state < 0 ? NULL : &small.range[known[i].range],
					"%d", i);
	}
}

struct damage {
	const char *name;
	size_t at;
	u32 value;
	u8 size;
	const char *wrong;
};

#define DAMAGE(name, size, member, value, wrong)	\
	{ name, offsetof(struct small, member), value, size, wrong }

static const struct damage damages[] = {
	DAMAGE("magic", 4, table.magic, 1, "not an unwind table"),
	DAMAGE("version", 2, table.version, 2, "not the version that this kernel reads"),
	DAMAGE("reserved", 1, table.reserved, 1, "not the version that this kernel reads"),
	DAMAGE("smaller blocks", 1, table.block_shift, UNWIND_BLOCK_SHIFT - 1,
	       "not the block size that this kernel reads"),
	DAMAGE("larger blocks", 1, table.block_shift, UNWIND_BLOCK_SHIFT + 1,
	       "not the block size that this kernel reads"),
	DAMAGE("more ranges", 4, table.nr_ranges, 3, "not of the size that its header says"),
	DAMAGE("one state", 4, table.nr_states, 1, "too many states, or too few"),
	DAMAGE("many states", 4, table.nr_states, BIT(STATE_BITS) + 1,
	       "too many states, or too few"),
	DAMAGE("more index words", 4, table.nr_index, -1, "not of the size that its header says"),
	DAMAGE("more changes", 4, table.nr_changes, -1, "not of the size that its header says"),
	DAMAGE("empty range", 4, range[0].size, 0, "not a range of instructions"),
	DAMAGE("half an instruction", 4, range[0].size, 2 * BLOCK + 6,
	       "not a range of instructions"),
	DAMAGE("a longer range", 4, range[0].size, 4 * BLOCK,
	       "a block has no changes, or too many"),
	DAMAGE("a shorter range", 4, range[0].size, BLOCK, "an index is out of bounds"),
	DAMAGE("the longest range", 4, range[0].size, -4, "an index is out of bounds"),
	DAMAGE("a longer last range", 4, range[1].size, 2 * BLOCK, "an index is out of bounds"),
	DAMAGE("a range's index", 4, range[1].index, 0, "an index is out of bounds"),
	DAMAGE("a far index", 4, range[1].index, -1, "an index is out of bounds"),
	DAMAGE("a reliable unreliable state", 1, state[0].ra, 1, "a state that is not one"),
	DAMAGE("no entry state", 1, state[1].ra, 2, "a state that is not one"),
	DAMAGE("unknown place", 1, state[2].ra, 5, "a state that is not one"),
	DAMAGE("x29 on the shadow call stack", 1, state[2].fp, UNWIND_SCS,
	       "a state that is not one"),
	DAMAGE("half a state", 1, state[3].fp, 0, "a state that is not one"),
	DAMAGE("reserved in a state", 2, state[3].reserved, 1, "a state that is not one"),
	DAMAGE("first index", 4, index[0], 1, "index words are not in order"),
	DAMAGE("empty block", 4, index[1], 0, "a block has no changes, or too many"),
	DAMAGE("too many changes", 4, index[1], 9, "a block has no changes, or too many"),
	DAMAGE("hidden", 4, index[2], 5, "an index word hides what is unreliable"),
	DAMAGE("bit for nothing", 4, index[0], UNWIND_INDEX_UNRELIABLE,
	       "an index word hides what is unreliable"),
	DAMAGE("the last index", 4, index[5], 7,
	       "index words or changes that belong to no range"),
	DAMAGE("late first change", 2, change[0], CHANGE(1, 1),
	       "a block does not begin with its first instruction"),
	DAMAGE("twice", 2, change[1], CHANGE(0, 2), "changes are not sorted"),
	DAMAGE("behind the range", 2, change[7], CHANGE(2, 2), "changes are not sorted"),
	DAMAGE("unknown state", 2, change[1], CHANGE(1, 4), "unknown state"),
	DAMAGE("unreliable", 2, change[1], CHANGE(1, 0), "an index word hides what is unreliable"),
};

static void describe_damage(const struct damage *damage, char *desc)
{
	strscpy(desc, damage->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(damage, damages, describe_damage);

static void expect_wrong(struct kunit *test, size_t size, const char *wrong)
{
	struct unwind_map map = unwind_kernel_map;
	const char *said = unwind_map_init(&map, &small, size);

	KUNIT_EXPECT_STREQ(test, said ?: "nothing", wrong);
	KUNIT_EXPECT_FALSE(test, reliable(&map, (unsigned long)&small_text[0][0]));
	KUNIT_EXPECT_FALSE(test, reliable(&map, (unsigned long)schedule));
}

static void damaged_table(struct kunit *test)
{
	const struct damage *damage = test->param_value;

	make_small();
	memcpy((void *)&small + damage->at, &damage->value, damage->size);
	expect_wrong(test, sizeof(small), damage->wrong);
}

static void unsorted_ranges(struct kunit *test)
{
	make_small();
	small.range[1].start -= sizeof(small_text[0]) * 2;
	expect_wrong(test, sizeof(small), "ranges are not sorted, or overlap");

	make_small();
	small.range[1].start = small.range[0].start - sizeof(small.range[0]) + BLOCK;
	expect_wrong(test, sizeof(small), "ranges are not sorted, or overlap");

	make_small();
	small.range[1].start = -4L - (unsigned long)&small.range[1].start;
	expect_wrong(test, sizeof(small), "a range that wraps");
}

static void truncated_table(struct kunit *test)
{
	make_small();
	for (size_t size = 0; size < sizeof(small.table); size++)
		expect_wrong(test, size, "not an unwind table");
	for (size_t size = sizeof(small.table); size < sizeof(small); size++)
		expect_wrong(test, size, "not of the size that its header says");
}

/*
 * Any table is refused or can be searched. With a table that ends at a page that is
 * not there, leaving it is an oops.
 */
static void damaged_at_random(struct kunit *test)
{
	const size_t size = kernel_table_size();
	struct unwind_map map;
	int taken = 0, wrong = 0;
	struct rnd_state rnd;
	void *pages, *table;

	pages = vmalloc(PAGE_ALIGN(size));
	KUNIT_ASSERT_NOT_NULL(test, pages);
	table = PTR_ALIGN_DOWN(pages + PAGE_ALIGN(size) - size, 8);
	prandom_seed_state(&rnd, 1);

	for (int i = 0; i < 300; i++) {
		memcpy(table, __unwind_table_start, size);
		for (int n = prandom_u32_state(&rnd) % 3; n >= 0; n--) {
			/* Half of it in the header, ranges and states */
			size_t at = prandom_u32_state(&rnd) % (i % 2 ? size : 256);

			((u8 *)table)[at] ^= 1 << prandom_u32_state(&rnd) % 8;
		}
		if (unwind_map_init(&map, table, size))
			continue;
		taken++;
		for (int r = 0; r < map.nr_ranges; r++) {
			unsigned long start = unwind_range_start(&map.range[r]);

			for (u32 off = 0; off < map.range[r].size; off += 508) {
				const struct unwind_table_state *state;

				state = unwind_map_find(&map, start + off);
				wrong += state && ((void *)state <= (void *)map.state ||
						   (void *)state >= (void *)map.index);
			}
		}
	}

	vfree(pages);
	/* Not all damage shows: another state, or another instruction */
	KUNIT_EXPECT_EQ(test, wrong, 0);
	KUNIT_EXPECT_GT(test, taken, 0);
	KUNIT_EXPECT_LT(test, taken, 200);
	kunit_info(test, "%d of 300 were not refused", taken);
}

/*
 * The same for a table that is damaged when it is in use already: a look-up stays
 * in the table. (The header is where the table's end is from, except for that of the
 * kernel's own. So leave it alone.)
 */
static void damaged_in_use(struct kunit *test)
{
	const size_t size = kernel_table_size(), header = sizeof(struct unwind_table);
	unsigned long start, lookups = 0, wrong = 0, none = 0;
	const struct unwind_table_state *state;
	struct unwind_table_range range;
	struct unwind_map map;
	struct rnd_state rnd;
	void *pages, *table;

	pages = vmalloc(PAGE_ALIGN(size));
	KUNIT_ASSERT_NOT_NULL(test, pages);
	table = PTR_ALIGN_DOWN(pages + PAGE_ALIGN(size) - size, 8);
	memcpy(table, __unwind_table_start, size);
	KUNIT_EXPECT_NULL(test, unwind_map_init(&map, table, size));
	prandom_seed_state(&rnd, 2);

	for (int i = 0; i < 100; i++) {
		memcpy(table, __unwind_table_start, size);
		for (int n = 0; n < 300; n++) {
			/* A third each in the ranges and states, in the index, in all of it */
			size_t limit[] = { (void *)map.index - table,
					   (void *)map.change - table, size };
			size_t at = header + prandom_u32_state(&rnd) % (limit[n % 3] - header - 4);
			u32 value = prandom_u32_state(&rnd);

			/* In the ranges, but a few times */
			if (at < (void *)map.state - table && n % 32)
				continue;
			if (n % 2)
				value = *(u32 *)(table + ALIGN_DOWN(at, 4)) ^ BIT(value % 32);
			*(u32 *)(table + ALIGN_DOWN(at, 4)) = value;
		}
		for (int r = 0; r < map.nr_ranges; r++) {
			/* Both by where the range was, and by where it seems to be */
			memcpy(&range, __unwind_table_start + ((void *)&map.range[r] - table),
			       sizeof(range));
			start = r ? unwind_range_start(&map.range[r]) : map.start;
			for (u64 off = 0; off < max(range.size, map.range[r].size);
			     off += 508 + (off > range.size) * 0x100000) {
				state = unwind_map_find(&map, start + off);
				lookups++;
				none += !state;
				wrong += state && (state <= map.state ||
						   (void *)state >= (void *)map.index);
			}
		}
	}

	vfree(pages);
	KUNIT_EXPECT_EQ(test, wrong, 0);
	KUNIT_EXPECT_GT(test, none, lookups / 100);
	KUNIT_EXPECT_LT(test, none, lookups);
	kunit_info(test, "%lu look-ups in a damaged table, %lu found nothing", lookups, none);
}

static struct kunit_case unwind_map_cases[] = {
	KUNIT_CASE(kernel_ranges),
	KUNIT_CASE(every_instruction),
	KUNIT_CASE(not_in_the_table),
	KUNIT_CASE(known_states),
	KUNIT_CASE(small_table),
	KUNIT_CASE_PARAM(damaged_table, damage_gen_params),
	KUNIT_CASE(unsorted_ranges),
	KUNIT_CASE(truncated_table),
	KUNIT_CASE(damaged_at_random),
	KUNIT_CASE(damaged_in_use),
	{}
};

static struct kunit_suite unwind_map_suite = {
	.name = "arm64_unwind_map",
	.test_cases = unwind_map_cases,
};

kunit_test_suite(unwind_map_suite);
