// SPDX-License-Identifier: GPL-2.0-only
/*
 * What part.c needs to be loaded, and a task that sleeps below part_399() and part_398()
 * until the module is unloaded. A livepatch transition has to unwind through them.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>

int part_399(int x);
int part_sum(const char *text, int n);
int part_warn(int n);
int part_start(void);
void part_stop(void);

static struct task_struct *sleeper;
static DECLARE_COMPLETION(asleep);
static DECLARE_COMPLETION(started);

noinline int part_sum(const char *text, int n)
{
	int sum = 0;

	if (current == sleeper) {
		complete(&asleep);
		set_current_state(TASK_INTERRUPTIBLE);
		while (!kthread_should_stop()) {
			schedule();
			set_current_state(TASK_INTERRUPTIBLE);
		}
		__set_current_state(TASK_RUNNING);
	}
	while (n-- > 0)
		sum += *text++;
	return sum;
}

noinline int part_warn(int n)
{
	pr_info("the sum is %d\n", n);
	return 0;
}

static int part_thread(void *begin)
{
	/* Until part_start() knows which task this is */
	wait_for_completion(begin);
	return part_399(3);
}

int part_start(void)
{
	sleeper = kthread_run(part_thread, &started, "part");
	if (IS_ERR(sleeper))
		return PTR_ERR(sleeper);
	complete(&started);
	wait_for_completion(&asleep);
	pr_info("task %d sleeps\n", sleeper->pid);
	return 0;
}

void part_stop(void)
{
	kthread_stop(sleeper);
	sleeper = NULL;
}
