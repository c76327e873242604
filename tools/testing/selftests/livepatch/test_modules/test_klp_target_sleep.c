// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the functions of test_klp_target sleep in. It is apart, so that the compiler knows
 * nothing about it but what it is told.
 */

#include <linux/export.h>
#include <linux/sched.h>
#include <linux/wait.h>

#include "test_klp_target.h"

static DECLARE_WAIT_QUEUE_HEAD(wait);
bool test_klp_target_awake;
EXPORT_SYMBOL_GPL(test_klp_target_awake);

/* Livepatch wakes up interruptible tasks. These are not to run until they are told to. */
noinline void test_klp_target_sleep(void)
{
	wait_event_idle(wait, READ_ONCE(test_klp_target_awake));
}

notrace void test_klp_target_sleep_rarely(void)
{
	test_klp_target_sleep();
}
EXPORT_SYMBOL_GPL(test_klp_target_sleep_rarely);

void test_klp_target_wake(void)
{
	WRITE_ONCE(test_klp_target_awake, true);
	wake_up_all(&wait);
}
