// SPDX-License-Identifier: GPL-2.0-only
/*
 * Functions to be livepatched while a task is in them in a way that is easily missed.
 *
 * A read from one of the files in /sys/kernel/debug/test_klp_target/ calls a function:
 *
 *  cold:	test_klp_target_cold(), which sleeps in a part of it that the compiler has put
 *		elsewhere, if it does such things
 *  sleep:	test_klp_target_sleep(), which sleeps in the function itself
 *  wake:	wakes up all who sleep, for good
 *
 * With end=1 there is a kthread test_klp_kend in test_klp_target_end(). It sleeps in a
 * function that does not return, and the call of it is the last instruction of
 * test_klp_target_end(). With idle_cpu=N there is a kthread test_klp_kidle on CPU N that
 * makes the CPU idle from inside of test_klp_target_idle(), time and again.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/time64.h>

#include "test_klp_target.h"

static bool end;
module_param(end, bool, 0400);
MODULE_PARM_DESC(end, "Have a kthread at the end of a function (default=false)");

static int inject_cpu = -1;
module_param_named(idle_cpu, inject_cpu, int, 0400);
MODULE_PARM_DESC(idle_cpu, "Have a kthread inject idle time on this CPU (default=-1, none)");

static DECLARE_COMPLETION(end_done);
static struct task_struct *kend, *kidle;
static struct dentry *dir;

/* What comes before and behind a call, so that the compiler keeps them apart */
static unsigned int steps;

static noinline void test_klp_target_step(unsigned int n)
{
	WRITE_ONCE(steps, READ_ONCE(steps) + n);
}

noinline void test_klp_target_cold(void)
{
	test_klp_target_step(1);
	if (unlikely(!READ_ONCE(test_klp_target_awake))) {
		test_klp_target_sleep_rarely();
		test_klp_target_step(2);
	}
	test_klp_target_step(3);
}
EXPORT_SYMBOL_GPL(test_klp_target_cold);

static noinline void __noreturn test_klp_target_finish(void)
{
	test_klp_target_sleep();
	kthread_complete_and_exit(&end_done, 0);
}

/* test_klp_target_end.S puts a symbol right behind this. */
static noinline void __section(".text.test_klp_target_end") test_klp_target_end(void)
{
	test_klp_target_step(4);
	test_klp_target_finish();
}

static noinline void test_klp_target_idle(void)
{
	while (!READ_ONCE(test_klp_target_awake)) {
		play_idle_precise(10 * NSEC_PER_MSEC, U64_MAX);
		schedule_timeout_idle(msecs_to_jiffies(10));
	}
}

static int test_klp_target_end_kthread(void *unused)
{
	test_klp_target_end();
	return 0;
}

static int test_klp_target_idle_kthread(void *unused)
{
	test_klp_target_idle();

	set_current_state(TASK_IDLE);
	while (!kthread_should_stop()) {
		schedule();
		set_current_state(TASK_IDLE);
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

static ssize_t test_klp_target_read(struct file *file, char __user *buf, size_t count,
				    loff_t *pos)
{
	((void (*)(void))file->private_data)();
	return 0;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = test_klp_target_read,
};

static void test_klp_target_exit(void)
{
	test_klp_target_wake();
	if (!IS_ERR_OR_NULL(kend))
		wait_for_completion(&end_done);
	if (!IS_ERR_OR_NULL(kidle))
		kthread_stop(kidle);
	debugfs_remove(dir);
}

static int __init test_klp_target_init(void)
{
	dir = debugfs_create_dir("test_klp_target", NULL);
	debugfs_create_file("cold", 0400, dir, test_klp_target_cold, &fops);
	debugfs_create_file("sleep", 0400, dir, test_klp_target_sleep, &fops);
	debugfs_create_file("wake", 0400, dir, test_klp_target_wake, &fops);

	if (end) {
		kend = kthread_run(test_klp_target_end_kthread, NULL, "test_klp_kend");
		if (IS_ERR(kend)) {
			test_klp_target_exit();
			return PTR_ERR(kend);
		}
	}

	if (inject_cpu >= 0) {
		kidle = kthread_create_on_cpu(test_klp_target_idle_kthread, NULL, inject_cpu,
					      "test_klp_kidle");
		if (IS_ERR(kidle)) {
			test_klp_target_exit();
			return PTR_ERR(kidle);
		}
		sched_set_fifo(kidle);
		wake_up_process(kidle);
	}

	return 0;
}

module_init(test_klp_target_init);
module_exit(test_klp_target_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Livepatch test: functions that tasks are hard to find in");
