// SPDX-License-Identifier: GPL-2.0-only
/*
 * sched_rr_get_interval(2) sleeps until the module's parameter "wake" is set, and returns 77.
 */

#include <linux/wait.h>

#include "patch.h"

static DECLARE_WAIT_QUEUE_HEAD(queue);
static bool wake;

static int set_wake(const char *val, const struct kernel_param *kp)
{
	int ret = param_set_bool(val, kp);

	wake_up_all(&queue);
	return ret;
}

static const struct kernel_param_ops wake_ops = {
	.set = set_wake,
	.get = param_get_bool,
};
module_param_cb(wake, &wake_ops, &wake, 0600);

static noinline long sleeping_get_interval(const struct pt_regs *regs)
{
	wait_event_idle(queue, READ_ONCE(wake));
	return 77;
}

REPLACE(NULL, "__arm64_sys_sched_rr_get_interval", sleeping_get_interval);
