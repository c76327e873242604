// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests for stack traces from a function that returns by return_to_handler().
 *
 * A function which is graph-traced returns to return_to_handler(), which asks
 * ftrace_return_to_handler() for the parent and goes there. At no instruction of the two
 * may the parent be out of an unwinder's reach. So a kprobe interrupts each of them in
 * turn, and looks where the parent is.
 */

#include <kunit/test.h>

#include <linux/ftrace.h>
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/sched.h>
#include <linux/stacktrace.h>

#include <asm/insn.h>

#define PCS_MAX		32

/**
 * struct trace - a stack trace, and where it was taken
 * @hit:	whether it was
 * @fp:		x29 there
 * @ra:		x30 there, and where that is return_to_handler, what stands for it
 * @ret:	what the walk returned
 * @nr:		number of entries in @pcs
 * @pcs:	the entries
 */
struct trace {
	bool hit;
	unsigned long fp;
	unsigned long ra;
	int ret;
	unsigned int nr;
	unsigned long pcs[PCS_MAX];
};

/* Functions are traced and probed for all tasks, but only this one's stack is looked at. */
static struct task_struct *task;
static unsigned long parent_fp;
static struct trace from_callback;

static bool store_pc(void *cookie, unsigned long pc)
{
	struct trace *trace = cookie;

	if (trace->nr == PCS_MAX)
		return false;
	trace->pcs[trace->nr++] = pc;
	return true;
}

static noinline __noclone void fgraph_child(void)
{
	barrier();
}

static noinline __noclone void fgraph_parent(void)
{
	parent_fp = (unsigned long)__builtin_frame_address(0);
	fgraph_child();
	barrier();
}

/* For return addresses: not at the first instruction, but maybe behind the last one */
static bool in_function(unsigned long pc, const void *function)
{
	unsigned long size;

	return kallsyms_lookup_size_offset((unsigned long)function, &size, NULL) &&
	       pc - (unsigned long)function - 1 < size;
}

static unsigned int nr_parents(const struct trace *trace)
{
	unsigned int nr = 0;

	for (int i = 0; i < trace->nr; i++)
		nr += in_function(trace->pcs[i], fgraph_parent);

	return nr;
}

static int on_entry(struct ftrace_graph_ent *ent, struct fgraph_ops *gops,
		    struct ftrace_regs *fregs)
{
	return 1;
}

static void walk_on_return(struct ftrace_graph_ret *ret, struct fgraph_ops *gops,
			   struct ftrace_regs *fregs)
{
	if (current != task)
		return;

	from_callback.hit = true;
	from_callback.ret = arch_stack_walk_reliable(store_pc, &from_callback, current);
}

static void nothing_on_return(struct ftrace_graph_ret *ret, struct fgraph_ops *gops,
			      struct ftrace_regs *fregs)
{
}

struct probe {
	struct kprobe kp;
	struct trace trace;
};

/* The tracer has to be asked now: when the function has returned, it knows no more. */
static int walk_on_probe(struct kprobe *kp, struct pt_regs *regs)
{
	struct trace *trace = &container_of(kp, struct probe, kp)->trace;
	int idx = 0;

	if (current != task || trace->hit)
		return 0;

	trace->hit = true;
	trace->fp = regs->regs[29];
	trace->ra = ftrace_graph_ret_addr(current, &idx, regs->regs[30],
					  (unsigned long *)trace->fp);
	arch_stack_walk(store_pc, trace, current, regs);

	return 0;
}
NOKPROBE_SYMBOL(walk_on_probe);

static bool parent_in_reach(unsigned long pc, const struct trace *trace)
{
	/* A return address itself, although it is the PC of an exception */
	if (pc == (unsigned long)return_to_handler)
		return in_function(trace->pcs[0], fgraph_parent) && nr_parents(trace) == 1;

	if (in_function(pc, return_to_handler)) {
		if (trace->fp == parent_fp)
			return in_function(trace->ra, fgraph_parent);
		if (!in_function(trace->pcs[1], fgraph_parent))
			return false;
	}

	return nr_parents(trace) == 1;
}

