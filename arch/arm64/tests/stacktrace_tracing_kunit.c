// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the reliable stack walk: functions on the stack whose return
 * address has been replaced, and the callbacks of who did it.
 */

#include <linux/bits.h>
#include <linux/ftrace.h>
#include <linux/kprobes.h>
#include <linux/processor.h>
#include <linux/sched/task_stack.h>
#include <linux/stacktrace.h>

#include "stacktrace_kunit.h"

#define INNER		BIT(0)
#define MIDDLE		BIT(1)
#define OUTER		BIT(2)
#define THREAD		BIT(3)
#define REPLACEMENT	BIT(4)
#define CHAIN		(INNER | MIDDLE | OUTER | THREAD)
#define NR_FUNCTIONS	5

static void * const functions[NR_FUNCTIONS] = {
	known_inner, known_middle, known_outer, known_thread, known_replacement,
};

/*
 * What is done to the functions of the chain. Everything is there twice: a
 * function can have two kretprobes, and be traced for two users.
 */
struct tracing {
	const char *name;
	unsigned int kretprobe[2];	/* functions that have a kretprobe */
	unsigned int fgraph[2];		/* functions that are graph-traced */
	bool redirect;			/* known_middle to known_replacement */
	unsigned int recursion;		/* of known_inner */
};

static const struct tracing tracings[] = {
	{ "nothing" },
	{ "kretprobe",			.kretprobe = { MIDDLE } },
	{ "kretprobes on all",		.kretprobe = { CHAIN } },
	{ "two kretprobes",		.kretprobe = { MIDDLE, MIDDLE } },
	{ "two kretprobes on all",	.kretprobe = { CHAIN, CHAIN } },
	{ "kretprobe, recursion",	.kretprobe = { INNER }, .recursion = 3 },
	{ "fgraph",			.fgraph = { MIDDLE } },
	{ "fgraph on all",		.fgraph = { CHAIN } },
	{ "fgraph for two users",	.fgraph = { CHAIN, MIDDLE } },
	{ "fgraph, recursion",		.fgraph = { INNER }, .recursion = 3 },
	{ "fgraph and kretprobe",	.fgraph = { MIDDLE }, .kretprobe = { MIDDLE } },
	{ "fgraph and kretprobe in turn",
					.fgraph = { INNER | OUTER },
					.kretprobe = { MIDDLE | THREAD } },
	{ "fgraph and kretprobe on all", .fgraph = { CHAIN }, .kretprobe = { CHAIN } },
	{ "all twice, recursion",	.fgraph = { CHAIN, CHAIN },
					.kretprobe = { CHAIN, CHAIN }, .recursion = 3 },

	/* As a livepatch does it. These leave two entries for one frame. */
	{ "redirected",			.redirect = true },
	{ "fgraph, redirected",		.redirect = true, .fgraph = { MIDDLE } },
	{ "redirected to fgraph",	.redirect = true, .fgraph = { REPLACEMENT } },
	{ "fgraph, redirected to fgraph",
					.redirect = true, .fgraph = { MIDDLE | REPLACEMENT } },
	{ "kretprobe, redirected",	.redirect = true, .kretprobe = { MIDDLE } },
	{ "redirected to kretprobe",	.redirect = true, .kretprobe = { REPLACEMENT } },
	{ "kretprobe, redirected to kretprobe",
					.redirect = true, .kretprobe = { MIDDLE | REPLACEMENT } },
	{ "fgraph, redirected to kretprobe",
					.redirect = true, .fgraph = { MIDDLE },
					.kretprobe = { REPLACEMENT } },
	{ "kretprobe, redirected to fgraph",
					.redirect = true, .kretprobe = { MIDDLE },
					.fgraph = { REPLACEMENT } },
	{ "all, redirected to all",	.redirect = true,
					.fgraph = { CHAIN | REPLACEMENT },
					.kretprobe = { CHAIN | REPLACEMENT } },
};

/* What is registered, such that it can be taken away again */
struct probes {
	struct kretprobe kretprobe[2 * NR_FUNCTIONS];
	struct kretprobe *kretprobes[2 * NR_FUNCTIONS];
	int nr_kretprobes;
	struct fgraph_ops fgraph[2];
	int nr_fgraph;
	struct ftrace_ops redirect;
	bool redirected;
};

/* All that the probes have to do is to be there, and to be hit. */
static atomic_t hits;

static notrace int hit_kretprobe(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	atomic_inc(&hits);
	return 0;
}

static notrace int hit_fgraph(struct ftrace_graph_ent *trace, struct fgraph_ops *gops)
{
	atomic_inc(&hits);
	return 1;
}

static notrace void leave_fgraph(struct ftrace_graph_ret *trace, struct fgraph_ops *gops)
{
}

