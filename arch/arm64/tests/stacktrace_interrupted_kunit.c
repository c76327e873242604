// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit test of reliable stack traces: an interrupt at each instruction.
 *
 * A chain of functions, of which some are traced, calls something else in its innermost one. At
 * each instruction of all that, each function that has been called and has not returned has to
 * be in the trace.
 *
 * The PMU counts cycles, and interrupts after a given number of them. So the chain is run
 * through again and again, and is interrupted one cycle later each time: shot n interrupts after
 * n cycles. With QEMU's -icount shift=0 that is after n instructions, exactly. The suite makes
 * sure of it before it relies on it, and skips itself on other machines.
 *
 * What the trace has to be comes from what was executed. From the instruction at which shot n
 * interrupted, and where shot n + 1 did, it is known what was called and what has returned.
 * sweep_follow() keeps the list of all calls that have not returned yet. Only the list to begin
 * with comes from the stack: from a walk at a call boundary, before anything happens.
 *
 * The walk is that of the current task, from the interrupt. It has to consist of the
 * exception's own functions, the interrupted instruction, and the calls. It has to be an error
 * where refused() says so, and must not be one anywhere else.
 *
 * A fault on the way is an exception of its own. Its entry code has interrupts off, so which
 * functions it has called is read off their frame records, when they are all there.
 *
 * An interrupt that hits while they are off is taken when they are on again. It is verified that
 * every shot in between was held back, up to the same instruction, and behind a BRK or an
 * instruction that can switch interrupts off; these places are printed. As a pseudo-NMI
 * (irqchip.gicv3_pseudo_nmi=1) it hits there as well, and what is left are exceptions.
 */

#include <kunit/test.h>

#include <linux/extable.h>
#include <linux/filter.h>
#include <linux/ftrace.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/kallsyms.h>
#include <linux/kernel_stat.h>
#include <linux/kprobes.h>
#include <linux/of.h>
#include <linux/of_irq.h>
#include <linux/panic.h>
#include <linux/perf/arm_pmuv3.h>
#include <linux/stacktrace.h>
#include <linux/vmalloc.h>

#include <asm/asm-extable.h>
#include <asm/exception.h>
#include <asm/insn.h>
#include <asm/irq_regs.h>
#include <asm/pointer_auth.h>
#include <asm/sections.h>
#include <asm/stacktrace.h>
#include <asm/sysreg.h>
#include <asm/traps.h>

#include "stacktrace_shapes.h"

/* The bit of the PMU's cycle counter in its registers for all counters */
#define CYCLE_COUNTER	BIT(31)

#define MAX_PCS		64
#define MAX_CALLS	32
#define MAX_FAULTS	512
#define MAX_SHOTS	1000000
#define MAX_GAPS	64

/* How often a shot is repeated when another interrupt came in between */
#define MAX_TRIES	10

struct trace {
	int ret;
	unsigned int nr;
	unsigned long pcs[MAX_PCS];
};

static notrace bool store_pc(void *cookie, unsigned long pc)
{
	struct trace *trace = cookie;

	if (trace->nr == MAX_PCS)
		return false;
	trace->pcs[trace->nr++] = pc;
	return true;
}

static noinline notrace void walk(struct trace *trace)
{
	trace->nr = 0;
	trace->ret = arch_stack_walk_reliable(store_pc, trace, current);
}

static void print_trace(struct kunit *test, const struct trace *trace)
{
	kunit_err(test, "the walk returned %d, with:\n", trace->ret);
	for (int i = 0; i < trace->nr; i++)
		kunit_err(test, "  %pS\n", (void *)trace->pcs[i]);
}

/*
 * The chain, and what is done to it
 */

struct known {
	void (*situation)(struct known *known);
	unsigned int recursion;
};

static noinline __noclone void known_inner(struct known *known)
{
	if (known->recursion) {
		known->recursion--;
		known_inner(known);
	} else {
		known->situation(known);
	}
	barrier();
}

static noinline __noclone void known_middle(struct known *known)
{
	known_inner(known);
	barrier();
}

/* Does what known_middle() does, for when that is replaced. */
static noinline __noclone void known_replacement(struct known *known)
{
	known_inner(known);
	barrier();
}

static noinline __noclone void known_outer(struct known *known)
{
	known_middle(known);
	barrier();
}

static noinline __noclone void known_unused(struct known *known)
{
	barrier();
}

#define INNER		BIT(0)
#define MIDDLE		BIT(1)
#define OUTER		BIT(2)
#define REPLACEMENT	BIT(3)
#define CHAIN		(INNER | MIDDLE | OUTER)
#define NR_FUNCTIONS	4

static void * const traced_functions[NR_FUNCTIONS] = {
	known_inner, known_middle, known_outer, known_replacement,
};

/* Everything is there twice: a function can have two kretprobes, and be traced for two users. */
struct tracing {
	const char *name;
	unsigned int kretprobe[2];	/* functions that have a kretprobe */
	unsigned int fgraph[2];		/* functions that are graph-traced */
	bool redirect;			/* known_middle to known_replacement */
	unsigned int recursion;		/* of known_inner */
	unsigned int maxactive;		/* of the kretprobes, 0 for enough */
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
					.kretprobe = { MIDDLE } },
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

static notrace int hit_kretprobe(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	return 0;
}

static notrace int hit_fgraph(struct ftrace_graph_ent *ent, struct fgraph_ops *gops,
			      struct ftrace_regs *fregs)
{
	return 1;
}

/* Partly with interrupts off, as the function graph tracer is */
static notrace void leave_fgraph(struct ftrace_graph_ret *ret, struct fgraph_ops *gops,
				 struct ftrace_regs *fregs)
{
	unsigned long flags;

	local_irq_save(flags);
	barrier();
	local_irq_restore(flags);
}

static notrace void hit_redirect(unsigned long ip, unsigned long parent_ip,
				 struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	ftrace_regs_set_instruction_pointer(fregs, (unsigned long)known_replacement);
}

static void stop_fgraph(struct probes *probes)
{
	while (probes->nr_fgraph)
		unregister_ftrace_graph(&probes->fgraph[--probes->nr_fgraph]);
}

