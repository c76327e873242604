// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the reliable stack walk: an interrupt at every instruction of a
 * module, see stacktrace_sweep_kunit.c.
 *
 * Where the module is out of reach, its calls go through its PLT, and to the
 * function tracer through its ftrace trampolines. The latter are refused by section,
 * and so is a PLT entry that no BL has called, or that is not a plain one.
 *
 * The module is a livepatch, which replaces known_middle() and stays enabled.
 */

#include <linux/delay.h>
#include <linux/ftrace.h>
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/sizes.h>

#include <asm/unwind_text.h>

#include <kunit/visibility.h>

#include "stacktrace_kunit.h"
#include "stacktrace_shapes.h"
#include "stacktrace_sweep.h"

/* Does a call out of the module need the PLT? */
static bool is_far(void)
{
	return abs((long)THIS_MODULE->mem[MOD_TEXT].base - (long)known_inner) >= SZ_128M;
}

static const void *shape_gen_params(const void *prev, char *desc)
{
	const struct shape *next = prev ? prev + sizeof(*next) : shapes;

	if (!next->name)
		return NULL;
	strscpy(desc, next->name, KUNIT_PARAM_DESC_SIZE);
	return next;
}

static unsigned int refused_in_shapes;

static void every_instruction_of_a_module(struct kunit *test)
{
	refused_in_shapes += stacktrace_sweep_shape(test, test->param_value);
}

static noinline __noclone unsigned long traced(unsigned long x)
{
	barrier();
	return x;
}

static void call_traced(struct known *known)
{
	traced(1);
	barrier();
}

static notrace void hit_traced(unsigned long ip, unsigned long parent_ip,
			       struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
}

static struct ftrace_ops ops = {
	.func = hit_traced,
};

static void every_instruction_of_a_traced_function(struct kunit *test)
{
	unsigned int refused;

	KUNIT_ASSERT_EQ(test, 0, ftrace_set_filter_ip(&ops, (unsigned long)traced, 0, 0));
	KUNIT_ASSERT_EQ(test, 0, register_ftrace_function(&ops));
	refused = stacktrace_sweep(test, "traced function of a module", call_traced, NULL);
	unregister_ftrace_function(&ops);
	/* ftrace_caller at least */
	KUNIT_EXPECT_GT(test, refused, 0);
}

/* In place of known_middle() */
static noinline __noclone void new_middle(struct known *known)
{
	known_inner(known);
	barrier();
}

static struct klp_func funcs[] = {
	{
		.old_name = "known_middle",
		.new_func = new_middle,
	}, {}
};

static struct klp_object objs[] = {
	{
		.funcs = funcs,
	}, {}
};

static struct klp_patch patch = {
	.mod = THIS_MODULE,
	.objs = objs,
};

static void every_instruction_of_a_livepatch(struct kunit *test)
{
	unsigned int refused;

	if (!patch.enabled) {
		KUNIT_ASSERT_EQ(test, 0, klp_enable_patch(&patch));
		while (READ_ONCE(funcs[0].transition))
			msleep(20);
	}
	refused = stacktrace_sweep(test, "livepatch", call_traced, new_middle);
	KUNIT_EXPECT_GT(test, refused, 0);
}

#define ADRP	0x90000010	/* adrp x16, ... */
#define ADD	0x91000210	/* add x16, x16, #... */
#define BR	0xd61f0200	/* br x16 */
#define BL	0x94000000
#define B	0x14000000
#define BLR	0xd63f0200	/* blr x16 */

/* Behind the PLT entries that there are relocations for is one more. */
static unsigned long spare_plt_entry(void)
{
	return THIS_MODULE->arch.nounwind[MOD_NOUNWIND_PLT].start +
	       THIS_MODULE->arch.core.plt_max_entries * sizeof(struct plt_entry);
}

/* Its first instruction is overwritten. */
static notrace noinline __noclone void call_site(void)
{
	barrier();
}

static void call_call_site(struct known *known)
{
	call_site();
	barrier();
}

static void write_call_site(struct kunit *test, u32 insn, unsigned long target)
{
	unsigned long call = (unsigned long)call_site;

	if (insn == BL || insn == B)
		insn |= ((long)(target - call) >> 2) & GENMASK(25, 0);
	KUNIT_ASSERT_EQ(test, 0, stacktrace_sweep_patch(call, insn));
}

static void write_plt_entry(struct kunit *test, u32 adrp, u32 add, u32 br)
{
	unsigned long plt = spare_plt_entry();

	KUNIT_ASSERT_EQ(test, 0, stacktrace_sweep_patch(plt, adrp));
	KUNIT_ASSERT_EQ(test, 0, stacktrace_sweep_patch(plt + 4, add));
	KUNIT_ASSERT_EQ(test, 0, stacktrace_sweep_patch(plt + 8, br));
}

