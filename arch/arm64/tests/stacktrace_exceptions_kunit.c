// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests for reliable stack traces across exceptions: stacks that are made up.
 *
 * A task that never was sleeps in the handler of an exception. Its stack has the pt_regs of
 * that, and what the interrupted function has made below its caller's frame record. A walk has
 * to find exactly what is there. Then one value is changed, and the walk has to be an error.
 */

#include <kunit/test.h>

#include <linux/ftrace.h>
#include <linux/init_task.h>
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/stacktrace.h>

#include <asm/insn.h>
#include <asm/ptrace.h>
#include <asm/sections.h>
#include <asm/stacktrace/frame.h>
#include <asm/traps.h>
#include <asm/unwind_map.h>

#define MAX_PCS		64

struct trace {
	int ret;
	unsigned int nr;
	unsigned long pcs[MAX_PCS];
};

static bool store_pc(void *cookie, unsigned long pc)
{
	struct trace *trace = cookie;

	if (trace->nr == MAX_PCS)
		return false;
	trace->pcs[trace->nr++] = pc;
	return true;
}

static noinline void walk(struct trace *trace, struct task_struct *task)
{
	trace->nr = 0;
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

/* Return addresses of calls, say */
#define TEXT(n)		((unsigned long)schedule + (n) * AARCH64_INSN_SIZE)

/* Where the unwind table says that an interrupted function has what belongs to its caller */
enum where {
	IN_REGS,		/* in x29 and x30, as at its first instruction */
	ABOVE_SP,		/* in a frame record that x29 does not point at yet */
	AT_X29,			/* in its frame record */
};

/* An instruction for which the table has it so, and how far above SP or x29 the record is */
static unsigned long instruction_with(struct kunit *test, enum where where, unsigned long least,
				      unsigned long *off)
{
	static const enum unwind_where states[] = {
		[IN_REGS] = UNWIND_REG, [ABOVE_SP] = UNWIND_SP, [AT_X29] = UNWIND_FP,
	};

	for (unsigned long pc = (unsigned long)__unwind_text_start;
	     pc < (unsigned long)__unwind_text_end; pc += AARCH64_INSN_SIZE) {
		const struct unwind_table_state *state = unwind_map_find(&unwind_kernel_map, pc);

		if (!state || state->ra != states[where] || state->fp != states[where])
			continue;
		*off = state->fp_off * sizeof(u64);
		if (where == IN_REGS ||
		    (state->ra_off == state->fp_off + 1 && *off >= least))
			return pc;
	}

	KUNIT_FAIL_AND_ABORT(test, "no instruction is so");
	return 0;
}

/* An instruction that may be unwound through by its text, but which the table does not vouch for */
static unsigned long unreliable_instruction(struct kunit *test)
{
	for (unsigned long pc = (unsigned long)__unwind_text_start;
	     pc < (unsigned long)__unwind_text_end; pc += AARCH64_INSN_SIZE) {
		if (!unwind_map_find(&unwind_kernel_map, pc))
			return pc;
	}

	KUNIT_FAIL_AND_ABORT(test, "the table vouches for all");
	return 0;
}

/*
 * A stack, made from its low end upwards. @link is the place that has to point at the next
 * record.
 */
struct made_up {
	struct task_struct *task;
	unsigned long next;
	u64 *link;
	unsigned int nr;
	unsigned long pcs[MAX_PCS];

	/* Of the last exception: its registers, and the record that the table tells of */
	struct pt_regs *regs;
	struct frame_record *record;
	/* What the handler returns to, and the record behind the exception */
	struct frame_record *handler, *caller;
};

#define GAP	64

static void expect_pc(struct made_up *m, unsigned long pc)
{
	m->pcs[m->nr++] = pc;
}

/* The task sleeps in a function which returns to TEXT(1). */
static struct made_up *make_up(struct kunit *test)
{
	/* With room at both ends, for what should not be there */
	void *memory = kunit_kzalloc(test, 4 * THREAD_SIZE, GFP_KERNEL);
	struct made_up *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, memory);
	KUNIT_ASSERT_NOT_NULL(test, m);
	m->task = kunit_kmalloc(test, arch_task_struct_size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, m->task);
	*m->task = *current;
	m->task->ret_stack = NULL;
	m->task->kretprobe_instances.first = NULL;
	m->task->stack = PTR_ALIGN(memory + THREAD_SIZE, THREAD_SIZE);
	m->next = (unsigned long)m->task->stack + THREAD_SIZE / 4;
	m->task->thread.cpu_context.sp = m->next;
	m->task->thread.cpu_context.pc = TEXT(1);
	m->link = (u64 *)&m->task->thread.cpu_context.fp;
	expect_pc(m, TEXT(1));
	return m;
}

