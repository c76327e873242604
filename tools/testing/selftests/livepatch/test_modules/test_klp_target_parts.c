// SPDX-License-Identifier: GPL-2.0-only
/*
 * Livepatches test_klp_target_cold(). The new function sleeps in a part of it that the
 * compiler has put elsewhere, if it does such things.
 */

#include <linux/kernel.h>
#include <linux/livepatch.h>
#include <linux/module.h>

#include "test_klp_target.h"

static unsigned int steps;

static noinline void livepatch_step(unsigned int n)
{
	WRITE_ONCE(steps, READ_ONCE(steps) + n);
}

static noinline void livepatch_target_cold(void)
{
	livepatch_step(1);
	if (unlikely(!READ_ONCE(test_klp_target_awake))) {
		test_klp_target_sleep_rarely();
		livepatch_step(2);
	}
	livepatch_step(3);
}

static struct klp_func funcs[] = {
	{
		.old_name = "test_klp_target_cold",
		.new_func = livepatch_target_cold,
	}, {}
};

static struct klp_object objs[] = {
	{
		.name = "test_klp_target",
		.funcs = funcs,
	}, {}
};

static struct klp_patch patch = {
	.mod = THIS_MODULE,
	.objs = objs,
};

static int __init test_klp_target_parts_init(void)
{
	return klp_enable_patch(&patch);
}

static void test_klp_target_parts_exit(void)
{
}

module_init(test_klp_target_parts_init);
module_exit(test_klp_target_parts_exit);
MODULE_LICENSE("GPL");
MODULE_INFO(livepatch, "Y");
MODULE_DESCRIPTION("Livepatch test: the new function has parts");
