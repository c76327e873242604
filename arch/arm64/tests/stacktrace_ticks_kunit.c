// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the reliable stack walk: from a timer interrupt that comes at any
 * time, for what cannot be stepped through instruction by instruction. Code that is
 * modified while another CPU runs it, and EFI runtime services.
 */

#include <linux/delay.h>
#include <linux/efi.h>
#include <linux/ftrace.h>
#include <linux/hrtimer.h>
#include <linux/jump_label.h>
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/kthread.h>
#include <linux/math.h>
#include <linux/percpu.h>

#include <asm/insn.h>
#include <asm/irq_regs.h>
#include <asm/sections.h>
#include <asm/unwind_text.h>

#include "stacktrace_kunit.h"

/* Several times as long as a tick takes where each instruction is emulated */
#define PERIOD_NS	(150 * NSEC_PER_USEC)

static DEFINE_PER_CPU(struct hrtimer, tick_timer);
static void (*on_tick)(const struct pt_regs *regs);

static notrace enum hrtimer_restart tick(struct hrtimer *timer)
{
	const struct pt_regs *regs = get_irq_regs();

	if (regs && !user_mode(regs))
		on_tick(regs);

	hrtimer_forward_now(timer, PERIOD_NS);
	return HRTIMER_RESTART;
}