static void add_record(struct made_up *m, unsigned long pc)
{
	struct frame_record *record = (void *)m->next;

	*m->link = m->next;
	record->lr = pc;
	m->link = &record->fp;
	m->next += GAP;
	expect_pc(m, pc);
}

/* A function that was interrupted at @pc returns to @ra. It is handled behind @entry. */
static void add_exception_at(struct made_up *m, unsigned long entry, unsigned long pc,
			     enum where where, unsigned long off, unsigned long ra)
{
	struct pt_regs *regs;

	m->handler = (void *)m->next;
	add_record(m, entry);

	regs = (void *)m->next;
	*m->link = (unsigned long)&regs->stackframe;
	regs->stackframe.type = FRAME_META_TYPE_PT_REGS;
	regs->pstate = PSR_MODE_EL1h;
	regs->sp = (unsigned long)(regs + 1);
	regs->pc = pc;
	m->regs = regs;
	m->next = regs->sp;
	expect_pc(m, pc);

	/* What the table does not tell of has nothing to do with the caller. */
	regs->regs[29] = (unsigned long)&init_task;
	regs->regs[30] = TEXT(9);
	switch (where) {
	case IN_REGS:
		m->record = NULL;
		m->link = &regs->regs[29];
		regs->regs[30] = ra;
		break;
	case AT_X29:
		/* With room below it */
		m->next += 2 * GAP;
		regs->regs[29] = m->next;
		fallthrough;
	case ABOVE_SP:
		m->record = (void *)m->next + off;
		m->record->lr = ra;
		m->link = &m->record->fp;
		m->next += off + GAP;
		break;
	}
	expect_pc(m, ra);
	m->caller = (void *)m->next;
}

static void add_exception(struct kunit *test, struct made_up *m, const char *entry,
			  enum where where, unsigned long ra)
{
	unsigned long off, pc = instruction_with(test, where, 0, &off);

	add_exception_at(m, address_of(test, entry) + 64, pc, where, off, ra);
}

/* It began as a user task does. */
static void add_end(struct kunit *test, struct made_up *m)
{
	struct frame_record_meta *final = &task_pt_regs(m->task)->stackframe;

	add_record(m, address_of(test, "el0t_64_sync") + 64);
	*m->link = (unsigned long)final;
	final->type = FRAME_META_TYPE_FINAL;
}

static void expect_reliable(struct kunit *test, struct made_up *m)
{
	struct trace *trace = kunit_kzalloc(test, sizeof(*trace), GFP_KERNEL);
	bool good;

	KUNIT_ASSERT_NOT_NULL(test, trace);
	walk(trace, m->task);
	good = !trace->ret && trace->nr == m->nr &&
	       !memcmp(trace->pcs, m->pcs, m->nr * sizeof(m->pcs[0]));
	KUNIT_EXPECT_TRUE(test, good);
	if (!good)
		print(test, trace);
}

static void expect_error(struct kunit *test, struct made_up *m, const char *why)
{
	struct trace *trace = kunit_kzalloc(test, sizeof(*trace), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, trace);
	walk(trace, m->task);
	KUNIT_EXPECT_EQ_MSG(test, -EINVAL, trace->ret, "%s", why);
	if (!trace->ret)
		print(test, trace);
}

