// SPDX-License-Identifier: GPL-2.0-only
/*
 * Functions for test_klp_fire to call while they are livepatched: one at either
 * end of a text so large that the module's callers, and the kernel's
 * ftrace_caller, are out of reach of one of them at least. That one is called, and
 * calls ftrace, through a PLT.
 *
 * While the module parameter "hold" is set, a kthread sleeps in
 * test_klp_fire_hold(), which is livepatched too: a transition that begins now
 * does not complete.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/wait.h>

#include "test_klp_fire.h"

static DECLARE_WAIT_QUEUE_HEAD(wait);
static bool hold;

static int set_hold(const char *val, const struct kernel_param *kp)
{
	int ret = param_set_bool(val, kp);

	wake_up_all(&wait);
	return ret;
}

static const struct kernel_param_ops hold_ops = {
	.set = set_hold,
	.get = param_get_bool,
};

module_param_cb(hold, &hold_ops, &hold, 0600);
MODULE_PARM_DESC(hold, "Have a task sleep in a function that is patched");

static bool holding;
module_param(holding, bool, 0400);
MODULE_PARM_DESC(holding, "Does a task sleep in a function that is patched?");

noinline unsigned int test_klp_fire_low(void)
{
	return 0;
}
EXPORT_SYMBOL_GPL(test_klp_fire_low);

/*
 * As far as a branch reaches, 128M, but for 64K: more than there is of this text
 * otherwise, so that this module's PLT is in reach of both ends. The 128K at the
 * end keep the text of other modules away. klp_post_link makes the hole.
 */
asm(".pushsection .test_klp.hole.0x7ff0000, \"ax\"; .byte 0; .popsection");

noinline __section(".test_klp.high") unsigned int test_klp_fire_high(void)
{
	return 0;
}
EXPORT_SYMBOL_GPL(test_klp_fire_high);

asm(".pushsection .test_klp.pad, \"ax\", %nobits; .skip 0x20000; .popsection");

noinline void test_klp_fire_sleep(void)
{
	WRITE_ONCE(holding, true);
	wait_event_idle(wait, !READ_ONCE(hold) || kthread_should_stop());
	WRITE_ONCE(holding, false);
}
EXPORT_SYMBOL_GPL(test_klp_fire_sleep);

noinline void test_klp_fire_hold(void)
{
	test_klp_fire_sleep();
}

static int hold_thread(void *unused)
{
	while (!kthread_should_stop()) {
		wait_event_idle(wait, READ_ONCE(hold) || kthread_should_stop());
		test_klp_fire_hold();
	}
	return 0;
}

static struct task_struct *holder;

static int __init test_klp_fire_mod_init(void)
{
	holder = kthread_run(hold_thread, NULL, "test_klp_hold");
	return PTR_ERR_OR_ZERO(holder);
}

static void __exit test_klp_fire_mod_exit(void)
{
	kthread_stop(holder);
}

module_init(test_klp_fire_mod_init);
module_exit(test_klp_fire_mod_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Livepatch test: functions to be called under fire");
