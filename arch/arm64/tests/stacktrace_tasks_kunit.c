// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the reliable stack walk: tasks, as they are found on a running
 * system, and the stacks that they use.
 */

#include <linux/bottom_half.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/irqflags.h>
#include <linux/kallsyms.h>
#include <linux/kthread.h>
#include <linux/perf_event.h>
#include <linux/pid_namespace.h>
#include <linux/preempt.h>
#include <linux/sched/debug.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/stacktrace.h>
#include <linux/wait.h>

#include <trace/events/sched.h>

#include <asm/exception.h>

#include "stacktrace_kunit.h"

static void current_task(struct kunit *test)
{
	struct known *known = known_new(test, known_walk);

	if (known_run(test, known))
		expect_known(test, &known->trace, "trace_walk", "known_walk");
}

/* A function that is there more than once is not a loop. */
static void current_task_recursing(struct kunit *test)
{
	struct known *known = known_new(test, known_walk);

	known->recursion = 3;
	if (known_run(test, known))
		expect_known(test, &known->trace, "trace_walk", "known_walk",
			     "known_inner", "known_inner", "known_inner");
}

static void blocked_task(struct kunit *test)
{
	struct known *known = known_new(test, known_block);

	if (!known_start(test, known))
		return;

	known_wait_blocked(known);
	KUNIT_EXPECT_TRUE(test, trace_walk_task(&known->trace, known->task));
	known_leave(known);
	known_stop(known);

	expect_known_blocked(test, &known->trace, "known_block");
}

static bool count_entries(void *cookie, unsigned long pc)
{
	(*(unsigned int *)cookie)++;
	return true;
}

/* arch_stack_walk_reliable() is the same walk. */
static void blocked_task_without_reason(struct kunit *test)
{
	struct known *known = known_new(test, known_block);
	unsigned int nr = 0;

	if (!known_start(test, known))
		return;

	known_wait_blocked(known);
	KUNIT_EXPECT_TRUE(test, trace_walk_task(&known->trace, known->task));
	KUNIT_EXPECT_EQ(test, 0, arch_stack_walk_reliable(count_entries, &nr, known->task));
	known_leave(known);
	known_stop(known);

	KUNIT_EXPECT_EQ(test, known->trace.nr, nr);
}

/* Room for one entry less than there are, and for just as many */
static void overflow(struct kunit *test)
{
	struct known *known = known_new(test, known_block);
	struct trace *few = kunit_kzalloc(test, sizeof(*few), GFP_KERNEL);
	struct trace *enough = kunit_kzalloc(test, sizeof(*enough), GFP_KERNEL);
	struct trace *trace = &known->trace;

	KUNIT_ASSERT_NOT_NULL(test, few);
	KUNIT_ASSERT_NOT_NULL(test, enough);
	if (!known_start(test, known))
		return;

	known_wait_blocked(known);
	KUNIT_EXPECT_TRUE(test, trace_walk_task(trace, known->task));
	few->size = trace->nr - 1;
	KUNIT_EXPECT_TRUE(test, trace_walk_task(few, known->task));
	enough->size = trace->nr;
	KUNIT_EXPECT_TRUE(test, trace_walk_task(enough, known->task));
	known_leave(known);
	known_stop(known);

	expect_known_blocked(test, trace, "known_block");
	expect_error(test, few, STACK_WALK_OVERFLOW, "ret_from_fork");
	KUNIT_EXPECT_EQ(test, few->nr, trace->nr - 1);
	expect_known_blocked(test, enough, "known_block");
}

/*
 * The same with the callback of stack_trace_save_tsk_reliable_reason(), which
 * stops a walk when its buffer is full, and so needs room for one entry more.
 */
