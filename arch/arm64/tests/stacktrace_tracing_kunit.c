// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the reliable stack walk: functions on the stack whose return
 * address has been replaced, and the callbacks of who did it.
 */

#include <linux/ftrace.h>
#include <linux/kprobes.h>
#include <linux/processor.h>
#include <linux/rcupdate.h>
#include <linux/sched/task_stack.h>
#include <linux/stacktrace.h>

#include "stacktrace_kunit.h"
#include "stacktrace_probes.h"

static void current_task_through(struct kunit *test)
{
	const struct tracing *tracing = test->param_value;
	struct known *known = known_new(test, known_walk);
	struct probes *probes = tracing_add_probes(test, tracing);

	known->recursion = tracing->recursion;
	if (known_run(test, known))
		tracing_expect_chain(test, tracing, &known->trace, false);
	tracing_remove_probes(probes);

	KUNIT_EXPECT_EQ(test, tracing_expected_hits(tracing), atomic_read(&tracing_hits));
}

/* The probes are taken away while the task is where they were. */
static void blocked_task_in(struct kunit *test)
{
	const struct tracing *tracing = test->param_value;
	struct known *known = known_new(test, known_block);
	struct probes *probes = tracing_add_probes(test, tracing);

	known->recursion = tracing->recursion;
	if (!known_start(test, known)) {
		tracing_remove_probes(probes);
		return;
	}

	known_wait_blocked(known);
	KUNIT_EXPECT_TRUE(test, trace_walk_task(&known->trace, known->task));
	tracing_expect_chain(test, tracing, &known->trace, true);

	tracing_remove_probes(probes);
	KUNIT_EXPECT_TRUE(test, trace_walk_task(&known->trace, known->task));
	tracing_expect_chain(test, tracing, &known->trace, true);

	known_leave(known);
	known_stop(known);

	KUNIT_EXPECT_EQ(test, tracing_expected_hits(tracing), atomic_read(&tracing_hits));
}

/*
 * What each callback sees. There is one chain, and one callback that walks.
 */
static struct known *walked;

static unsigned long best_effort[TRACE_MAX];
static unsigned int nr_best_effort;

static notrace void walk_from_callback(void)
{
	trace_walk(&walked->trace, current);
	nr_best_effort = stack_trace_save(best_effort, TRACE_MAX, 0);
	barrier();
}

/* The chain itself does nothing. */
static void pass(struct known *known)
{
}

static notrace void ftrace_callback(unsigned long ip, unsigned long parent_ip,
				    struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	walk_from_callback();
}

static void from_ftrace_callback(struct kunit *test)
{
	struct ftrace_ops *ops = kunit_kzalloc(test, sizeof(*ops), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, ops);
	walked = known_new(test, pass);

	ops->func = ftrace_callback;
	ops->flags = FTRACE_OPS_FL_DYNAMIC;
	KUNIT_ASSERT_EQ(test, 0, ftrace_set_filter_ip(ops, (unsigned long)known_middle, 0, 0));
	KUNIT_EXPECT_EQ(test, 0, register_ftrace_function(ops));
	if (known_run(test, walked))
		expect_error(test, &walked->trace, STACK_WALK_SECTION,
			     IS_ENABLED(CONFIG_DYNAMIC_FTRACE_WITH_CALL_OPS) ?
			     "ftrace_caller" : "ftrace_call");
	unregister_ftrace_function(ops);
	ftrace_free_filter(ops);
}

static notrace int fgraph_entry(struct ftrace_graph_ent *trace, struct fgraph_ops *gops)
{
	if (gops->private == fgraph_entry)
		walk_from_callback();
	return 1;
}

static notrace void fgraph_return(struct ftrace_graph_ret *trace, struct fgraph_ops *gops)
{
	if (gops->private == fgraph_return)
		walk_from_callback();
}

