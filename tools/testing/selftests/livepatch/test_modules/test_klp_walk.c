// SPDX-License-Identifier: GPL-2.0-only
/*
 * Walks the stack of whatever a timer interrupts in the kernel, on all CPUs, until
 * it is unloaded. A read from /sys/kernel/debug/test_klp_walk prints how often, how
 * many of the walks were reliable, and for each reason how many were not.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/hrtimer.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/smp.h>
#include <linux/stack_walk_error.h>
#include <linux/stacktrace.h>

#include <asm/irq_regs.h>
#include <asm/ptrace.h>

#define MAX_ENTRIES 100

static unsigned int period_us = 500;
module_param(period_us, uint, 0400);
MODULE_PARM_DESC(period_us, "Microseconds from one walk to the next (default=500)");

struct test_klp_walk {
	struct hrtimer timer;
	unsigned long entries[MAX_ENTRIES];
	unsigned int walks;
	unsigned int errors[STACK_WALK_NR_REASONS];
	unsigned long pc[STACK_WALK_NR_REASONS];	/* of the last error */
};

static DEFINE_PER_CPU(struct test_klp_walk, walks);
static typeof(stack_trace_save_tsk_reliable_reason) *walk;

static int find_walk(void)
{
	struct kprobe kp = {
		.symbol_name = "stack_trace_save_tsk_reliable_reason",
		.flags = KPROBE_FLAG_DISABLED,
	};
	int ret;

	/* Not exported. A disabled kprobe does nothing but to know where it is. */
	ret = register_kprobe(&kp);
	if (ret) {
		pr_err("no stack_trace_save_tsk_reliable_reason(): %d\n", ret);
		return ret;
	}
	walk = (void *)kp.addr;
	unregister_kprobe(&kp);
	return 0;
}

static enum hrtimer_restart test_klp_tick(struct hrtimer *timer)
{
	struct test_klp_walk *w = container_of(timer, struct test_klp_walk, timer);
	const struct pt_regs *regs = get_irq_regs();
	struct stack_walk_error err = {};

	if (regs && !user_mode(regs)) {
		w->walks++;
		if (walk(current, w->entries, MAX_ENTRIES, &err) < 0) {
			w->errors[err.reason]++;
			w->pc[err.reason] = err.pc;
		}
	}

	hrtimer_forward_now(timer, ns_to_ktime(period_us * NSEC_PER_USEC));
	return HRTIMER_RESTART;
}

static void start_timer(void *unused)
{
	struct test_klp_walk *w = this_cpu_ptr(&walks);

	hrtimer_init(&w->timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
	w->timer.function = test_klp_tick;
	hrtimer_start(&w->timer, ns_to_ktime(period_us * NSEC_PER_USEC),
		      HRTIMER_MODE_REL_PINNED_HARD);
}

static int test_klp_walk_show(struct seq_file *seq, void *unused)
{
	unsigned int nr = 0, errors, all = 0;
	unsigned long pc = 0;
	int cpu;

	for_each_online_cpu(cpu)
		nr += per_cpu(walks, cpu).walks;
	seq_printf(seq, "walks %u\n", nr);

	for (int reason = 0; reason < STACK_WALK_NR_REASONS; reason++) {
		errors = 0;
		for_each_online_cpu(cpu) {
			errors += per_cpu(walks, cpu).errors[reason];
			pc = per_cpu(walks, cpu).pc[reason] ?: pc;
		}
		if (errors)
			seq_printf(seq, "error %d %u: %pS\n", reason, errors,
				   (void *)pc);
		all += errors;
	}
	seq_printf(seq, "reliable %u\n", nr - all);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(test_klp_walk);

static struct dentry *file;

static int __init test_klp_walk_init(void)
{
	int ret = find_walk();

	if (ret)
		return ret;
	on_each_cpu(start_timer, NULL, 1);
	file = debugfs_create_file(KBUILD_MODNAME, 0400, NULL, NULL, &test_klp_walk_fops);
	return 0;
}

static void __exit test_klp_walk_exit(void)
{
	int cpu;

	debugfs_remove(file);
	for_each_online_cpu(cpu)
		hrtimer_cancel(&per_cpu(walks, cpu).timer);
}

module_init(test_klp_walk_init);
module_exit(test_klp_walk_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Livepatch test: walk the stacks of what is interrupted");
