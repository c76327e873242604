/* SPDX-License-Identifier: GPL-2.0-only */
/* The list of tasks that a transition waits for, see list.c. */
#ifndef _LIVEPATCH_LIST_H
#define _LIVEPATCH_LIST_H

#include <linux/kallsyms.h>
#include <linux/livepatch.h>

struct file;
struct inode;

/* Where the list is, for messages */
#define KLP_LIST_PATH	"/proc/livepatch"

/* Room for what klp_describe_blocker() writes */
#define KLP_REASON_LEN	(KSYM_SYMBOL_LEN + 128)

void *klp_blocker_pc(const struct klp_blocker *blocker);
void klp_describe_blocker(char *buf, size_t size, struct task_struct *task,
			  const struct klp_blocker *blocker, int state);
int klp_list_open(struct inode *inode, struct file *file);

#endif /* _LIVEPATCH_LIST_H */
