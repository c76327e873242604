// SPDX-License-Identifier: GPL-2.0-only
/*
 * The witness: checks reliable stack walks while the kernel runs.
 *
 * A timer interrupts each CPU again and again, and has another CPU interrupted by
 * an IPI, which is a pseudo-NMI if there are any. Both walk the stack of what they have
 * interrupted in the kernel. At the next task switch after a timer interrupt the
 * scheduler has both tasks walked: the one that goes, and the one that comes,
 * which has been descheduled until then and cannot run as long as the run queue is
 * locked.
 *
 * A walk that is reliable is compared with the shadow call stack, if there is one.
 * stacktrace_witness_compare.c says what has to be. Nothing of what it is compared
 * with comes from the walk. To find the registers of exceptions, frame records are
 * followed here, too; but they only have to lead to the next exception. Which return
 * addresses are those of code that handles exceptions is all that is asked of what the
 * walk asks, too.
 *
 * Everything here runs with interrupts off, or is interrupted by an NMI alone, so
 * there is one set of buffers for NMIs and one for all else.
 */

#define pr_fmt(fmt) "stacktrace_witness: " fmt

#include <linux/cpuhotplug.h>
#include <linux/cpumask.h>
#include <linux/debugfs.h>
#include <linux/filter.h>
#include <linux/ftrace.h>
#include <linux/hrtimer.h>
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/moduleparam.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/prandom.h>
#include <linux/scs.h>
#include <linux/seq_file.h>
#include <linux/smp.h>
#include <linux/stack_walk_error.h>
#include <linux/stacktrace.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <linux/uaccess.h>

#include <trace/events/sched.h>

#include <asm/insn.h>
#include <asm/irq_regs.h>
#include <asm/pointer_auth.h>
#include <asm/sections.h>
#include <asm/stacktrace.h>
#include <asm/stacktrace_witness.h>
#include <asm/unwind_text.h>

/* str x30, [x18], #8 and ldr x30, [x18, #-8]! */
#define SCS_PUSH	0xf800865e
#define SCS_POP		0xf85f8e5e

/* Disagreements that are printed. One is enough to be worried about. */
#define MAX_REPORTS	10

/* Different places at which walks end that are listed, per CPU */
#define MAX_PLACES	64

/* No frame records are followed beyond this many, nor branches. */
#define MAX_RECORDS	256
#define MAX_WAYS	32

enum witness_origin {
	WITNESS_TIMER,
	WITNESS_IPI,
	WITNESS_NMI,
	WITNESS_SWITCH_OUT,
	WITNESS_SWITCH_IN,
	WITNESS_NR_ORIGINS
};

static const char * const origin_text[WITNESS_NR_ORIGINS] = {
	[WITNESS_TIMER]		= "timer",
	[WITNESS_IPI]		= "ipi",
	[WITNESS_NMI]		= "nmi",
	[WITNESS_SWITCH_OUT]	= "switch-out",
	[WITNESS_SWITCH_IN]	= "switch-in",
};

/* What is done to traces on purpose */
enum witness_fault {
	FAULT_NONE,
	FAULT_DROP,
	FAULT_CALLER,
	FAULT_DOUBLE,
	FAULT_SWAP,
	FAULT_FOREIGN,
	NR_FAULTS
};

static const char * const fault_text[NR_FAULTS] = {
	[FAULT_NONE]	= "none",
	[FAULT_DROP]	= "drop",
	[FAULT_CALLER]	= "caller",
	[FAULT_DOUBLE]	= "double",
	[FAULT_SWAP]	= "swap",
	[FAULT_FOREIGN]	= "foreign",
};

struct place {
	unsigned long pc;
	unsigned long nr;
	enum stack_walk_reason reason;
};

struct counters {
	unsigned long walks[WITNESS_NR_ORIGINS];
	unsigned long reliable;
	unsigned long compared;
	unsigned long undecided;
	unsigned long not_compared;
	unsigned long disagreements;
	unsigned long errors[STACK_WALK_NR_REASONS];
};