/* Undo stop_fgraph() for the first user */
static int restart_fgraph(struct probes *probes)
{
	int ret = 0;

	if (!probes->nr_fgraph) {
		ret = register_ftrace_graph(&probes->fgraph[0]);
		if (!ret)
			probes->nr_fgraph = 1;
	}
	return ret;
}

static void remove_probes(struct probes *probes)
{
	if (probes->redirected)
		unregister_ftrace_function(&probes->redirect);
	ftrace_free_filter(&probes->redirect);

	stop_fgraph(probes);
	for (int i = 0; i < ARRAY_SIZE(probes->fgraph); i++)
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

	for (int i = 0; i < ARRAY_SIZE(tracing->kretprobe); i++) {
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

static struct probes *add_probes(struct kunit *test, const struct tracing *tracing)
{
	struct probes *probes = kunit_kzalloc(test, sizeof(*probes), GFP_KERNEL);
	int ret;

	KUNIT_ASSERT_NOT_NULL(test, probes);
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

/*
 * What is known of the calls
 */

/**
 * struct call - a call that has not returned yet
 * @ra:	where it will return to
 * @sp:	the stack pointer at the call
 * @fp:	the frame pointer at the call
 * @regs: of a fault, which goes back to the instruction or to its fixup
 */
struct call {
	unsigned long ra;
	unsigned long sp;
	unsigned long fp;
	const struct pt_regs *regs;
};

/* What is wrong at one instruction */
struct fault {
	unsigned long pc;
	const char *what;
};

/*
 * What else makes a difference to how late the handler is: an RCU read-side critical section,
 * in which that of the interrupt controller's driver ends sooner; and the stack.
 */
enum way {
	IN_THREAD,
	IN_RCU,
	ON_IRQ_STACK,
	NR_WAYS
};

static notrace enum way way_of(const struct pt_regs *regs)
{
	/* The whole of it may be empty. */
	if (regs->sp - (unsigned long)raw_cpu_read(irq_stack_ptr) - 1 < IRQ_STACK_SIZE)
		return ON_IRQ_STACK;

	return rcu_preempt_depth() ? IN_RCU : IN_THREAD;
}

/* Why a walk has to be an error */
enum refusal {
	NOT_REFUSED,
	REFUSED_FTRACE,
	REFUSED_RETURN,
	REFUSED_BPF,
	REFUSED_THROW,
	NR_REFUSALS
};

static const char * const refusals[NR_REFUSALS] = {
	[REFUSED_FTRACE] = "ftrace may redirect the task",
	[REFUSED_RETURN] = "no CFI tells where return_to_handler has its frame",
	[REFUSED_BPF]	 = "no table tells where a BPF program has its frame",
	[REFUSED_THROW]	 = "sweep_throw() is in .nounwind.text, as it leaves functions behind",
};

struct sweep {
	struct known known;
	struct probes *probes;
	unsigned long replacement;	/* of known_middle() */
	int irq;

	unsigned int recursion;
	bool sweeping;

	/* The current shot, and what became of it */
	u32 n;
	unsigned long irqs;
	bool returned;
	bool finished;
	bool fired;
	bool disturbed;
	u32 late;
	unsigned long pc;

	/*
	 * How late the handler is if nothing held it up, with interrupts off and on. 0 if
	 * there is no such code in a sweep
	 */
	u32 prompt[2][NR_WAYS];

	/* A walk from the function that starts the counter */
	struct trace base;
	/* How many of its calls return before the counter stops, and one more */
	unsigned int nr_base;
	unsigned int nr_known;		/* of these, that did not return yet */

	/* The last instruction that was hit, and the calls at that time */
	u32 last;
	unsigned long last_pc;
	unsigned long last_sp;
	unsigned long last_fp;
	struct call calls[MAX_CALLS];
	unsigned int nr_calls;

	/* Where interrupts that hit behind @last are taken */
	u32 held_until;
	u32 nr_held;
	unsigned long held_pc;

	/* The outcome */
	unsigned int nr_walks;
	unsigned int nr_refused[NR_REFUSALS];
	unsigned int nr_masked;
	struct trace trace;
	unsigned int nr_faults;
	struct fault *faults;
	struct trace fault_trace;
	const char *lost;
	int error;
};

static DEFINE_PER_CPU(struct sweep *, sweep_of_cpu);

/* Whether the PMU's interrupt is a pseudo-NMI */
static bool by_nmi;

/* Instructions of the kernel that were hit, in the current sweep and in all, have a bit each. */
static unsigned long *hit, *swept;

/* Code that has to be refused. The second one begins with an instruction that is not. */
static unsigned long ftrace_caller_end, return_to_handler_end;

/* Between which instructions interrupts were off, in all sweeps */
static struct gap {
	unsigned long from;
	unsigned long to;
} gaps[MAX_GAPS];
static unsigned int nr_gaps;

static notrace unsigned long nr_insns(void)
{
	return (_etext - _stext) / AARCH64_INSN_SIZE;
}

static notrace void set_hit(unsigned long pc)
{
	unsigned long index = (pc - (unsigned long)_stext) / AARCH64_INSN_SIZE;

	if (pc < (unsigned long)_stext || index >= nr_insns())
		return;
	__set_bit(index, hit);
	__set_bit(index, swept);
}

static bool was_hit(unsigned long pc)
{
	return test_bit((pc - (unsigned long)_stext) / AARCH64_INSN_SIZE, hit);
}

static notrace bool in_return_to_handler(unsigned long pc)
{
	return pc >= (unsigned long)return_to_handler &&
	       pc < return_to_handler_end;
}

static notrace bool is_kretprobe_trampoline_insn(unsigned long pc)
{
	return pc == (unsigned long)__kretprobe_trampoline;
}

/* The trampolines that a function returns to in place of its caller */
static notrace bool is_return_trampoline(unsigned long pc)
{
	return pc == (unsigned long)return_to_handler ||
	       is_kretprobe_trampoline_insn(pc);
}

static notrace bool in_ftrace_caller(unsigned long pc)
{
	return pc >= (unsigned long)ftrace_caller && pc < ftrace_caller_end;
}

static notrace bool in_bpf(unsigned long pc)
{
	return is_bpf_jit_address(pc);
}

static notrace void lost(struct sweep *sweep, const char *why)
{
	if (!sweep->lost)
		sweep->lost = why;
}

static notrace void push_call(struct sweep *sweep)
{
	if (sweep->nr_calls == MAX_CALLS) {
		lost(sweep, "too many calls");
		return;
	}

	sweep->calls[sweep->nr_calls++] = (struct call) {
		.ra = sweep->last_pc + AARCH64_INSN_SIZE,
		.sp = sweep->last_sp,
		.fp = sweep->last_fp,
	};
}

/* The interrupted function has returned, or what it was replaced by has. */
static notrace void pop_call(struct sweep *sweep, const struct pt_regs *regs)
{
	const struct call *call = &sweep->calls[sweep->nr_calls - 1];

	/* The function that stops the counter does not return before it has. */
	if (sweep->nr_calls < 2) {
		lost(sweep, "more returns than calls");
		return;
	}
	if ((call->sp && regs->sp != call->sp) || regs->regs[29] != call->fp) {
		lost(sweep, "returned with another sp or fp");
		return;
	}

	if (regs->pc == call->ra)
		sweep->nr_calls--;
	else if (in_ftrace_caller(sweep->last_pc) &&
		 regs->pc == sweep->replacement)
		/* It runs in place of the traced one. */
		sweep->nr_calls--;
	else if (!is_return_trampoline(regs->pc))
		lost(sweep, "returned to where it was not called");
}

static notrace bool same_function(unsigned long a, unsigned long b)
{
	unsigned long size_a, offset_a, size_b, offset_b;

	return kallsyms_lookup_size_offset(a, &size_a, &offset_a) &&
	       kallsyms_lookup_size_offset(b, &size_b, &offset_b) &&
	       a - offset_a == b - offset_b;
}

/*
 * In the function that starts the counter. It has just walked the stack, with
 * itself as second entry. The innermost calls are the next @nr_base entries.
 */
static notrace void start_calls(struct sweep *sweep, const struct pt_regs *regs)
{
	const unsigned long *record = (unsigned long *)regs->regs[29];

	if (!same_function(regs->pc, sweep->base.pcs[1])) {
		lost(sweep, "started somewhere else");
		return;
	}

	for (unsigned int i = 0; i < sweep->nr_base; i++) {
		/* The stack pointer at the call is not known. */
		sweep->calls[sweep->nr_base - 1 - i] = (struct call) {
			.ra = sweep->base.pcs[2 + i],
			.fp = record[0],
		};
		record = (unsigned long *)record[0];
	}
	sweep->nr_calls = sweep->nr_base;
	sweep->nr_known = sweep->nr_base;
}

/* Where the handler of a fault goes back to if it was not resolved, or 0 */
static notrace unsigned long fixup_of(unsigned long pc)
{
	const struct exception_table_entry *entry = search_exception_tables(pc);

	return entry ? (unsigned long)&entry->fixup + entry->fixup : 0;
}

/*
 * The last instruction has faulted, and this one is where the handler has interrupts
 * on. The pt_regs are right below what was interrupted. From x29 on there is a frame
 * record of each function that has been called, up to the one in there.
 */
static notrace void enter_fault(struct sweep *sweep, const struct pt_regs *regs)
{
	const struct pt_regs *fault = (struct pt_regs *)sweep->last_sp - 1;
	const unsigned long *record;
	unsigned int called = 0, i;

	for (record = (void *)regs->regs[29]; record != (void *)&fault->stackframe;
	     record = (void *)record[0])
		if ((void *)record < (void *)regs->sp || (void *)record > (void *)fault ||
		    called++ == MAX_CALLS)
			break;
	if (record != (void *)&fault->stackframe || fault->pc != sweep->last_pc ||
	    sweep->nr_calls + 1 + called > MAX_CALLS) {
		lost(sweep, "interrupted somewhere, and not in the handler of a fault");
		return;
	}

	sweep->calls[sweep->nr_calls] = (struct call) {
		.ra = sweep->last_pc,
		.sp = sweep->last_sp,
		.fp = sweep->last_fp,
		.regs = fault,
	};
	sweep->nr_calls += 1 + called;
	for (i = 1, record = (void *)regs->regs[29]; i <= called; i++, record = (void *)record[0])
		sweep->calls[sweep->nr_calls - i] = (struct call) {
			.ra = ptrauth_strip_kernel_insn_pac(record[1]),
			.fp = record[0],
		};
}

/* The innermost fault that is being handled */
static notrace struct call *current_fault(struct sweep *sweep)
{
	for (unsigned int i = sweep->nr_calls; i--; )
		if (sweep->calls[i].regs)
			return &sweep->calls[i];

	return NULL;
}

/* It may have been given its fixup to return to. */
static notrace void follow_fault(struct sweep *sweep, struct call *fault)
{
	unsigned long pc = READ_ONCE(fault->regs->pc);

	if (pc == fault->ra)
		return;
	if (pc != fixup_of(fault->ra))
		lost(sweep, "a fault returns to where it should not");
	fault->ra = pc;
}

/* From sweep_throw() to where sweep_catch() was called, and on from there */
static notrace void pop_thrown(struct sweep *sweep)
{
	while (sweep->nr_calls > 1 &&
	       sweep->calls[--sweep->nr_calls].ra != (unsigned long)sweep_caught)
		;
}

static notrace bool in_sweep_throw(unsigned long pc)
{
	return pc >= (unsigned long)sweep_throw && pc < (unsigned long)sweep_throw_end;
}

/* An MSR to DAIFSet, DAIF or ICC_PMR_EL1 */
static notrace bool can_mask_interrupts(u32 insn)
{
	return (insn & ~(0xf << 8)) == 0xd50340df || (insn & ~0x1f) == 0xd51b4220 ||
	       (insn & ~0x1f) == 0xd5184600;
}

static notrace void add_gap(unsigned long from, unsigned long to)
{
	for (unsigned int i = 0; i < nr_gaps; i++)
		if (gaps[i].from == from && gaps[i].to == to)
			return;
	if (nr_gaps < MAX_GAPS)
		gaps[nr_gaps++] = (struct gap){ .from = from, .to = to };
}

/* Keep account of the calls, from the last instruction to this one. */
static notrace void sweep_follow(struct sweep *sweep, const struct pt_regs *regs)
{
	bool same_frame = regs->sp == sweep->last_sp &&
			  regs->regs[29] == sweep->last_fp;
	struct call *fault = current_fault(sweep);
	unsigned long pc = regs->pc;
	u32 insn;

	if (!sweep->last) {
		start_calls(sweep, regs);
		return;
	}

	/* The compiler may have made several calls of the one that shoots. */
	sweep->nr_known = min(sweep->nr_known, sweep->nr_calls);
	for (unsigned int i = 0; i < sweep->nr_known; i++)
		sweep->calls[i].ra = sweep->base.pcs[1 + sweep->nr_base - i];

	insn = le32_to_cpup((__le32 *)sweep->last_pc);

	if (sweep->n != sweep->last + 1 && fixup_of(sweep->last_pc)) {
		enter_fault(sweep, regs);
		return;
	}
	if (sweep->n != sweep->last + 1 && fault && can_mask_interrupts(insn) &&
	    pc == fault->ra && regs->sp == fault->sp && regs->regs[29] == fault->fp) {
		/* Back from the exception */
		sweep->nr_calls = fault - sweep->calls;
		return;
	}
	if (fault)
		follow_fault(sweep, fault);

	if (is_kretprobe_trampoline_insn(sweep->last_pc)) {
		pop_call(sweep, regs);
	} else if (aarch64_insn_is_brk(insn)) {
		/* A kprobe, which runs the original instruction. */
		if (pc != sweep->last_pc + AARCH64_INSN_SIZE || !same_frame)
			lost(sweep, "left by a BRK");
	} else if (sweep->n != sweep->last + 1) {
		if (!can_mask_interrupts(insn))
			lost(sweep, "held back, and nothing has switched interrupts off");
		if (!same_function(pc, sweep->last_pc) ||
		    (!same_frame && !same_function(pc, (unsigned long)call_on_irq_stack)))
			lost(sweep, "interrupts on in another function");
	} else if (aarch64_insn_is_bl(insn) || aarch64_insn_is_blr(insn)) {
		push_call(sweep);
	} else if (aarch64_insn_is_ret(insn)) {
		pop_call(sweep, regs);
	} else if (in_sweep_throw(sweep->last_pc) && pc == (unsigned long)sweep_caught) {
		pop_thrown(sweep);
	} else if (!aarch64_insn_is_branch(insn) &&
		   pc != sweep->last_pc + AARCH64_INSN_SIZE) {
		lost(sweep, "neither a branch nor the next instruction");
	}
}

static notrace void add_fault(struct sweep *sweep, unsigned long pc, const char *what)
{
	for (unsigned int i = 0; i < min(sweep->nr_faults, MAX_FAULTS); i++)
		if (sweep->faults[i].pc == pc)
			return;

	if (sweep->nr_faults < MAX_FAULTS) {
		struct fault *fault = &sweep->faults[sweep->nr_faults];

		fault->pc = pc;
		fault->what = what;
		if (!sweep->nr_faults)
			sweep->fault_trace = sweep->trace;
	}
	sweep->nr_faults++;
}

static notrace bool trace_is_complete(const struct sweep *sweep, const struct pt_regs *regs,
				      const struct trace *trace)
{
	unsigned int entry = 0, rest = 2 + sweep->nr_base;

	while (entry < trace->nr &&
	       !in_entry_text(trace->pcs[entry] - AARCH64_INSN_SIZE))
		entry++;
	if (entry++ == trace->nr)
		return false;
	/* Where a trampoline begins the interrupted function has returned already. */
	if (!is_return_trampoline(regs->pc) && trace->pcs[entry++] != regs->pc)
		return false;

	if (trace->nr - entry != sweep->nr_calls + sweep->base.nr - rest)
		return false;
	for (unsigned int i = sweep->nr_calls; i--; )
		if (trace->pcs[entry++] != sweep->calls[i].ra)
			return false;
	for (unsigned int i = rest; i < sweep->base.nr; i++)
		if (trace->pcs[entry++] != sweep->base.pcs[i])
			return false;

	return true;
}

/* Each place where the walk has to be an error, and why */
static notrace enum refusal refused(const struct sweep *sweep, unsigned long pc)
{
	/* It may go on in another function, now or when what it called returns. */
	if (in_ftrace_caller(pc))
		return REFUSED_FTRACE;
	for (unsigned int i = 0; i < sweep->nr_calls; i++)
		if (in_ftrace_caller(sweep->calls[i].ra - AARCH64_INSN_SIZE))
			return REFUSED_FTRACE;

	/* At the first one it stands for the caller, and what it calls has a frame record. */
	if (in_return_to_handler(pc) && !is_return_trampoline(pc))
		return REFUSED_RETURN;

	if (in_sweep_throw(pc))
		return REFUSED_THROW;

	return in_bpf(pc) ? REFUSED_BPF : NOT_REFUSED;
}

static notrace void sweep_walk(struct sweep *sweep, const struct pt_regs *regs)
{
	enum refusal why = refused(sweep, regs->pc);
	struct trace *trace = &sweep->trace;

	*trace = (struct trace){};
	walk(trace);

	if (why) {
		sweep->nr_refused[why]++;
		if (!trace->ret)
			add_fault(sweep, regs->pc, refusals[why]);
		/* Other walks go on as well as they can. */
		trace->nr = stack_trace_save(trace->pcs, MAX_PCS, 0);
		if (trace->pcs[trace->nr - 1] != sweep->base.pcs[sweep->base.nr - 1])
			add_fault(sweep, regs->pc, "the end is not reached");
		return;
	}

	sweep->nr_walks++;
	if (trace->ret)
		add_fault(sweep, regs->pc, "an error, and there is no reason for one");
	else if (!trace_is_complete(sweep, regs, trace))
		add_fault(sweep, regs->pc, "a wrong trace that is said to be reliable");

	/* So does a walk that is not asked to be reliable. */
	*trace = (struct trace){};
	trace->nr = stack_trace_save(trace->pcs, MAX_PCS, 0);
	if (!trace_is_complete(sweep, regs, trace))
		add_fault(sweep, regs->pc, "a wrong trace of best effort");
	/* And one that begins with the registers, as that of an oops. */
	*trace = (struct trace){};
	trace->pcs[trace->nr++] = (unsigned long)__entry_text_end;
	trace->nr += stack_trace_save_regs(get_irq_regs(), trace->pcs + 1, MAX_PCS - 1, 0);
	if (!trace_is_complete(sweep, regs, trace))
		add_fault(sweep, regs->pc, "a wrong trace from the registers");
}

static notrace void sweep_land(struct sweep *sweep, const struct pt_regs *regs, u32 late)
{
	u32 prompt = sweep->prompt[!!interrupts_enabled(regs)][way_of(regs)];

	sweep->fired = true;
	sweep->late = late;
	sweep->pc = regs->pc;
	if (kstat_cpu_irqs_sum(smp_processor_id()) != sweep->irqs + 1) {
		sweep->disturbed = true;
		return;
	}
	if (!sweep->sweeping || sweep->lost)
		return;
	if (sweep->returned) {
		sweep->finished = true;
		return;
	}
	/* The exception was that of another interrupt, which comes after this one, or was hit. */
	if (!prompt || late < prompt) {
		sweep->disturbed = true;
		return;
	}

	if (late > prompt) {
		/* All that are held back are taken at the same instruction. */
		if (!sweep->held_until) {
			sweep->held_until = sweep->n + late - prompt;
			sweep->held_pc = regs->pc;
			sweep->nr_held = 0;
		}
		sweep->nr_held++;
		if (sweep->n + late - prompt != sweep->held_until ||
		    regs->pc != sweep->held_pc)
			lost(sweep, "held back, but not by interrupts that are off");
		sweep->nr_masked++;
	} else {
		if (sweep->held_until) {
			if (sweep->held_until != sweep->n || sweep->held_pc != regs->pc ||
			    sweep->nr_held != sweep->n - sweep->last - 1)
				lost(sweep, "interrupts were on again earlier or later");
			add_gap(sweep->last_pc, regs->pc);
		}
		sweep->held_until = 0;

		sweep_follow(sweep, regs);
		if (sweep->lost)
			return;
		sweep->last = sweep->n;
		sweep->last_pc = regs->pc;
		sweep->last_sp = regs->sp;
		sweep->last_fp = regs->regs[29];
		set_hit(regs->pc);
		sweep_walk(sweep, regs);
	}
}

static notrace void stop_counter(void)
{
	write_sysreg(ARMV8_PMU_PMCR_LC, pmcr_el0);
	isb();
	write_sysreg(CYCLE_COUNTER, pmovsclr_el0);
	isb();
}

/* Interrupt after so many cycles, some of which pass in here. */
static __always_inline void start_shot(struct sweep *sweep)
{
	preempt_disable();
	sweep->irqs = kstat_cpu_irqs_sum(smp_processor_id());
	write_sysreg(-(u64)sweep->n, pmccntr_el0);
	write_sysreg(ARMV8_PMU_PMCR_E | ARMV8_PMU_PMCR_LC, pmcr_el0);
	isb();
}

static __always_inline void end_shot(struct sweep *sweep)
{
	WRITE_ONCE(sweep->returned, true);
	stop_counter();
	preempt_enable();
}

static notrace irqreturn_t sweep_interrupt(int irq, void *dev)
{
	struct sweep **sweep = dev;
	u32 late;

	write_sysreg(ARMV8_PMU_PMCR_LC, pmcr_el0);
	isb();
	late = read_sysreg(pmccntr_el0);
	stop_counter();

	sweep_land(*sweep, get_irq_regs(), late);
	return IRQ_HANDLED;
}

static noinline notrace void shoot_at_nops(struct sweep *sweep)
{
	start_shot(sweep);
	asm volatile(".rept 64; nop; .endr");
	end_shot(sweep);
}

static noinline notrace void shoot_at_nops_irqs_off(struct sweep *sweep)
{
	unsigned long flags;

	local_irq_save(flags);
	shoot_at_nops(sweep);
	local_irq_restore(flags);
}

static noinline notrace void shoot_at_nops_in_rcu(struct sweep *sweep)
{
	rcu_read_lock();
	shoot_at_nops(sweep);
	rcu_read_unlock();
}

static noinline notrace void shoot_at_nops_irqs_off_in_rcu(struct sweep *sweep)
{
	rcu_read_lock();
	shoot_at_nops_irqs_off(sweep);
	rcu_read_unlock();
}

static noinline notrace void sweep_shot(struct sweep *sweep)
{
	sweep->known.recursion = sweep->recursion;
	sweep->nr_base = 1;
	walk(&sweep->base);

	start_shot(sweep);
	known_outer(&sweep->known);
	end_shot(sweep);
}

/* The sweep that is going on */
static struct sweep *current_sweep;

/* In the chain, all functions of which are traced: stop that. */
static noinline notrace void start_shot_untraced(struct known *known)
{
	struct sweep *sweep = current_sweep;

	stop_fgraph(sweep->probes);
	walk(&sweep->base);
	start_shot(sweep);
}

static noinline notrace void sweep_shot_stop_tracing(struct sweep *sweep)
{
	/* From start_shot_untraced() to this one, which ends the shot. */
	sweep->nr_base = 5;
	sweep->error = restart_fgraph(sweep->probes);
	known_outer(&sweep->known);
	end_shot(sweep);
}

/*
 * Without softirqs, as in an interrupt: they would begin at the top of the same stack, and are
 * not to be run when they are on again, in the middle of a shot.
 */
static __always_inline void without_softirqs_on_irq_stack(void *arg,
							  void (*fn)(struct pt_regs *))
{
	preempt_count_add(SOFTIRQ_DISABLE_OFFSET);
	call_on_irq_stack(arg, fn);
	preempt_count_sub(SOFTIRQ_DISABLE_OFFSET);
}

static notrace void nops_on_irq_stack(struct pt_regs *sweep)
{
	shoot_at_nops((struct sweep *)sweep);
}

static noinline notrace void shoot_at_nops_on_irq_stack(struct sweep *sweep)
{
	without_softirqs_on_irq_stack(sweep, nops_on_irq_stack);
}

/* Interrupt after @n instructions. Returns false if there is no getting there. */
static bool shoot(struct sweep *sweep, u32 n, void (*shot)(struct sweep *))
{
	for (int i = 0; i < MAX_TRIES; i++) {
		sweep->n = n;
		sweep->fired = false;
		sweep->disturbed = false;
		sweep->returned = false;
		shot(sweep);

		if (!sweep->fired || !sweep->disturbed)
			return sweep->fired;
	}

	lost(sweep, "disturbed each time");
	return false;
}

/* Do interrupts hit, one instruction after the other? How late is the handler? */
static bool is_exact_once(struct sweep *sweep, bool irqs_on, enum way way)
{
	static void (* const shots[2][NR_WAYS])(struct sweep *) = {
		{ shoot_at_nops_irqs_off, shoot_at_nops_irqs_off_in_rcu },
		{ shoot_at_nops, shoot_at_nops_in_rcu, shoot_at_nops_on_irq_stack },
	};
	void (*shot)(struct sweep *) = shots[irqs_on][way];
	u32 *prompt = &sweep->prompt[irqs_on][way];
	unsigned long pc = 0;

	for (u32 n = 16; n < 48; n++) {
		if (!shoot(sweep, n, shot))
			return false;
		if (!pc)
			*prompt = sweep->late;
		else if (sweep->pc != pc + AARCH64_INSN_SIZE ||
			 sweep->late != *prompt)
			return false;
		pc = sweep->pc;
	}

	return true;
}

/*
 * As long as it is not known how late the handler is, it cannot be told when it
 * was early: in the exception of another interrupt. That does not happen often.
 */
static bool is_exact(struct sweep *sweep, bool irqs_on, enum way way)
{
	for (int i = 0; i < MAX_TRIES; i++)
		if (is_exact_once(sweep, irqs_on, way))
			return true;

	return false;
}

static int find_interrupt(void)
{
	struct device_node *node;
	int irq = 0;

	node = of_find_compatible_node(NULL, NULL, "arm,armv8-pmuv3");
	if (node)
		irq = irq_of_parse_and_map(node, 0);
	of_node_put(node);
	return irq;
}

static void release_interrupt(void *arg)
{
	struct sweep *sweep = arg;

	preempt_disable();
	stop_counter();
	write_sysreg(CYCLE_COUNTER, pmintenclr_el1);
	write_sysreg(CYCLE_COUNTER, pmcntenclr_el0);
	isb();
	if (by_nmi) {
		disable_percpu_nmi(sweep->irq);
		teardown_percpu_nmi(sweep->irq);
	} else {
		disable_percpu_irq(sweep->irq);
	}
	preempt_enable();

	if (by_nmi)
		free_percpu_nmi(sweep->irq, &sweep_of_cpu);
	else
		free_percpu_irq(sweep->irq, &sweep_of_cpu);
}

static void request_interrupt(struct kunit *test, struct sweep *sweep)
{
	int ret = 0;

	by_nmi = !request_percpu_nmi(sweep->irq, sweep_interrupt, "sweep", NULL, &sweep_of_cpu);
	if (!by_nmi)
		ret = request_percpu_irq(sweep->irq, sweep_interrupt, "sweep", &sweep_of_cpu);
	if (ret)
		kunit_skip(test, "cannot have the PMU's interrupt: error %d", ret);

	preempt_disable();
	this_cpu_write(sweep_of_cpu, sweep);
	stop_counter();
	write_sysreg(0, pmccfiltr_el0);
	write_sysreg(CYCLE_COUNTER, pmcntenset_el0);
	write_sysreg(CYCLE_COUNTER, pmintenset_el1);
	isb();
	if (by_nmi) {
		/* It fails for others than percpu NMIs only. */
		WARN_ON_ONCE(prepare_percpu_nmi(sweep->irq));
		enable_percpu_nmi(sweep->irq, IRQ_TYPE_NONE);
	} else {
		enable_percpu_irq(sweep->irq, IRQ_TYPE_NONE);
	}
	preempt_enable();

	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, release_interrupt, sweep));
}

static void sweep_chain(struct kunit *test, struct sweep *sweep,
			void (*shot)(struct sweep *))
{
	/* What is done only once shall be done before. */
	shoot(sweep, MAX_SHOTS, shot);
	shoot(sweep, MAX_SHOTS, shot);

	for (u32 n = 1; n < MAX_SHOTS && !sweep->finished && !sweep->lost; n++) {
		/* They all do, until the end of the sweep and a little longer. */
		if (!shoot(sweep, n, shot))
			lost(sweep, "no interrupt");
		cond_resched();
	}

	KUNIT_EXPECT_EQ(test, 0, sweep->error);
	if (sweep->lost)
		KUNIT_FAIL(test, "lost at shot %u: %s, from %pS to %pS\n", sweep->n,
			   sweep->lost, (void *)sweep->last_pc, (void *)sweep->pc);
	else if (!sweep->finished || sweep->held_until || sweep->nr_calls != 1)
		KUNIT_FAIL(test, "shot %u: the end was not reached, %u calls left\n",
			   sweep->n, sweep->nr_calls);
}

static void check_sweep(struct kunit *test, struct sweep *sweep, const struct tracing *tracing)
{
	const unsigned int chain = INNER | MIDDLE | OUTER | REPLACEMENT;
	unsigned int missed = 0, nr_refused = 0;

	for (int why = 1; why < NR_REFUSALS; why++)
		nr_refused += sweep->nr_refused[why];
	kunit_info(test, "%s: %u shots, %u walks, %u refused, %u while %s were off\n",
		   tracing->name, sweep->n - 1, sweep->nr_walks, nr_refused,
		   sweep->nr_masked, by_nmi ? "NMIs" : "interrupts");
	for (int why = 1; why < NR_REFUSALS; why++)
		if (sweep->nr_refused[why])
			kunit_info(test, "%u refused: %s\n", sweep->nr_refused[why], refusals[why]);

	/* Put what is the same at instructions in a row into one line. */
	for (unsigned int i = 0; i < min(sweep->nr_faults, MAX_FAULTS); i++) {
		const struct fault *first = &sweep->faults[i], *last = first;

		while (i + 1 < min(sweep->nr_faults, MAX_FAULTS) && last[1].what == first->what &&
		       last[1].pc == last->pc + AARCH64_INSN_SIZE) {
			last++;
			i++;
		}
		kunit_err(test, "interrupted from %pS to %pS: %s\n", (void *)first->pc,
			  (void *)last->pc, first->what);
		if (first == sweep->faults)
			print_trace(test, &sweep->fault_trace);
	}
	KUNIT_EXPECT_EQ_MSG(test, sweep->nr_faults, 0, "%s\n", tracing->name);
	KUNIT_EXPECT_GT(test, sweep->nr_walks, 0);

	if ((tracing->fgraph[0] | tracing->fgraph[1]) & chain) {
		for (unsigned long pc = (unsigned long)return_to_handler;
		     in_return_to_handler(pc); pc += AARCH64_INSN_SIZE)
			missed += !was_hit(pc);
		KUNIT_EXPECT_EQ_MSG(test, missed, 0, "not hit in return_to_handler\n");
	}
	if ((tracing->kretprobe[0] | tracing->kretprobe[1]) & chain)
		KUNIT_EXPECT_TRUE(test, was_hit((unsigned long)__kretprobe_trampoline));
}

static struct sweep *sweep_new(struct kunit *test)
{
	struct sweep *sweep = kunit_kzalloc(test, sizeof(*sweep), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, sweep);
	sweep->faults = kunit_kcalloc(test, MAX_FAULTS, sizeof(*sweep->faults), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, sweep->faults);
	bitmap_zero(hit, nr_insns());

	sweep->irq = find_interrupt();
	if (!sweep->irq)
		kunit_skip(test, "no PMU in the device tree");
	if (num_online_cpus() > 1)
		kunit_skip(test, "instructions of other CPUs count, too: boot with nr_cpus=1");
	return sweep;
}

static void sweep(struct kunit *test, const struct tracing *tracing,
		  void (*situation)(struct known *), void (*replacement)(struct known *),
		  void (*shot)(struct sweep *))
{
	struct sweep *sweep = sweep_new(test);
	bool exact;

	sweep->known.situation = situation;
	sweep->recursion = tracing->recursion;
	sweep->replacement = (unsigned long)replacement;
	current_sweep = sweep;

	request_interrupt(test, sweep);
	exact = is_exact(sweep, true, IN_THREAD) && is_exact(sweep, true, IN_RCU) &&
		is_exact(sweep, true, ON_IRQ_STACK);
	if (by_nmi)
		exact = exact && is_exact(sweep, false, IN_THREAD) &&
			is_exact(sweep, false, IN_RCU);
	if (sweep->lost)
		KUNIT_FAIL_AND_ABORT(test, "no interrupt can be had: %s\n", sweep->lost);
	if (!exact)
		kunit_skip(test, "interrupts are not exact: with QEMU's -icount shift=0 they are");

	sweep->sweeping = true;
	sweep->probes = add_probes(test, tracing);
	sweep_chain(test, sweep, shot);
	remove_probes(sweep->probes);

	check_sweep(test, sweep, tracing);
}

static notrace void pass(struct known *known)
{
}

static void every_instruction(struct kunit *test)
{
	sweep(test, test->param_value, pass, known_replacement, sweep_shot);
}

static void tracing_get_desc(const struct tracing *tracing, char *desc)
{
	strscpy(desc, tracing->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(tracing, tracings, tracing_get_desc);

/* What known_inner() calls, without anything that is traced */
static void sweep_situation(struct kunit *test, const char *name,
			    void (*situation)(struct known *))
{
	const struct tracing tracing = { .name = name };

	sweep(test, &tracing, situation, NULL, sweep_shot);
}

static const void *shape_gen_params(struct kunit *test, const void *prev, char *desc)
{
	const struct shape *next = prev ? prev + sizeof(*next) : shapes;

	if (!next->name)
		return NULL;
	strscpy(desc, next->name, KUNIT_PARAM_DESC_SIZE);
	return next;
}

static void every_instruction_of(struct kunit *test)
{
	const struct shape *shape = test->param_value;

	if (shape->key)
		static_key_enable(shape->key);
	sweep_situation(test, shape->name, shape->situation);
	if (shape->key)
		static_key_disable(shape->key);
}

/* The functions of the first shape */
static notrace void calls_on_irq_stack(struct pt_regs *known)
{
	shapes[0].situation((struct known *)known);
	barrier();
}

static noinline notrace void change_stacks(struct known *known)
{
	without_softirqs_on_irq_stack(known, calls_on_irq_stack);
	barrier();
}

static void every_instruction_on_the_irq_stack(struct kunit *test)
{
	sweep_situation(test, "the IRQ stack", change_stacks);
}

#if IS_ENABLED(CONFIG_NET) && IS_ENABLED(CONFIG_BPF_JIT_ALWAYS_ON)
static struct bpf_prog *program;

static noinline notrace void call_program(struct known *known)
{
	program->bpf_func(NULL, program->insnsi);
	barrier();
}

static void destroy_program(void *arg)
{
	bpf_prog_destroy(program);
}

static void every_instruction_of_a_bpf_program(struct kunit *test)
{
	struct sock_filter insns[] = {
		BPF_STMT(BPF_LD | BPF_IMM, 1),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};
	struct sock_fprog_kern fprog = { .len = ARRAY_SIZE(insns), .filter = insns };

	KUNIT_ASSERT_EQ(test, 0, bpf_prog_create(&program, &fprog));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, destroy_program, NULL));
	sweep_situation(test, "BPF program", call_program);
	KUNIT_EXPECT_GT(test, current_sweep->nr_refused[REFUSED_BPF], 0);
}
#endif

static notrace void leave_nothing(struct ftrace_graph_ret *ret, struct fgraph_ops *gops,
				  struct ftrace_regs *fregs)
{
}

struct fgraph_places {
	struct fgraph_ops gops[32];
	unsigned int taken;
};

static void release_fgraph_places(void *arg)
{
	struct fgraph_places *places = arg;

	while (places->taken)
		unregister_ftrace_graph(&places->gops[--places->taken]);
	for (int i = 0; i < ARRAY_SIZE(places->gops); i++)
		ftrace_free_filter(&places->gops[i].ops);
}

/*
 * What ftrace_return_to_handler() does depends on which of the places for users
 * an entry is from, and the next one to register gets another place. So take
 * all but one of them, for a function that is not called.
 */
static void take_fgraph_places(struct kunit *test)
{
	struct fgraph_places *places = kunit_kzalloc(test, sizeof(*places), GFP_KERNEL);
	struct fgraph_ops *gops;

	KUNIT_ASSERT_NOT_NULL(test, places);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action(test, release_fgraph_places, places));
	do {
		KUNIT_ASSERT_LT(test, places->taken, ARRAY_SIZE(places->gops));
		gops = &places->gops[places->taken];
		gops->entryfunc = ftrace_graph_entry_stub;
		gops->retfunc = leave_nothing;
		KUNIT_ASSERT_EQ(test, 0, ftrace_set_filter_ip(&gops->ops,
							      (unsigned long)known_unused, 0, 0));
	} while (!register_ftrace_graph(gops) && ++places->taken);

	KUNIT_ASSERT_GT(test, places->taken, 0);
	unregister_ftrace_graph(&places->gops[--places->taken]);
}

