// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests for arch_stack_walk_reliable().
 *
 * One suite walks stacks that are made up: each is right, or wrong in one way. The other one
 * walks those of tasks, with return addresses that tracers have replaced among them. A walk
 * has to find exactly what is there, or has to be an error.
 */

#include <kunit/test.h>

#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/filter.h>
#include <linux/ftrace.h>
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/stacktrace.h>

#include <uapi/linux/sched/types.h>

#include <asm/insn.h>
#include <asm/sections.h>
#include <asm/stacktrace/frame.h>

#define PCS_MAX		64

struct trace {
	int ret;
	unsigned int nr;
	unsigned int size;
	unsigned long pcs[PCS_MAX];
};

static bool store_pc(void *cookie, unsigned long pc)
{
	struct trace *trace = cookie;

	if (trace->nr == trace->size)
		return false;
	trace->pcs[trace->nr++] = pc;
	return true;
}

static noinline void walk(struct trace *trace, struct task_struct *task)
{
	trace->nr = 0;
	trace->size = PCS_MAX;
	trace->ret = arch_stack_walk_reliable(store_pc, trace, task);
}

static void print(struct kunit *test, const struct trace *trace)
{
	kunit_info(test, "returned %d, with:", trace->ret);
	for (int i = 0; i < trace->nr; i++)
		kunit_info(test, "  %pS", (void *)trace->pcs[i]);
}

static unsigned long address_of(struct kunit *test, const char *name)
{
	unsigned long addr = kallsyms_lookup_name(name);

	KUNIT_ASSERT_NE_MSG(test, 0, addr, "there is no %s", name);
	return addr;
}

/*
 * Stacks that are made up: the records are at the start of the stack, one behind the other, and
 * the final one is where the pt_regs of a task are.
 */

#define RECORDS_MAX	8

struct stack {
	struct task_struct *task;
	struct frame_record *records;
	unsigned int nr;
};

static struct frame_record_meta *final_record(struct stack *stack)
{
	return &task_pt_regs(stack->task)->stackframe;
}

/* One more record: the function returns to @pc, whose own record is @fp */
static void push_at(struct stack *stack, unsigned long pc, unsigned long fp)
{
	stack->records[stack->nr].lr = pc;
	stack->records[stack->nr].fp = fp;
	stack->nr++;
}

static void push(struct stack *stack, unsigned long pc)
{
	push_at(stack, pc, (unsigned long)&stack->records[stack->nr + 1]);
}

static void push_last(struct stack *stack, unsigned long pc)
{
	push_at(stack, pc, (unsigned long)final_record(stack));
}

static void make_stack(struct kunit *test, struct stack *stack)
{
	void *memory = kunit_kzalloc(test, 2 * THREAD_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, memory);
	stack->task = kunit_kmalloc(test, arch_task_struct_size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, stack->task);
	*stack->task = *current;
	stack->task->ret_stack = NULL;
	stack->task->stack = PTR_ALIGN(memory, THREAD_SIZE);
	stack->records = stack->task->stack;
	stack->nr = 0;
	final_record(stack)->type = FRAME_META_TYPE_FINAL;
}

/* The task sleeps in a function that was called right before @pc, by that with @fp. */
static void walk_from(struct stack *stack, struct trace *trace, unsigned long pc,
		      const void *fp)
{
	stack->task->thread.cpu_context.pc = pc;
	stack->task->thread.cpu_context.fp = (unsigned long)fp;
	stack->task->thread.cpu_context.sp = (unsigned long)stack->records;
	walk(trace, stack->task);
}

/* Each function of a good stack: text, and what a user task begins in */
#define TEXT(n)		((unsigned long)schedule + (n) * AARCH64_INSN_SIZE)

static unsigned long entry_text(struct kunit *test)
{
	return address_of(test, "el0t_64_sync") + AARCH64_INSN_SIZE;
}

