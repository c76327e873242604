// SPDX-License-Identifier: GPL-2.0-only
/*
 * Has a task preempted in klp_ftrace_handler(), when that has redirected it to
 * the new function.
 *
 * A read from /sys/kernel/debug/test_klp_redirect/wait sleeps until the task with
 * the PID in the module parameter enters klp_ftrace_handler(). If the reader is
 * bound to the CPU of that task, and has a higher real-time priority, then it
 * gets to run as soon as preemption is enabled again: at the end of the handler.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/completion.h>
#include <linux/debugfs.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/sched.h>

static int pid;
module_param(pid, int, 0600);
MODULE_PARM_DESC(pid, "The task to wait for. Set to 0 when it has come");

static DECLARE_COMPLETION(redirected);

/*
 * Kprobes may hit where a lock of the scheduler is held. This one is for a task
 * that is about to call a function of a test module, without any locks: it may
 * wake up somebody.
 */
static int test_klp_redirect_pre(struct kprobe *kp, struct pt_regs *regs)
{
	if (current->pid == READ_ONCE(pid)) {
		WRITE_ONCE(pid, 0);
		complete(&redirected);
	}
	return 0;
}

static struct kprobe kp = {
	.symbol_name = "klp_ftrace_handler",
	.pre_handler = test_klp_redirect_pre,
};

static ssize_t test_klp_redirect_read(struct file *file, char __user *buf,
				      size_t count, loff_t *pos)
{
	return wait_for_completion_interruptible(&redirected);
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = test_klp_redirect_read,
};

static struct dentry *dir;

static int __init test_klp_redirect_init(void)
{
	int ret;

	ret = register_kprobe(&kp);
	if (ret) {
		pr_err("no kprobe in klp_ftrace_handler(): %d\n", ret);
		return ret;
	}

	dir = debugfs_create_dir(KBUILD_MODNAME, NULL);
	debugfs_create_file("wait", 0400, dir, NULL, &fops);
	return 0;
}

static void __exit test_klp_redirect_exit(void)
{
	debugfs_remove(dir);
	unregister_kprobe(&kp);
}

module_init(test_klp_redirect_init);
module_exit(test_klp_redirect_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Livepatch test: preempt a task that has been redirected");