static bool run_with_fgraph(struct kunit *test, void *callback)
{
	struct fgraph_ops *gops = kunit_kzalloc(test, sizeof(*gops), GFP_KERNEL);
	bool ran;

	KUNIT_ASSERT_NOT_NULL(test, gops);
	walked = known_new(test, pass);

	gops->entryfunc = fgraph_entry;
	gops->retfunc = fgraph_return;
	gops->private = callback;
	KUNIT_ASSERT_EQ(test, 0, ftrace_set_filter_ip(&gops->ops, (unsigned long)known_middle,
						      0, 0));
	KUNIT_EXPECT_EQ(test, 0, register_ftrace_graph(gops));
	ran = known_run(test, walked);
	unregister_ftrace_graph(gops);
	ftrace_free_filter(&gops->ops);

	return ran;
}

static void from_fgraph_entry(struct kunit *test)
{
	if (run_with_fgraph(test, fgraph_entry))
		expect_error(test, &walked->trace, STACK_WALK_SECTION,
			     IS_ENABLED(CONFIG_DYNAMIC_FTRACE_WITH_CALL_OPS) ?
			     "ftrace_caller" : "ftrace_call");
}

/* The function has returned, to return_to_handler() and not yet to its caller. */
static void from_fgraph_return(struct kunit *test)
{
	if (run_with_fgraph(test, fgraph_return))
		expect_trace(test, &walked->trace, "trace_walk", "?walk_from_callback",
			     "fgraph_return", "?__ftrace_return_to_handler",
			     "ftrace_return_to_handler", "return_to_handler",
			     "known_outer", "known_thread", "kthread", "ret_from_fork");
}

static void best_effort_from_fgraph_return(struct kunit *test)
{
	unsigned int entry = 0;

	nr_best_effort = 0;
	if (!run_with_fgraph(test, fgraph_return))
		return;

	while (entry < nr_best_effort && !in_function(best_effort[entry], "return_to_handler"))
		entry++;
	KUNIT_ASSERT_EQ(test, entry + 5, nr_best_effort);
	KUNIT_EXPECT_TRUE(test, in_function(best_effort[entry + 1], "known_outer"));
	KUNIT_EXPECT_TRUE(test, in_function(best_effort[entry + 4], "ret_from_fork"));
}

static int kprobe_pre_handler(struct kprobe *kp, struct pt_regs *regs)
{
	walk_from_callback();
	return 0;
}

static void kprobe_post_handler(struct kprobe *kp, struct pt_regs *regs, unsigned long flags)
{
	walk_from_callback();
}

static void run_with_kprobe(struct kunit *test, kprobe_pre_handler_t pre,
			    kprobe_post_handler_t post)
{
	struct kprobe *kp = kunit_kzalloc(test, sizeof(*kp), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, kp);
	walked = known_new(test, pass);

	kp->addr = traced_functions[1];
	kp->pre_handler = pre;
	kp->post_handler = post;
	KUNIT_ASSERT_EQ(test, 0, register_kprobe(kp));
	if (known_run(test, walked))
		expect_interrupted(test, &walked->trace, "known_middle", "known_outer",
				   "known_thread", "kthread", "ret_from_fork");
	unregister_kprobe(kp);
}

static void from_kprobe_pre_handler(struct kunit *test)
{
	run_with_kprobe(test, kprobe_pre_handler, NULL);
}

static void from_kprobe_post_handler(struct kunit *test)
{
	run_with_kprobe(test, NULL, kprobe_post_handler);
}

/*
 * A kretprobe replaces the return address in the pt_regs of one BRK exception,
 * and puts the original into those of another one. No interrupt comes while a
 * BRK is handled, but everything that is called in between may walk.
 */
static int kretprobe_handler(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	walk_from_callback();
	return 0;
}

static struct pt_regs *returned_regs;

static notrace int keep_regs(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	returned_regs = regs;
	return 0;
}

/* Of the kretprobes on one function, the last one to be registered is hit first. */
static struct kretprobe *rps[2];

static bool add_kretprobes(struct kunit *test, void *function,
			   kretprobe_handler_t entry, kretprobe_handler_t handler)
{
	int ret;

	for (int i = 0; i < ARRAY_SIZE(rps); i++) {
		rps[i] = kunit_kzalloc(test, sizeof(*rps[i]), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, rps[i]);
		rps[i]->kp.addr = function;
		rps[i]->entry_handler = entry;
		rps[i]->handler = handler;
	}

	ret = register_kretprobes(rps, ARRAY_SIZE(rps));
	KUNIT_EXPECT_EQ(test, 0, ret);
	return !ret;
}