static void good_stack(struct kunit *test)
{
	unsigned long entry = entry_text(test);
	struct trace trace;
	struct stack stack;

	make_stack(test, &stack);
	push(&stack, TEXT(2));
	push(&stack, TEXT(3));
	push_last(&stack, entry);
	walk_from(&stack, &trace, TEXT(1), stack.records);

	KUNIT_EXPECT_EQ(test, 0, trace.ret);
	KUNIT_ASSERT_EQ(test, 4, trace.nr);
	KUNIT_EXPECT_EQ(test, TEXT(1), trace.pcs[0]);
	KUNIT_EXPECT_EQ(test, TEXT(2), trace.pcs[1]);
	KUNIT_EXPECT_EQ(test, TEXT(3), trace.pcs[2]);
	KUNIT_EXPECT_EQ(test, entry, trace.pcs[3]);

	/* All of it has to fit */
	trace.size = 3;
	trace.nr = 0;
	KUNIT_EXPECT_EQ(test, -EINVAL, arch_stack_walk_reliable(store_pc, &trace, stack.task));
}

/* A task that has not run yet begins at the first instruction of ret_from_fork(). */
static void never_ran(struct kunit *test)
{
	struct trace trace;
	struct stack stack;

	make_stack(test, &stack);
	walk_from(&stack, &trace, address_of(test, "ret_from_fork"), final_record(&stack));

	KUNIT_EXPECT_EQ(test, 0, trace.ret);
	KUNIT_EXPECT_EQ(test, 1, trace.nr);
}

/* One PC on a stack that is good but for it, as the return address of a call */
static int walk_with_pc(struct kunit *test, unsigned long pc)
{
	struct trace trace;
	struct stack stack;

	make_stack(test, &stack);
	push(&stack, pc);
	push(&stack, TEXT(2));
	push_last(&stack, entry_text(test));
	walk_from(&stack, &trace, TEXT(1), stack.records);

	return trace.ret;
}

static void text_accepted(struct kunit *test)
{
	/* In front of .irqentry.text, there may be padding. */
	KUNIT_EXPECT_EQ(test, 0, walk_with_pc(test, (unsigned long)__irqentry_text_start + 4));
	/* The first instruction behind the text may be behind its last call. */
	KUNIT_EXPECT_EQ(test, 0, walk_with_pc(test, (unsigned long)__unwind_text_end));
	/* There while the kernel boots; run again, it is not */
	KUNIT_EXPECT_EQ(test, system_state < SYSTEM_FREEING_INITMEM ? 0 : -EINVAL,
			walk_with_pc(test, address_of(test, "start_kernel") + 8));
}

static void text_refused(struct kunit *test)
{
	static unsigned long data;
	struct {
		const char *what;
		unsigned long pc;
	} cases[] = {
		{ "NULL", 0 },
		{ "user space", 0x400000 },
		{ "data", (unsigned long)&data },
		{ "misaligned", TEXT(2) + 2 },
		{ "in front of text", (unsigned long)__unwind_text_start },
		{ "behind text", (unsigned long)__unwind_text_end + 4 },
		{ "ftrace_caller", address_of(test, "ftrace_caller") + 8 },
		{ "a kretprobe's trampoline", (unsigned long)__kretprobe_trampoline + 4 },
		{ "a kretprobe's trampoline, without an instance",
			(unsigned long)__kretprobe_trampoline },
		{ "return_to_handler, without an entry", (unsigned long)return_to_handler },
		{ "cpu_switch_to", address_of(test, "cpu_switch_to") + 8 },
		{ "identity mapped", (unsigned long)__idmap_text_start + 8 },
		{ "the hypervisor", (unsigned long)__hyp_text_start + 8 },
	};

	for (int i = 0; i < ARRAY_SIZE(cases); i++)
		KUNIT_EXPECT_EQ_MSG(test, -EINVAL, walk_with_pc(test, cases[i].pc),
				    "a return address that is %s", cases[i].what);
}