/* A stack with one exception, which is good */
static struct made_up *make_exception(struct kunit *test, enum where where)
{
	struct made_up *m = make_up(test);

	add_exception(test, m, "el1h_64_irq", where, TEXT(2));
	add_record(m, TEXT(3));
	add_end(test, m);
	return m;
}

static const char * const entries[] = {
	"el1h_64_sync", "el1h_64_irq", "el1h_64_fiq", "el1h_64_error",
};

static void interrupted(struct kunit *test)
{
	for (enum where where = IN_REGS; where <= AT_X29; where++) {
		for (int i = 0; i < ARRAY_SIZE(entries); i++) {
			struct made_up *m = make_up(test);

			add_exception(test, m, entries[i], where, TEXT(2));
			add_record(m, TEXT(3));
			add_end(test, m);
			expect_reliable(test, m);
		}
	}
}

/* The handler of an exception is interrupted, too. */
static void interrupted_handler(struct kunit *test)
{
	for (enum where where = IN_REGS; where <= AT_X29; where++) {
		for (enum where outer = IN_REGS; outer <= AT_X29; outer++) {
			struct made_up *m = make_up(test);

			add_record(m, TEXT(4));
			add_exception(test, m, "el1h_64_irq", where, TEXT(2));
			add_exception(test, m, "el1h_64_sync", outer, TEXT(3));
			add_end(test, m);
			expect_reliable(test, m);
		}
	}
}

/* That is so at its first instruction already: the entry code is what it returns to. */
static void interrupted_before_handler(struct kunit *test)
{
	for (enum where outer = IN_REGS; outer <= AT_X29; outer++) {
		unsigned long entry = address_of(test, "el1h_64_sync") + 64;
		unsigned long off, pc = instruction_with(test, outer, 0, &off);
		struct made_up *m = make_up(test);
		struct made_up behind;
		u64 unused;

		add_exception(test, m, "el1h_64_irq", IN_REGS, entry);
		/* Not by way of a record, as add_exception_at() does it */
		behind = *m;
		behind.link = &unused;
		behind.nr = 0;
		add_exception_at(&behind, entry, pc, outer, off, TEXT(2));
		*m->link = (unsigned long)&behind.regs->stackframe;
		m->next = behind.next;
		m->link = behind.link;
		expect_pc(m, pc);
		expect_pc(m, TEXT(2));
		add_end(test, m);
		expect_reliable(test, m);
	}
}

/* A function has returned to a kretprobe's trampoline, which has not been executed yet. */
static void interrupted_kretprobe(struct kunit *test)
{
	struct kretprobe_instance ri = { .ret_addr = (void *)TEXT(2) };
	struct made_up *m = make_up(test);
	struct pt_regs good;

	add_exception_at(m, address_of(test, "el1h_64_irq") + 64,
			 (unsigned long)__kretprobe_trampoline, IN_REGS, 0, TEXT(9));
	m->nr -= 2;
	expect_pc(m, TEXT(2));
	add_record(m, TEXT(3));
	add_end(test, m);
	expect_error(test, m, "a trampoline without an instance");

	ri.fp = (void *)m->regs->regs[29];
	m->task->kretprobe_instances.first = &ri.llist;
	expect_reliable(test, m);

	good = *m->regs;
	m->regs->sp -= 16;
	expect_error(test, m, "a trampoline, and sp is not right above the pt_regs");
	*m->regs = good;
	m->regs->pstate = PSR_MODE_EL0t;
	expect_error(test, m, "a trampoline, from user space");
	*m->regs = good;
	m->handler->lr = TEXT(4);
	expect_error(test, m, "a trampoline, not behind entry code");
	m->handler->lr = address_of(test, "el1h_64_irq") + 64;
	expect_reliable(test, m);

	m->regs->pc += AARCH64_INSN_SIZE;
	expect_error(test, m, "the second instruction of the trampoline");
}