static void overflow_of_a_buffer(struct kunit *test)
{
	struct known *known = known_new(test, known_block);
	struct stack_walk_error err[3];
	unsigned long store[TRACE_MAX];
	int nr, ret[3];

	if (!known_start(test, known))
		return;

	known_wait_blocked(known);
	KUNIT_EXPECT_TRUE(test, trace_walk_task(&known->trace, known->task));
	nr = known->trace.nr;
	for (int i = 0; i < 3; i++)
		ret[i] = stack_trace_save_tsk_reliable_reason(known->task, store,
							      nr - 1 + i, &err[i]);
	known_leave(known);
	known_stop(known);

	KUNIT_EXPECT_EQ(test, ret[0], -EINVAL);
	KUNIT_EXPECT_EQ(test, err[0].reason, STACK_WALK_OVERFLOW);
	KUNIT_EXPECT_EQ(test, ret[1], -EINVAL);
	KUNIT_EXPECT_EQ(test, err[1].reason, STACK_WALK_OVERFLOW);
	KUNIT_EXPECT_EQ(test, err[1].pc, known->trace.pcs[nr - 1]);
	KUNIT_EXPECT_EQ(test, ret[2], nr);
	KUNIT_EXPECT_MEMEQ(test, store, known->trace.pcs, nr * sizeof(store[0]));
}

static bool spinning, spin_on;

/* The interrupt is to land in here, and not in what KCSAN calls from here. */
static __no_kcsan void spin(struct known *known)
{
	WRITE_ONCE(spinning, true);
	while (READ_ONCE(spin_on))
		cpu_relax();
}

/* Runs on the CPU of the task that spins, and instead of it. */
static int preempt(void *data)
{
	struct known *known = data;

	if (!trace_walk_task(&known->trace, known->task))
		known->trace.ret = -EBUSY;
	return 0;
}

static void preempted_task(struct kunit *test)
{
	struct known *known = known_new(test, spin);
	struct task_struct *preemptor;

	if (!preempt_model_preemptible())
		kunit_skip(test, "the kernel does not preempt itself");

	known->cpu = cpumask_any(cpu_online_mask);
	spinning = false;
	spin_on = true;
	if (!known_start(test, known))
		return;
	while (!READ_ONCE(spinning))
		schedule_timeout_uninterruptible(1);

	preemptor = kthread_create(preempt, known, "preemptor");
	if (!IS_ERR(preemptor)) {
		get_task_struct(preemptor);
		kthread_bind(preemptor, known->cpu);
		sched_set_fifo(preemptor);
		wake_up_process(preemptor);
		/* It has run when it is gone. */
		while (!READ_ONCE(preemptor->exit_state))
			schedule_timeout_uninterruptible(1);
		put_task_struct(preemptor);
	}
	WRITE_ONCE(spin_on, false);
	known_stop(known);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, preemptor);
	expect_known_interrupted(test, &known->trace, "spin");
}