/* The slot of an instruction which is executed out of line */
static void kprobe_slot_refused(struct kunit *test)
{
	struct kprobe kp = { .symbol_name = "vprintk", .offset = 8 };

	KUNIT_ASSERT_EQ(test, 0, register_kprobe(&kp));
	KUNIT_EXPECT_NOT_NULL(test, kp.ainsn.xol_insn);
	KUNIT_EXPECT_EQ(test, -EINVAL,
			walk_with_pc(test, (unsigned long)kp.ainsn.xol_insn + 4));
	unregister_kprobe(&kp);
}

/* A classic program has no symbol. */
static void bpf_accepted(struct kunit *test)
{
#if IS_ENABLED(CONFIG_NET) && IS_ENABLED(CONFIG_BPF_JIT_ALWAYS_ON)
	struct sock_filter insns[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};
	struct sock_fprog_kern fprog = { .len = ARRAY_SIZE(insns), .filter = insns };
	struct bpf_prog *prog;
	unsigned long pc;

	KUNIT_ASSERT_EQ(test, 0, bpf_prog_create(&prog, &fprog));
	pc = (unsigned long)prog->bpf_func + 8;
	KUNIT_EXPECT_FALSE(test, is_bpf_text_address(pc));
	KUNIT_EXPECT_EQ(test, 0, walk_with_pc(test, pc));
	bpf_prog_destroy(prog);
#else
	kunit_skip(test, "there is no JIT for each program");
#endif
}

static void wrong_end(struct kunit *test)
{
	unsigned long entry = entry_text(test);
	struct trace trace;
	struct stack stack;

	/* Not behind entry code */
	make_stack(test, &stack);
	push_last(&stack, TEXT(2));
	walk_from(&stack, &trace, TEXT(1), stack.records);
	KUNIT_EXPECT_EQ(test, -EINVAL, trace.ret);

	/* Entry code that has a plain record */
	make_stack(test, &stack);
	push(&stack, entry);
	push_last(&stack, entry);
	walk_from(&stack, &trace, TEXT(1), stack.records);
	KUNIT_EXPECT_EQ(test, -EINVAL, trace.ret);

	/* A final record that is not the task's */
	make_stack(test, &stack);
	push(&stack, entry);
	stack.records[2].fp = FRAME_META_TYPE_FINAL;
	walk_from(&stack, &trace, TEXT(1), stack.records);
	KUNIT_EXPECT_EQ(test, -EINVAL, trace.ret);

	/* One of no known type */
	make_stack(test, &stack);
	push_last(&stack, entry);
	final_record(&stack)->type = FRAME_META_TYPE_NONE;
	walk_from(&stack, &trace, TEXT(1), stack.records);
	KUNIT_EXPECT_EQ(test, -EINVAL, trace.ret);

	/* An exception, taken from a function with a good record */
	make_stack(test, &stack);
	push_last(&stack, entry);
	final_record(&stack)->type = FRAME_META_TYPE_PT_REGS;
	task_pt_regs(stack.task)->pc = TEXT(2);
	walk_from(&stack, &trace, TEXT(1), stack.records);
	KUNIT_EXPECT_EQ(test, -EINVAL, trace.ret);
}

static void wrong_record(struct kunit *test)
{
	struct trace trace;
	struct stack stack;

	make_stack(test, &stack);
	push(&stack, TEXT(2));
	push(&stack, TEXT(3));
	push_last(&stack, entry_text(test));

	walk_from(&stack, &trace, TEXT(1), stack.records);
	KUNIT_ASSERT_EQ(test, 0, trace.ret);

	walk_from(&stack, &trace, TEXT(1), (void *)stack.records + 4);
	KUNIT_EXPECT_EQ_MSG(test, -EINVAL, trace.ret, "misaligned");
	walk_from(&stack, &trace, TEXT(1), stack.records - 1);
	KUNIT_EXPECT_EQ_MSG(test, -EINVAL, trace.ret, "below the stack");
	walk_from(&stack, &trace, TEXT(1), (void *)stack.records + THREAD_SIZE);
	KUNIT_EXPECT_EQ_MSG(test, -EINVAL, trace.ret, "above the stack");

	stack.records[1].fp = (unsigned long)&stack.records[1];
	walk_from(&stack, &trace, TEXT(1), stack.records);
	KUNIT_EXPECT_EQ_MSG(test, -EINVAL, trace.ret, "a loop");
	stack.records[1].fp = (unsigned long)&stack.records[0];
	walk_from(&stack, &trace, TEXT(1), stack.records);
	KUNIT_EXPECT_EQ_MSG(test, -EINVAL, trace.ret, "downwards");
}