/* The same with return_to_handler(). This is the stack of a real task. */

static struct trace from_probe;
static struct task_struct *probed_task;

static int walk_on_probe(struct kprobe *kp, struct pt_regs *regs)
{
	if (current == probed_task)
		walk(&from_probe, current);
	return 0;
}

static int fgraph_entry(struct ftrace_graph_ent *ent, struct fgraph_ops *gops,
			struct ftrace_regs *fregs)
{
	return 1;
}

static void fgraph_return(struct ftrace_graph_ret *ret, struct fgraph_ops *gops,
			  struct ftrace_regs *fregs)
{
}

static noinline __noclone void traced_child(void)
{
	barrier();
}

static noinline __noclone void traced_parent(void)
{
	traced_child();
	barrier();
}

static noinline __noclone void traced_grandparent(void)
{
	traced_parent();
	barrier();
}

static bool in_function(unsigned long pc, const void *function)
{
	unsigned long size;

	return kallsyms_lookup_size_offset((unsigned long)function, &size, NULL) &&
	       pc - (unsigned long)function - 1 < size;
}

static int probe_return_to_handler(struct kunit *test, unsigned int insn)
{
	struct kprobe kp = {
		.addr = (kprobe_opcode_t *)return_to_handler + insn, .pre_handler = walk_on_probe,
	};
	int ret = register_kprobe(&kp);

	KUNIT_ASSERT_EQ(test, 0, ret);
	from_probe = (struct trace){ .ret = 1 };
	traced_grandparent();
	unregister_kprobe(&kp);
	return from_probe.ret;
}

static void interrupted_fgraph(struct kunit *test)
{
	static struct fgraph_ops gops = { .entryfunc = fgraph_entry, .retfunc = fgraph_return };
	unsigned long child = (unsigned long)traced_child;
	unsigned int i = 0;

	probed_task = current;
	KUNIT_ASSERT_EQ(test, 0, ftrace_set_filter_ip(&gops.ops, child, 0, 1));
	KUNIT_ASSERT_EQ(test, 0, register_ftrace_graph(&gops));

	KUNIT_EXPECT_EQ(test, 0, probe_return_to_handler(test, 0));
	while (i < from_probe.nr && !in_entry_text(from_probe.pcs[i] - AARCH64_INSN_SIZE))
		i++;
	KUNIT_EXPECT_LT(test, i + 2, from_probe.nr);
	if (!in_function(from_probe.pcs[i + 1], traced_parent) ||
	    !in_function(from_probe.pcs[i + 2], traced_grandparent)) {
		KUNIT_FAIL(test, "not the caller, and its caller, behind the exception");
		print(test, &from_probe);
	}

	/* There is no CFI for it, so nobody knows. */
	KUNIT_EXPECT_EQ(test, -EINVAL, probe_return_to_handler(test, 1));
	unregister_ftrace_graph(&gops);
}

/* The record of the handler, which is the one below the pt_regs */
static void not_behind_entry_code(struct kunit *test)
{
	const unsigned long pcs[] = {
		TEXT(4), (unsigned long)__entry_text_start,
		(unsigned long)__entry_text_end + AARCH64_INSN_SIZE,
		(unsigned long)ftrace_caller + 8, (unsigned long)&init_task, 0,
	};

	for (enum where where = IN_REGS; where <= AT_X29; where++) {
		struct made_up *m = make_exception(test, where);

		for (int i = 0; i < ARRAY_SIZE(pcs); i++) {
			m->handler->lr = pcs[i];
			expect_error(test, m, "not behind entry code");
		}
		/* x29 of the task, with nothing in between */
		m->task->thread.cpu_context.fp = (unsigned long)&m->regs->stackframe;
		expect_error(test, m, "not behind anything");
	}
}