static notrace void hit_redirect(unsigned long ip, unsigned long parent_ip,
				 struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	atomic_inc(&hits);
	ftrace_regs_set_instruction_pointer(fregs, (unsigned long)known_replacement);
}

/* How often the probes are hit when the chain is run through once */
static unsigned int expected_hits(const struct tracing *tracing)
{
	unsigned int nr = tracing->redirect;

	for (int f = 0; f < NR_FUNCTIONS; f++) {
		unsigned int calls = BIT(f) == INNER ? 1 + tracing->recursion : 1;

		for (int i = 0; i < 2; i++) {
			if (tracing->kretprobe[i] & BIT(f))
				nr += calls;
			if (tracing->fgraph[i] & BIT(f))
				nr += calls;
		}
	}

	return nr;
}

static void remove_probes(struct probes *probes)
{
	if (probes->redirected)
		unregister_ftrace_function(&probes->redirect);
	ftrace_free_filter(&probes->redirect);

	for (int i = 0; i < 2; i++) {
		if (i < probes->nr_fgraph)
			unregister_ftrace_graph(&probes->fgraph[i]);
		ftrace_free_filter(&probes->fgraph[i].ops);
	}

	if (probes->nr_kretprobes)
		unregister_kretprobes(probes->kretprobes, probes->nr_kretprobes);
}

static int add_fgraph(struct probes *probes, unsigned int which)
{
	struct fgraph_ops *gops = &probes->fgraph[probes->nr_fgraph];
	int ret = 0;

	if (!which)
		return 0;

	gops->entryfunc = hit_fgraph;
	gops->retfunc = leave_fgraph;
	for (int f = 0; f < NR_FUNCTIONS && !ret; f++)
		if (which & BIT(f))
			ret = ftrace_set_filter_ip(&gops->ops, (unsigned long)functions[f],
						   0, 0);
	if (!ret)
		ret = register_ftrace_graph(gops);
	if (!ret)
		probes->nr_fgraph++;
	return ret;
}

static int add_kretprobes(struct probes *probes, const struct tracing *tracing)
{
	int nr = 0, ret;

	for (int i = 0; i < 2; i++) {
		for (int f = 0; f < NR_FUNCTIONS; f++) {
			struct kretprobe *rp = &probes->kretprobe[nr];

			if (!(tracing->kretprobe[i] & BIT(f)))
				continue;

			rp->kp.addr = functions[f];
			rp->entry_handler = hit_kretprobe;
			rp->maxactive = 16;
			probes->kretprobes[nr++] = rp;
		}
	}
	if (!nr)
		return 0;

	ret = register_kretprobes(probes->kretprobes, nr);
	if (!ret)
		probes->nr_kretprobes = nr;
	return ret;
}

static int add_redirect(struct probes *probes)
{
	struct ftrace_ops *ops = &probes->redirect;
	int ret;

	ops->func = hit_redirect;
	ops->flags = FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_DYNAMIC;
	ret = ftrace_set_filter_ip(ops, (unsigned long)known_middle, 0, 0);
	if (!ret)
		ret = register_ftrace_function(ops);
	if (!ret)
		probes->redirected = true;
	return ret;
}

static struct probes *add_probes(struct kunit *test, const struct tracing *tracing)
{
	struct probes *probes = kunit_kzalloc(test, sizeof(*probes), GFP_KERNEL);
	int ret;

	KUNIT_ASSERT_NOT_NULL(test, probes);
	atomic_set(&hits, 0);
	ret = add_kretprobes(probes, tracing);
	if (!ret)
		ret = add_fgraph(probes, tracing->fgraph[0]);
	if (!ret)
		ret = add_fgraph(probes, tracing->fgraph[1]);
	if (!ret && tracing->redirect)
		ret = add_redirect(probes);
	if (ret) {
		remove_probes(probes);
		KUNIT_FAIL_AND_ABORT(test, "cannot trace the chain: error %d", ret);
	}

	return probes;
}

static void expect_chain(struct kunit *test, const struct tracing *tracing,
			 const struct trace *trace, bool blocked)
{
	const char *list[16];
	int nr = 0;

	if (blocked) {
		list[nr++] = "known_block";
	} else {
		list[nr++] = "trace_walk";
		list[nr++] = "known_walk";
	}
	for (int i = 0; i < tracing->recursion; i++)
		list[nr++] = "known_inner";
	list[nr++] = "known_inner";
	list[nr++] = tracing->redirect ? "known_replacement" : "known_middle";
	list[nr++] = "known_outer";
	list[nr++] = "known_thread";
	list[nr++] = "kthread";
	list[nr++] = "ret_from_fork";
	list[nr] = NULL;

	check_trace(test, trace, blocked ? TRACE_BLOCKED : 0, list);
}