static struct kunit_case made_up_cases[] = {
	KUNIT_CASE(good_stack),
	KUNIT_CASE(never_ran),
	KUNIT_CASE(text_accepted),
	KUNIT_CASE(text_refused),
	KUNIT_CASE(kprobe_slot_refused),
	KUNIT_CASE(bpf_accepted),
	KUNIT_CASE(wrong_end),
	KUNIT_CASE(wrong_record),
	{}
};

static struct kunit_suite made_up_suite = {
	.name = "arm64_stacktrace_made_up",
	.test_cases = made_up_cases,
};

/*
 * Stacks of tasks
 */

static bool in_function(unsigned long pc, const void *function)
{
	unsigned long size;

	return kallsyms_lookup_size_offset((unsigned long)function, &size, NULL) &&
	       pc - (unsigned long)function - 1 < size;
}

/* Expect a reliable trace that ends with these functions. */
static void expect_end(struct kunit *test, const struct trace *trace,
		       const void * const *functions, int nr)
{
	bool good = trace->ret == 0 && trace->nr >= nr;

	for (int i = 0; good && i < nr; i++)
		good = in_function(trace->pcs[trace->nr - nr + i], functions[i]);

	KUNIT_EXPECT_TRUE(test, good);
	if (!good)
		print(test, trace);
}

/* The same, or an error. */
static void expect_end_or_error(struct kunit *test, const struct trace *trace,
				const void * const *functions, int nr)
{
	if (trace->ret)
		KUNIT_EXPECT_EQ(test, -EINVAL, trace->ret);
	else
		expect_end(test, trace, functions, nr);
}

/* Walk a task that does not run, and cannot begin to meanwhile. */
static int walk_pinned(struct task_struct *task, void *trace)
{
	if (task_curr(task))
		return -EBUSY;
	walk(trace, task);
	return 0;
}

static void walk_blocked(struct kunit *test, struct task_struct *task, struct trace *trace)
{
	int ret = -EBUSY;

	for (int i = 0; i < 1000 && ret; i++) {
		ret = task_call_func(task, walk_pinned, trace);
		if (ret)
			usleep_range(1000, 2000);
	}
	KUNIT_ASSERT_EQ(test, 0, ret);
}

struct sleeper {
	struct completion started;
	struct completion leave;
	struct trace trace;
	bool walk;
};

static noinline __noclone void inner(struct sleeper *sleeper)
{
	if (sleeper->walk)
		walk(&sleeper->trace, current);
	complete(&sleeper->started);
	wait_for_completion(&sleeper->leave);
	barrier();
}

static noinline __noclone void outer(struct sleeper *sleeper)
{
	inner(sleeper);
	barrier();
}

static int sleep_in_outer(void *data)
{
	outer(data);
	return 0;
}

/* Walk a thread that sleeps, or that walks itself, in inner(). */
static void walk_sleeper(struct kunit *test, struct sleeper *sleeper, bool itself)
{
	struct task_struct *task;

	init_completion(&sleeper->started);
	init_completion(&sleeper->leave);
	sleeper->walk = itself;
	task = kthread_create(sleep_in_outer, sleeper, "stacktrace_kunit");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	get_task_struct(task);
	wake_up_process(task);
	wait_for_completion(&sleeper->started);
	if (!itself)
		walk_blocked(test, task, &sleeper->trace);
	complete(&sleeper->leave);
	kthread_stop_put(task);
}