/* Interrupt each instruction of @function while fgraph_child() returns. */
static void sweep(struct kunit *test, const void *function, unsigned int most_refused)
{
	unsigned long addr = (unsigned long)function;
	unsigned int nr = 0, hit = 0, refused = 0;
	struct kprobe **kps;
	struct probe *probes;
	unsigned long size;

	KUNIT_ASSERT_TRUE(test, kallsyms_lookup_size_offset(addr, &size, NULL));
	probes = kunit_kcalloc(test, size / AARCH64_INSN_SIZE, sizeof(*probes), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, probes);
	kps = kunit_kcalloc(test, size / AARCH64_INSN_SIZE, sizeof(*kps), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, kps);

	for (unsigned long off = 0; off < size; off += AARCH64_INSN_SIZE) {
		probes[nr].kp.addr = (kprobe_opcode_t *)(addr + off);
		probes[nr].kp.pre_handler = walk_on_probe;
		kps[nr] = &probes[nr].kp;
		/* Not where code may be patched, nor in front of other symbols */
		if (register_kprobe(kps[nr]))
			refused++;
		else
			nr++;
	}
	fgraph_parent();
	unregister_kprobes(kps, nr);

	for (int i = 0; i < nr; i++) {
		const struct trace *trace = &probes[i].trace;

		/* Code for cases that do not occur here */
		if (!trace->hit)
			continue;
		hit++;
		if (parent_in_reach((unsigned long)kps[i]->addr, trace))
			continue;
		KUNIT_FAIL(test, "the parent is out of reach at %pS\n", kps[i]->addr);
		for (int j = 0; j < trace->nr; j++)
			kunit_info(test, "  %pS", (void *)trace->pcs[j]);
	}

	kunit_info(test, "%ps: %u of %lu instructions hit, %u without a probe", function, hit,
		   size / AARCH64_INSN_SIZE, refused);
	KUNIT_EXPECT_LE(test, refused, most_refused);
	KUNIT_EXPECT_GT(test, hit, size / AARCH64_INSN_SIZE / 2);
}

static void trace_child(struct kunit *test, struct fgraph_ops *gops)
{
	task = current;
	KUNIT_ASSERT_EQ(test, 0, ftrace_set_filter_ip(&gops->ops, (unsigned long)fgraph_child,
						      0, 0));
	KUNIT_ASSERT_EQ(test, 0, register_ftrace_graph(gops));
}

static void untrace_child(struct fgraph_ops *gops)
{
	unregister_ftrace_graph(gops);
	ftrace_set_filter_ip(&gops->ops, (unsigned long)fgraph_child, 1, 0);
}

/* From a callback: a reliable trace with the parent, once */
static void fgraph_callback(struct kunit *test)
{
	static struct fgraph_ops gops = { .entryfunc = on_entry, .retfunc = walk_on_return };

	from_callback = (struct trace){};
	trace_child(test, &gops);
	fgraph_parent();
	untrace_child(&gops);

	KUNIT_EXPECT_TRUE(test, from_callback.hit);
	KUNIT_EXPECT_EQ(test, 0, from_callback.ret);
	KUNIT_EXPECT_EQ(test, 1, nr_parents(&from_callback));
}

static void fgraph_each_instruction(struct kunit *test)
{
	static struct fgraph_ops gops = { .entryfunc = on_entry, .retfunc = nothing_on_return };

	trace_child(test, &gops);
	/* Of the trampoline's instructions, each can have a kprobe. */
	sweep(test, return_to_handler, 0);
	sweep(test, ftrace_return_to_handler, 12);
	untrace_child(&gops);
}

static struct kunit_case stacktrace_fgraph_cases[] = {
	KUNIT_CASE(fgraph_callback),
	KUNIT_CASE(fgraph_each_instruction),
	{}
};

static struct kunit_suite stacktrace_fgraph_suite = {
	.name = "arm64_stacktrace_fgraph",
	.test_cases = stacktrace_fgraph_cases,
};

kunit_test_suite(stacktrace_fgraph_suite);
