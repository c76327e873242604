// SPDX-License-Identifier: GPL-2.0-only
/*
 * How many instructions a walk of a task's stack takes, and the return from a
 * function that is graph-traced.
 *
 * Stacks are made up: frame records in this module's memory, and a task_struct
 * that says a task is blocked with them on its stack. So every kernel walks
 * the same stacks, as deep as wanted and with return addresses into whatever
 * text is wanted. To show that this is as good as the real thing, the stack of
 * a kthread which sleeps below functions of this module is walked, then made
 * up, and both walks have to take the same number of instructions.
 *
 * QEMU's PMU counts instructions exactly, provided that time is made of them
 * (-icount).
 *
 * The walks are not exported, so their addresses are parameters. Each read of
 * debugfs walk_bench measures: lines of walk, text, depth and instructions. The
 * depth is the number of entries in the trace. Where the text is "exception", it is
 * core text, and in the middle of the stack there is an interrupt. A last line has
 * fgraph-return and instructions: what tracing adds to the return from a function.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/completion.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/ftrace.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/perf/arm_pmuv3.h>
#include <linux/sched/task_stack.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/stacktrace.h>

#include <asm/insn.h>
#include <asm/ptrace.h>
#include <asm/sysreg.h>

static ulong arch_stack_walk_addr;
module_param_named(arch_stack_walk, arch_stack_walk_addr, ulong, 0400);
static ulong arch_stack_walk_reliable_addr;
module_param_named(arch_stack_walk_reliable, arch_stack_walk_reliable_addr, ulong, 0400);
MODULE_PARM_DESC(arch_stack_walk_reliable, "0: this kernel has none");
static ulong ret_from_fork_addr;
module_param_named(ret_from_fork, ret_from_fork_addr, ulong, 0400);

static ulong el1h_64_irq_addr;
module_param_named(el1h_64_irq, el1h_64_irq_addr, ulong, 0400);

static ulong register_ftrace_graph_addr;
module_param_named(register_ftrace_graph, register_ftrace_graph_addr, ulong, 0400);
static ulong unregister_ftrace_graph_addr;
module_param_named(unregister_ftrace_graph, unregister_ftrace_graph_addr, ulong, 0400);

enum walk { BEST_EFFORT, RELIABLE, NR_WALKS };
static const char *const walk_names[] = { "best-effort", "reliable" };

static const unsigned int depths[] = { 4, 8, 16, 32, 64 };

/* What stack_trace_save_tsk() has, and does with it. */
struct trace {
	unsigned int len;
	unsigned long entries[128];
};

static bool consume_entry(void *cookie, unsigned long addr)
{
	struct trace *trace = cookie;

	if (trace->len >= ARRAY_SIZE(trace->entries))
		return false;

	trace->entries[trace->len++] = addr;
	return trace->len < ARRAY_SIZE(trace->entries);
}

struct made_up {
	struct task_struct *task;
	/* In a stack of its own size, such that bounds are as for any task. */
	unsigned long *stack;
};

/* Leave the locals of a function between one frame record and the next. */
#define FRAME_WORDS	8

static unsigned long return_address_into(void *function)
{
	return (unsigned long)function + 2 * AARCH64_INSN_SIZE;
}

/* What the exception entry makes, below the frame record of what it interrupts */
static struct pt_regs *make_up_regs(void *record, unsigned long pc)
{
	struct pt_regs *regs = record - sizeof(*regs);

	regs->pc = pc;
	regs->sp = (unsigned long)record;
	regs->pstate = PSR_MODE_EL1h;
	regs->regs[29] = (unsigned long)record;
	regs->stackframe[0] = (unsigned long)record;
	regs->stackframe[1] = pc;
	return regs;
}

/*
 * Make the stack whose walk gives @entries: the last frame first. If it is not 0,
 * entry @interrupted is the PC of an exception.
 */
static void make_up(struct made_up *made_up, const unsigned long *entries, unsigned int len,
		    unsigned int interrupted)
{
	struct task_struct *task = made_up->task;
	struct frame_record {
		struct frame_record *fp;
		unsigned long lr;
	} *record, *next;
	unsigned int i = len - 1;

	memset(made_up->stack, 0, THREAD_SIZE);
	task->stack = made_up->stack;

	next = (struct frame_record *)task_pt_regs(task)->stackframe;
	record = (struct frame_record *)task_pt_regs(task);
	for (; i; i--) {
		if (i == interrupted) {
			struct pt_regs *regs = make_up_regs(record, entries[i]);

			next = (struct frame_record *)regs->stackframe;
			record = (struct frame_record *)regs;
			continue;
		}
		record -= FRAME_WORDS / 2;
		record->fp = next;
		record->lr = entries[i];
		next = record;
	}

	task->thread.cpu_context.fp = (unsigned long)next;
	task->thread.cpu_context.pc = entries[0];
}