/* One for NMIs and one for all else, per CPU */
struct witness_context {
	struct counters counters;
	unsigned long not_listed;
	struct place places[MAX_PLACES];
	struct witness_evidence evidence;
};

struct witness {
	struct hrtimer timer;
	struct rnd_state random;
	bool switch_is_due;
	bool was_offline;
	struct witness_context contexts[2];
};

static DEFINE_PER_CPU(struct witness, witnesses);

static atomic_t nr_reports;

/* How many more traces are to be damaged, how, and how many were, and were found */
static unsigned int fault;
static atomic_t faults_left;
static atomic_t faults_made;
static atomic_t faults_found;

static unsigned int period_us = 10000;

static bool witness_consume(void *cookie, unsigned long pc)
{
	struct witness_list *list = cookie;

	if (list->nr == ARRAY_SIZE(list->pc))
		return false;

	list->pc[list->nr++] = pc;
	return true;
}

/* What kprobes have put a BRK in place of */
static u32 read_insn(unsigned long pc)
{
	u32 insn = le32_to_cpup((__le32 *)pc);
	struct kprobe *probe;

	if (IS_ENABLED(CONFIG_KPROBES) && aarch64_insn_is_brk(insn)) {
		probe = get_kprobe((kprobe_opcode_t *)pc);
		if (probe)
			return le32_to_cpu(probe->opcode);
	}
	return insn;
}

static bool is_call(u32 insn)
{
	return aarch64_insn_is_bl(insn) || aarch64_insn_is_blr(insn);
}

static bool cannot_fall_through(u32 insn)
{
	return aarch64_insn_is_b(insn) || aarch64_insn_is_br(insn) ||
	       aarch64_insn_is_ret(insn) || aarch64_insn_is_eret(insn) ||
	       aarch64_insn_is_brk(insn);
}

/* A function's start and size. The latter is 0 if there is no function. */
static unsigned long symbol_at(unsigned long pc, unsigned long *size)
{
	unsigned long offset;

	if (!kallsyms_lookup_size_offset(pc, size, &offset)) {
		*size = 0;
		return 0;
	}
	return ALIGN(pc - offset, AARCH64_INSN_SIZE);
}

/* What the compiler has put elsewhere of a function, and nobody calls */
static bool is_cold_part(unsigned long pc)
{
	char name[KSYM_SYMBOL_LEN];

	return sprint_symbol_no_offset(name, pc) && strstr(name, ".cold");
}

/* Back to where the function pushes, or pops, or begins, if there is but one way. */
static enum witness_push look_back(unsigned long pc, unsigned long start)
{
	bool passed_call = false;

	while (pc > start) {
		u32 insn;

		pc -= AARCH64_INSN_SIZE;
		insn = read_insn(pc);
		/* Another way may lead to what is behind a call that does not return. */
		if (passed_call && (insn == SCS_PUSH || insn == SCS_POP))
			return WITNESS_SOMEWHERE;
		if (insn == SCS_PUSH)
			return WITNESS_PUSHED;
		if (insn == SCS_POP)
			return WITNESS_NOT_PUSHED;
		if (cannot_fall_through(insn))
			return WITNESS_SOMEWHERE;
		/* Without a push in front of it, it is the call of ftrace_caller. */
		passed_call |= is_call(insn);
	}

	return is_cold_part(start) ? WITNESS_SOMEWHERE : WITNESS_NOT_PUSHED;
}

/* Where to go on with a function's instructions, each place once */
struct ways {
	unsigned int nr;
	unsigned long pc[MAX_WAYS];
};

static void add_way(struct ways *ways, unsigned long pc)
{
	for (unsigned int i = 0; i < ways->nr; i++)
		if (ways->pc[i] == pc)
			return;
	if (ways->nr < ARRAY_SIZE(ways->pc))
		ways->pc[ways->nr++] = pc;
}

