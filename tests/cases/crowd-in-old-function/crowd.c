// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who reads debugfs's "crowd/sleep" sleeps in crowd_old(), until somebody reads "crowd/wake".
 * "crowd/inside" tells how many do.
 */

#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/wait.h>

static DECLARE_WAIT_QUEUE_HEAD(queue);
static bool wake;
static atomic_t inside;
static struct dentry *dir;

noinline int crowd_old(void);
noinline int crowd_old(void)
{
	atomic_inc(&inside);
	wait_event_idle(queue, READ_ONCE(wake));
	atomic_dec(&inside);
	return 0;
}

static int get_sleep(void *data, u64 *val)
{
	*val = crowd_old();
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(sleep_fops, get_sleep, NULL, "%llu\n");

static int get_wake(void *data, u64 *val)
{
	WRITE_ONCE(wake, true);
	wake_up_all(&queue);
	*val = 0;
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(wake_fops, get_wake, NULL, "%llu\n");

static int __init crowd_init(void)
{
	dir = debugfs_create_dir("crowd", NULL);
	debugfs_create_file("sleep", 0400, dir, NULL, &sleep_fops);
	debugfs_create_file("wake", 0400, dir, NULL, &wake_fops);
	debugfs_create_atomic_t("inside", 0400, dir, &inside);
	return 0;
}

static void __exit crowd_exit(void)
{
	debugfs_remove(dir);
}

module_init(crowd_init);
module_exit(crowd_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A function that many tasks sleep in");
