// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/debug/livepatch/transition: which tasks a transition waits for, and
 * what each of them is held up by.
 */

#include <linux/debugfs.h>
#include <linux/init.h>
#include <linux/seq_file.h>

#include "transition.h"

static int transition_show(struct seq_file *m, void *v)
{
	klp_show_transition(m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(transition);

static int __init klp_debugfs_init(void)
{
	struct dentry *dir = debugfs_create_dir("livepatch", NULL);

	debugfs_create_file("transition", 0400, dir, NULL, &transition_fops);
	return 0;
}
late_initcall(klp_debugfs_init);