/*
 * On to what only a function that has pushed does, or only one that has not. There are
 * no tail calls, arm64 kernels are built with -fno-optimize-sibling-calls: a branch to
 * elsewhere leads to another part of the function.
 */
static enum witness_push look_ahead(unsigned long pc, unsigned long start,
				    unsigned long end)
{
	struct ways ways = { .nr = 1, .pc = { pc } };

	for (unsigned int i = 0; i < ways.nr; i++) {
		for (pc = ways.pc[i]; pc >= start && pc < end; pc += AARCH64_INSN_SIZE) {
			u32 insn = read_insn(pc);

			if (insn == SCS_POP || is_call(insn))
				return WITNESS_PUSHED;
			if (insn == SCS_PUSH || aarch64_insn_is_ret(insn))
				return WITNESS_NOT_PUSHED;
			if (aarch64_insn_is_branch_imm(insn))
				add_way(&ways, pc + aarch64_get_branch_offset(insn));
			if (cannot_fall_through(insn))
				break;
		}
	}

	return WITNESS_SOMEWHERE;
}

/*
 * Where a function has its return address, by its instructions alone. All ways to an
 * instruction have the same answer, and so have all ways from it.
 */
static enum witness_push witness_push(unsigned long pc)
{
	unsigned long size, start, end, at;
	enum witness_push push;

	if (!core_kernel_text(pc) && bpf_text_find(pc))
		return WITNESS_NEVER;
	/* It may be gone, and what is on a stack then, has made a call: start_kernel(). */
	if (init_section_contains((void *)pc, 1))
		return WITNESS_SOMEWHERE;
	if (!__kernel_text_address(pc))
		return WITNESS_UNKNOWN;

	start = symbol_at(pc, &size);
	if (!size)
		return WITNESS_UNKNOWN;
	end = start + size;
	for (at = start; at < end; at += AARCH64_INSN_SIZE)
		if (read_insn(at) == SCS_PUSH)
			break;
	/* The rest of the function may push. */
	if (at >= end && !is_cold_part(start))
		return WITNESS_NEVER;

	push = look_back(pc, start);
	return push == WITNESS_SOMEWHERE ? look_ahead(pc, start, end) : push;
}

static bool witness_calls(unsigned long from, unsigned long to);

static const struct witness_code kernel_code = {
	.push = witness_push,
	.is_exception = unwind_text_exception,
	.calls = witness_calls,
#ifdef CONFIG_FUNCTION_GRAPH_TRACER
	.fgraph = (unsigned long)return_to_handler,
#endif
#ifdef CONFIG_KRETPROBES
	.kretprobe = (unsigned long)__kretprobe_trampoline,
#endif
};

/*
 * Is there a call, and does it lead to the function's start? At an ftrace call site it may
 * lead to another function in the end, in modules there may be a PLT in between, and what
 * is in a return trampoline was not called there.
 */
static bool witness_calls(unsigned long from, unsigned long to)
{
	unsigned long size, start = symbol_at(to, &size);
	u32 insn;

	if (!size || !core_kernel_text(to) || ftrace_location(to) ||
	    start == kernel_code.fgraph || start == kernel_code.kretprobe)
		return true;
	if (!core_kernel_text(from))
		return __kernel_text_address(from) || bpf_text_find(from);

	insn = read_insn(from);
	return aarch64_insn_is_blr(insn) ||
	       (aarch64_insn_is_bl(insn) && from + aarch64_get_branch_offset(insn) == start);
}

static void add(struct witness_list *list, unsigned long pc)
{
	if (list->nr < ARRAY_SIZE(list->pc))
		list->pc[list->nr++] = ptrauth_strip_kernel_insn_pac(pc);
}

#ifdef CONFIG_SHADOW_CALL_STACK
static bool add_shadow(struct witness_list *list, const void *base, const void *sp)
{
	const unsigned long *entry = sp;

	if (!base || sp - base < 0 || sp - base > SCS_SIZE ||
	    !IS_ALIGNED((unsigned long)sp, sizeof(*entry)))
		return false;

	/* KASAN has it that nobody reads these. */
	while ((const void *)entry > base) {
		entry--;
		add(list, READ_ONCE_NOCHECK(*entry));
	}
	return true;
}