static void expect_sleeper(struct kunit *test)
{
	const void * const functions[] = {
		inner, outer, sleep_in_outer, (void *)address_of(test, "kthread"),
		(void *)address_of(test, "ret_from_fork"),
	};
	struct sleeper *sleeper = kunit_kzalloc(test, sizeof(*sleeper), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, sleeper);
	walk_sleeper(test, sleeper, false);
	expect_end(test, &sleeper->trace, functions, ARRAY_SIZE(functions));
	walk_sleeper(test, sleeper, true);
	expect_end(test, &sleeper->trace, functions, ARRAY_SIZE(functions));
	/* Nothing but what is above, and walk() */
	KUNIT_EXPECT_EQ(test, ARRAY_SIZE(functions) + 1, sleeper->trace.nr);
}

static void kthread_walked(struct kunit *test)
{
	expect_sleeper(test);
}

/* Each CPU's idle task, while the CPU runs this one */
static void idle_walked(struct kunit *test)
{
	const void * const first[] = {
		(void *)address_of(test, "start_kernel"),
		(void *)address_of(test, "__primary_switched"),
	};
	const void * const other[] = {
		(void *)address_of(test, "secondary_start_kernel"),
		(void *)address_of(test, "__secondary_switched"),
	};
	struct trace *trace = kunit_kzalloc(test, sizeof(*trace), GFP_KERNEL);
	unsigned int cpu;

	KUNIT_ASSERT_NOT_NULL(test, trace);
	for_each_online_cpu(cpu) {
		KUNIT_ASSERT_EQ(test, 0, set_cpus_allowed_ptr(current, cpumask_of(cpu)));
		preempt_disable();
		walk(trace, idle_task(cpu));
		preempt_enable();
		expect_end(test, trace, idle_task(cpu) == &init_task ? first : other, 2);
	}
	set_cpus_allowed_ptr(current, cpu_possible_mask);
}

static int spin(void *data)
{
	bool *started = data;

	WRITE_ONCE(*started, true);
	while (!kthread_should_stop())
		cpu_relax();
	return 0;
}

/*
 * A thread that is preempted by an interrupt, which is an exception of the kernel. A walk need
 * not get over that.
 */
static void preempted_walked(struct kunit *test)
{
	const void * const functions[] = {
		spin, (void *)address_of(test, "kthread"),
		(void *)address_of(test, "ret_from_fork"),
	};
	struct trace *trace = kunit_kzalloc(test, sizeof(*trace), GFP_KERNEL);
	unsigned int cpu = cpumask_first(cpu_online_mask);
	struct task_struct *task;
	bool started = false;

	KUNIT_ASSERT_NOT_NULL(test, trace);
	task = kthread_create_on_cpu(spin, &started, cpu, "stacktrace_spin");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	KUNIT_ASSERT_EQ(test, 0, set_cpus_allowed_ptr(current, cpumask_of(cpu)));
	wake_up_process(task);
	while (!READ_ONCE(started))
		usleep_range(1000, 2000);
	usleep_range(1000, 2000);
	/* It has this CPU when this one does not, so it waits now. */
	preempt_disable();
	walk(trace, task);
	preempt_enable();
	expect_end_or_error(test, trace, functions, ARRAY_SIZE(functions));
	kthread_stop(task);
	set_cpus_allowed_ptr(current, cpu_possible_mask);
}

/*
 * Tracers that replace the return address of outer(), or of inner()
 */

static int fgraph_entry(struct ftrace_graph_ent *trace, struct fgraph_ops *gops,
			struct ftrace_regs *fregs)
{
	return 1;
}

static void fgraph_return(struct ftrace_graph_ret *trace, struct fgraph_ops *gops,
			  struct ftrace_regs *fregs)
{
}

