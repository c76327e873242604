/* SPDX-License-Identifier: GPL-2.0-only */
/* What livepatch has in struct task_struct. */
#ifndef _LINUX_LIVEPATCH_TYPES_H
#define _LINUX_LIVEPATCH_TYPES_H

#include <linux/types.h>

enum klp_blocker_kind {
	KLP_NOT_TRIED,		/* since the transition started, or the task was forked */
	KLP_RUNNING,
	KLP_IN_FUNCTION,	/* that is being patched or removed */
	KLP_IN_MODULE,		/* that is about to go */
	KLP_UNRELIABLE,		/* stack */
};

/**
 * struct klp_blocker - what the last attempt to switch a task over failed at
 * @pc:		an address in the function that it is in, or where the stack walk failed
 * @kind:	enum klp_blocker_kind
 * @reason:	enum stack_walk_reason, if the stack is unreliable
 * @exact:	as in struct stack_walk_error
 */
struct klp_blocker {
	unsigned long pc;
	unsigned char kind;
	unsigned char reason;
	bool exact;
};

#endif /* _LINUX_LIVEPATCH_TYPES_H */
