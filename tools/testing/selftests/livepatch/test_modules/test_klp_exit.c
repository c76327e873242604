// SPDX-License-Identifier: GPL-2.0-only
/*
 * Livepatches exit_task_stack_account(), which do_exit() calls when the task may have left
 * the list of tasks already.
 *
 * In the new function the task that is named by parameter "stop" sleeps, until it is told
 * to go on by "wake". Then it calls test_klp_target_cold().
 */

#include <linux/kernel.h>
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/wait.h>

#include "test_klp_target.h"

static char stop[TASK_COMM_LEN];
module_param_string(stop, stop, sizeof(stop), 0600);
MODULE_PARM_DESC(stop, "The name of the task that sleeps");

static DECLARE_WAIT_QUEUE_HEAD(wait);
static bool awake;

static int wake_set(const char *val, const struct kernel_param *kp)
{
	int ret = param_set_bool(val, kp);

	wake_up_all(&wait);
	return ret;
}

static const struct kernel_param_ops wake_ops = {
	.set = wake_set,
	.get = param_get_bool,
};
module_param_cb(wake, &wake_ops, &awake, 0600);
MODULE_PARM_DESC(wake, "Wake up the task that sleeps (default=false)");

static int pid;
module_param(pid, int, 0400);
MODULE_PARM_DESC(pid, "The task that sleeps, 0 if none does");

/* What the old function accounts for is left out. */
static noinline void livepatch_exit_task_stack_account(struct task_struct *task)
{
	if (strcmp(task->comm, stop))
		return;

	WRITE_ONCE(pid, task->pid);
	wait_event_idle(wait, READ_ONCE(awake));
	test_klp_target_cold();
	WRITE_ONCE(pid, 0);
}

static struct klp_func funcs[] = {
	{
		.old_name = "exit_task_stack_account",
		.new_func = livepatch_exit_task_stack_account,
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

static int __init test_klp_exit_init(void)
{
	return klp_enable_patch(&patch);
}

static void test_klp_exit_exit(void)
{
}

module_init(test_klp_exit_init);
module_exit(test_klp_exit_exit);
MODULE_LICENSE("GPL");
MODULE_INFO(livepatch, "Y");
MODULE_DESCRIPTION("Livepatch test: patch the end of do_exit()");
