// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the reliable stack walk: an interrupt at every instruction.
 *
 * Functions of the known chain get another return address at some time after
 * they were called, and go back to their caller by way of code that knows the
 * original. At each instruction of all that the caller has to be in the trace.
 *
 * The PMU counts cycles, and interrupts after a given number of them. So the
 * chain is run through again and again, and is interrupted one cycle later each
 * time: shot n interrupts after n cycles. With QEMU's -icount shift=0 that is
 * after n instructions, exactly. The suite makes sure of it before it relies on
 * it, and skips itself on other machines.
 *
 * What the trace has to be comes from what was executed. From the instruction at
 * which shot n interrupted, and where shot n + 1 did, it is known what was
 * called and what has returned. sweep_follow() keeps the list of all calls that
 * have not returned yet. Only the list to begin with comes from the stack: from
 * a walk at a call boundary, before anything happens.
 *
 * The walk is that of the current task, from the interrupt. It has to consist of
 * the exception's own functions, the interrupted instruction, and the calls. It
 * has to be an error in ftrace_caller, on the way there from a far module, in a
 * module's PLT unless a BL has called that, and in a BPF program or trampoline that is
 * not in its frame, and must not be one anywhere else.
 *
 * A fault on the way is an exception of its own. Its entry code has interrupts off,
 * so which functions it has called is read off their frame records, when they are
 * all there.
 *
 * An interrupt that hits while they are off is taken when they are on again. It
 * is verified that every shot in between was held back, up to the same
 * instruction, and behind a BRK or an instruction that can switch interrupts
 * off; these places are printed. As a pseudo-NMI (irqchip.gicv3_pseudo_nmi=1) it
 * hits there as well, and what is left are exceptions.
 */

#include <linux/bitmap.h>
#include <linux/extable.h>
#include <linux/filter.h>
#include <linux/ftrace.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/kallsyms.h>
#include <linux/kernel_stat.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/of_irq.h>
#include <linux/perf/arm_pmuv3.h>
#include <linux/scs.h>
#include <linux/stacktrace.h>
#include <linux/vmalloc.h>

#include <asm/asm-extable.h>
#include <asm/debug-monitors.h>
#include <asm/extable.h>
#include <asm/insn.h>
#include <asm/irq_regs.h>
#include <asm/patching.h>
#include <asm/pointer_auth.h>
#include <asm/sections.h>
#include <asm/sysreg.h>
#include <asm/unwind_text.h>

#include <kunit/visibility.h>

#include "stacktrace_kunit.h"
#include "stacktrace_probes.h"
#include "stacktrace_shapes.h"
#include "stacktrace_sweep.h"

/* The bit of the PMU's cycle counter in its registers for all counters */
#define CYCLE_COUNTER	BIT(31)

#define MAX_CALLS	32
#define MAX_FAULTS	512
#define MAX_SHOTS	1000000
#define MAX_GAPS	64
#define MAX_BPF		4

/* How often a shot is repeated when another interrupt came in between */
#define MAX_TRIES	10

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

/**
 * struct bpf_code - a BPF program, a function of one, or a trampoline
 * @text:	it
 * @frame:	how many of its instructions have a frame record, as the JIT says
 * @with:	how many instructions were hit with x29 at its frame record
 * @without:	and how many others
 */
struct bpf_code {
	const struct bpf_text *text;
	unsigned int frame;
	unsigned int with;
	unsigned int without;
};

/* What is wrong at one instruction */
struct fault {
	unsigned long pc;
	const char *what;
};

struct sweep {
	struct known *known;
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
	 * How late the handler is if nothing held it up: with interrupts off and on, and
	 * outside and inside of an RCU read-side critical section, in which that of the
	 * interrupt controller's driver ends sooner
	 */
	u32 prompt[2][2];

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
	unsigned int nr_refused;
	unsigned int nr_masked;
	unsigned int nr_bpf;
	struct bpf_code bpf[MAX_BPF];
	unsigned int nr_faults;
	struct fault *faults;
	struct trace fault_trace;
	const char *lost;
	int error;
};