static void kthread_not_yet_started(struct kunit *test)
{
	struct task_struct *task = kthread_create(known_thread, NULL, "known");
	struct trace *trace = kunit_kzalloc(test, sizeof(*trace), GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	if (trace) {
		wait_task_inactive(task, TASK_UNINTERRUPTIBLE);
		trace_walk_task(trace, task);
	}
	kthread_stop(task);

	KUNIT_ASSERT_NOT_NULL(test, trace);
	expect_blocked(test, trace, "kthread", "ret_from_fork");
}

/* Called when a task has been made, and before it runs for the first time */
static void walk_new_task(void *data, struct task_struct *parent, struct task_struct *child)
{
	struct trace *trace = data;

	if (parent == kthreadd_task && !trace->nr)
		trace_walk_task(trace, child);
}

static void task_that_never_ran(struct kunit *test)
{
	struct trace *trace = kunit_kzalloc(test, sizeof(*trace), GFP_KERNEL);
	struct task_struct *task;

	KUNIT_ASSERT_NOT_NULL(test, trace);
	KUNIT_ASSERT_EQ(test, 0, register_trace_sched_process_fork(walk_new_task, trace));
	task = kthread_create(known_thread, NULL, "known");
	unregister_trace_sched_process_fork(walk_new_task, trace);
	tracepoint_synchronize_unregister();
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	kthread_stop(task);

	expect_trace(test, trace, "ret_from_fork");
}

/* Called on the CPU whose idle task is to be walked, which keeps it busy */
static void walk_idle(struct known *known)
{
	preempt_disable();
	if (!trace_walk_task(&known->trace, idle_task(smp_processor_id())))
		known->trace.ret = -EBUSY;
	preempt_enable();
}

/* .init.text is on this stack, and is gone if the test is run after boot. */
static void idle_task_of_boot_cpu(struct kunit *test)
{
	struct known *known = known_new(test, walk_idle);

	known->cpu = 0;
	KUNIT_ASSERT_PTR_EQ(test, idle_task(0), &init_task);
	if (known_run(test, known))
		expect_blocked(test, &known->trace, "?do_idle", "cpu_startup_entry",
			       "rest_init", "start_kernel", "__primary_switched");
}

static void idle_task_of_another_cpu(struct kunit *test)
{
	struct known *known = known_new(test, walk_idle);

	known->cpu = cpumask_any_but(cpu_online_mask, 0);
	if (known->cpu >= nr_cpu_ids)
		kunit_skip(test, "needs a second CPU: kunit.py run --qemu_args='-smp 2'");
	if (known_run(test, known))
		expect_blocked(test, &known->trace, "?do_idle", "cpu_startup_entry",
			       "secondary_start_kernel", "__secondary_switched");
}

/* Where the stack of a task has to end, be it a kthread's or a user task's */
static bool ends_in(const struct trace *trace, const char *function)
{
	char sym[KSYM_SYMBOL_LEN];

	if (!trace->nr)
		return false;

	sprint_symbol(sym, trace->pcs[trace->nr - 1] - 4);
	return str_has_prefix(sym, function);
}

/* Init runs these tests at boot, and waits for the one that does so later. */
static void init_process(struct kunit *test)
{
	struct trace *trace = kunit_kzalloc(test, sizeof(*trace), GFP_KERNEL);
	struct task_struct *task = get_pid_task(find_pid_ns(1, &init_pid_ns), PIDTYPE_PID);
	bool walked;

	KUNIT_ASSERT_NOT_NULL(test, task);
	/* It started this test a moment ago, and may still be awake. */
	while (!wait_task_inactive(task, TASK_NORMAL))
		schedule_timeout_uninterruptible(1);
	walked = trace && trace_walk_task(trace, task);
	put_task_struct(task);

	KUNIT_ASSERT_TRUE(test, walked);
	KUNIT_EXPECT_EQ(test, trace->ret, 0);
	if (!ends_in(trace, system_state < SYSTEM_RUNNING ? "ret_from_fork" : "el0t_")) {
		KUNIT_FAIL(test, "the trace does not end in the right place");
		print_trace(test, trace);
	}
}

/* Whatever they are doing */
static void every_task(struct kunit *test)
{
	struct trace *trace = kunit_kzalloc(test, sizeof(*trace), GFP_KERNEL);
	struct task_struct *group, *task;
	char comm[TASK_COMM_LEN] = "";
	unsigned int reliable = 0;
	bool good = true;

	KUNIT_ASSERT_NOT_NULL(test, trace);

	read_lock(&tasklist_lock);
	for_each_process_thread(group, task) {
		if (!good || task == current || !trace_walk_task(trace, task))
			continue;
		reliable += !trace->ret;
		good = !trace->ret &&
		       (ends_in(trace, "ret_from_fork") ||
			(!(task->flags & PF_KTHREAD) && ends_in(trace, "el0t_")));
		if (!good)
			get_task_comm(comm, task);
	}
	read_unlock(&tasklist_lock);

	if (!good) {
		KUNIT_FAIL(test, "the trace of a task is wrong: %s", comm);
		print_trace(test, trace);
	}
	/* kthreadd, the workers, the migration threads... */
	KUNIT_EXPECT_GT(test, reliable, 10);
}

static struct known *interrupted;

static void hardirq(struct irq_work *work)
{
	trace_walk(&interrupted->trace, current);
}

static void raise_hardirq(struct known *known)
{
	struct irq_work work = IRQ_WORK_INIT_HARD(hardirq);

	interrupted = known;
	/*
	 * In here, and not in what sends the interrupt, nor in a softirq or the
	 * scheduler, to which another interrupt may lead that is pending as well.
	 */
	local_bh_disable();
	preempt_disable();
	local_irq_disable();
	irq_work_queue(&work);
	local_irq_enable();
	while (irq_work_is_busy(&work))
		cpu_relax();
	preempt_enable();
	local_bh_enable();
}

static void current_task_in_hardirq(struct kunit *test)
{
	struct known *known = known_new(test, raise_hardirq);

	if (!known_run(test, known))
		return;

	/* From the IRQ stack to that of the task, and on. */
	expect_known_interrupted(test, &known->trace, "?arch_local_irq_enable",
				 "raise_hardirq");
}

static void softirq(struct tasklet_struct *tasklet)
{
	trace_walk(&interrupted->trace, current);
	barrier();
}

static DECLARE_TASKLET(softirq_tasklet, softirq);

static noinline void raise_softirq_here(struct known *known)
{
	interrupted = known;
	/* An interrupt would run it, from within an exception. */
	local_irq_disable();
	tasklet_schedule(&softirq_tasklet);
	/* Which PREEMPT_RT does not have */
	if (!IS_ENABLED(CONFIG_PREEMPT_RT))
		do_softirq();
	local_irq_enable();
}

static void current_task_in_softirq(struct kunit *test)
{
	struct known *known = known_new(test, raise_softirq_here);

	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		kunit_skip(test, "PREEMPT_RT has no stack for softirqs");
	if (known_run(test, known))
		expect_known(test, &known->trace, "trace_walk", "softirq",
			     "?tasklet_action_common", "?tasklet_action",
			     "handle_softirqs", "?__do_softirq", "?____do_softirq",
			     "call_on_irq_stack", "?do_softirq_own_stack",
			     "?do_softirq", "?do_softirq", "raise_softirq_here");
}

static noinline void on_irq_stack_now(struct pt_regs *regs)
{
	trace_walk(&interrupted->trace, current);
	barrier();
}

static noinline void switch_to_irq_stack(struct known *known)
{
	unsigned long flags;

	interrupted = known;
	local_irq_save(flags);
	call_on_irq_stack(NULL, on_irq_stack_now);
	local_irq_restore(flags);
}

static void current_task_on_irq_stack(struct kunit *test)
{
	struct known *known = known_new(test, switch_to_irq_stack);

	if (known_run(test, known))
		expect_known(test, &known->trace, "trace_walk", "on_irq_stack_now",
			     "call_on_irq_stack", "switch_to_irq_stack");
}

#ifdef CONFIG_PERF_EVENTS
static notrace bool save_entry(void *cookie, unsigned long pc)
{
	struct trace *trace = cookie;

	if (trace->nr == TRACE_MAX)
		return false;
	trace->pcs[trace->nr++] = pc;
	return true;
}

/*
 * As a tracepoint does it for perf: no exception has made the registers, and most of
 * them are not even set. What is in the rest may look right: x30 is a
 * return address, but none of a function that is still there.
 */
static noinline void walk_from_caller_regs(struct known *known)
{
	static struct pt_regs regs;

	regs = (struct pt_regs){};
	regs.regs[30] = (unsigned long)current_task_in_softirq + 8;
	perf_fetch_caller_regs(&regs);
	arch_stack_walk(save_entry, &known->trace, current, &regs);
	/* It is of best effort, and so never says that it failed, nor why. */
	known->trace.ret = 0;
	known->trace.err = (struct stack_walk_error){
		.reason = STACK_WALK_NR_REASONS,
		.pc = 1,
	};
	barrier();
}

static noinline void at_a_tracepoint(struct known *known)
{
	walk_from_caller_regs(known);
	barrier();
}

static void current_task_for_perf(struct kunit *test)
{
	struct known *known = known_new(test, at_a_tracepoint);

	if (known_run(test, known))
		expect_known(test, &known->trace, "at_a_tracepoint");
}
#endif

static bool sleep_on;

/* Every time the task goes to sleep in the chain it is woken. */
static void sleep_again(struct known *known)
{
	while (READ_ONCE(sleep_on))
		known_block(known);
	barrier();
}

static int wake_again(void *data)
{
	struct known *known = data;

	for (unsigned int i = 0; !kthread_should_stop(); i++) {
		if (!wait_for_completion_timeout(&known->blocked, 1))
			continue;
		/* About as long as a walk takes: in front of it, within, and behind it */
		udelay(i % 64);
		known_leave(known);
	}
	return 0;
}

struct woken {
	struct trace trace;
	bool asleep;
	unsigned int nr[2];
};

static int walk_woken(struct task_struct *task, void *arg)
{
	struct woken *woken = arg;
	int ret = trace_walk_pinned(task, &woken->trace);

	if (!ret) {
		woken->asleep = !READ_ONCE(task->on_rq);
		woken->nr[woken->asleep]++;
	}
	return ret;
}

/* When it has been woken, it may have been preempted anywhere above these. */
static bool ends_in_chain(const struct trace *trace)
{
	unsigned int nr = ARRAY_SIZE(known_chain) - 1;

	for (unsigned int i = 1; i <= nr; i++)
		if (i >= trace->nr ||
		    !in_function(trace->pcs[trace->nr - i], known_chain[nr - i]))
			return false;
	return in_function(trace->pcs[0], "__switch_to");
}

static bool expect_woken(struct kunit *test, const struct trace *trace)
{
	bool good;

	if (trace->ret)
		good = trace->err.reason == STACK_WALK_EXCEPTION &&
		       !IS_ENABLED(CONFIG_ARM64_UNWIND_EXCEPTIONS);
	else
		good = ends_in_chain(trace);
	if (good)
		return true;

	KUNIT_FAIL(test, "the trace of a task that has been woken is wrong");
	print_trace(test, trace);
	return false;
}

/*
 * A task that is woken again and again: asleep, while it is being woken, and when it has
 * been and waits for a CPU. Livepatch walks it in all of these.
 */
static void task_woken_while_walked(struct kunit *test)
{
	struct known *known = known_new(test, sleep_again);
	struct woken *woken = kunit_kzalloc(test, sizeof(*woken), GFP_KERNEL);
	unsigned long end = jiffies + 20 * HZ;
	struct task_struct *waker;
	bool good = true;

	KUNIT_ASSERT_NOT_NULL(test, woken);
	sleep_on = true;
	if (!known_start(test, known))
		return;

	known_wait_blocked(known);
	known_leave(known);
	waker = kthread_run(wake_again, known, "waker");
	while (!IS_ERR(waker) && good && (woken->nr[false] < 100 || woken->nr[true] < 100) &&
	       time_before(jiffies, end)) {
		if (!task_call_func(known->task, walk_woken, woken))
			good = woken->asleep ?
			       expect_known_blocked(test, &woken->trace, "known_block",
						    "sleep_again") :
			       expect_woken(test, &woken->trace);
		cond_resched();
	}
	WRITE_ONCE(sleep_on, false);
	if (!IS_ERR(waker))
		kthread_stop(waker);
	complete_all(&known->leave);
	known_stop(known);

	KUNIT_ASSERT_FALSE(test, IS_ERR(waker));
	KUNIT_EXPECT_GE(test, woken->nr[false], 100);
	KUNIT_EXPECT_GE(test, woken->nr[true], 100);
}

static struct kunit_case stacktrace_tasks_cases[] = {
	KUNIT_CASE(current_task),
	KUNIT_CASE(current_task_recursing),
	KUNIT_CASE(current_task_in_hardirq),
	KUNIT_CASE(current_task_in_softirq),
	KUNIT_CASE(current_task_on_irq_stack),
#ifdef CONFIG_PERF_EVENTS
	KUNIT_CASE(current_task_for_perf),
#endif
	KUNIT_CASE(blocked_task),
	KUNIT_CASE(blocked_task_without_reason),
	KUNIT_CASE(overflow),
	KUNIT_CASE(overflow_of_a_buffer),
	KUNIT_CASE(preempted_task),
	KUNIT_CASE(kthread_not_yet_started),
	KUNIT_CASE(task_that_never_ran),
	KUNIT_CASE(idle_task_of_boot_cpu),
	KUNIT_CASE(idle_task_of_another_cpu),
	KUNIT_CASE(init_process),
	KUNIT_CASE(task_woken_while_walked),
	KUNIT_CASE(every_task),
	{}
};

static struct kunit_suite stacktrace_tasks_suite = {
	.name = "arm64_stacktrace_tasks",
	.init = no_warning_init,
	.exit = no_warning_exit,
	.test_cases = stacktrace_tasks_cases,
};

kunit_test_suite(stacktrace_tasks_suite);