static struct fgraph_ops gops = { .entryfunc = fgraph_entry, .retfunc = fgraph_return };

static void fgraph_start(struct kunit *test, void *function)
{
	KUNIT_ASSERT_EQ(test, 0, ftrace_set_filter_ip(&gops.ops, (unsigned long)function, 0, 1));
	KUNIT_ASSERT_EQ(test, 0, register_ftrace_graph(&gops));
}

static int ignore_return(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	return 0;
}

static void fgraph_walked(struct kunit *test)
{
	fgraph_start(test, outer);
	expect_sleeper(test);
	unregister_ftrace_graph(&gops);
	fgraph_start(test, inner);
	expect_sleeper(test);
	unregister_ftrace_graph(&gops);
}

static void kretprobe_walked(struct kunit *test)
{
	struct kretprobe rp = {
		.kp.addr = (kprobe_opcode_t *)outer, .handler = ignore_return, .maxactive = 4,
	};

	KUNIT_ASSERT_EQ(test, 0, register_kretprobe(&rp));
	expect_sleeper(test);
	fgraph_start(test, outer);
	expect_sleeper(test);
	unregister_ftrace_graph(&gops);
	KUNIT_EXPECT_EQ(test, 0, rp.nmissed);
	unregister_kretprobe(&rp);
}

static struct trace from_callback;
static struct task_struct *callback_task;

static void ftrace_callback(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *op,
			    struct ftrace_regs *fregs)
{
	if (current == callback_task)
		walk(&from_callback, current);
}

static int kprobe_callback(struct kprobe *kp, struct pt_regs *regs)
{
	if (current == callback_task)
		walk(&from_callback, current);
	return 0;
}

static noinline __noclone void traced(void)
{
	barrier();
}

/* It may have redirected the task. */
static void ftrace_callback_refused(struct kunit *test)
{
	static struct ftrace_ops ops = { .func = ftrace_callback };

	callback_task = current;
	from_callback.ret = 1;
	KUNIT_ASSERT_EQ(test, 0, ftrace_set_filter_ip(&ops, (unsigned long)traced, 0, 1));
	KUNIT_ASSERT_EQ(test, 0, register_ftrace_function(&ops));
	traced();
	unregister_ftrace_function(&ops);
	KUNIT_EXPECT_EQ(test, -EINVAL, from_callback.ret);
	KUNIT_EXPECT_GT(test, from_callback.nr, 0);
}

/* An exception, as above */
static void kprobe_callback_walked(struct kunit *test)
{
	struct kprobe kp = {
		.addr = (kprobe_opcode_t *)traced, .pre_handler = kprobe_callback,
	};
	const unsigned long *pcs = from_callback.pcs;
	bool found = false;

	callback_task = current;
	from_callback.ret = 1;
	KUNIT_ASSERT_EQ(test, 0, register_kprobe(&kp));
	traced();
	unregister_kprobe(&kp);
	if (from_callback.ret) {
		KUNIT_EXPECT_EQ(test, -EINVAL, from_callback.ret);
		return;
	}
	for (int i = 0; !found && i + 1 < from_callback.nr; i++)
		found = pcs[i] == (unsigned long)traced &&
			in_function(pcs[i + 1], kprobe_callback_walked);
	KUNIT_EXPECT_TRUE(test, found);
	if (!found)
		print(test, &from_callback);
}

static struct kunit_case task_cases[] = {
	KUNIT_CASE(kthread_walked),
	KUNIT_CASE(idle_walked),
	KUNIT_CASE(preempted_walked),
	KUNIT_CASE(fgraph_walked),
	KUNIT_CASE(kretprobe_walked),
	KUNIT_CASE(ftrace_callback_refused),
	KUNIT_CASE(kprobe_callback_walked),
	{}
};

static struct kunit_suite task_suite = {
	.name = "arm64_stacktrace_tasks",
	.test_cases = task_cases,
};

kunit_test_suites(&made_up_suite, &task_suite);
