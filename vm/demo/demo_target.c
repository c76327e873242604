// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module that the demo patches. A read of /proc/demo_door sleeps inside
 * demo_answer() until somebody writes to the file; demo_livepatch.ko replaces
 * that function. A kthread of its own sleeps elsewhere in the meantime.
 */

#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/wait.h>

static DECLARE_WAIT_QUEUE_HEAD(demo_queue);
static bool demo_open;
static struct task_struct *demo_thread;

/*
 * Killable, not interruptible: livepatch wakes up interruptible sleepers after
 * a while, and this one is to leave only when the door opens.
 */
static noinline const char *demo_answer(void)
{
	if (wait_event_killable(demo_queue, READ_ONCE(demo_open)))
		return NULL;
	return "this is the old function\n";
}

static int demo_show(struct seq_file *m, void *v)
{
	const char *answer = demo_answer();

	if (!answer)
		return -EINTR;
	seq_puts(m, answer);
	return 0;
}

static int demo_file_open(struct inode *inode, struct file *file)
{
	return single_open(file, demo_show, NULL);
}

static ssize_t demo_write(struct file *file, const char __user *buf,
			  size_t count, loff_t *pos)
{
	WRITE_ONCE(demo_open, true);
	wake_up_all(&demo_queue);
	return count;
}

static const struct proc_ops demo_ops = {
	.proc_open = demo_file_open,
	.proc_read = seq_read,
	.proc_lseek = seq_lseek,
	.proc_release = single_release,
	.proc_write = demo_write,
};

static int demo_loop(void *unused)
{
	while (!kthread_should_stop())
		schedule_timeout_interruptible(HZ);
	return 0;
}

static int __init demo_init(void)
{
	demo_thread = kthread_run(demo_loop, NULL, "demo_kthread");
	if (IS_ERR(demo_thread))
		return PTR_ERR(demo_thread);
	if (!proc_create("demo_door", 0600, NULL, &demo_ops)) {
		kthread_stop(demo_thread);
		return -ENOMEM;
	}
	return 0;
}

static void __exit demo_exit(void)
{
	remove_proc_entry("demo_door", NULL);
	kthread_stop(demo_thread);
}

module_init(demo_init);
module_exit(demo_exit);
MODULE_DESCRIPTION("A function in which tasks sleep, for the livepatch demo");
MODULE_LICENSE("GPL");
