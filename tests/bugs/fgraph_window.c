// SPDX-License-Identifier: GPL-2.0-only
/*
 * probed() returns to return_to_handler(), which calls the exit handler of an fprobe. That
 * wakes a task which is to run next on the same CPU, so the one that returns is preempted
 * when the function graph tracer enables preemption again: by a call, not by an interrupt. The
 * next function of its to run is caller(): a reliable trace must have it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/completion.h>
#include <linux/fprobe.h>
#include <linux/kthread.h>

#include "bugs.h"

static unsigned long pcs[NR_PCS];
static int nr;
static struct task_struct *task;
static DECLARE_COMPLETION(returning);
static DECLARE_COMPLETION(walked);

static noinline __noclone void probed(void)
{
	barrier();
}

static noinline __noclone void caller(void)
{
	probed();
	barrier();
}

static void on_exit(struct fprobe *fp, unsigned long entry_ip, unsigned long ret_ip,
		    struct ftrace_regs *fregs, void *entry_data)
{
	complete(&returning);
}

static struct fprobe fprobe = { .exit_handler = on_exit };

/* The task that returns has the same CPU, so it cannot run while this one does. */
static int walk(void *unused)
{
	wait_for_completion(&returning);
	nr = save_reliable(task, pcs, NR_PCS);
	complete(&walked);
	return 0;
}

static int call(void *unused)
{
	caller();
	return 0;
}

static int __init fgraph_window_init(void)
{
	unsigned long addr = (unsigned long)probed;
	struct task_struct *walker;
	int ret;

	ret = find_save_reliable() ?: register_fprobe_ips(&fprobe, &addr, 1);
	if (ret)
		return ret;
	task = kthread_create_on_cpu(call, NULL, 0, "call/%u");
	walker = kthread_create_on_cpu(walk, NULL, 0, "walk/%u");
	ret = PTR_ERR_OR_ZERO(task) ?: PTR_ERR_OR_ZERO(walker);
	if (!ret) {
		get_task_struct(task);
		/* It has a higher priority, so it waits by the time that the other one runs. */
		sched_set_fifo(walker);
		wake_up_process(walker);
		wake_up_process(task);
		wait_for_completion(&walked);
		verdict("the reliable trace of a task preempted in return_to_handler()",
			"caller", pcs, nr);
		kthread_stop_put(task);
	}
	unregister_fprobe(&fprobe);
	return ret;
}

static void __exit fgraph_window_exit(void)
{
}

module_init(fgraph_window_init);
module_exit(fgraph_window_exit);
MODULE_DESCRIPTION("A reliable stack trace from within return_to_handler()");
MODULE_LICENSE("GPL");