/* False if there is no shadow call stack, or @sp is on none that we know of. */
static bool collect_shadow(struct witness_list *list, struct task_struct *task,
			   const void *sp)
{
	list->nr = 0;
	if (!scs_is_enabled())
		return false;

	if (task == current && add_shadow(list, raw_cpu_read(irq_shadow_call_stack_ptr), sp))
		sp = task_scs_sp(task);
	return add_shadow(list, task_scs(task), sp);
}

static __always_inline const void *shadow_sp(void)
{
	const void *sp;

	asm volatile("mov %0, x18" : "=r" (sp));
	return sp;
}
#else
static bool collect_shadow(struct witness_list *list, struct task_struct *task,
			   const void *sp)
{
	return false;
}

static __always_inline const void *shadow_sp(void)
{
	return NULL;
}

static const void *task_scs_sp(const struct task_struct *task)
{
	return NULL;
}
#endif

static bool is_on_stack(const struct task_struct *task, unsigned long addr, size_t size)
{
	return IS_ALIGNED(addr, 8) && (on_task_stack(task, addr, size) ||
				       (task == current && on_irq_stack(addr, size)));
}

static void collect_regs(struct witness_evidence *evidence,
			 const struct task_struct *task, unsigned long fp)
{
	evidence->nr_regs = 0;
	for (unsigned int i = 0; i < MAX_RECORDS && is_on_stack(task, fp, 16); i++) {
		const unsigned long *record = (unsigned long *)fp;
		const struct pt_regs *regs;
		unsigned long ra = 0;

		fp = READ_ONCE(record[0]);
		if (!unwind_text_exception(ptrauth_strip_kernel_insn_pac(record[1]) -
					   AARCH64_INSN_SIZE))
			continue;

		regs = (struct pt_regs *)(fp - offsetof(struct pt_regs, stackframe));
		if (!is_on_stack(task, (unsigned long)regs, sizeof(*regs)) ||
		    evidence->nr_regs == WITNESS_MAX_REGS)
			return;
		fp = regs->regs[29];
		if (is_on_stack(task, fp, 16))
			ra = READ_ONCE(((unsigned long *)fp)[1]);
		evidence->regs[evidence->nr_regs++] = (struct witness_regs) {
			.pc = regs->pc,
			.lr = ptrauth_strip_kernel_insn_pac(regs->regs[30]),
			.record = ptrauth_strip_kernel_insn_pac(ra),
		};
	}
}

/* The originals of return addresses that were replaced, in order */
static void collect_originals(struct witness_evidence *evidence, struct task_struct *task)
{
	evidence->fgraph.nr = 0;
	evidence->kretprobe.nr = 0;
	/* Its CPU came back, and the calls that it was in when that went away never will. */
	evidence->stale = is_idle_task(task) &&
			  READ_ONCE(per_cpu(witnesses.was_offline, task_cpu(task)));
#ifdef CONFIG_FUNCTION_GRAPH_TRACER
	for (int i = 0; task->ret_stack; i++) {
		struct ftrace_ret_stack *entry = ftrace_graph_get_ret_stack(task, i);

		if (!entry)
			break;
		add(&evidence->fgraph, entry->ret);
	}
#endif
#ifdef CONFIG_KRETPROBES
	for (struct llist_node *node = task->kretprobe_instances.first; node; node = node->next) {
		unsigned long ra;

		ra = (unsigned long)container_of(node, struct kretprobe_instance,
						 llist)->ret_addr;
		/* Of several probes of a function the oldest has the original. */
		if (!is_kretprobe_trampoline(ra))
			add(&evidence->kretprobe, ra);
	}
#endif
}