static void every_instruction_when_tracing_stops(struct kunit *test)
{
	static const struct tracing tracing = {
		.name = "fgraph on all, stopped before they return",
		.fgraph = { INNER | MIDDLE | OUTER },
	};
	const void * const calls[] = {
		known_inner, known_middle, known_outer, sweep_shot_stop_tracing,
	};

	take_fgraph_places(test);
	sweep(test, &tracing, start_shot_untraced, NULL, sweep_shot_stop_tracing);

	/* The calls that were taken for granted are these. */
	for (int i = 0; i < ARRAY_SIZE(calls); i++)
		KUNIT_EXPECT_TRUE(test, same_function(current_sweep->base.pcs[2 + i] -
						      AARCH64_INSN_SIZE,
						      (unsigned long)calls[i]));
}

static struct kunit_case stacktrace_sweep_cases[] = {
	KUNIT_CASE_PARAM(every_instruction_of, shape_gen_params),
	KUNIT_CASE(every_instruction_on_the_irq_stack),
#if IS_ENABLED(CONFIG_NET) && IS_ENABLED(CONFIG_BPF_JIT_ALWAYS_ON)
	KUNIT_CASE(every_instruction_of_a_bpf_program),
#endif
	KUNIT_CASE_PARAM(every_instruction, tracing_gen_params),
	KUNIT_CASE(every_instruction_when_tracing_stops),
	{}
};

