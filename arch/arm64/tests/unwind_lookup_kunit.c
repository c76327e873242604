// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests for unwind_map_lookup(): which addresses the build vouches for, in the
 * kernel, or in this module.
 */

#include <kunit/test.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/unwind_mark.h>

#include <asm/insn-def.h>
#include <asm/unwind_map.h>

static unsigned long called_from;

static noinline void note_caller(void)
{
	called_from = _RET_IP_;
}

/* Its call of note_caller() is not a tail call: there is a barrier behind it */
static noinline void calls(void)
{
	note_caller();
	barrier();
}

static noinline void marked_calls(void)
{
	note_caller();
	barrier();
}

UNWIND_NON_STANDARD(marked_calls);

static const struct unwind_table_state *lookup(unsigned long pc, bool called)
{
	const struct unwind_table_state *state;

	preempt_disable();
	state = unwind_map_lookup(current, pc, called);
	preempt_enable();
	return state;
}

static bool in_memory(u8 where)
{
	return where == UNWIND_SP || where == UNWIND_FP || where == UNWIND_SCS;
}

/* At a call there is a frame record, and so both values are on a stack. */
static void return_address(struct kunit *test)
{
	const struct unwind_table_state *state;

	calls();
	state = lookup(called_from, true);
	KUNIT_ASSERT_NOT_NULL(test, state);
	KUNIT_EXPECT_TRUE(test, in_memory(state->ra));
	KUNIT_EXPECT_TRUE(test, in_memory(state->fp));
}

/* On entry both values are in registers, and a landing pad or the like does not change it. */
static void interrupted_at_entry(struct kunit *test)
{
	const struct unwind_table_state *state;

	state = lookup((unsigned long)calls, false);
	KUNIT_ASSERT_NOT_NULL(test, state);
	KUNIT_EXPECT_EQ(test, state->ra, UNWIND_REG);
	KUNIT_EXPECT_EQ(test, state->fp, UNWIND_REG);
}

/* What precedes a return address is another instruction than the one at it. */
static void call_before_it(struct kunit *test)
{
	unsigned long pc;

	calls();
	for (pc = (unsigned long)calls; pc < called_from; pc += AARCH64_INSN_SIZE)
		KUNIT_EXPECT_PTR_EQ(test, lookup(pc + AARCH64_INSN_SIZE, true),
				    lookup(pc, false));
}

static void marked_function(struct kunit *test)
{
	marked_calls();
	KUNIT_EXPECT_NULL(test, lookup(called_from, true));
	KUNIT_EXPECT_NULL(test, lookup((unsigned long)marked_calls, false));
}

static void not_code(struct kunit *test)
{
	unsigned long pc[] = {
		0, 4, -4UL, 0x400000, (unsigned long)test, (unsigned long)&called_from,
		(unsigned long)calls + 2, (unsigned long)calls + 1,
	};

	for (int i = 0; i < ARRAY_SIZE(pc); i++) {
		KUNIT_EXPECT_NULL_MSG(test, lookup(pc[i], false), "%d", i);
		KUNIT_EXPECT_NULL_MSG(test, lookup(pc[i] + 4, true), "%d", i);
	}
}

static struct kunit_case unwind_lookup_cases[] = {
	KUNIT_CASE(return_address),
	KUNIT_CASE(interrupted_at_entry),
	KUNIT_CASE(call_before_it),
	KUNIT_CASE(marked_function),
	KUNIT_CASE(not_code),
	{}
};

static struct kunit_suite unwind_lookup_suite = {
	.name = "unwind_lookup",
	.test_cases = unwind_lookup_cases,
};

kunit_test_suite(unwind_lookup_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_DESCRIPTION("KUnit tests for look-ups in unwind tables");
MODULE_LICENSE("GPL");
