// SPDX-License-Identifier: GPL-2.0-only
/*
 * Livepatches do_idle(). The new function keeps its CPU busy until another task wants to
 * have it.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kprobes.h>
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/sched.h>

static void (*schedule_idle_func)(void);

static void test_klp_idle_do_idle(void)
{
	while (!need_resched())
		cpu_relax();
	schedule_idle_func();
}

static struct klp_func funcs[] = {
	{
		.old_name = "do_idle",
		.new_func = test_klp_idle_do_idle,
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

static int __init test_klp_idle_init(void)
{
	struct kprobe kp = { .symbol_name = "schedule_idle" };
	int ret;

	/* It is not exported, and kprobes know where it is. */
	ret = register_kprobe(&kp);
	if (ret)
		return ret;
	schedule_idle_func = (void *)kp.addr;
	unregister_kprobe(&kp);

	return klp_enable_patch(&patch);
}

static void test_klp_idle_exit(void)
{
}

module_init(test_klp_idle_init);
module_exit(test_klp_idle_exit);
MODULE_LICENSE("GPL");
MODULE_INFO(livepatch, "Y");
MODULE_DESCRIPTION("Livepatch test: patch do_idle()");