static void start_counter(void)
{
	write_sysreg(ARMV8_PMUV3_PERFCTR_INST_RETIRED, pmevtyper0_el0);
	write_sysreg(BIT(0), pmcntenset_el0);
	write_sysreg(ARMV8_PMU_PMCR_E, pmcr_el0);
	isb();
}

static void stop_counter(void)
{
	write_sysreg(0, pmcr_el0);
	write_sysreg(BIT(0), pmcntenclr_el0);
	isb();
}

static __always_inline u32 counter(void)
{
	return read_sysreg(pmevcntr0_el0);
}

/*
 * Walk once and say how many instructions that took, the call included.
 *
 * Returns a negative error code when the walk fails.
 */
static noinline int measure(enum walk walk, struct task_struct *task, struct trace *trace)
{
	typeof(arch_stack_walk) *best_effort = (void *)arch_stack_walk_addr;
	int (*reliable)(stack_trace_consume_fn fn, void *cookie,
			struct task_struct *task) = (void *)arch_stack_walk_reliable_addr;
	u32 start, end, none;
	unsigned long flags;
	int ret = 0;

	trace->len = 0;

	local_irq_save(flags);
	start_counter();

	start = counter();
	none = counter() - start;

	start = counter();
	if (walk == BEST_EFFORT)
		best_effort(consume_entry, trace, task, NULL);
	else
		ret = reliable(consume_entry, trace, task);
	end = counter();

	stop_counter();
	local_irq_restore(flags);

	return ret ?: end - start - none;
}

/* Make up the stack that @entries are the trace of, and measure its walk. */
static int measure_made_up(struct made_up *made_up, enum walk walk,
			   const unsigned long *entries, unsigned int len,
			   unsigned int interrupted, struct trace *trace)
{
	int count;

	make_up(made_up, entries, len, interrupted);
	count = measure(walk, made_up->task, trace);
	if (count < 0 || trace->len != len ||
	    memcmp(trace->entries, entries, len * sizeof(*entries))) {
		pr_err("%s walk of a made-up stack: returned %d with %u of %u entries\n",
		       walk_names[walk], count, trace->len, len);
		return -EIO;
	}

	return count;
}

static noinline void sleep_below(unsigned int depth, struct completion *awake)
{
	if (!depth) {
		wait_for_completion(awake);
		return;
	}

	sleep_below(depth - 1, awake);
	/* There is more to do, so the frame stays. */
	barrier();
}

static int sleeper(void *awake)
{
	sleep_below(16, awake);
	return 0;
}

/* A walk of a real stack takes as long as that of its made-up twin. */
static int compare_with_real(struct made_up *made_up, enum walk walk,
			     struct trace *real, struct trace *trace)
{
	DECLARE_COMPLETION_ONSTACK(awake);
	struct task_struct *task;
	int count, expected;

	task = kthread_run(sleeper, &awake, "walk_bench");
	if (IS_ERR(task))
		return PTR_ERR(task);
	get_task_struct(task);
	while (READ_ONCE(task->__state) != TASK_UNINTERRUPTIBLE || READ_ONCE(task->on_cpu))
		msleep(20);

	expected = measure(walk, task, real);
	complete(&awake);
	kthread_stop(task);
	put_task_struct(task);
	if (expected < 0 || !real->len) {
		pr_err("%s walk of a sleeping kthread: returned %d\n", walk_names[walk], expected);
		return -EIO;
	}

	count = measure_made_up(made_up, walk, real->entries, real->len, 0, trace);
	if (count >= 0 && count != expected) {
		pr_err("%s walk of %u entries: %d instructions for a kthread, %d for the same stack made up\n",
		       walk_names[walk], real->len, expected, count);
		return -EIO;
	}

	return count < 0 ? count : 0;
}

static u32 before_return;

static noinline void traced(void)
{
	before_return = counter();
}

/* From the last thing that a function does to the first one of its caller */
static noinline u32 measure_return(void)
{
	unsigned long flags;
	u32 end;

	local_irq_save(flags);
	start_counter();
	traced();
	end = counter();
	stop_counter();
	local_irq_restore(flags);

	return end - before_return;
}

static bool traced_entered;

static int enter_traced(struct ftrace_graph_ent *trace, struct fgraph_ops *gops)
{
	traced_entered = true;
	return 1;
}

static void leave_traced(struct ftrace_graph_ret *trace, struct fgraph_ops *gops)
{
}

static struct fgraph_ops traced_ops = {
	.entryfunc = enter_traced,
	.retfunc = leave_traced,
};

/*
 * Each time somebody registers he gets another place in the tracer's table, in
 * turn, and how many instructions it takes to find it depends on that. So
 * register until it is the place of the first time.
 */
static int start_tracing(void)
{
	typeof(register_ftrace_graph) *add = (void *)register_ftrace_graph_addr;
	typeof(unregister_ftrace_graph) *remove = (void *)unregister_ftrace_graph_addr;
	static int place = -1;
	int err;

	for (int i = 0; i < BITS_PER_LONG; i++) {
		err = add(&traced_ops);
		if (err)
			return err;
		if (place < 0)
			place = traced_ops.idx;
		if (place == traced_ops.idx)
			return 0;
		remove(&traced_ops);
	}

	return -EBUSY;
}