static void describe_tracing(const struct tracing *tracing, char *desc)
{
	strscpy(desc, tracing->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(tracing, tracings, describe_tracing);

static void current_task_through(struct kunit *test)
{
	const struct tracing *tracing = test->param_value;
	struct known *known = known_new(test, known_walk);
	struct probes *probes = add_probes(test, tracing);

	known->recursion = tracing->recursion;
	if (known_run(test, known))
		expect_chain(test, tracing, &known->trace, false);
	remove_probes(probes);

	KUNIT_EXPECT_EQ(test, expected_hits(tracing), atomic_read(&hits));
}

/* The probes are taken away while the task is where they were. */
static void blocked_task_in(struct kunit *test)
{
	const struct tracing *tracing = test->param_value;
	struct known *known = known_new(test, known_block);
	struct probes *probes = add_probes(test, tracing);

	known->recursion = tracing->recursion;
	if (!known_start(test, known)) {
		remove_probes(probes);
		return;
	}

	known_wait_blocked(known);
	KUNIT_EXPECT_TRUE(test, trace_walk_task(&known->trace, known->task));
	expect_chain(test, tracing, &known->trace, true);

	remove_probes(probes);
	KUNIT_EXPECT_TRUE(test, trace_walk_task(&known->trace, known->task));
	expect_chain(test, tracing, &known->trace, true);

	known_leave(known);
	known_stop(known);

	KUNIT_EXPECT_EQ(test, expected_hits(tracing), atomic_read(&hits));
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

static void from_fgraph_return(struct kunit *test)
{
	if (run_with_fgraph(test, fgraph_return))
		expect_error(test, &walked->trace, STACK_WALK_FGRAPH, "return_to_handler");
}

/* A walk that need not be reliable stops there, too, and does not warn. */
static void best_effort_from_fgraph_return(struct kunit *test)
{
	nr_best_effort = 0;
	if (!run_with_fgraph(test, fgraph_return))
		return;

	KUNIT_ASSERT_GT(test, nr_best_effort, 0);
	KUNIT_EXPECT_TRUE(test, in_function(best_effort[nr_best_effort - 1],
					    "ftrace_return_to_handler"));
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

	kp->addr = functions[1];
	kp->pre_handler = pre;
	kp->post_handler = post;
	KUNIT_ASSERT_EQ(test, 0, register_kprobe(kp));
	if (known_run(test, walked))
		expect_error(test, &walked->trace, STACK_WALK_EXCEPTION, "el1h_64_sync");
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

static int kretprobe_handler(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	walk_from_callback();
	return 0;
}

static void run_with_kretprobe(struct kunit *test, kretprobe_handler_t entry,
			       kretprobe_handler_t handler)
{
	struct kretprobe *rp = kunit_kzalloc(test, sizeof(*rp), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, rp);
	walked = known_new(test, pass);

	rp->kp.addr = functions[1];
	rp->entry_handler = entry;
	rp->handler = handler;
	KUNIT_ASSERT_EQ(test, 0, register_kretprobe(rp));
	if (known_run(test, walked))
		expect_error(test, &walked->trace, STACK_WALK_EXCEPTION, "el1h_64_sync");
	unregister_kretprobe(rp);
}

static void from_kretprobe_entry_handler(struct kunit *test)
{
	run_with_kretprobe(test, kretprobe_handler, NULL);
}

static void from_kretprobe_handler(struct kunit *test)
{
	run_with_kretprobe(test, NULL, kretprobe_handler);
}

/*
 * Walk a task that is blocked in the chain, while the return address of
 * known_outer(), which is not traced, is made to be @pc.
 */
static struct trace *walk_forged(struct kunit *test, const struct tracing *tracing,
				 unsigned long pc)
{
	struct known *known = known_new(test, known_block);
	struct probes *probes = add_probes(test, tracing);
	unsigned long *record, return_address;

	if (!known_start(test, known)) {
		remove_probes(probes);
		return NULL;
	}

	known_wait_blocked(known);
	/* The first entry is the saved PC, the last ones are as in the chain. */
	trace_walk_task(&known->trace, known->task);
	expect_chain(test, tracing, &known->trace, true);
	record = (unsigned long *)thread_saved_fp(known->task);
	for (int entry = 1; entry < (int)known->trace.nr - 3; entry++)
		record = (unsigned long *)record[0];

	return_address = record[1];
	record[1] = pc;
	trace_walk_task(&known->trace, known->task);
	record[1] = return_address;

	known_leave(known);
	known_stop(known);
	remove_probes(probes);
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
	kp->addr = functions[1];
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
	KUNIT_CASE(from_kretprobe_handler),
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
