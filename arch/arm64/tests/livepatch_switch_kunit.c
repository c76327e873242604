// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests that livepatch cannot replace a function which is on the stack when a task
 * switches itself over, as nobody looks at the stack then.
 *
 * Nobody keeps a list of such functions. They are those that call klp_update_patch_state(),
 * those that call these, and so on, down to the entry code. Each call is a BL or B in the
 * text of the kernel.
 */

#include <kunit/test.h>
#include <linux/ftrace.h>
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/livepatch.h>
#include <linux/string.h>

#include <asm/insn.h>
#include <asm/sections.h>

struct callers {
	unsigned int nr;
	unsigned long start[256];
};

/* They may be livepatched, though. */
static const char * const exempt[] = {
	/* Switches others, breaks the consistency on purpose, and the modules stay. */
	"klp_force_task",
	"klp_force_transition",
	/* Starts the idle task of the boot CPU, once; nothing returns there. */
	"rest_init",
};

static bool is_exempt(const char *name)
{
	for (int i = 0; i < ARRAY_SIZE(exempt); i++) {
		size_t len = strlen(exempt[i]);

		/* With link time optimisation, a suffix may follow. */
		if (!strncmp(name, exempt[i], len) && (!name[len] || name[len] == '.'))
			return true;
	}

	return false;
}

static bool find_caller(const struct callers *c, unsigned long start)
{
	for (unsigned int i = 0; i < c->nr; i++)
		if (c->start[i] == start)
			return true;

	return false;
}

/* Add the functions that call one of those that are there. */
static void add_callers(struct kunit *test, struct callers *c)
{
	char name[KSYM_NAME_LEN];

	for (unsigned long pc = (unsigned long)_stext; pc < (unsigned long)_etext;
	     pc += AARCH64_INSN_SIZE) {
		u32 insn = le32_to_cpup((__le32 *)pc);
		unsigned long size, offset;

		if (!aarch64_insn_is_bl(insn) && !aarch64_insn_is_b(insn))
			continue;
		if (!find_caller(c, pc + aarch64_get_branch_offset(insn)))
			continue;
		KUNIT_ASSERT_TRUE(test, kallsyms_lookup_size_offset(pc, &size, &offset));
		KUNIT_ASSERT_EQ(test, 0, lookup_symbol_name(pc, name));
		if (is_exempt(name) || find_caller(c, pc - offset))
			continue;

		KUNIT_ASSERT_LT(test, c->nr, ARRAY_SIZE(c->start));
		c->start[c->nr++] = pc - offset;
		KUNIT_EXPECT_EQ_MSG(test, ftrace_location(pc - offset), 0UL,
				    "%s() can be livepatched", name);
	}
}

static void callers_have_no_ftrace_site(struct kunit *test)
{
	struct callers *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);
	unsigned int nr;

	KUNIT_ASSERT_NOT_NULL(test, c);
	c->start[c->nr++] = (unsigned long)klp_update_patch_state;
	KUNIT_EXPECT_EQ(test, ftrace_location(c->start[0]), 0UL);

	do {
		nr = c->nr;
		add_callers(test, c);
	} while (c->nr != nr);

	/* The way out to user mode, the idle loop, and who calls them: else it found nothing. */
	KUNIT_EXPECT_GT(test, nr, 10U);
}

/* If the compiler has put klp_update_patch_state() into its callers, these have no call. */
static void known_callers_have_no_ftrace_site(struct kunit *test)
{
	static const char * const known[] = { "do_notify_resume", "cpu_startup_entry" };

	for (int i = 0; i < ARRAY_SIZE(known); i++) {
		unsigned long start = kallsyms_lookup_name(known[i]);

		KUNIT_EXPECT_NE_MSG(test, start, 0UL, "there is no %s()", known[i]);
		KUNIT_EXPECT_EQ_MSG(test, ftrace_location(start), 0UL,
				    "%s() can be livepatched", known[i]);
	}

	/* The test would notice. */
	KUNIT_EXPECT_NE(test, ftrace_location((unsigned long)klp_enable_patch), 0UL);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(callers_have_no_ftrace_site),
	KUNIT_CASE(known_callers_have_no_ftrace_site),
	{}
};

static struct kunit_suite suite = {
	.name = "arm64_livepatch_switch",
	.test_cases = cases,
};

kunit_test_suite(suite);

MODULE_LICENSE("GPL");