/* The same registers in a place where they cannot be */
static void pt_regs_misplaced(struct kunit *test)
{
	enum { REGS, HANDLER, STACK };
	static const struct {
		const char *what;
		int base;
		long off;
	} cases[] = {
		{ "misaligned by 4", REGS, -4 },
		{ "misaligned by 8", REGS, -8 },
		{ "below the handler's record", HANDLER, -(long)sizeof(struct pt_regs) },
		{ "partly below the stack", STACK, -16 },
		{ "partly above the stack", STACK, THREAD_SIZE - sizeof(struct pt_regs) + 16 },
		{ "above the stack", STACK, THREAD_SIZE },
	};

	for (int i = 0; i < ARRAY_SIZE(cases); i++) {
		struct made_up *m = make_exception(test, AT_X29);
		void *bases[] = { m->regs, m->handler, m->task->stack };
		struct pt_regs *place = bases[cases[i].base] + cases[i].off;

		memmove(place, m->regs, sizeof(*place));
		place->sp = (unsigned long)(place + 1);
		m->handler->fp = (unsigned long)&place->stackframe;
		expect_error(test, m, cases[i].what);
	}
}

static void wrong_pt_regs(struct kunit *test)
{
	static const u64 types[] = {
		FRAME_META_TYPE_NONE, FRAME_META_TYPE_FINAL, FRAME_META_TYPE_PT_REGS + 1, ~0UL,
	};

	for (enum where where = IN_REGS; where <= AT_X29; where++) {
		struct made_up *m = make_exception(test, where);
		struct pt_regs good = *m->regs;
		const u64 sps[] = { good.sp - 16, good.sp + 16, 0, (unsigned long)&good };

		expect_reliable(test, m);
		for (int i = 0; i < ARRAY_SIZE(sps); i++) {
			m->regs->sp = sps[i];
			expect_error(test, m, "sp is not right above the pt_regs");
		}
		*m->regs = good;

		m->regs->pstate = PSR_MODE_EL0t;
		expect_error(test, m, "from user space");
		*m->regs = good;

		for (int i = 0; i < ARRAY_SIZE(types); i++) {
			m->regs->stackframe.type = types[i];
			expect_error(test, m, "no pt_regs, says the metadata record");
		}
		*m->regs = good;

		m->regs->stackframe.record.lr = TEXT(5);
		expect_error(test, m, "the metadata record is a plain one");
	}
}

static void wrong_pc(struct kunit *test)
{
	struct {
		const char *what;
		unsigned long pc;
	} cases[] = {
		{ "0", 0 },
		{ "in user space", 0x400000 },
		{ "in data", (unsigned long)&init_task },
		{ "behind the text", (unsigned long)_etext },
		{ "in the vectors", address_of(test, "vectors") },
		{ "in the entry code", address_of(test, "el1h_64_irq") + 4 },
		{ "in ret_to_kernel", address_of(test, "ret_to_kernel") },
		{ "in cpu_switch_to", address_of(test, "cpu_switch_to") + 8 },
		{ "in ret_from_fork", address_of(test, "ret_from_fork") },
		{ "in ftrace_caller", (unsigned long)ftrace_caller + 8 },
		{ "a kretprobe's trampoline", (unsigned long)__kretprobe_trampoline },
		{ "return_to_handler, without an entry", (unsigned long)return_to_handler },
		{ "in return_to_handler", (unsigned long)return_to_handler + 4 },
		{ "in the hypervisor", (unsigned long)__hyp_text_start },
		{ "identity mapped", (unsigned long)__idmap_text_start },
		{ "of no state", unreliable_instruction(test) },
	};

	/* Even if there is a good record at x29, which need not be that of the caller */
	for (enum where where = IN_REGS; where <= AT_X29; where++) {
		struct made_up *m = make_exception(test, where);
		unsigned long good = m->regs->pc;

		for (int i = 0; i < ARRAY_SIZE(cases); i++) {
			m->regs->pc = cases[i].pc;
			expect_error(test, m, cases[i].what);
			m->regs->pc = good + 2;
			expect_error(test, m, "misaligned");
		}
		m->regs->regs[29] = (unsigned long)m->caller;
		for (int i = 0; i < ARRAY_SIZE(cases); i++) {
			m->regs->pc = cases[i].pc;
			expect_error(test, m, cases[i].what);
		}
	}
}