static int bench_traced_return(struct seq_file *seq)
{
	typeof(unregister_ftrace_graph) *remove = (void *)unregister_ftrace_graph_addr;
	u32 plain, first, second;
	int err;

	plain = measure_return();
	traced_entered = false;
	err = start_tracing();
	if (err) {
		pr_err("cannot trace a function: %d\n", err);
		return err;
	}
	first = measure_return();
	second = measure_return();
	remove(&traced_ops);

	if (!traced_entered || first != second) {
		pr_err("traced return: %u instructions, then %u%s\n", first, second,
		       traced_entered ? "" : ", and not traced");
		return -EIO;
	}

	seq_printf(seq, "fgraph-return %u\n", second - plain);
	return 0;
}

static int bench(struct seq_file *seq, struct made_up *made_up, struct trace *real,
		 struct trace *trace)
{
	const struct {
		const char *name;
		unsigned long address;
		bool exception;
	} texts[] = {
		{ "core", return_address_into(schedule) },
		{ "module", return_address_into(sleep_below) },
		{ "exception", return_address_into(schedule), true },
	};
	unsigned long entries[64];
	unsigned int nr_walks = arch_stack_walk_reliable_addr ? NR_WALKS : RELIABLE;

	BUILD_BUG_ON(THREAD_SIZE < 2 * ARRAY_SIZE(entries) * FRAME_WORDS * sizeof(long) +
		     sizeof(struct pt_regs));

	for (enum walk walk = 0; walk < nr_walks; walk++) {
		int err = compare_with_real(made_up, walk, real, trace);

		if (err)
			return err;

		for (int t = 0; t < ARRAY_SIZE(texts); t++) {
			/* Such a kernel has no walk that goes on there. */
			if (texts[t].exception && walk != BEST_EFFORT &&
			    !IS_ENABLED(CONFIG_ARM64_UNWIND_EXCEPTIONS))
				continue;
			for (int d = 0; d < ARRAY_SIZE(depths); d++) {
				unsigned int interrupted = 0;
				int count;

				for (int i = 0; i < depths[d] - 1; i++)
					entries[i] = texts[t].address;
				entries[depths[d] - 1] =
					return_address_into((void *)ret_from_fork_addr);
				if (texts[t].exception) {
					interrupted = depths[d] / 2;
					/* The call of the handler is the last but one. */
					entries[interrupted - 1] = el1h_64_irq_addr + 64;
					/* In a function that has its frame record */
					entries[interrupted] = real->entries[1];
				}

				count = measure_made_up(made_up, walk, entries, depths[d],
							interrupted, trace);
				if (count < 0)
					return count;
				seq_printf(seq, "%s %s %u %d\n", walk_names[walk],
					   texts[t].name, depths[d], count);
			}
		}
	}

	return bench_traced_return(seq);
}

static int walk_bench_show(struct seq_file *seq, void *unused)
{
	struct made_up made_up = {
		.task = kzalloc(sizeof(*made_up.task), GFP_KERNEL),
		.stack = kvzalloc(THREAD_SIZE, GFP_KERNEL),
	};
	struct trace *traces = kcalloc(2, sizeof(*traces), GFP_KERNEL);
	int ret = -ENOMEM;

	if (made_up.task && made_up.stack && traces)
		ret = bench(seq, &made_up, &traces[0], &traces[1]);

	kfree(traces);
	kvfree(made_up.stack);
	kfree(made_up.task);
	return ret;
}
DEFINE_SHOW_ATTRIBUTE(walk_bench);

static struct dentry *file;

static int __init walk_bench_init(void)
{
	int err;

	if (!arch_stack_walk_addr || !ret_from_fork_addr || !el1h_64_irq_addr || !register_ftrace_graph_addr ||
	    !unregister_ftrace_graph_addr) {
		pr_err("needs the addresses that are its parameters, from /proc/kallsyms\n");
		return -EINVAL;
	}
	if (!(read_sysreg(pmceid0_el0) & BIT(ARMV8_PMUV3_PERFCTR_INST_RETIRED))) {
		pr_err("this machine does not count instructions: QEMU does with -icount\n");
		return -ENODEV;
	}

	err = ftrace_set_filter_ip(&traced_ops.ops, (unsigned long)traced, 0, 0);
	if (err)
		return err;

	file = debugfs_create_file("walk_bench", 0400, NULL, NULL, &walk_bench_fops);
	if (IS_ERR(file))
		ftrace_free_filter(&traced_ops.ops);
	return PTR_ERR_OR_ZERO(file);
}

static void __exit walk_bench_exit(void)
{
	debugfs_remove(file);
	ftrace_free_filter(&traced_ops.ops);
}

module_init(walk_bench_init);
module_exit(walk_bench_exit);
MODULE_DESCRIPTION("Count the instructions of a stack walk");
MODULE_LICENSE("GPL");