static const struct tracing no_tracing;
/* The return address that a kretprobe saves is return_to_handler. */
static const struct tracing fgraph_before = { .redirect = true, .fgraph = { MIDDLE } };

/* Two kretprobes on a function, while @tracing is done as well */
static bool run_with_kretprobes(struct kunit *test, void *function,
				const struct tracing *tracing,
				kretprobe_handler_t entry, kretprobe_handler_t handler)
{
	struct probes *probes;
	bool ran = false;

	walked = known_new(test, pass);
	probes = tracing_add_probes(test, tracing);
	if (add_kretprobes(test, function, entry, handler)) {
		ran = known_run(test, walked);
		unregister_kretprobes(rps, ARRAY_SIZE(rps));
	}
	tracing_remove_probes(probes);

	return ran;
}

/*
 * The probed function was called, and is at its first instruction. The second
 * kretprobe finds the first one's trampoline as return address.
 */
static void from_kretprobe_entry_handler(struct kunit *test)
{
	if (run_with_kretprobes(test, known_middle, &no_tracing, kretprobe_handler, NULL))
		expect_interrupted(test, &walked->trace, "known_middle", "known_outer",
				   "known_thread", "kthread", "ret_from_fork");
}

static void from_kretprobe_entry_handler_fgraph(struct kunit *test)
{
	if (run_with_kretprobes(test, known_replacement, &fgraph_before,
				kretprobe_handler, NULL))
		expect_interrupted(test, &walked->trace, "known_replacement", "known_outer",
				   "known_thread", "kthread", "ret_from_fork");
}

/* It has returned, and the exception will return to its caller. */
static void from_kretprobe_handler(struct kunit *test)
{
	if (run_with_kretprobes(test, known_middle, &no_tracing, NULL, kretprobe_handler))
		expect_interrupted(test, &walked->trace, "known_outer", "known_thread",
				   "kthread", "ret_from_fork");
}

/* As above, but the exception will return to return_to_handler. */
static void from_kretprobe_handler_fgraph(struct kunit *test)
{
	if (run_with_kretprobes(test, known_replacement, &fgraph_before, NULL,
				kretprobe_handler))
		expect_interrupted(test, &walked->trace, "known_outer", "known_thread",
				   "kthread", "ret_from_fork");
}

/*
 * When a callback of ftrace is called by a handler, the walk cannot cross it. So
 * walk from the regs.
 */
static struct task_struct *copy;

static notrace void walk_from_regs(struct pt_regs *regs, unsigned long ra)
{
	trace_walk_from(&walked->trace, copy, ra, regs->regs[29], regs->sp);
}

static notrace void walk_after_unlink(unsigned long ip, unsigned long parent_ip,
				      struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	if (current == walked->task && returned_regs) {
		walk_from_regs(returned_regs, returned_regs->pc);
		/* The first one that is freed was unlinked with the others. */
		returned_regs = NULL;
	}
}

/*
 * The instance of a kretprobe which is gone is freed by call_rcu(), after it was
 * unlinked and before the function returns.
 */
static void kretprobe_regs_after_unlink(struct kunit *test)
{
	struct ftrace_ops *ops = kunit_kzalloc(test, sizeof(*ops), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, ops);
	copy = kunit_kzalloc(test, sizeof(*copy), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, copy);
	walked = known_new(test, known_block);
	returned_regs = NULL;

	ops->func = walk_after_unlink;
	ops->flags = FTRACE_OPS_FL_DYNAMIC;
	KUNIT_ASSERT_EQ(test, 0, ftrace_set_filter_ip(ops, (unsigned long)call_rcu, 0, 0));
	KUNIT_ASSERT_EQ(test, 0, register_ftrace_function(ops));
	if (!add_kretprobes(test, traced_functions[1], NULL, keep_regs))
		goto out;

	if (known_start(test, walked)) {
		known_wait_blocked(walked);
		unregister_kretprobe(rps[0]);
		known_leave(walked);
		known_stop(walked);
		expect_trace(test, &walked->trace, "known_outer", "known_thread",
			     "kthread", "ret_from_fork");
		KUNIT_EXPECT_PTR_EQ(test, returned_regs, NULL);
	} else {
		unregister_kretprobe(rps[0]);
	}
	unregister_kretprobe(rps[1]);
out:
	unregister_ftrace_function(ops);
	ftrace_free_filter(ops);
}

