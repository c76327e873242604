// SPDX-License-Identifier: GPL-2.0-only
/*
 * Replaces demo_answer() of demo_target.ko by one that does not wait.
 */

#include <linux/livepatch.h>
#include <linux/module.h>

static const char *demo_livepatch_answer(void)
{
	return "this has been live patched\n";
}

static struct klp_func demo_funcs[] = {
	{
		.old_name = "demo_answer",
		.new_func = demo_livepatch_answer,
	}, { }
};

static struct klp_object demo_objs[] = {
	{
		.name = "demo_target",
		.funcs = demo_funcs,
	}, { }
};

static struct klp_patch demo_patch = {
	.mod = THIS_MODULE,
	.objs = demo_objs,
};

static int __init demo_livepatch_init(void)
{
	return klp_enable_patch(&demo_patch);
}

static void __exit demo_livepatch_exit(void)
{
}

module_init(demo_livepatch_init);
module_exit(demo_livepatch_exit);
MODULE_DESCRIPTION("The livepatch of the demo");
MODULE_LICENSE("GPL");
MODULE_INFO(livepatch, "Y");