/* Behind all symbols that begin with that of ftrace_caller, for parts of it, or with ftrace_call */
static unsigned long find_ftrace_caller_end(void)
{
	unsigned long addr = (unsigned long)ftrace_caller, size, offset;
	char name[KSYM_NAME_LEN];

	while (!lookup_symbol_name(addr, name) && strstarts(name, "ftrace_call") &&
	       kallsyms_lookup_size_offset(addr, &size, &offset))
		addr += size;
	return addr;
}

/* Behind its only RET */
static unsigned long find_return_to_handler_end(void)
{
	unsigned long addr = (unsigned long)return_to_handler;

	while (!aarch64_insn_is_ret(le32_to_cpup((__le32 *)addr)))
		addr += AARCH64_INSN_SIZE;
	return addr + AARCH64_INSN_SIZE;
}

static int stacktrace_sweep_suite_init(struct kunit_suite *suite)
{
	nr_gaps = 0;
	ftrace_caller_end = find_ftrace_caller_end();
	return_to_handler_end = find_return_to_handler_end();
	hit = vzalloc(BITS_TO_LONGS(nr_insns()) * sizeof(long));
	swept = vzalloc(BITS_TO_LONGS(nr_insns()) * sizeof(long));
	if (hit && swept)
		return 0;

	vfree(hit);
	vfree(swept);
	return -ENOMEM;
}