/*
 * Walk a task that is blocked in the chain, while the return address of
 * known_outer(), which is not traced, is made to be @pc.
 */
static struct trace *walk_forged(struct kunit *test, const struct tracing *tracing,
				 unsigned long pc)
{
	struct known *known = known_new(test, known_block);
	struct probes *probes = tracing_add_probes(test, tracing);
	unsigned long *record, return_address;

	if (!known_start(test, known)) {
		tracing_remove_probes(probes);
		return NULL;
	}

	known_wait_blocked(known);
	/* The first entry is the saved PC, the last ones are as in the chain. */
	trace_walk_task(&known->trace, known->task);
	tracing_expect_chain(test, tracing, &known->trace, true);
	record = (unsigned long *)thread_saved_fp(known->task);
	for (int entry = 1; entry < (int)known->trace.nr - 3; entry++)
		record = (unsigned long *)record[0];

	return_address = record[1];
	record[1] = pc;
	trace_walk_task(&known->trace, known->task);
	record[1] = return_address;

	known_leave(known);
	known_stop(known);
	tracing_remove_probes(probes);
	return &known->trace;
}

/* The entries of the other functions are there, and must not be used. */
static void return_to_handler_without_an_entry(struct kunit *test)
{
	static const struct tracing tracing = { .fgraph = { INNER | MIDDLE } };
	unsigned long pc = (unsigned long)return_to_handler;
	struct trace *trace = walk_forged(test, &tracing, pc);

	if (trace)
		expect_error_at(test, trace, STACK_WALK_FGRAPH, pc);
}

/* The outer functions' entries are left when the walk gets there. */
static void return_to_handler_of_an_outer_function(struct kunit *test)
{
	static const struct tracing tracing = { .fgraph = { THREAD } };
	unsigned long pc = (unsigned long)return_to_handler;
	struct trace *trace = walk_forged(test, &tracing, pc);

	if (trace)
		expect_error_at(test, trace, STACK_WALK_FGRAPH, pc);
}

static void kretprobe_trampoline_without_an_instance(struct kunit *test)
{
	static const struct tracing tracing = { .kretprobe = { INNER | MIDDLE } };
	unsigned long pc = (unsigned long)__kretprobe_trampoline;
	struct trace *trace = walk_forged(test, &tracing, pc);

	if (trace)
		expect_error_at(test, trace, STACK_WALK_KRETPROBE, pc);
}

static void kretprobe_trampoline_of_an_outer_function(struct kunit *test)
{
	static const struct tracing tracing = { .kretprobe = { THREAD } };
	unsigned long pc = (unsigned long)__kretprobe_trampoline;
	struct trace *trace = walk_forged(test, &tracing, pc);

	if (trace)
		expect_error_at(test, trace, STACK_WALK_KRETPROBE, pc);
}

/*
 * function_graph_enter() makes an entry known before it has filled it in. What
 * was in its place before may look like that of an outer function: the frame
 * pointer is the same, and the return address wrong. Interrupted there, a walk
 * must not use it.
 */
