// SPDX-License-Identifier: GPL-2.0-only
/*
 * Livepatches exit_to_user_mode_loop(), in which a task that returns to user space calls
 * klp_update_patch_state() for itself. The new function runs the old one's body.
 */
#include <linux/kprobes.h>
#include <linux/livepatch.h>
#include <linux/module.h>

static unsigned long (*body)(struct pt_regs *regs, unsigned long ti_work);
static unsigned long calls;

static noinline unsigned long new_exit_to_user_mode_loop(struct pt_regs *regs,
							 unsigned long ti_work)
{
	WRITE_ONCE(calls, calls + 1);
	ti_work = body(regs, ti_work);
	/* Not a tail call: there is more to be done here. */
	WRITE_ONCE(calls, calls + 1);
	return ti_work;
}

static struct klp_func funcs[] = {
	{
		.old_name = "exit_to_user_mode_loop",
		.new_func = new_exit_to_user_mode_loop,
	}, { }
};

static struct klp_object objs[] = { { .funcs = funcs }, { } };

static struct klp_patch patch = { .mod = THIS_MODULE, .objs = objs };

static int __init klp_exit_loop_init(void)
{
	struct kprobe kp = { .symbol_name = "exit_to_user_mode_loop" };
	int ret = register_kprobe(&kp);

	if (ret)
		return ret;
	/* Behind the two instructions that ftrace patches */
	body = (void *)kp.addr + 8;
	unregister_kprobe(&kp);
	return klp_enable_patch(&patch);
}

static void __exit klp_exit_loop_exit(void)
{
}

module_init(klp_exit_loop_init);
module_exit(klp_exit_loop_exit);
MODULE_INFO(livepatch, "Y");
MODULE_DESCRIPTION("A livepatch of exit_to_user_mode_loop()");
MODULE_LICENSE("GPL");
