// SPDX-License-Identifier: GPL-2.0-only
/*
 * Patches test_klp_sleep_old(), which is in module test_klp_sleep. The new
 * function does not sleep. It counts its calls in a module parameter.
 */

#include <linux/kernel.h>
#include <linux/livepatch.h>
#include <linux/module.h>

static unsigned int calls;
module_param(calls, uint, 0400);
MODULE_PARM_DESC(calls, "How often the new function was called");

static void livepatch_sleep_old(void)
{
	calls++;
}

static struct klp_func funcs[] = {
	{
		.old_name = "test_klp_sleep_old",
		.new_func = livepatch_sleep_old,
	}, {}
};

static struct klp_object objs[] = {
	{
		.name = "test_klp_sleep",
		.funcs = funcs,
	}, {}
};

static struct klp_patch patch = {
	.mod = THIS_MODULE,
	.objs = objs,
};

static int test_klp_sleep_patch_init(void)
{
	return klp_enable_patch(&patch);
}

static void test_klp_sleep_patch_exit(void)
{
}

module_init(test_klp_sleep_patch_init);
module_exit(test_klp_sleep_patch_exit);
MODULE_LICENSE("GPL");
MODULE_INFO(livepatch, "Y");
MODULE_DESCRIPTION("Livepatch test: patch a function that tasks sleep in");