static void fgraph_entry_under_construction(struct kunit *test)
{
	static const struct tracing tracing = { .fgraph = { MIDDLE } };
	struct known *known = known_new(test, known_block);
	struct probes *probes = tracing_add_probes(test, &tracing);
	struct ftrace_ret_stack *entry;
	struct task_struct *task;
	unsigned long *word;
	int top;

	if (!known_start(test, known)) {
		tracing_remove_probes(probes);
		return;
	}

	known_wait_blocked(known);
	task = known->task;
	top = task->curr_ret_stack;
	KUNIT_EXPECT_GT(test, top, 0);
	entry = ftrace_graph_get_ret_stack(task, 0);
	KUNIT_EXPECT_NOT_NULL(test, entry);
	if (top > 0 && entry) {
		/* Where the next entry will be, with one more word behind it */
		word = &task->ret_stack[top + sizeof(*entry) / sizeof(long)];
		memcpy(&task->ret_stack[top], entry, sizeof(*entry));
		((struct ftrace_ret_stack *)&task->ret_stack[top])->ret =
			(unsigned long)known_replacement + 2 * AARCH64_INSN_SIZE;
		/* Reserved, and that many words */
		*word = sizeof(*entry) / sizeof(long);
		task->curr_ret_stack = word - task->ret_stack + 1;

		KUNIT_EXPECT_TRUE(test, trace_walk_task(&known->trace, task));
		tracing_expect_chain(test, &tracing, &known->trace, true);

		task->curr_ret_stack = top;
	}

	known_leave(known);
	known_stop(known);
	tracing_remove_probes(probes);
}

/* Each mechanism's trampoline is for that mechanism to resolve. */
static void return_to_handler_of_a_kretprobe(struct kunit *test)
{
	static const struct tracing tracing = { .kretprobe = { CHAIN } };
	unsigned long pc = (unsigned long)return_to_handler;
	struct trace *trace = walk_forged(test, &tracing, pc);

	if (trace)
		expect_error_at(test, trace, STACK_WALK_FGRAPH, pc);
}

/* Where kprobes single-steps an instruction. kernel_text_address() takes it. */
static void kprobe_slot(struct kunit *test)
{
	static const struct tracing tracing = { };
	struct kprobe *kp = kunit_kzalloc(test, sizeof(*kp), GFP_KERNEL);
	struct trace *trace;
	unsigned long slot;

	KUNIT_ASSERT_NOT_NULL(test, kp);
	kp->addr = traced_functions[1];
	KUNIT_ASSERT_EQ(test, 0, register_kprobe(kp));

	slot = (unsigned long)kp->ainsn.api.insn;
	KUNIT_EXPECT_NE(test, slot, 0);
	KUNIT_EXPECT_TRUE(test, is_kprobe_insn_slot(slot));
	trace = walk_forged(test, &tracing, slot + AARCH64_INSN_SIZE);
	if (trace)
		expect_error_at(test, trace, STACK_WALK_NOT_TEXT, slot + AARCH64_INSN_SIZE);

	unregister_kprobe(kp);
}

static struct kunit_case stacktrace_tracing_cases[] = {
	KUNIT_CASE_PARAM(current_task_through, tracing_gen_params),
	KUNIT_CASE_PARAM(blocked_task_in, tracing_gen_params),
	KUNIT_CASE(from_ftrace_callback),
	KUNIT_CASE(from_fgraph_entry),
	KUNIT_CASE(from_fgraph_return),
	KUNIT_CASE(best_effort_from_fgraph_return),
	KUNIT_CASE(from_kprobe_pre_handler),
	KUNIT_CASE(from_kprobe_post_handler),
	KUNIT_CASE(from_kretprobe_entry_handler),
	KUNIT_CASE(from_kretprobe_entry_handler_fgraph),
	KUNIT_CASE(from_kretprobe_handler),
	KUNIT_CASE(from_kretprobe_handler_fgraph),
	KUNIT_CASE(kretprobe_regs_after_unlink),
	KUNIT_CASE(fgraph_entry_under_construction),
	KUNIT_CASE(return_to_handler_without_an_entry),
	KUNIT_CASE(return_to_handler_of_an_outer_function),
	KUNIT_CASE(return_to_handler_of_a_kretprobe),
	KUNIT_CASE(kretprobe_trampoline_without_an_instance),
	KUNIT_CASE(kretprobe_trampoline_of_an_outer_function),
	KUNIT_CASE(kprobe_slot),
	{}
};

static struct kunit_suite stacktrace_tracing_suite = {
	.name = "arm64_stacktrace_tracing",
	.init = no_warning_init,
	.exit = no_warning_exit,
	.test_cases = stacktrace_tracing_cases,
};

kunit_test_suite(stacktrace_tracing_suite);