static const struct plt_case {
	const char *name;
	u32 insns[3];		/* of the entry */
	u32 call;		/* the instruction before the return address */
	int target;		/* of that, if it has one, as offset from the entry */
	int ra;			/* offset of the return address from where it should be */
	bool called;
} plt_cases[] = {
	{ "plain",		{ ADRP, ADD, BR }, BL, 0, 0, true },
	{ "any immediates",	{ 0xf0ffffb0, 0x913ffe10, BR }, BL, 0, 0, true },
	{ "free",		{ 0, 0, 0 }, BL },
	{ "erratum 843419, x0",	{ 0x90000000, 0x91000000, B | 1 }, BL },
	{ "erratum 843419, x16", { ADRP, ADD, B | 1 }, BL },
	{ "ADRP of x30",	{ ADRP | 0x1e, ADD, BR }, BL },
	{ "ADR",		{ ADRP & ~BIT(31), ADD, BR }, BL },
	{ "BRK",		{ 0xd4200080, ADD, BR }, BL },
	{ "ADD to x29",		{ ADRP, ADD | 0x1d, BR }, BL },
	{ "ADD to x30",		{ ADRP, ADD | 0x1e, BR }, BL },
	{ "ADD from x17",	{ ADRP, ADD | BIT(5), BR }, BL },
	{ "ADD, shifted",	{ ADRP, ADD | BIT(22), BR }, BL },
	{ "ADD of 32 bits",	{ ADRP, ADD & ~BIT(31), BR }, BL },
	{ "SUB",		{ ADRP, ADD | BIT(30), BR }, BL },
	{ "BR x17",		{ ADRP, ADD, BR | BIT(5) }, BL },
	{ "RET x16",		{ ADRP, ADD, 0xd65f0200 }, BL },
	{ "BLR x16",		{ ADRP, ADD, BLR }, BL },
	{ "B",			{ ADRP, ADD, BR }, B },
	{ "BLR",		{ ADRP, ADD, BR }, BLR },
	{ "NOP",		{ ADRP, ADD, BR }, 0xd503201f },
	{ "BL of another one",	{ ADRP, ADD, BR }, BL, -(int)sizeof(struct plt_entry) },
	{ "BL of the ADD",	{ ADRP, ADD, BR }, BL, 4 },
	{ "BL, misaligned",	{ ADRP, ADD, BR }, BL, 0, 2 },
	{ "BL, later",		{ ADRP, ADD, BR }, BL, 0, 4 },
};

static void describe_plt_case(const struct plt_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(plt_case, plt_cases, describe_plt_case);

static void plt_entry_is_called(struct kunit *test)
{
	const struct plt_case *c = test->param_value;
	unsigned long plt = spare_plt_entry(), call = (unsigned long)call_site;

	write_call_site(test, c->call, plt + c->target);
	write_plt_entry(test, c->insns[0], c->insns[1], c->insns[2]);
	for (int i = 0; i < ARRAY_SIZE(c->insns); i++)
		KUNIT_EXPECT_EQ(test, c->called,
				stacktrace_sweep_called_plt(plt + 4 * i, call + 4 + c->ra));

	/* Neither is in the PLT. */
	KUNIT_EXPECT_FALSE(test, stacktrace_sweep_called_plt(call, call + 4));
	KUNIT_EXPECT_FALSE(test, stacktrace_sweep_called_plt(plt + 12, call + 4));
	/* The call is not in the module, or not to be read. */
	KUNIT_EXPECT_FALSE(test, stacktrace_sweep_called_plt(plt, (unsigned long)known_inner));
	KUNIT_EXPECT_FALSE(test, stacktrace_sweep_called_plt(plt, 0));
	KUNIT_EXPECT_FALSE(test, stacktrace_sweep_called_plt(plt, 8));
}

/* By a function that has been called, and branches there: it is gone then. */
static void every_instruction_of_a_plt_entry_without_a_call(struct kunit *test)
{
	unsigned long plt = spare_plt_entry(), to = (unsigned long)traced;
	unsigned int refused, before = stacktrace_sweep_in_plt();
	long pages = (long)(to >> 12) - (long)(plt >> 12);

	write_plt_entry(test, ADRP | (pages & 3) << 29 | ((pages >> 2) & GENMASK(18, 0)) << 5,
			ADD | (to & 0xfff) << 10, BR);
	write_call_site(test, B, plt);
	refused = stacktrace_sweep(test, "PLT entry without a call", call_call_site, NULL);
	KUNIT_EXPECT_EQ(test, stacktrace_sweep_in_plt() - before, 3);
	KUNIT_EXPECT_EQ(test, refused, 3);
}

/* All of each entry that was used, if any had to be */
static void every_instruction_of_the_plt(struct kunit *test)
{
	unsigned int hit = stacktrace_sweep_in_plt();

	kunit_info(test, "hit in the PLT: %u instructions\n", hit);
	KUNIT_EXPECT_EQ(test, hit > 0, is_far());
	KUNIT_EXPECT_EQ(test, hit % 3, 0);
}

static struct kunit_case stacktrace_module_cases[] = {
	KUNIT_CASE_PARAM(every_instruction_of_a_module, shape_gen_params),
	KUNIT_CASE(every_instruction_of_the_plt),
	KUNIT_CASE_PARAM(plt_entry_is_called, plt_case_gen_params),
	KUNIT_CASE(every_instruction_of_a_plt_entry_without_a_call),
	KUNIT_CASE(every_instruction_of_a_traced_function),
	KUNIT_CASE(every_instruction_of_a_livepatch),
	{}
};

static int stacktrace_module_init(struct kunit_suite *suite)
{
	refused_in_shapes = 0;
	return stacktrace_sweep_init(THIS_MODULE);
}

static void stacktrace_module_exit(struct kunit_suite *suite)
{
	kunit_info(suite, "the module is %s: %u walks refused in its functions\n",
		   is_far() ? "far" : "near", refused_in_shapes);
	stacktrace_sweep_exit(suite);
}

static struct kunit_suite stacktrace_module_suite = {
	.name = "arm64_stacktrace_module",
	.suite_init = stacktrace_module_init,
	.suite_exit = stacktrace_module_exit,
	.init = no_warning_init,
	.exit = no_warning_exit,
	.attr.speed = KUNIT_SPEED_VERY_SLOW,
	.test_cases = stacktrace_module_cases,
};

kunit_test_suite(stacktrace_module_suite);

MODULE_DESCRIPTION("KUnit tests of the reliable stack walk in a module");
MODULE_LICENSE("GPL");
MODULE_INFO(livepatch, "Y");
MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