/* Say how much of each function was hit. */
static void report_text(struct kunit_suite *suite)
{
	unsigned long i = 0;

	while (i < nr_insns()) {
		unsigned long pc, size, offset, end;
		char name[KSYM_NAME_LEN];

		i = find_next_bit(swept, nr_insns(), i);
		if (i == nr_insns())
			break;

		pc = (unsigned long)_stext + i * AARCH64_INSN_SIZE;
		if (lookup_symbol_name(pc, name) ||
		    !kallsyms_lookup_size_offset(pc, &size, &offset))
			break;
		end = min((pc - offset + size - (unsigned long)_stext) / AARCH64_INSN_SIZE,
			  nr_insns());
		kunit_info(suite, "hit in %s: %u of %lu instructions\n", name,
			   bitmap_weight(swept, end) - bitmap_weight(swept, i),
			   size / AARCH64_INSN_SIZE);
		i = end;
	}
}

static void stacktrace_sweep_suite_exit(struct kunit_suite *suite)
{
	report_text(suite);

	for (unsigned int i = 0; i < nr_gaps; i++)
		kunit_info(suite, "not hit while %s were off: from %pS to %pS\n",
			   by_nmi ? "NMIs" : "interrupts",
			   (void *)gaps[i].from, (void *)gaps[i].to);

	vfree(hit);
	vfree(swept);
}

/* No test may make the kernel warn. */
static int no_warning_init(struct kunit *test)
{
	test->priv = (void *)(get_taint() & BIT(TAINT_WARN));
	return 0;
}

static void no_warning_exit(struct kunit *test)
{
	if (!test->priv && test_taint(TAINT_WARN))
		KUNIT_FAIL(test, "the kernel warned, see the log");
}

static struct kunit_suite stacktrace_sweep_suite = {
	.name = "arm64_stacktrace_sweep",
	.suite_init = stacktrace_sweep_suite_init,
	.suite_exit = stacktrace_sweep_suite_exit,
	.init = no_warning_init,
	.exit = no_warning_exit,
	/* Not for a run that has no -icount and skips them */
	.attr.speed = KUNIT_SPEED_VERY_SLOW,
	.test_cases = stacktrace_sweep_cases,
};

kunit_test_suite(stacktrace_sweep_suite);