/* Return addresses which a call of no function that is known returns to */
static void wrong_return_address(struct kunit *test)
{
	struct {
		const char *what;
		unsigned long ra;
	} cases[] = {
		{ "0", 0 },
		{ "in user space", 0x400000 },
		{ "in data", (unsigned long)&init_task },
		{ "misaligned", TEXT(2) + 2 },
		/* Which has no pt_regs where the next record is */
		{ "in the entry code", address_of(test, "el1h_64_sync") + 64 },
		{ "in ftrace_caller", (unsigned long)ftrace_caller + 8 },
		{ "a kretprobe's trampoline", (unsigned long)__kretprobe_trampoline },
		{ "return_to_handler, without an entry", (unsigned long)return_to_handler },
		{ "in the hypervisor", (unsigned long)__hyp_text_start + 4 },
		{ "a call that the table does not vouch for",
			unreliable_instruction(test) + AARCH64_INSN_SIZE },
	};

	for (enum where where = IN_REGS; where <= AT_X29; where++) {
		struct made_up *m = make_exception(test, where);

		for (int i = 0; i < ARRAY_SIZE(cases); i++) {
			if (where == IN_REGS)
				m->regs->regs[30] = cases[i].ra;
			else
				m->record->lr = cases[i].ra;
			expect_error(test, m, cases[i].what);
		}
	}
}

/* A copy of the interrupted function's record where it cannot be, with x29 to match */
static void wrong_place(struct kunit *test)
{
	enum { X29, REGS, STACK, OTHER_STACK, NUMBER };
	static const struct {
		const char *what;
		int base;
		long off;
	} cases[] = {
		{ "misaligned by 4", X29, -4 },
		{ "misaligned by 1", X29, -1 },
		{ "in the pt_regs", REGS, 10 * sizeof(u64) },
		{ "below the stack", STACK, -16 },
		{ "partly below the stack", STACK, -8 },
		{ "partly above the stack", STACK, THREAD_SIZE - 8 },
		{ "above the stack", STACK, THREAD_SIZE },
		{ "on another stack", OTHER_STACK, 4096 },
		{ "at 0", NUMBER, 0 },
		{ "at the highest address", NUMBER, -8 },
	};

	for (int i = 0; i < ARRAY_SIZE(cases); i++) {
		struct made_up *m = make_exception(test, AT_X29);
		void *bases[] = {
			m->record, m->regs, m->task->stack, current->stack, NULL,
		};
		void *place = bases[cases[i].base] + cases[i].off;

		expect_reliable(test, m);
		m->regs->regs[29] += place - (void *)m->record;
		if (cases[i].base <= STACK)
			memmove(place, m->record, sizeof(*m->record));
		expect_error(test, m, cases[i].what);
	}
}

/*
 * The caller is the function that the task began in. SP is so near to the end of the stack that
 * the record, which is told by SP, would be above it; or is a little lower, and that is right.
 */
static void place_above_the_stack(struct kunit *test)
{
	/* All but the final record of the task's own pt_regs is free. */
	const unsigned long final = round_up(sizeof(struct frame_record_meta), 16);
	unsigned long off, pc = instruction_with(test, ABOVE_SP, final, &off);
	struct made_up *m = make_exception(test, ABOVE_SP);
	struct pt_regs *highest = (void *)task_pt_regs(m->task) - final;
	struct pt_regs *lower = (void *)highest - round_up(off + sizeof(*m->record), 16);
	struct pt_regs *const places[] = { lower, highest };

	m->record->fp = (unsigned long)&task_pt_regs(m->task)->stackframe;
	m->record->lr = address_of(test, "el0t_64_sync") + 64;
	m->regs->pc = pc;
	m->pcs[2] = pc;
	m->pcs[3] = m->record->lr;
	m->nr = 4;
	for (int i = 0; i < ARRAY_SIZE(places); i++) {
		struct pt_regs *regs = places[i];

		*regs = *m->regs;
		regs->sp = (unsigned long)(regs + 1);
		memcpy((void *)regs->sp + off, m->record, sizeof(*m->record));
		m->handler->fp = (unsigned long)&regs->stackframe;
		if (regs == lower)
			expect_reliable(test, m);
		else
			expect_error(test, m, "above the stack");
	}
}