static void start_ticking(void *unused)
{
	struct hrtimer *timer = this_cpu_ptr(&tick_timer);

	hrtimer_init(timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
	timer->function = tick;
	hrtimer_start(timer, PERIOD_NS, HRTIMER_MODE_REL_PINNED_HARD);
}

static void start_ticks(void (*fn)(const struct pt_regs *regs))
{
	on_tick = fn;
	on_each_cpu(start_ticking, NULL, 1);
}

static void stop_ticks(void)
{
	int cpu;

	for_each_online_cpu(cpu)
		hrtimer_cancel(per_cpu_ptr(&tick_timer, cpu));
}

/*
 * The known chain, run through again and again by a kthread, with code in it that is
 * modified meanwhile.
 */
static DEFINE_STATIC_KEY_FALSE(modified_key);

static noinline __noclone unsigned long modified_callee(unsigned long x)
{
	if (static_branch_unlikely(&modified_key))
		x = int_sqrt(x);
	return x + 1;
}

static noinline __noclone void modified_situation(struct known *known)
{
	unsigned long x = modified_callee(1);

	if (static_branch_likely(&modified_key))
		x += modified_callee(2);
	OPTIMIZER_HIDE_VAR(x);
}

static noinline int modified_thread(void *data)
{
	while (!kthread_should_stop()) {
		known_outer(data);
		cond_resched();
	}
	return 0;
}

/* Each of these is called by the one before it, and by no other here. */
static void * const chain[] = {
	modified_thread, known_outer, known_middle, known_inner, modified_situation,
	modified_callee,
};

static struct {
	/* What modifies the code */
	struct ftrace_ops ops;
	struct fgraph_ops gops;
	struct kprobe kp;

	/* What runs it */
	struct task_struct *task;
	unsigned long size[ARRAY_SIZE(chain)];

	/* The outcome */
	struct trace trace;
	unsigned int nr_walks;
	unsigned int nr_in_chain;
	unsigned int nr_refused;
	unsigned int nr_wrong;
	struct trace wrong;
} modified;

static notrace bool in_chain(unsigned long addr, unsigned int i)
{
	return addr - (unsigned long)chain[i] < modified.size[i];
}

/* From the outermost on, every function of the chain, and then none of them. */
static notrace bool is_chain(const struct trace *trace, const struct pt_regs *regs)
{
	/* Where the trampoline begins, the PC is a return address, and resolved. */
	bool returned = regs->pc == (unsigned long)return_to_handler;
	unsigned int pc = 0, i = 0;

	while (pc < trace->nr && !unwind_text_exception(trace->pcs[pc] - AARCH64_INSN_SIZE))
		pc++;
	if (++pc >= trace->nr || (!returned && trace->pcs[pc] != regs->pc))
		return false;

	for (unsigned int entry = trace->nr - 2; entry-- > pc; ) {
		unsigned long addr = trace->pcs[entry];

		/* Of an exception, it is that of the instruction itself. */
		if ((entry == pc && returned) ||
		    !unwind_text_exception(trace->pcs[entry - 1] - AARCH64_INSN_SIZE))
			addr -= AARCH64_INSN_SIZE;
		if (i < ARRAY_SIZE(chain) && in_chain(addr, i)) {
			i++;
			continue;
		}
		for (unsigned int j = 0; j < ARRAY_SIZE(chain); j++)
			if (in_chain(addr, j))
				return false;
	}
	modified.nr_in_chain += i > 1;
	return true;
}

static notrace bool refuses_ftrace_caller(const struct trace *trace)
{
	const unsigned long start = (unsigned long)__nounwind_text_start;
	const unsigned long size = __nounwind_text_end - __nounwind_text_start;

	return trace->err.reason == STACK_WALK_SECTION &&
	       (trace->err.pc - start < size ||
		trace->err.pc - AARCH64_INSN_SIZE - start < size);
}

static notrace void walk_modified(const struct pt_regs *regs)
{
	struct trace *trace = &modified.trace;

	if (current != modified.task)
		return;

	trace_walk(trace, current);
	modified.nr_walks++;
	if (trace->ret && refuses_ftrace_caller(trace)) {
		modified.nr_refused++;
	} else if (trace->ret || !is_chain(trace, regs)) {
		if (!modified.nr_wrong++)
			modified.wrong = *trace;
	}
}

static notrace void modified_hit(unsigned long ip, unsigned long parent_ip,
				 struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
}

static notrace int modified_entry(struct ftrace_graph_ent *trace, struct fgraph_ops *gops)
{
	return 1;
}

static notrace void modified_return(struct ftrace_graph_ret *trace, struct fgraph_ops *gops)
{
}

static int ftrace_on(void)
{
	return register_ftrace_function(&modified.ops);
}

static void ftrace_off(void)
{
	unregister_ftrace_function(&modified.ops);
}

static int fgraph_on(void)
{
	return register_ftrace_graph(&modified.gops);
}

static void fgraph_off(void)
{
	unregister_ftrace_graph(&modified.gops);
}

static int kprobe_on(void)
{
	modified.kp = (struct kprobe){ .addr = (void *)known_middle };
	return register_kprobe(&modified.kp);
}

static void kprobe_off(void)
{
	unregister_kprobe(&modified.kp);
}

static int jump_label_on(void)
{
	static_branch_enable(&modified_key);
	return 0;
}

static void jump_label_off(void)
{
	static_branch_disable(&modified_key);
}

static const struct modification {
	const char *name;
	int (*on)(void);
	void (*off)(void);
} modifications[] = {
	{ "jump label",	jump_label_on, jump_label_off },
	{ "ftrace",	ftrace_on, ftrace_off },
	{ "fgraph",	fgraph_on, fgraph_off },
	{ "kprobe",	kprobe_on, kprobe_off },
};

static void modification_desc(const struct modification *m, char *desc)
{
	strscpy(desc, m->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(modification, modifications, modification_desc);

static void code_is_modified(struct kunit *test)
{
	const struct modification *m = test->param_value;
	struct known *known = known_new(test, modified_situation);
	unsigned long end = jiffies + 2 * HZ;
	struct task_struct *task;
	unsigned int rounds = 0;
	unsigned long offset;
	int ret = 0;

	if (num_online_cpus() < 2)
		kunit_skip(test, "another CPU has to run the code");

	memset(&modified, 0, sizeof(modified));
	modified.ops.func = modified_hit;
	modified.gops.entryfunc = modified_entry;
	modified.gops.retfunc = modified_return;
	for (int i = 0; i < ARRAY_SIZE(chain); i++) {
		unsigned long addr = (unsigned long)chain[i];

		KUNIT_ASSERT_TRUE(test, kallsyms_lookup_size_offset(addr, &modified.size[i],
								    &offset));
		KUNIT_ASSERT_EQ(test, 0, ftrace_set_filter_ip(&modified.ops, addr, 0, 0));
		KUNIT_ASSERT_EQ(test, 0, ftrace_set_filter_ip(&modified.gops.ops, addr, 0, 0));
	}

	task = kthread_run(modified_thread, known, "modified");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	modified.task = task;
	start_ticks(walk_modified);

	while (!ret && (time_before(jiffies, end) || rounds < 3)) {
		ret = m->on();
		usleep_range(100, 500);
		if (!ret)
			m->off();
		rounds++;
	}

	stop_ticks();
	kthread_stop(task);
	ftrace_free_filter(&modified.ops);
	ftrace_free_filter(&modified.gops.ops);

	kunit_info(test, "%s, %u times: %u walks, %u of them in the chain, %u refused\n",
		   m->name, rounds, modified.nr_walks, modified.nr_in_chain, modified.nr_refused);
	KUNIT_EXPECT_EQ(test, 0, ret);
	KUNIT_EXPECT_GT(test, modified.nr_in_chain, 0);
	KUNIT_EXPECT_EQ(test, modified.nr_wrong, 0);
	if (modified.nr_wrong)
		print_trace(test, &modified.wrong);
}

static struct kunit_case stacktrace_ticks_cases[] = {
	KUNIT_CASE_PARAM(code_is_modified, modification_gen_params),
	{}
};

static struct kunit_suite stacktrace_ticks_suite = {
	.name = "arm64_stacktrace_ticks",
	.init = no_warning_init,
	.exit = no_warning_exit,
	.attr.speed = KUNIT_SPEED_SLOW,
	.test_cases = stacktrace_ticks_cases,
};

#ifdef CONFIG_EFI
static struct {
	atomic_t nr_firmware;
	atomic_t nr_wrapper;
	atomic_t nr_wrong;
	raw_spinlock_t lock;
	struct trace trace;
	struct trace wrong;
} firmware = { .lock = __RAW_SPIN_LOCK_UNLOCKED(firmware.lock) };

/* The code is where user space has its own otherwise, and nobody's text. */
static notrace void walk_firmware(const struct pt_regs *regs)
{
	enum stack_walk_reason reason;
	bool switching;

	if (is_ttbr0_addr(regs->pc)) {
		atomic_inc(&firmware.nr_firmware);
		reason = STACK_WALK_NOT_TEXT;
	} else if (in_function(regs->pc + AARCH64_INSN_SIZE, "__efi_rt_asm_wrapper")) {
		atomic_inc(&firmware.nr_wrapper);
		reason = STACK_WALK_SECTION;
	} else {
		return;
	}

	raw_spin_lock(&firmware.lock);
	trace_walk(&firmware.trace, current);
	/* At one instruction the wrapper has switched stacks, and not said so yet. */
	switching = reason == STACK_WALK_SECTION && firmware.trace.ret == -EINVAL &&
		    firmware.trace.err.reason == STACK_WALK_STACK;
	if (!switching &&
	    (firmware.trace.ret != -EINVAL || firmware.trace.err.reason != reason ||
	     firmware.trace.err.pc != regs->pc)) {
		firmware.wrong = firmware.trace;
		atomic_inc(&firmware.nr_wrong);
	}
	raw_spin_unlock(&firmware.lock);
}

static void runtime_service(struct kunit *test)
{
	unsigned long end = jiffies + 5 * HZ;
	efi_status_t status = EFI_SUCCESS;
	efi_time_cap_t capabilities;
	efi_time_t time;

	if (!efi_enabled(EFI_RUNTIME_SERVICES) ||
	    !efi_rt_services_supported(EFI_RT_SUPPORTED_GET_TIME))
		kunit_skip(test, "no EFI firmware that tells the time");

	atomic_set(&firmware.nr_firmware, 0);
	atomic_set(&firmware.nr_wrapper, 0);
	atomic_set(&firmware.nr_wrong, 0);
	start_ticks(walk_firmware);
	while (atomic_read(&firmware.nr_firmware) < 100 && time_before(jiffies, end) &&
	       status == EFI_SUCCESS)
		status = efi.get_time(&time, &capabilities);
	stop_ticks();

	kunit_info(test, "interrupted %u times in the firmware, %u times in the wrapper\n",
		   atomic_read(&firmware.nr_firmware), atomic_read(&firmware.nr_wrapper));
	KUNIT_EXPECT_EQ(test, status, EFI_SUCCESS);
	KUNIT_EXPECT_GT(test, atomic_read(&firmware.nr_firmware), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&firmware.nr_wrong), 0);
	if (atomic_read(&firmware.nr_wrong))
		print_trace(test, &firmware.wrong);
}

static struct kunit_case stacktrace_efi_cases[] = {
	KUNIT_CASE(runtime_service),
	{}
};

static struct kunit_suite stacktrace_efi_suite = {
	.name = "arm64_stacktrace_efi",
	.init = no_warning_init,
	.exit = no_warning_exit,
	/* Not for a run that has no firmware and skips it */
	.attr.speed = KUNIT_SPEED_VERY_SLOW,
	.test_cases = stacktrace_efi_cases,
};

kunit_test_suites(&stacktrace_ticks_suite, &stacktrace_efi_suite);
#else
kunit_test_suites(&stacktrace_ticks_suite);
#endif
