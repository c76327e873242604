// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/debug/livepatch/transition: the same as /proc/livepatch.
 */

#include <linux/debugfs.h>
#include <linux/init.h>
#include <linux/seq_file.h>

#include "list.h"

static const struct file_operations transition_fops = {
	.owner = THIS_MODULE,
	.open = klp_list_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release_private,
};

static int __init klp_debugfs_init(void)
{
	struct dentry *dir = debugfs_create_dir("livepatch", NULL);

	debugfs_create_file("transition", 0400, dir, NULL, &transition_fops);
	return 0;
}
late_initcall(klp_debugfs_init);