/* The caller's x29, which is told by the table, too */
static void wrong_caller(struct kunit *test)
{
	for (enum where where = IN_REGS; where <= AT_X29; where++) {
		struct made_up *m = make_exception(test, where);
		u64 *x29 = where == IN_REGS ? &m->regs->regs[29] : &m->record->fp;
		struct frame_record *in_regs = (void *)&m->regs->regs[10];
		const struct {
			const char *what;
			u64 value;
		} cases[] = {
			{ "misaligned by 4", (u64)m->caller + 4 },
			{ "in the pt_regs", (u64)in_regs },
			{ "the record of the handler", (u64)m->handler },
			{ "the metadata record again", (u64)&m->regs->stackframe },
			{ "off the stack", (u64)m->task->stack + THREAD_SIZE },
			{ "on another stack", (u64)current->stack + 4096 },
			{ "0", 0 },
			/* Where a trace ends, but not behind this function */
			{ "the final record", (u64)&task_pt_regs(m->task)->stackframe },
		};
		u64 good = *x29;

		*in_regs = *m->caller;
		expect_reliable(test, m);
		for (int i = 0; i < ARRAY_SIZE(cases); i++) {
			*x29 = cases[i].value;
			expect_error(test, m, cases[i].what);
		}
		*x29 = good;
		expect_reliable(test, m);

		if (where == IN_REGS)
			continue;
		*x29 = (u64)m->record;
		expect_error(test, m, "its own place");
		if (where == ABOVE_SP)
			continue;
		m->record[-2] = *m->caller;
		*x29 = (u64)&m->record[-2];
		expect_error(test, m, "below its own place");
	}
}

/* There is nothing behind the exception. */
static void ends_at_the_exception(struct kunit *test)
{
	unsigned long pc = unreliable_instruction(test);

	for (enum where where = IN_REGS; where <= AT_X29; where++) {
		struct made_up *m = make_exception(test, where);

		m->regs->regs[29] = (unsigned long)&task_pt_regs(m->task)->stackframe;
		m->regs->pc = pc;
		expect_error(test, m, "the end, in a function of which nothing is known");
		m->regs->pc = address_of(test, "el0t_64_sync") + 64;
		expect_error(test, m, "the end, in entry code");
	}
}

static struct kunit_case stacktrace_exceptions_cases[] = {
	KUNIT_CASE(interrupted),
	KUNIT_CASE(interrupted_handler),
	KUNIT_CASE(interrupted_before_handler),
	KUNIT_CASE(interrupted_kretprobe),
	KUNIT_CASE(interrupted_fgraph),
	KUNIT_CASE(not_behind_entry_code),
	KUNIT_CASE(pt_regs_misplaced),
	KUNIT_CASE(wrong_pt_regs),
	KUNIT_CASE(wrong_pc),
	KUNIT_CASE(wrong_return_address),
	KUNIT_CASE(wrong_place),
	KUNIT_CASE(place_above_the_stack),
	KUNIT_CASE(wrong_caller),
	KUNIT_CASE(ends_at_the_exception),
	{}
};

static struct kunit_suite stacktrace_exceptions_suite = {
	.name = "arm64_stacktrace_exceptions",
	.test_cases = stacktrace_exceptions_cases,
};

kunit_test_suite(stacktrace_exceptions_suite);