static DEFINE_PER_CPU(struct sweep *, sweep_of_cpu);

/* Whether the PMU's interrupt is a pseudo-NMI */
static bool by_nmi;

/*
 * The text of the kernel, and of the module that the suite is in. Instructions that
 * were hit, in the current sweep and in all, have a bit each.
 */
static struct swept_text {
	unsigned long start;
	unsigned long nr;
	unsigned long *hit;
	unsigned long *swept;
} texts[2];
static const struct module *swept_module;

/* Between which instructions interrupts were off, in all sweeps */
static struct gap {
	unsigned long from;
	unsigned long to;
} gaps[MAX_GAPS];
static unsigned int nr_gaps;

static notrace void set_hit(unsigned long pc)
{
	for (int i = 0; i < ARRAY_SIZE(texts); i++) {
		unsigned long index = (pc - texts[i].start) / AARCH64_INSN_SIZE;

		if (pc < texts[i].start || index >= texts[i].nr)
			continue;
		__set_bit(index, texts[i].hit);
		__set_bit(index, texts[i].swept);
	}
}

static bool was_hit(unsigned long pc)
{
	return test_bit((pc - texts[0].start) / AARCH64_INSN_SIZE, texts[0].hit);
}

static bool in_return_to_handler(unsigned long pc)
{
	return pc >= (unsigned long)return_to_handler &&
	       pc < (unsigned long)return_to_handler_end;
}

static bool is_kretprobe_trampoline_insn(unsigned long pc)
{
	return pc == (unsigned long)__kretprobe_trampoline;
}

/* The trampolines that a function returns to in place of its caller */
static bool is_return_trampoline(unsigned long pc)
{
	return pc == (unsigned long)return_to_handler ||
	       is_kretprobe_trampoline_insn(pc);
}

/*
 * ftrace_caller. A walk through it is an error, because the traced function may
 * have been redirected.
 */
static bool in_ftrace_caller(unsigned long pc)
{
	return pc >= (unsigned long)__nounwind_text_start &&
	       pc < (unsigned long)__nounwind_text_end &&
	       !is_kretprobe_trampoline_insn(pc);
}

static bool in_module_section(unsigned long pc, int section)
{
	const struct mod_nounwind *nounwind;

	if (!swept_module)
		return false;
	nounwind = &swept_module->arch.nounwind[section];
	return pc >= nounwind->start && pc < nounwind->end;
}

/* A trampoline to ftrace_caller. Refused by section. */
static bool in_module_ftrace_trampoline(unsigned long pc)
{
	return in_module_section(pc, MOD_NOUNWIND_FTRACE);
}

static bool in_module_plt(unsigned long pc)
{
	return in_module_section(pc, MOD_NOUNWIND_PLT);
}