static void print_list(const char *what, const struct witness_list *list, unsigned int at)
{
	pr_warn("%s:\n", what);
	for (unsigned int i = 0; i < list->nr; i++)
		pr_warn("%s %3u %pSb\n", i == at ? ">" : " ", i, (void *)list->pc[i]);
}

static void report(enum witness_origin origin, const struct task_struct *task,
		   const struct witness_evidence *evidence,
		   struct witness_verdict verdict, enum witness_fault damaged)
{
	if (atomic_inc_return(&nr_reports) > MAX_REPORTS)
		return;

	/* The scheduler's locks may be held. */
	printk_deferred_enter();
	pr_warn("%s[%d], walked from %s%s%s: entry %u of the trace: %s\n",
		task->comm, task->pid, origin_text[origin],
		damaged ? ", damaged on purpose: " : "",
		damaged ? fault_text[damaged] : "",
		verdict.trace, witness_finding_text(verdict.finding));
	print_list("trace", &evidence->trace, verdict.trace);
	print_list("shadow call stack", &evidence->shadow, verdict.shadow);
	for (unsigned int i = 0; i < evidence->nr_regs; i++)
		pr_warn("exception at %pSb, x30 %pSb, frame record %pSb\n",
			(void *)evidence->regs[i].pc, (void *)evidence->regs[i].lr,
			(void *)evidence->regs[i].record);
	print_list("replaced by the function graph tracer", &evidence->fgraph, UINT_MAX);
	print_list("replaced by kretprobes", &evidence->kretprobe, UINT_MAX);
	WARN(1, "a reliable stack trace and the shadow call stack disagree\n");
	printk_deferred_exit();
}

/* The entry that follows the PC of an exception, 0 if there is none */
static unsigned int caller_of_interrupted(const struct witness_list *trace, u32 random)
{
	unsigned int nr = trace->nr - 2;

	for (unsigned int i = 0; i < nr; i++) {
		unsigned int at = 2 + (random + i) % nr;

		if (unwind_text_exception(trace->pc[at - 2] - AARCH64_INSN_SIZE))
			return at;
	}
	return 0;
}

/* Where schedule() is returned to, when it has pushed: for most it is no caller. */
static unsigned long foreign_return_address(void)
{
	unsigned long size, pc = symbol_at((unsigned long)schedule, &size);
	unsigned long end = pc + size;
	bool pushed = false;

	for (; pc < end; pc += AARCH64_INSN_SIZE) {
		u32 insn = read_insn(pc);

		pushed |= insn == SCS_PUSH;
		if (pushed && is_call(insn))
			return pc + AARCH64_INSN_SIZE;
	}
	return 0;
}

/* Do something to the trace that must not go unnoticed. */
static bool damage(struct witness_list *trace, enum witness_fault what, u32 random)
{
	unsigned long pc;
	unsigned int at;

	if (trace->nr < 3 || trace->nr == ARRAY_SIZE(trace->pc))
		return false;

	at = 1 + random % (trace->nr - 2);
	switch (what) {
	case FAULT_CALLER:
		at = caller_of_interrupted(trace, random);
		if (!at)
			return false;
		fallthrough;
	case FAULT_DROP:
		trace->nr--;
		memmove(&trace->pc[at], &trace->pc[at + 1],
			(trace->nr - at) * sizeof(trace->pc[0]));
		return true;
	case FAULT_DOUBLE:
		memmove(&trace->pc[at + 1], &trace->pc[at],
			(trace->nr - at) * sizeof(trace->pc[0]));
		trace->nr++;
		return true;
	case FAULT_SWAP:
		swap(trace->pc[at], trace->pc[at + 1]);
		return trace->pc[at] != trace->pc[at + 1];
	case FAULT_FOREIGN:
		pc = foreign_return_address();
		swap(trace->pc[at], pc);
		return trace->pc[at] && trace->pc[at] != pc;
	default:
		return false;
	}
}

static void put_in_fault(enum witness_origin origin, const struct task_struct *task,
			 struct witness_evidence *evidence, u32 random)
{
	enum witness_fault what = READ_ONCE(fault);
	struct witness_verdict verdict;

