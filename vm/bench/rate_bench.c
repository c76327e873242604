// SPDX-License-Identifier: GPL-2.0-only
/*
 * How many reliable walks are reliable, of tasks that are interrupted anywhere in
 * the kernel.
 *
 * A timer interrupts each CPU again and again. If it has interrupted the kernel,
 * the stack is walked from there.
 *
 * The walk is not exported, so its address is a parameter. A read of debugfs
 * rate_bench gives the figures so far: a line with the number of walks and of those
 * that were reliable, and one for each place at which others ended: how often, the
 * number of the reason, and where.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpu.h>
#include <linux/debugfs.h>
#include <linux/hrtimer.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/stack_walk_error.h>
#include <linux/stacktrace.h>

#include <asm/irq_regs.h>
#include <asm/ptrace.h>

static ulong arch_stack_walk_reliable_reason_addr;
module_param_named(arch_stack_walk_reliable_reason, arch_stack_walk_reliable_reason_addr,
		   ulong, 0400);

static uint period_us = 200;
module_param(period_us, uint, 0400);

#define MAX_PLACES 256

struct place {
	unsigned long pc;
	unsigned int reason;
	unsigned int nr;
};

struct rate {
	struct hrtimer timer;
	bool started;
	unsigned long walks;
	unsigned long reliable;
	unsigned long not_counted;
	struct place places[MAX_PLACES];
};

static DEFINE_PER_CPU(struct rate *, rates);

static bool consume_entry(void *cookie, unsigned long addr)
{
	return true;
}

static void count_error(struct rate *rate, const struct stack_walk_error *err)
{
	for (int i = 0; i < MAX_PLACES; i++) {
		struct place *place = &rate->places[i];

		if (!place->nr) {
			place->pc = err->pc;
			place->reason = err->reason;
		}
		if (place->pc == err->pc && place->reason == err->reason) {
			place->nr++;
			return;
		}
	}
	rate->not_counted++;
}

static enum hrtimer_restart tick(struct hrtimer *timer)
{
	int (*walk)(stack_trace_consume_fn fn, void *cookie, struct task_struct *task,
		    struct stack_walk_error *err) =
		(void *)arch_stack_walk_reliable_reason_addr;
	struct rate *rate = container_of(timer, struct rate, timer);
	struct pt_regs *regs = get_irq_regs();
	struct stack_walk_error err = {};

	if (regs && !user_mode(regs)) {
		rate->walks++;
		if (walk(consume_entry, NULL, current, &err))
			count_error(rate, &err);
		else
			rate->reliable++;
	}

	hrtimer_forward_now(timer, ns_to_ktime(period_us * NSEC_PER_USEC));
	return HRTIMER_RESTART;
}

static void start_ticking(void *unused)
{
	struct rate *rate = this_cpu_read(rates);

	hrtimer_init(&rate->timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
	rate->timer.function = tick;
	hrtimer_start(&rate->timer, ns_to_ktime(period_us * NSEC_PER_USEC), HRTIMER_MODE_REL_PINNED_HARD);
	rate->started = true;
}

static int rate_bench_show(struct seq_file *seq, void *unused)
{
	unsigned long walks = 0, reliable = 0, not_counted = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct rate *rate = per_cpu(rates, cpu);

		walks += READ_ONCE(rate->walks);
		reliable += READ_ONCE(rate->reliable);
		not_counted += READ_ONCE(rate->not_counted);
	}
	seq_printf(seq, "walks %lu %lu\n", walks, reliable);

	for_each_possible_cpu(cpu) {
		const struct rate *rate = per_cpu(rates, cpu);

		for (int i = 0; i < MAX_PLACES && rate->places[i].nr; i++)
			seq_printf(seq, "error %u %u %pS\n", rate->places[i].nr,
				   rate->places[i].reason, (void *)rate->places[i].pc);
	}
	if (not_counted)
		seq_printf(seq, "error %lu 1 elsewhere\n", not_counted);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(rate_bench);

static struct dentry *file;

static void rate_bench_exit(void)
{
	int cpu;

	debugfs_remove(file);
	for_each_possible_cpu(cpu) {
		struct rate *rate = per_cpu(rates, cpu);

		if (rate && rate->started)
			hrtimer_cancel(&rate->timer);
		kfree(rate);
	}
}

static int __init rate_bench_init(void)
{
	int cpu;

	if (!arch_stack_walk_reliable_reason_addr || !period_us) {
		pr_err("needs the addresses that are its parameters, from /proc/kallsyms\n");
		return -EINVAL;
	}

	for_each_possible_cpu(cpu) {
		struct rate *rate = kzalloc(sizeof(*rate), GFP_KERNEL);

		per_cpu(rates, cpu) = rate;
		if (!rate) {
			rate_bench_exit();
			return -ENOMEM;
		}
	}

	on_each_cpu(start_ticking, NULL, 1);
	file = debugfs_create_file("rate_bench", 0400, NULL, NULL, &rate_bench_fops);
	return 0;
}

module_init(rate_bench_init);
module_exit(rate_bench_exit);
MODULE_DESCRIPTION("Count the stack walks that are reliable");
MODULE_LICENSE("GPL");