static bool has_called_plt(unsigned long ra)
{
	unsigned long call = ra - AARCH64_INSN_SIZE;
	u32 insn = le32_to_cpup((__le32 *)call);

	return aarch64_insn_is_bl(insn) && in_module_plt(call + aarch64_get_branch_offset(insn));
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

/*
 * A BPF trampoline calls the function that it traces by a RET, and when that has
 * returned, it goes to the function's caller.
 */
static notrace void leave_bpf(struct sweep *sweep, const struct pt_regs *regs)
{
	if (regs->regs[30] == sweep->last_pc + AARCH64_INSN_SIZE) {
		push_call(sweep);
		return;
	}
	if (sweep->nr_calls > 2 && regs->pc == sweep->calls[sweep->nr_calls - 2].ra)
		sweep->nr_calls--;
	pop_call(sweep, regs);
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

	for (record = (void *)regs->regs[29]; record != (void *)fault->stackframe;
	     record = (void *)record[0])
		if ((void *)record < (void *)regs->sp || (void *)record > (void *)fault ||
		    called++ == MAX_CALLS)
			break;
	if (record != (void *)fault->stackframe || fault->pc != sweep->last_pc ||
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
		if (!same_frame || !same_function(pc, sweep->last_pc))
			lost(sweep, "interrupts on in another function");
	} else if (aarch64_insn_is_bl(insn) || aarch64_insn_is_blr(insn)) {
		push_call(sweep);
	} else if (aarch64_insn_is_ret(insn) && bpf_text_find(sweep->last_pc)) {
		leave_bpf(sweep, regs);
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
			sweep->fault_trace = sweep->known->trace;
	}
	sweep->nr_faults++;
}

static notrace bool trace_is_complete(const struct sweep *sweep, const struct pt_regs *regs,
				      const struct trace *trace)
{
	unsigned int entry = 0, rest = 2 + sweep->nr_base;

	while (entry < trace->nr &&
	       !unwind_text_exception(trace->pcs[entry] - AARCH64_INSN_SIZE))
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

/* Code in a section that is refused, which includes ftrace_caller */
static notrace bool in_refused_section(const struct sweep *sweep, unsigned long pc)
{
	unsigned long ra = sweep->calls[sweep->nr_calls - 1].ra;

	return in_ftrace_caller(pc) || in_module_ftrace_trampoline(pc) ||
	       (in_module_plt(pc) && !has_called_plt(ra));
}

/* Is it an error because of that code, as it has to be? */
static notrace bool refuses_section(const struct sweep *sweep, unsigned long pc)
{
	const struct trace *trace = &sweep->known->trace;

	return trace->ret && trace->err.reason == STACK_WALK_SECTION &&
	       (in_refused_section(sweep, pc) ? trace->err.pc == pc :
		in_ftrace_caller(trace->err.pc - AARCH64_INSN_SIZE));
}

/* Does x29 point at a frame record with the address that BPF code will return to? */
static notrace bool in_bpf_frame(const struct sweep *sweep, const struct pt_regs *regs)
{
	const unsigned long *record = (unsigned long *)regs->regs[29];

	return (unsigned long)record >= regs->sp &&
	       ptrauth_strip_kernel_insn_pac(record[1]) == sweep->calls[sweep->nr_calls - 1].ra;
}

static notrace void count_bpf(struct sweep *sweep, unsigned long pc, bool with)
{
	const struct bpf_text *text = bpf_text_find(pc);
	unsigned int i = 0;

	while (i < sweep->nr_bpf && sweep->bpf[i].text != text)
		i++;
	if (i == MAX_BPF) {
		lost(sweep, "too many BPF programs");
		return;
	}
	if (i == sweep->nr_bpf) {
		sweep->bpf[i].text = text;
		sweep->bpf[i].frame = (text->frame_end - text->frame_start) / AARCH64_INSN_SIZE;
		sweep->nr_bpf++;
	}
	sweep->bpf[i].with += with;
	sweep->bpf[i].without += !with;
}

static notrace void sweep_walk(struct sweep *sweep, const struct pt_regs *regs)
{
	bool in_bpf = bpf_text_find(regs->pc);
	struct trace *trace = &sweep->known->trace;
	bool refused = in_refused_section(sweep, regs->pc);

	*trace = (struct trace){};
	trace_walk(trace, current);

	if (in_bpf)
		count_bpf(sweep, regs->pc, in_bpf_frame(sweep, regs));
	/* Before it has made its frame record, and after it has left it */
	if (in_bpf && !in_bpf_frame(sweep, regs)) {
		sweep->nr_refused++;
		if (!trace->ret || trace->err.reason != STACK_WALK_METADATA ||
		    trace->err.pc != regs->pc)
			add_fault(sweep, regs->pc, "no error where there is no frame");
		return;
	}

	for (unsigned int i = 0; i < sweep->nr_calls; i++)
		refused |= in_ftrace_caller(sweep->calls[i].ra - AARCH64_INSN_SIZE);

	if (refused) {
		sweep->nr_refused++;
		if (!refuses_section(sweep, regs->pc))
			add_fault(sweep, regs->pc, "no error because of the section");
		/* Other walks go on as well as they can. */
		trace->nr = stack_trace_save(trace->pcs, TRACE_MAX, 0);
		if (trace->pcs[trace->nr - 1] != sweep->base.pcs[sweep->base.nr - 1])
			add_fault(sweep, regs->pc, "the end is not reached");
		return;
	}

	sweep->nr_walks++;
	if (trace->ret)
		add_fault(sweep, regs->pc, stack_walk_reason_text(trace->err.reason));
	else if (!trace_is_complete(sweep, regs, trace))
		add_fault(sweep, regs->pc, "a wrong trace that is said to be reliable");

	/* So does a walk that is not asked to be reliable. */
	*trace = (struct trace){};
	trace->nr = stack_trace_save(trace->pcs, TRACE_MAX, 0);
	if (!trace_is_complete(sweep, regs, trace))
		add_fault(sweep, regs->pc, "a wrong trace of best effort");
	/* And one that begins with the registers, as that of an oops. */
	*trace = (struct trace){};
	trace->pcs[trace->nr++] = (unsigned long)__entry_exception_text_end;
	trace->nr += stack_trace_save_regs(get_irq_regs(), trace->pcs + 1, TRACE_MAX - 1, 0);
	if (!trace_is_complete(sweep, regs, trace))
		add_fault(sweep, regs->pc, "a wrong trace from the registers");
}

static notrace void sweep_land(struct sweep *sweep, const struct pt_regs *regs, u32 late)
{
	u32 prompt = sweep->prompt[!!interrupts_enabled(regs)][!!rcu_preempt_depth()];

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
	/* The exception was that of another interrupt, which comes after this one. */
	if (late < prompt) {
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
	sweep->known->recursion = sweep->recursion;
	sweep->nr_base = 1;
	trace_walk(&sweep->base, current);

	start_shot(sweep);
	known_outer(sweep->known);
	end_shot(sweep);
}

/* The sweep that is going on */
static struct sweep *current_sweep;

/* In the chain, all functions of which are traced: stop that. */
static noinline notrace void start_shot_untraced(struct known *known)
{
	struct sweep *sweep = current_sweep;

	tracing_stop_fgraph(sweep->probes);
	trace_walk(&sweep->base, current);
	start_shot(sweep);
}

static noinline notrace void sweep_shot_stop_tracing(struct sweep *sweep)
{
	/* From start_shot_untraced() to this one, which ends the shot. */
	sweep->nr_base = 5;
	sweep->error = tracing_restart_fgraph(sweep->probes);
	known_outer(sweep->known);
	end_shot(sweep);
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
static bool is_exact_once(struct sweep *sweep, bool irqs_on, bool in_rcu)
{
	static void (* const shots[2][2])(struct sweep *) = {
		{ shoot_at_nops_irqs_off, shoot_at_nops_irqs_off_in_rcu },
		{ shoot_at_nops, shoot_at_nops_in_rcu },
	};
	void (*shot)(struct sweep *) = shots[irqs_on][in_rcu];
	u32 *prompt = &sweep->prompt[irqs_on][in_rcu];
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
static bool is_exact(struct sweep *sweep, bool irqs_on, bool in_rcu)
{
	for (int i = 0; i < MAX_TRIES; i++)
		if (is_exact_once(sweep, irqs_on, in_rcu))
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

	by_nmi = !request_percpu_nmi(sweep->irq, sweep_interrupt, "sweep", &sweep_of_cpu);
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
	unsigned int missed = 0;

	kunit_info(test, "%s: %u shots, %u walks, %u refused, %u while %s were off\n",
		   tracing->name, sweep->n - 1, sweep->nr_walks, sweep->nr_refused,
		   sweep->nr_masked, by_nmi ? "NMIs" : "interrupts");

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
	for (int i = 0; i < ARRAY_SIZE(texts); i++)
		if (texts[i].hit)
			bitmap_zero(texts[i].hit, texts[i].nr);

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

	sweep->known = known_new(test, situation);
	sweep->recursion = tracing->recursion;
	sweep->replacement = (unsigned long)replacement;
	current_sweep = sweep;

	request_interrupt(test, sweep);
	exact = is_exact(sweep, true, false) && is_exact(sweep, true, true);
	if (by_nmi)
		exact = exact && is_exact(sweep, false, false) && is_exact(sweep, false, true);
	if (sweep->lost)
		KUNIT_FAIL_AND_ABORT(test, "no interrupt can be had: %s\n", sweep->lost);
	if (!exact)
		kunit_skip(test, "interrupts are not exact: with QEMU's -icount shift=0 they are");

	sweep->sweeping = true;
	sweep->probes = tracing_add_probes(test, tracing);
	sweep_chain(test, sweep, shot);
	tracing_remove_probes(sweep->probes);

	check_sweep(test, sweep, tracing);
}

static notrace void pass(struct known *known)
{
}

static void every_instruction(struct kunit *test)
{
	sweep(test, test->param_value, pass, known_replacement, sweep_shot);
}

/**
 * stacktrace_sweep() - Interrupt the known chain at each of its instructions
 * @test:	the test, which fails if a walk is not what it has to be
 * @name:	what is special about it, for the log
 * @situation:	what is called at the end of the chain
 * @replacement: what known_middle() has been redirected to, or NULL
 *
 * To be called between stacktrace_sweep_init() and stacktrace_sweep_exit().
 *
 * Context: Process context.
 *
 * Return: how many of the walks were refused, as they had to be.
 */
unsigned int stacktrace_sweep(struct kunit *test, const char *name,
			      void (*situation)(struct known *),
			      void (*replacement)(struct known *))
{
	const struct tracing tracing = { .name = name };

	sweep(test, &tracing, situation, replacement, sweep_shot);
	return current_sweep->nr_refused;
}
EXPORT_SYMBOL_IF_KUNIT(stacktrace_sweep);

/**
 * stacktrace_sweep_shape() - Interrupt functions at each of their instructions
 * @test:	as for stacktrace_sweep()
 * @shape:	the functions
 *
 * Context: Process context.
 *
 * Return: as stacktrace_sweep() does.
 */
unsigned int stacktrace_sweep_shape(struct kunit *test, const struct shape *shape)
{
	unsigned int refused;

	if (shape->key)
		static_key_enable(shape->key);
	refused = stacktrace_sweep(test, shape->name, shape->situation, NULL);
	if (shape->key)
		static_key_disable(shape->key);
	return refused;
}
EXPORT_SYMBOL_IF_KUNIT(stacktrace_sweep_shape);

static const void *shape_gen_params(const void *prev, char *desc)
{
	const struct shape *next = prev ? prev + sizeof(*next) : shapes;

	if (!next->name)
		return NULL;
	strscpy(desc, next->name, KUNIT_PARAM_DESC_SIZE);
	return next;
}

static void every_instruction_of(struct kunit *test)
{
	stacktrace_sweep_shape(test, test->param_value);
}

#ifdef CONFIG_ARM64_STACKTRACE_BPF_KUNIT_TEST
/* What the JIT has said of code without branches that are taken is what it did. */
static void check_bpf(struct kunit *test, unsigned int nr)
{
	const struct sweep *sweep = current_sweep;

	KUNIT_EXPECT_EQ(test, sweep->nr_bpf, nr);
	for (unsigned int i = 0; i < sweep->nr_bpf; i++) {
		const struct bpf_code *code = &sweep->bpf[i];

		kunit_info(test, "%u instructions with a frame, %u without\n",
			   code->with, code->without);
		KUNIT_EXPECT_GT(test, code->without, 0);
		KUNIT_EXPECT_EQ(test, code->with, code->frame);
	}
}

static void every_instruction_of_a_bpf_program(struct kunit *test)
{
	known_make_program(test);
	stacktrace_sweep(test, "BPF program", known_call_program, NULL);
	check_bpf(test, 1);
}

static void every_instruction_of_a_bpf_subprogram(struct kunit *test)
{
	known_make_program_with_subprogram(test);
	stacktrace_sweep(test, "BPF subprogram", known_call_program, NULL);
	check_bpf(test, 2);
}

static void every_instruction_of_a_classic_bpf_program(struct kunit *test)
{
	known_make_classic_program(test);
	stacktrace_sweep(test, "classic BPF program", known_call_program, NULL);
	check_bpf(test, 1);
}

static void every_instruction_of_a_struct_ops(struct kunit *test)
{
	known_make_struct_ops(test);
	stacktrace_sweep(test, "BPF struct_ops", known_call_struct_ops, NULL);
	check_bpf(test, 2);
}

static void every_instruction_of_a_bpf_trampoline(struct kunit *test)
{
	known_attach_program(test, test->param_value);
	stacktrace_sweep(test, "BPF trampoline", pass, NULL);
	check_bpf(test, 2);
}
#endif

static notrace void leave_nothing(struct ftrace_graph_ret *trace, struct fgraph_ops *gops)
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
							      (unsigned long)known_thread, 0, 0));
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
	static const char * const calls[] = {
		"known_inner", "known_middle", "known_outer", "sweep_shot_stop_tracing",
	};

	take_fgraph_places(test);
	sweep(test, &tracing, start_shot_untraced, NULL, sweep_shot_stop_tracing);

	/* The calls that were taken for granted are these. */
	for (int i = 0; i < ARRAY_SIZE(calls); i++)
		KUNIT_EXPECT_TRUE(test, in_function(current_sweep->base.pcs[2 + i], calls[i]));
}

static struct kunit_case stacktrace_sweep_cases[] = {
	KUNIT_CASE_PARAM(every_instruction_of, shape_gen_params),
#ifdef CONFIG_ARM64_STACKTRACE_BPF_KUNIT_TEST
	KUNIT_CASE(every_instruction_of_a_bpf_program),
	KUNIT_CASE(every_instruction_of_a_bpf_subprogram),
	KUNIT_CASE(every_instruction_of_a_classic_bpf_program),
	KUNIT_CASE(every_instruction_of_a_struct_ops),
	KUNIT_CASE_PARAM(every_instruction_of_a_bpf_trampoline, known_trampoline_gen_params),
#endif
	KUNIT_CASE_PARAM(every_instruction, tracing_gen_params),
	KUNIT_CASE(every_instruction_when_tracing_stops),
	{}
};

/* Make room for what is hit in @size bytes of text at @start. */
static int prepare_text(struct swept_text *text, const void *start, size_t size)
{
	text->start = (unsigned long)start;
	text->nr = size / AARCH64_INSN_SIZE;
	text->hit = vzalloc(BITS_TO_LONGS(text->nr) * sizeof(long));
	text->swept = vzalloc(BITS_TO_LONGS(text->nr) * sizeof(long));
	return text->hit && text->swept ? 0 : -ENOMEM;
}

static void release_texts(void)
{
	for (int i = 0; i < ARRAY_SIZE(texts); i++) {
		vfree(texts[i].hit);
		vfree(texts[i].swept);
		texts[i] = (struct swept_text){};
	}
	swept_module = NULL;
}

/**
 * stacktrace_sweep_init() - Prepare for a suite of sweeps
 * @mod:	the module that the suite is in, or NULL
 *
 * Context: Process context.
 *
 * Return: 0 or -ENOMEM.
 */
int stacktrace_sweep_init(const struct module *mod)
{
	int ret;

	nr_gaps = 0;
	ret = prepare_text(&texts[0], _stext, _etext - _stext);
	if (!ret && mod)
		ret = prepare_text(&texts[1], mod->mem[MOD_TEXT].base, mod->mem[MOD_TEXT].size);
	swept_module = mod;
	if (ret)
		release_texts();
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(stacktrace_sweep_init);

/**
 * stacktrace_sweep_in_plt() - How much of the module's PLT was interrupted?
 *
 * Context: Process context, between stacktrace_sweep_init() and stacktrace_sweep_exit().
 *
 * Return: the number of instructions, of all sweeps so far.
 */
unsigned int stacktrace_sweep_in_plt(void)
{
	const struct swept_text *text = &texts[1];
	unsigned int hit = 0;

	for (unsigned long i = 0; i < text->nr; i++)
		hit += in_module_plt(text->start + i * AARCH64_INSN_SIZE) &&
		       test_bit(i, text->swept);
	return hit;
}
EXPORT_SYMBOL_IF_KUNIT(stacktrace_sweep_in_plt);

/**
 * stacktrace_sweep_patch() - Write an instruction of the module
 * @addr:	where, in the module of stacktrace_sweep_init()
 * @insn:	the instruction, which nobody executes meanwhile
 *
 * Context: Process context, between stacktrace_sweep_init() and stacktrace_sweep_exit().
 *
 * Return: 0, -EINVAL if that is not in the module, or the error of
 *	   aarch64_insn_patch_text_nosync().
 */
int stacktrace_sweep_patch(unsigned long addr, u32 insn)
{
	if (!swept_module || !within_module(addr, swept_module))
		return -EINVAL;
	return aarch64_insn_patch_text_nosync((void *)addr, insn);
}
EXPORT_SYMBOL_IF_KUNIT(stacktrace_sweep_patch);

/**
 * stacktrace_sweep_called_plt() - unwind_text_called_plt(), for the module
 * @addr:	as there
 * @ra:		as there
 *
 * Context: Any.
 *
 * Return: as there.
 */
bool stacktrace_sweep_called_plt(unsigned long addr, unsigned long ra)
{
	guard(preempt)();
	return unwind_text_called_plt(addr, ra);
}
EXPORT_SYMBOL_IF_KUNIT(stacktrace_sweep_called_plt);

/* Say how much of each function was hit. */
static void report_text(struct kunit_suite *suite, const struct swept_text *text)
{
	unsigned long i = 0;

	while (i < text->nr) {
		unsigned long pc, size, offset, end;
		char name[KSYM_NAME_LEN], *module;

		i = find_next_bit(text->swept, text->nr, i);
		if (i == text->nr)
			break;

		pc = text->start + i * AARCH64_INSN_SIZE;
		if (!kallsyms_lookup(pc, &size, &offset, &module, name))
			break;
		end = min((pc - offset + size - text->start) / AARCH64_INSN_SIZE, text->nr);
		kunit_info(suite, "hit in %s: %u of %lu instructions\n", name,
			   bitmap_weight(text->swept, end) - bitmap_weight(text->swept, i),
			   size / AARCH64_INSN_SIZE);
		i = end;
	}
}

/**
 * stacktrace_sweep_exit() - Say what was swept
 * @suite:	the suite that stacktrace_sweep_init() was called for
 *
 * Context: Process context.
 */
void stacktrace_sweep_exit(struct kunit_suite *suite)
{
	for (int i = 0; i < ARRAY_SIZE(texts); i++)
		report_text(suite, &texts[i]);

	for (unsigned int i = 0; i < nr_gaps; i++)
		kunit_info(suite, "not hit while %s were off: from %pS to %pS\n",
			   by_nmi ? "NMIs" : "interrupts",
			   (void *)gaps[i].from, (void *)gaps[i].to);

	release_texts();
}
EXPORT_SYMBOL_IF_KUNIT(stacktrace_sweep_exit);

static int stacktrace_sweep_suite_init(struct kunit_suite *suite)
{
	return stacktrace_sweep_init(NULL);
}

static struct kunit_suite stacktrace_sweep_suite = {
	.name = "arm64_stacktrace_sweep",
	.suite_init = stacktrace_sweep_suite_init,
	.suite_exit = stacktrace_sweep_exit,
	.init = no_warning_init,
	.exit = no_warning_exit,
	/* Not for a run that has no -icount and skips them */
	.attr.speed = KUNIT_SPEED_VERY_SLOW,
	.test_cases = stacktrace_sweep_cases,
};

kunit_test_suite(stacktrace_sweep_suite);

#ifdef CONFIG_MODULES
/* Leave no room for modules in reach of a branch, such that they need PLTs. */
static bool far_modules;
module_param(far_modules, bool, 0444);

static int __init fill_module_region(void)
{
	unsigned long start = max((unsigned long)_end - SZ_128M, MODULES_VADDR);
	unsigned long end = min((unsigned long)_text + SZ_128M, MODULES_END);

	for (unsigned long size = SZ_64M; far_modules && size >= PAGE_SIZE; size /= 2)
		while (__get_vm_area_caller(size, 0, start, end, fill_module_region))
			;
	return 0;
}
late_initcall(fill_module_region);
#endif