	if (!damage(&evidence->trace, what, random) ||
	    atomic_dec_if_positive(&faults_left) < 0)
		return;

	atomic_inc(&faults_made);
	verdict = witness_compare(evidence, &kernel_code);
	if (verdict.finding != WITNESS_AGREE) {
		atomic_inc(&faults_found);
		report(origin, task, evidence, verdict, what);
	}
}

static void count_error(struct witness_context *context, const struct stack_walk_error *err)
{
	context->counters.errors[err->reason]++;
	for (unsigned int i = 0; i < MAX_PLACES; i++) {
		struct place *place = &context->places[i];

		if (!place->nr) {
			place->pc = err->pc;
			place->reason = err->reason;
		}
		if (place->pc == err->pc && place->reason == err->reason) {
			place->nr++;
			return;
		}
	}
	context->not_listed++;
}

/*
 * Walk and compare. In this function the shadow call stack of the current task begins
 * with our caller, and the trace with us.
 */
static noinline void witness_walk(enum witness_origin origin, struct task_struct *task)
{
	struct witness *witness = this_cpu_ptr(&witnesses);
	struct witness_context *context = &witness->contexts[!!in_nmi()];
	struct witness_evidence *evidence = &context->evidence;
	struct stack_walk_error err = {};
	struct witness_verdict verdict;
	unsigned long fp;
	const void *sp;

	evidence->trace.nr = 0;
	context->counters.walks[origin]++;
	if (arch_stack_walk_reliable_reason(witness_consume, &evidence->trace, task, &err)) {
		count_error(context, &err);
		return;
	}
	context->counters.reliable++;

	sp = task == current ? shadow_sp() : task_scs_sp(task);
	fp = task == current ? (unsigned long)current_frame_record() :
			       thread_saved_fp(task);
	if (!collect_shadow(&evidence->shadow, task, sp)) {
		context->counters.not_compared++;
		return;
	}
	collect_regs(evidence, task, fp);
	collect_originals(evidence, task);

	verdict = witness_compare(evidence, &kernel_code);
	if (verdict.undecided)
		context->counters.undecided++;
	else
		context->counters.compared++;
	if (verdict.finding != WITNESS_AGREE) {
		context->counters.disagreements++;
		report(origin, task, evidence, verdict, FAULT_NONE);
	} else if (unlikely(atomic_read(&faults_left)) && !verdict.undecided) {
		put_in_fault(origin, task, evidence, prandom_u32_state(&witness->random));
	}
}

static void witness_interrupted(enum witness_origin origin)
{
	const struct pt_regs *regs = get_irq_regs();

	/* If it was user space there is nothing on the stack but ourselves. */
	if (regs && !user_mode(regs))
		witness_walk(origin, current);
}

/**
 * stacktrace_witness_ipi() - Walk the stack of what an IPI has interrupted
 *
 * Context: Interrupt or NMI.
 */
void stacktrace_witness_ipi(void)
{
	if (READ_ONCE(period_us))
		witness_interrupted(in_nmi() ? WITNESS_NMI : WITNESS_IPI);
}

static enum hrtimer_restart witness_tick(struct hrtimer *timer)
{
	struct witness *witness = container_of(timer, struct witness, timer);
	unsigned int period = READ_ONCE(period_us);
	unsigned int cpu;

	if (!period)
		return HRTIMER_NORESTART;

	witness_interrupted(WITNESS_TIMER);
	witness->switch_is_due = true;

	cpu = cpumask_next(smp_processor_id(), cpu_online_mask);
	if (cpu >= nr_cpu_ids)
		cpu = cpumask_first(cpu_online_mask);
	stacktrace_witness_send_ipi(cpu);

	/*
	 * At no fixed distance, to meet all of what happens periodically; and from
	 * the end of the walk, or a slow machine would do nothing else.
	 */
	period = period / 2 + prandom_u32_state(&witness->random) % (period + 1);
	hrtimer_set_expires(timer, ktime_add_us(ktime_get(), period));
	return HRTIMER_RESTART;
}

