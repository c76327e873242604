// SPDX-License-Identifier: GPL-2.0-only
/*
 * Livepatch test_klp_mod_target_show(), and have a task that comes to it preempted in
 * klp_ftrace_handler(), when that has redirected the task to the new function.
 *
 * A read from /sys/kernel/debug/test_klp_redirected/wait sleeps until the task with
 * the PID in the module parameter enters klp_ftrace_handler(). If the reader is bound
 * to the CPU of that task, and has a higher real-time priority, then it gets to run
 * as soon as preemption is enabled again: at the end of the handler.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/completion.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/kprobes.h>
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/seq_file.h>

static int pid;
module_param(pid, int, 0600);
MODULE_PARM_DESC(pid, "The task to wait for. Set to 0 when it has come");

static unsigned int sleep;
module_param(sleep, uint, 0600);
MODULE_PARM_DESC(sleep, "Seconds that the new function sleeps (default=0)");

static DECLARE_COMPLETION(redirected);

/*
 * Kprobes may hit where a lock of the scheduler is held. This one is for a task
 * that is about to call a function of a test module, without any locks: it may
 * wake up somebody.
 */
static int test_klp_redirected_pre(struct kprobe *kp, struct pt_regs *regs)
{
	if (current->pid == READ_ONCE(pid)) {
		WRITE_ONCE(pid, 0);
		complete(&redirected);
	}
	return 0;
}

static struct kprobe kp = {
	.symbol_name = "klp_ftrace_handler",
	.pre_handler = test_klp_redirected_pre,
};

static ssize_t test_klp_redirected_read(struct file *file, char __user *buf,
					size_t count, loff_t *pos)
{
	return wait_for_completion_interruptible(&redirected);
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = test_klp_redirected_read,
};

static int livepatch_mod_target_show(struct seq_file *m, void *v)
{
	pr_info("the new function was called\n");
	if (sleep)
		ssleep(sleep);
	return 0;
}

static struct klp_func funcs[] = {
	{
		.old_name = "test_klp_mod_target_show",
		.new_func = livepatch_mod_target_show,
	}, {}
};

static struct klp_object objs[] = {
	{
		.name = "test_klp_mod_target",
		.funcs = funcs,
	}, {}
};

static struct klp_patch patch = {
	.mod = THIS_MODULE,
	.objs = objs,
};

static struct dentry *dir;

static int __init test_klp_redirected_init(void)
{
	int ret;

	ret = register_kprobe(&kp);
	if (ret) {
		pr_err("no kprobe in klp_ftrace_handler(): %d\n", ret);
		return ret;
	}
	dir = debugfs_create_dir(KBUILD_MODNAME, NULL);
	debugfs_create_file("wait", 0400, dir, NULL, &fops);

	ret = klp_enable_patch(&patch);
	if (ret) {
		debugfs_remove(dir);
		unregister_kprobe(&kp);
	}
	return ret;
}

static void __exit test_klp_redirected_exit(void)
{
	debugfs_remove(dir);
	unregister_kprobe(&kp);
}

module_init(test_klp_redirected_init);
module_exit(test_klp_redirected_exit);
MODULE_LICENSE("GPL");
MODULE_INFO(livepatch, "Y");
MODULE_DESCRIPTION("Livepatch test: preempt a task that has been redirected");
