// SPDX-License-Identifier: GPL-2.0-only
/*
 * For the KUnit tests of the reliable stack walk: everything that replaces the
 * return addresses of functions in the known chain.
 */

#include <linux/irqflags.h>

#include "stacktrace_kunit.h"
#include "stacktrace_probes.h"

void * const traced_functions[NR_FUNCTIONS] = {
	known_inner, known_middle, known_outer, known_thread, known_replacement,
};

static const struct tracing tracings[] = {
	{ "nothing" },
	{ "kretprobe",			.kretprobe = { MIDDLE } },
	{ "kretprobes on all",		.kretprobe = { CHAIN } },
	{ "two kretprobes",		.kretprobe = { MIDDLE, MIDDLE } },
	{ "two kretprobes on all",	.kretprobe = { CHAIN, CHAIN } },
	{ "kretprobe, recursion",	.kretprobe = { INNER }, .recursion = 3 },
	{ "kretprobe, recursion, instances missed",
					.kretprobe = { INNER }, .recursion = 3, .maxactive = 2 },
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

/* All that the probes have to do is to be there, and to be hit. */
atomic_t tracing_hits;

static notrace int hit_kretprobe(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	atomic_inc(&tracing_hits);
	return 0;
}

static notrace int hit_fgraph(struct ftrace_graph_ent *trace, struct fgraph_ops *gops)
{
	atomic_inc(&tracing_hits);
	return 1;
}

/* Partly with interrupts off, as the function graph tracer is */
static notrace void leave_fgraph(struct ftrace_graph_ret *trace, struct fgraph_ops *gops)
{
	unsigned long flags;

	local_irq_save(flags);
	barrier();
	local_irq_restore(flags);
}

static notrace void hit_redirect(unsigned long ip, unsigned long parent_ip,
				 struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	atomic_inc(&tracing_hits);
	ftrace_regs_set_instruction_pointer(fregs, (unsigned long)known_replacement);
}

/* How often the probes are hit when the chain is run through once */
unsigned int tracing_expected_hits(const struct tracing *tracing)
{
	unsigned int nr = tracing->redirect;

	for (int f = 0; f < NR_FUNCTIONS; f++) {
		unsigned int calls = BIT(f) == INNER ? 1 + tracing->recursion : 1;

		for (int i = 0; i < 2; i++) {
			if (tracing->kretprobe[i] & BIT(f))
				nr += min(calls, tracing->maxactive ?: calls);
			if (tracing->fgraph[i] & BIT(f))
				nr += calls;
		}
	}

	return nr;
}

void tracing_stop_fgraph(struct probes *probes)
{
	while (probes->nr_fgraph)
		unregister_ftrace_graph(&probes->fgraph[--probes->nr_fgraph]);
}

/* Undo tracing_stop_fgraph() for the first user */
int tracing_restart_fgraph(struct probes *probes)
{
	int ret = 0;

	if (!probes->nr_fgraph) {
		ret = register_ftrace_graph(&probes->fgraph[0]);
		if (!ret)
			probes->nr_fgraph = 1;
	}
	return ret;
}

void tracing_remove_probes(struct probes *probes)
{
	if (probes->redirected)
		unregister_ftrace_function(&probes->redirect);
	ftrace_free_filter(&probes->redirect);

	tracing_stop_fgraph(probes);
	for (int i = 0; i < 2; i++)
		ftrace_free_filter(&probes->fgraph[i].ops);

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
			ret = ftrace_set_filter_ip(&gops->ops, (unsigned long)traced_functions[f],
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

			rp->kp.addr = traced_functions[f];
			rp->entry_handler = hit_kretprobe;
			rp->maxactive = tracing->maxactive ?: 16;
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

struct probes *tracing_add_probes(struct kunit *test, const struct tracing *tracing)
{
	struct probes *probes = kunit_kzalloc(test, sizeof(*probes), GFP_KERNEL);
	int ret;

	KUNIT_ASSERT_NOT_NULL(test, probes);
	atomic_set(&tracing_hits, 0);
	ret = add_kretprobes(probes, tracing);
	if (!ret)
		ret = add_fgraph(probes, tracing->fgraph[0]);
	if (!ret)
		ret = add_fgraph(probes, tracing->fgraph[1]);
	if (!ret && tracing->redirect)
		ret = add_redirect(probes);
	if (ret) {
		tracing_remove_probes(probes);
		KUNIT_FAIL_AND_ABORT(test, "cannot trace the chain: error %d", ret);
	}

	return probes;
}

void tracing_expect_chain(struct kunit *test, const struct tracing *tracing,
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

/* As KUNIT_ARRAY_PARAM() makes it, but for more than one file */
const void *tracing_gen_params(const void *prev, char *desc)
{
	const struct tracing *next = prev ? (const struct tracing *)prev + 1 : tracings;

	if (next - tracings >= ARRAY_SIZE(tracings))
		return NULL;

	strscpy(desc, next->name, KUNIT_PARAM_DESC_SIZE);
	return next;
}