static void witness_switch(void *unused, bool preempt, struct task_struct *prev,
			   struct task_struct *next, unsigned int prev_state)
{
	if (!this_cpu_read(witnesses.switch_is_due))
		return;

	this_cpu_write(witnesses.switch_is_due, false);
	witness_walk(WITNESS_SWITCH_OUT, prev);
	witness_walk(WITNESS_SWITCH_IN, next);
}

static void witness_start_cpu(void *unused)
{
	unsigned int period = READ_ONCE(period_us);

	if (period)
		hrtimer_start(this_cpu_ptr(&witnesses.timer),
			      ns_to_ktime((u64)period * NSEC_PER_USEC),
			      HRTIMER_MODE_REL_PINNED_HARD);
}

static int witness_online(unsigned int cpu)
{
	witness_start_cpu(NULL);
	return 0;
}

static int witness_offline(unsigned int cpu)
{
	hrtimer_cancel(this_cpu_ptr(&witnesses.timer));
	this_cpu_write(witnesses.was_offline, true);
	return 0;
}

static bool witness_ready;

/* Parameters are set one at a time. */
static int witness_start(void)
{
	static bool registered;
	int ret = 0;

	if (period_us && !registered) {
		ret = register_trace_sched_switch(witness_switch, NULL);
		registered = !ret;
	} else if (!period_us && registered) {
		unregister_trace_sched_switch(witness_switch, NULL);
		registered = false;
	}
	return ret;
}

static int witness_set_period(const char *val, const struct kernel_param *kp)
{
	unsigned int period;
	int ret = kstrtouint(val, 0, &period);

	if (ret)
		return ret;
	/* Up to a minute, and not so often that nothing else gets to run */
	if (period && (period < 50 || period > 60 * USEC_PER_SEC))
		return -EINVAL;
	WRITE_ONCE(*(unsigned int *)kp->arg, period);
	if (!witness_ready)
		return 0;

	/* A tracepoint takes the lock for CPU hotplug by itself. */
	ret = witness_start();
	if (ret)
		return ret;

	/* A CPU that goes has its timer cancelled, and not started again. */
	cpus_read_lock();
	on_each_cpu(witness_start_cpu, NULL, 1);
	cpus_read_unlock();
	return 0;
}

static const struct kernel_param_ops period_ops = {
	.set = witness_set_period,
	.get = param_get_uint,
};
module_param_cb(period_us, &period_ops, &period_us, 0644);
MODULE_PARM_DESC(period_us, "Walk about every so many microseconds on each CPU, 0: never");

