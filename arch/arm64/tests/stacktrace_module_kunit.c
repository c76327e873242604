// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the reliable stack walk: an interrupt at every instruction of a
 * module, see stacktrace_sweep_kunit.c.
 *
 * Where the module is out of reach, its calls go through its PLT, and to the
 * function tracer through its ftrace trampolines. Both are refused by section.
 *
 * The module is a livepatch, which replaces known_middle() and stays enabled.
 */

#include <linux/delay.h>
#include <linux/ftrace.h>
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/sizes.h>

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

static struct kunit_case stacktrace_module_cases[] = {
	KUNIT_CASE_PARAM(every_instruction_of_a_module, shape_gen_params),
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