static int counters_show(struct seq_file *seq, void *unused)
{
	struct counters sum = {};
	unsigned long walks = 0;
	unsigned int i;
	int cpu;

	for_each_possible_cpu(cpu) {
		for (i = 0; i < 2; i++) {
			const struct counters *counters =
				&per_cpu(witnesses, cpu).contexts[i].counters;
			unsigned int j;

			for (j = 0; j < WITNESS_NR_ORIGINS; j++)
				sum.walks[j] += READ_ONCE(counters->walks[j]);
			for (j = 0; j < STACK_WALK_NR_REASONS; j++)
				sum.errors[j] += READ_ONCE(counters->errors[j]);
			sum.reliable += READ_ONCE(counters->reliable);
			sum.compared += READ_ONCE(counters->compared);
			sum.undecided += READ_ONCE(counters->undecided);
			sum.not_compared += READ_ONCE(counters->not_compared);
			sum.disagreements += READ_ONCE(counters->disagreements);
		}
	}

	for (i = 0; i < WITNESS_NR_ORIGINS; i++)
		walks += sum.walks[i];
	seq_printf(seq, "walks %lu\n", walks);
	for (i = 0; i < WITNESS_NR_ORIGINS; i++)
		seq_printf(seq, "walks-%s %lu\n", origin_text[i], sum.walks[i]);
	seq_printf(seq, "reliable %lu\n", sum.reliable);
	seq_printf(seq, "compared %lu\n", sum.compared);
	seq_printf(seq, "undecided %lu\n", sum.undecided);
	seq_printf(seq, "not-compared %lu\n", sum.not_compared);
	seq_printf(seq, "disagreements %lu\n", sum.disagreements);
	for (i = 0; i < STACK_WALK_NR_REASONS; i++)
		if (sum.errors[i])
			seq_printf(seq, "error %lu %s\n", sum.errors[i],
				   stack_walk_reason_text(i));
	seq_printf(seq, "faults-made %d\n", atomic_read(&faults_made));
	seq_printf(seq, "faults-found %d\n", atomic_read(&faults_found));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(counters);

static int errors_show(struct seq_file *seq, void *unused)
{
	unsigned long not_listed = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		for (unsigned int i = 0; i < 2; i++) {
			const struct witness_context *context =
				&per_cpu(witnesses, cpu).contexts[i];

			for (unsigned int j = 0; j < MAX_PLACES; j++) {
				const struct place *place = &context->places[j];

				if (!READ_ONCE(place->nr))
					break;
				seq_printf(seq, "%lu %pS: %s\n", place->nr,
					   (void *)place->pc,
					   stack_walk_reason_text(place->reason));
			}
			not_listed += READ_ONCE(context->not_listed);
		}
	}
	if (not_listed)
		seq_printf(seq, "%lu elsewhere\n", not_listed);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(errors);

static int fault_show(struct seq_file *seq, void *unused)
{
	seq_printf(seq, "%s %d\n", fault_text[fault], atomic_read(&faults_left));
	return 0;
}

static int fault_open(struct inode *inode, struct file *file)
{
	return single_open(file, fault_show, NULL);
}

/* "drop 10": the next ten traces */
static ssize_t fault_write(struct file *file, const char __user *user_buf,
			   size_t size, loff_t *ppos)
{
	char buf[32] = {}, *nr = buf;
	unsigned int left = 1;
	char *what;
	int index;

	if (size >= sizeof(buf))
		return -EINVAL;
	if (copy_from_user(buf, user_buf, size))
		return -EFAULT;

	what = strsep(&nr, "\n ");
	index = match_string(fault_text, NR_FAULTS, what);
	if (index < 0)
		return index;
	if (nr && *nr && kstrtouint(strim(nr), 10, &left))
		return -EINVAL;
	if (index == FAULT_NONE)
		left = 0;
	if (left > INT_MAX)
		return -EINVAL;

	atomic_set(&faults_left, 0);
	WRITE_ONCE(fault, index);
	atomic_set(&nr_reports, 0);
	atomic_set(&faults_left, left);
	return size;
}

static const struct file_operations fault_fops = {
	.owner = THIS_MODULE,
	.open = fault_open,
	.read = seq_read,
	.write = fault_write,
	.llseek = seq_lseek,
	.release = single_release,
};

static int __init witness_init(void)
{
	struct dentry *dir;
	int cpu, ret;

	for_each_possible_cpu(cpu) {
		struct witness *witness = &per_cpu(witnesses, cpu);

		hrtimer_init(&witness->timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
		witness->timer.function = witness_tick;
		prandom_seed_state(&witness->random, cpu);
	}

	kernel_param_lock(THIS_MODULE);
	ret = witness_start();
	if (!ret)
		ret = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "arm64/stacktrace_witness:online",
					witness_online, witness_offline);
	witness_ready = ret >= 0;
	kernel_param_unlock(THIS_MODULE);
	if (ret < 0)
		return ret;

	dir = debugfs_create_dir("stacktrace_witness", NULL);
	debugfs_create_file("counters", 0400, dir, NULL, &counters_fops);
	debugfs_create_file("errors", 0400, dir, NULL, &errors_fops);
	debugfs_create_file("fault", 0600, dir, NULL, &fault_fops);
	return 0;
}
late_initcall(witness_init);
