// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the reliable stack walk: stacks that are made up.
 *
 * A task that never was, with a stack of its own, is given the frame records of
 * a task that sleeps in a known place. Then one word of that is changed, and
 * the walk has to notice.
 */

#include <linux/init_task.h>
#include <linux/kallsyms.h>
#include <linux/processor.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/stacktrace.h>
#include <linux/utsname.h>
#include <linux/vmalloc.h>

#include <asm/insn.h>
#include <asm/ptrace.h>
#include <asm/sections.h>
#include <asm/stacktrace.h>

#include "stacktrace_kunit.h"

/*
 * The words of the stack. Frame 0 is what cpu_switch_to() saved; the record of
 * frame n is where the FP of frame n - 1 points. The FP of the last frame points
 * to the final record.
 */
#define NR_FRAMES	5
#define LAST		(NR_FRAMES - 1)

struct frame {
	unsigned long fp;
	unsigned long pc;
};

struct made_up {
	struct task_struct *task;
	unsigned long sp;
	struct frame *frame[NR_FRAMES];
	struct frame first;
	struct frame *final;
	struct trace trace;
};

/* What the PCs of the frames are, before anything is changed */
static const char * const functions[NR_FRAMES] = {
	"known_inner", "known_middle", "known_outer", "known_thread", "ret_from_fork",
};

/* A return address in a function. The call is its third instruction, say. */
static unsigned long address_in(struct kunit *test, const char *function)
{
	return known_address(test, function) + 3 * AARCH64_INSN_SIZE;
}

static void free_stack(void *stack)
{
	vfree(stack);
}

static struct made_up *make_up(struct kunit *test)
{
	struct made_up *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	void *stack = vzalloc(THREAD_SIZE);

	KUNIT_ASSERT_NOT_NULL(test, stack);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, free_stack, stack));
	KUNIT_ASSERT_NOT_NULL(test, m);
	m->task = kunit_kzalloc(test, sizeof(*m->task), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, m->task);

	m->task->stack = stack;
	m->task->flags = PF_KTHREAD;
	m->task->pid = 1;
	strscpy(m->task->comm, "made up", sizeof(m->task->comm));
	m->final = (struct frame *)task_pt_regs(m->task)->stackframe;

	/* With some room between the records, as there is on a real stack */
	m->frame[0] = &m->first;
	for (int i = 1; i < NR_FRAMES; i++) {
		m->frame[i] = stack + THREAD_SIZE / 2 + i * 64;
		m->frame[i - 1]->fp = (unsigned long)m->frame[i];
	}
	m->frame[LAST]->fp = (unsigned long)m->final;
	for (int i = 0; i < NR_FRAMES; i++)
		m->frame[i]->pc = address_in(test, functions[i]);
	/* The first record is where the compiler has it, right at the SP. */
	m->sp = m->first.fp;

	return m;
}

static void walk_made_up(struct made_up *m)
{
	m->task->thread.cpu_context.sp = m->sp;
	m->task->thread.cpu_context.fp = m->first.fp;
	m->task->thread.cpu_context.pc = m->first.pc;
	trace_walk(&m->trace, m->task);
}

/* What the walk takes a PC for. cpu_switch_to() saves one that is not signed. */
static unsigned long pc_of(const struct made_up *m, unsigned int frame)
{
	return frame ? ptrauth_strip_kernel_insn_pac(m->frame[frame]->pc) : m->first.pc;
}

/* Expect a reliable trace of the PCs of the first @nr frames. */
static void expect_made_up(struct kunit *test, struct made_up *m, unsigned int nr)
{
	walk_made_up(m);

	KUNIT_EXPECT_EQ(test, m->trace.ret, 0);
	KUNIT_EXPECT_EQ(test, m->trace.nr, nr);
	for (int i = 0; i < nr; i++)
		KUNIT_EXPECT_EQ(test, m->trace.pcs[i], pc_of(m, i));
	if (m->trace.ret || m->trace.nr != nr)
		print_trace(test, &m->trace);
}

/*
 * Expect an error after the PCs of the first @nr frames were reported: at the
 * PC of frame @blamed.
 */
static void expect_refused(struct kunit *test, struct made_up *m, unsigned int nr,
			   enum stack_walk_reason reason, unsigned int blamed)
{
	walk_made_up(m);

	expect_error_at(test, &m->trace, reason, pc_of(m, blamed));
	KUNIT_EXPECT_EQ(test, m->trace.nr, nr);
}

static void good_stack(struct kunit *test)
{
	expect_made_up(test, make_up(test), NR_FRAMES);
}

/* What a value is relative to */
enum base {
	NUMBER,			/* to nothing */
	STACK,			/* the lowest address of the stack */
	REGS,			/* the task's pt_regs, above which nothing is a record */
	FINAL,			/* the final record in these */
	RECORD_1, RECORD_2, RECORD_3, RECORD_4,
	OTHER_STACK,		/* the stack of the task that runs the test */
	IRQ_STACK,
};

static unsigned long value_of(const struct made_up *m, enum base base, unsigned long offset)
{
	switch (base) {
	case NUMBER:
		break;
	case STACK:
		offset += (unsigned long)m->task->stack;
		break;
	case REGS:
		offset += (unsigned long)task_pt_regs(m->task);
		break;
	case FINAL:
		offset += (unsigned long)m->final;
		break;
	case RECORD_1 ... RECORD_4:
		offset += (unsigned long)m->frame[base - RECORD_1 + 1];
		break;
	case OTHER_STACK:
		offset += (unsigned long)current->stack;
		break;
	case IRQ_STACK:
		offset += (unsigned long)raw_cpu_read(irq_stack_ptr);
		break;
	}

	return offset;
}

struct bad_record {
	const char *name;
	enum base base;
	unsigned long offset;
	enum stack_walk_reason reason;
};

/* What is wrong with the FP of frame 2, that is with the place of the next record */
static const struct bad_record bad_records[] = {
	{ "misaligned by 1",		RECORD_3,	1,	STACK_WALK_MISALIGNED },
	{ "misaligned by 4",		RECORD_3,	4,	STACK_WALK_MISALIGNED },
	{ "misaligned, off the stack",	STACK,		-20,	STACK_WALK_MISALIGNED },
	{ "misaligned final record",	FINAL,		4,	STACK_WALK_MISALIGNED },

	{ "itself",			RECORD_2,	0,	STACK_WALK_ORDER },
	{ "the record before it",	RECORD_1,	0,	STACK_WALK_ORDER },
	{ "overlapping itself",		RECORD_2,	8,	STACK_WALK_ORDER },
	{ "overlapping itself, below",	RECORD_2,	-8,	STACK_WALK_ORDER },
	{ "descending",			RECORD_1,	-64,	STACK_WALK_ORDER },
	{ "the lowest address",		STACK,		0,	STACK_WALK_ORDER },

	{ "partly below the stack",	STACK,		-8,	STACK_WALK_STACK },
	{ "just below the stack",	STACK,		-16,	STACK_WALK_STACK },
	{ "just above the stack",	STACK,	THREAD_SIZE,	STACK_WALK_STACK },
	{ "partly above the stack",	STACK,	THREAD_SIZE - 8, STACK_WALK_STACK },
	{ "partly in the pt_regs",	REGS,		-8,	STACK_WALK_STACK },
	{ "in the pt_regs",		REGS,		0,	STACK_WALK_STACK },
	{ "just below the final record", FINAL,		-16,	STACK_WALK_STACK },
	{ "partly the final record",	FINAL,		-8,	STACK_WALK_STACK },
	{ "not quite the final record",	FINAL,		8,	STACK_WALK_STACK },
	{ "just above the final record", FINAL,		16,	STACK_WALK_STACK },

	{ "on another task's stack",	OTHER_STACK,	4096,	STACK_WALK_STACK },
	{ "on the IRQ stack",		IRQ_STACK,	4096,	STACK_WALK_STACK },
	{ "kernel data",		NUMBER,	(unsigned long)&init_task, STACK_WALK_STACK },
	{ "user address",		NUMBER,		0x400000, STACK_WALK_STACK },
	{ "small number",		NUMBER,		8,	STACK_WALK_STACK },
	{ "highest address",		NUMBER,		-8,	STACK_WALK_STACK },
	{ "wraps around",		NUMBER,		-16,	STACK_WALK_STACK },
	{ "poison",			NUMBER,	0xdead000000000100, STACK_WALK_STACK },

	{ "cut short",			NUMBER,		0,	STACK_WALK_NOT_FINAL },
};

static void describe_bad_record(const struct bad_record *bad, char *desc)
{
	strscpy(desc, bad->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(bad_record, bad_records, describe_bad_record);

static void bad_frame_record(struct kunit *test)
{
	const struct bad_record *bad = test->param_value;
	struct made_up *m = make_up(test);

	m->frame[2]->fp = value_of(m, bad->base, bad->offset);
	expect_refused(test, m, 3, bad->reason, 2);
}

/* The same where the walk starts. There is no record before it to be above. */
static void bad_first_record(struct kunit *test)
{
	const struct bad_record *bad = test->param_value;
	struct made_up *m = make_up(test);

	if (bad->reason == STACK_WALK_ORDER)
		return;

	m->first.fp = value_of(m, bad->base, bad->offset);
	expect_refused(test, m, 1, bad->reason, 0);
}

static bool no_limit(void *cookie, unsigned long pc)
{
	return true;
}

/* Nobody needs to be told why. */
static void bad_stack_without_reason(struct kunit *test)
{
	struct made_up *m = make_up(test);

	m->frame[2]->fp = 0;
	walk_made_up(m);
	KUNIT_EXPECT_EQ(test, -EINVAL, arch_stack_walk_reliable(no_limit, NULL, m->task));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			arch_stack_walk_reliable_reason(no_limit, NULL, m->task, NULL));
}

/* Two records point at each other. */
static void cycle_of_two(struct kunit *test)
{
	struct made_up *m = make_up(test);

	m->frame[3]->fp = (unsigned long)m->frame[2];
	expect_refused(test, m, 4, STACK_WALK_ORDER, 3);
}

/* Below the SP are the remains of functions that have returned. */
static void first_record_below_the_sp(struct kunit *test)
{
	struct made_up *m = make_up(test);

	for (int below = 16; below >= 8; below -= 8) {
		struct frame *record = (void *)m->frame[1] - below;

		*record = *m->frame[1];
		m->first.fp = (unsigned long)record;
		expect_refused(test, m, 1, STACK_WALK_STACK, 0);
	}
}

/* On this stack anything goes, it is never used. */
static void record_at_the_lowest_address(struct kunit *test)
{
	struct made_up *m = make_up(test);
	struct frame *lowest = m->task->stack;

	*lowest = *m->frame[1];
	m->frame[1] = lowest;
	m->first.fp = (unsigned long)lowest;
	m->sp = m->first.fp;
	expect_made_up(test, m, NR_FRAMES);
}

static void record_just_below_the_pt_regs(struct kunit *test)
{
	struct made_up *m = make_up(test);
	struct frame *highest = (struct frame *)task_pt_regs(m->task) - 1;

	*highest = *m->frame[LAST];
	m->frame[LAST] = highest;
	m->frame[LAST - 1]->fp = (unsigned long)highest;
	expect_made_up(test, m, NR_FRAMES);
}

/* Records need not be apart. */
static void records_without_a_gap(struct kunit *test)
{
	struct made_up *m = make_up(test);
	struct frame *next = m->frame[1] + 1;

	*next = *m->frame[2];
	m->frame[2] = next;
	m->frame[1]->fp = (unsigned long)next;
	expect_made_up(test, m, NR_FRAMES);
}

struct place {
	const char *name;
	const char *symbol;		/* NULL: offset is the PC */
	long offset;
	enum stack_walk_reason reason;
	bool optional;			/* not in every configuration */
};

/*
 * PCs of frame 1 that must be refused. A PC is a return address: what counts is
 * the instruction in front of it.
 */
static const struct place bad_pcs[] = {
	{ "0",				NULL, 0,		STACK_WALK_NOT_TEXT },
	{ "1",				NULL, 1,		STACK_WALK_NOT_TEXT },
	{ "4",				NULL, 4,		STACK_WALK_NOT_TEXT },
	{ "user address",		NULL, 0x400000,		STACK_WALK_NOT_TEXT },
	{ "poison",			NULL, 0xdead000000000100, STACK_WALK_NOT_TEXT },
	{ "highest address",		NULL, -1,		STACK_WALK_NOT_TEXT },
	{ "read-only data",		NULL, (long)linux_banner + 8,	STACK_WALK_NOT_TEXT },
	{ "data",			NULL, (long)&init_task + 8,
								STACK_WALK_NOT_TEXT },
	{ "before the text",		NULL, (long)_stext,		STACK_WALK_NOT_TEXT },
	{ "behind the text",		NULL, (long)_etext + 4,		STACK_WALK_NOT_TEXT },

	/* The sections, at both ends */
	{ ".entry.text, first",		NULL, (long)__entry_text_start + 4, STACK_WALK_EXCEPTION },
	{ ".entry.text, last",		NULL, (long)__entry_text_end,	STACK_WALK_EXCEPTION },
	{ "behind .entry.text",		NULL, (long)__entry_text_end + 4,
								STACK_WALK_SECTION },
	{ ".nounwind.text, first",	NULL, (long)__nounwind_text_start + 4, STACK_WALK_SECTION },
	{ ".nounwind.text, last",	NULL, (long)__nounwind_text_end, STACK_WALK_SECTION },
	{ "before the good text",	NULL, (long)__unwind_text_start, STACK_WALK_SECTION },
	{ "behind the good text",	NULL, (long)__unwind_text_end + 4,
								STACK_WALK_SECTION },
	{ "the hypervisor's idmap, first", NULL, (long)__hyp_idmap_text_start + 4,
								STACK_WALK_SECTION },
	{ "the hypervisor's idmap, last", NULL, (long)__hyp_idmap_text_end, STACK_WALK_SECTION },
	{ ".hyp.text, first",		NULL, (long)__hyp_text_start + 4,
								STACK_WALK_SECTION },
	{ ".hyp.text, last",		NULL, (long)__hyp_text_end,	STACK_WALK_SECTION },
	{ ".idmap.text, first",		NULL, (long)__idmap_text_start + 4, STACK_WALK_SECTION },
	{ ".idmap.text, last",		NULL, (long)__idmap_text_end,	STACK_WALK_SECTION },
	{ "behind .idmap.text",		NULL, (long)__idmap_text_end + 4,
								STACK_WALK_NOT_TEXT },

	/* Exceptions: the handler's return address */
	{ "EL1 synchronous",		"el1h_64_sync", 64,	STACK_WALK_EXCEPTION },
	{ "EL1 interrupt",		"el1h_64_irq", 64,	STACK_WALK_EXCEPTION },
	{ "EL1 fast interrupt",		"el1h_64_fiq", 64,	STACK_WALK_EXCEPTION },
	{ "EL1 SError",			"el1h_64_error", 64,	STACK_WALK_EXCEPTION },
	{ "EL1t interrupt",		"el1t_64_irq", 64,	STACK_WALK_EXCEPTION },
	{ "vectors",			"vectors", 4,		STACK_WALK_EXCEPTION },
	{ "ret_to_kernel",		"ret_to_kernel", 4,	STACK_WALK_EXCEPTION },
	{ "ret_to_user",		"ret_to_user", 4,	STACK_WALK_EXCEPTION },
	{ "SDEI",			"__sdei_asm_handler", 64, STACK_WALK_EXCEPTION, true },

	/* What only the final record may follow */
	{ "EL0 synchronous",		"el0t_64_sync", 64,	STACK_WALK_EXCEPTION },
	{ "EL0 interrupt",		"el0t_64_irq", 64,	STACK_WALK_EXCEPTION },
	{ "EL0 of AArch32",		"el0t_32_sync", 64,	STACK_WALK_EXCEPTION },
	{ "ret_from_fork",		"ret_from_fork", 16,	STACK_WALK_EXCEPTION },
	{ "ret_from_fork, not started",	"ret_from_fork", 0,	STACK_WALK_EXCEPTION },

	/* Not functions */
	{ "cpu_switch_to",		"cpu_switch_to", 4,	STACK_WALK_EXCEPTION },
	{ "ftrace_caller",		"ftrace_caller", 4,	STACK_WALK_SECTION, true },
	{ "ftrace_stub_direct_tramp",	"ftrace_stub_direct_tramp", 4, STACK_WALK_SECTION, true },
	{ "return_to_handler",		"return_to_handler", 0,	STACK_WALK_FGRAPH, true },
	{ "return_to_handler, inside",	"return_to_handler", 4,	STACK_WALK_SECTION, true },
	{ "return_to_handler, before its call",
					"return_to_handler_called", -4, STACK_WALK_SECTION, true },
	{ "return_to_handler, behind its call",
					"return_to_handler_called", 4, STACK_WALK_SECTION, true },
	{ "__kretprobe_trampoline",	"__kretprobe_trampoline", 0, STACK_WALK_KRETPROBE, true },
	{ "__kretprobe_trampoline, inside", "__kretprobe_trampoline", 4,
								STACK_WALK_SECTION, true },

#ifdef CONFIG_ARM64_UNWIND_TABLE
	/* A function, but none that keeps the rules */
	{ "marked function",		"qcom_link_stack_sanitisation", 8,
								STACK_WALK_METADATA, true },
#endif

	/* Other worlds */
	{ "__guest_enter",		"__guest_enter", 4,	STACK_WALK_SECTION, true },
	{ "__guest_exit",		"__guest_exit", 4,	STACK_WALK_SECTION, true },
	{ "hypervisor vectors",		"__kvm_hyp_vector", 4,	STACK_WALK_SECTION, true },
	{ "nVHE host entry",		"__kvm_nvhe___host_enter", 4, STACK_WALK_SECTION, true },
	{ "EFI runtime wrapper",	"__efi_rt_asm_wrapper", 4, STACK_WALK_SECTION, true },
	{ "EFI runtime recovery",	"__efi_rt_asm_recover", 4, STACK_WALK_SECTION, true },
	{ "suspend",			"__cpu_suspend_enter", 4, STACK_WALK_SECTION, true },
	{ "resume",			"_cpu_resume", 4,	STACK_WALK_SECTION, true },
	{ "resume, identity mapped",	"cpu_resume", 4,	STACK_WALK_SECTION, true },
	{ "stub vectors",		"trans_pgd_stub_vectors", 4, STACK_WALK_SECTION, true },
	{ "TTBR1 replacement",		"idmap_cpu_replace_ttbr1", 4, STACK_WALK_SECTION, true },
	{ "hibernation",		"swsusp_arch_suspend_exit", 4, STACK_WALK_NOT_TEXT, true },
	{ "kexec",			"arm64_relocate_new_kernel", 4, STACK_WALK_NOT_TEXT, true },
	{ "KPTI vectors",		"tramp_vectors", 4,	STACK_WALK_NOT_TEXT, true },
};

static void describe_place(const struct place *place, char *desc)
{
	strscpy(desc, place->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(bad_pc, bad_pcs, describe_place);

static unsigned long address_of(struct kunit *test, const struct place *place)
{
	if (!place->symbol)
		return place->offset;

	if (place->optional && !kallsyms_lookup_name(place->symbol))
		kunit_skip(test, "there is no %s in this configuration", place->symbol);

	return known_address(test, place->symbol) + place->offset;
}

static void bad_return_address(struct kunit *test)
{
	const struct place *bad = test->param_value;
	struct made_up *m = make_up(test);

	m->frame[1]->pc = address_of(test, bad);
	expect_refused(test, m, 1, bad->reason, 1);
}

/* A task that was switched out there */
static void bad_saved_pc(struct kunit *test)
{
	const struct place *bad = test->param_value;
	struct made_up *m = make_up(test);

	m->first.pc = address_of(test, bad);
	expect_refused(test, m, 0, bad->reason, 0);
}

/* At the final record, too, unless it is where a task begins. */
static void bad_last_pc(struct kunit *test)
{
	const struct place *bad = test->param_value;
	struct made_up *m = make_up(test);
	unsigned long pc = address_of(test, bad);
	enum stack_walk_reason reason = STACK_WALK_NOT_FINAL;

	m->frame[LAST]->pc = pc;
	pc = ptrauth_strip_kernel_insn_pac(pc) - AARCH64_INSN_SIZE;
	if (pc >= (unsigned long)__entry_final_text_start &&
	    pc < (unsigned long)__entry_final_text_end) {
		expect_made_up(test, m, NR_FRAMES);
		return;
	}

	/* The original of the return address comes first. */
	if (bad->reason == STACK_WALK_FGRAPH || bad->reason == STACK_WALK_KRETPROBE)
		reason = bad->reason;
	expect_refused(test, m, LAST, reason, LAST);
}

/* And of those that must not */
static const struct place good_pcs[] = {
	{ "first good text",		NULL, (long)__unwind_text_start + 4 },
	/* The return address of a call that does not return */
	{ "last good text",		NULL, (long)__unwind_text_end },
	{ "call_on_irq_stack",		"call_on_irq_stack", 64 },
	{ "interrupt entry",		"gic_handle_irq", 12, .optional = true },
	{ "scheduler",			"schedule", 12 },
	{ "kprobes",			"kprobe_brk_handler", 12, .optional = true },
	{ "C part of an exception",	"el1h_64_irq_handler", 12 },
	{ "string function",		"__pi_memcpy", 12 },
};

KUNIT_ARRAY_PARAM(good_pc, good_pcs, describe_place);

static void good_return_address(struct kunit *test)
{
	const struct place *good = test->param_value;
	struct made_up *m = make_up(test);

	m->frame[1]->pc = address_of(test, good);
	expect_made_up(test, m, NR_FRAMES);
}

/* Where a task can begin, in every way that there is, at the final record */
static const struct place last_pcs[] = {
	{ "first",			NULL, (long)__entry_final_text_start + 4 },
	{ "last",			NULL, (long)__entry_final_text_end },
	{ "EL0 synchronous",		"el0t_64_sync", 64 },
	{ "EL0 interrupt",		"el0t_64_irq", 64 },
	{ "EL0 fast interrupt",		"el0t_64_fiq", 64 },
	{ "EL0 SError",			"el0t_64_error", 64 },
	{ "EL0 of AArch32, synchronous", "el0t_32_sync", 64 },
	{ "EL0 of AArch32, interrupt",	"el0t_32_irq", 64 },
	{ "EL0 of AArch32, fast interrupt", "el0t_32_fiq", 64 },
	{ "EL0 of AArch32, SError",	"el0t_32_error", 64 },
	{ "a kthread",			"ret_from_fork", 16 },
	{ "schedule_tail()",		"ret_from_fork", 4 },
	{ "never ran",			"ret_from_fork", 0 },
};

KUNIT_ARRAY_PARAM(last_pc, last_pcs, describe_place);

static void good_last_pc(struct kunit *test)
{
	const struct place *last = test->param_value;
	struct made_up *m = make_up(test);

	m->frame[LAST]->pc = address_of(test, last);
	expect_made_up(test, m, NR_FRAMES);
}

/* As copy_thread() leaves it */
static void task_that_never_ran(struct kunit *test)
{
	struct made_up *m = make_up(test);

	m->first.pc = known_address(test, "ret_from_fork");
	m->first.fp = (unsigned long)m->final;
	expect_made_up(test, m, 1);
}

/* The final record is where it should be, but the last function is not. */
static void last_function_is_none(struct kunit *test)
{
	struct made_up *m = make_up(test);

	m->frame[3]->fp = (unsigned long)m->final;
	expect_refused(test, m, 3, STACK_WALK_NOT_FINAL, 3);
}

static void just_outside_of_the_last_functions(struct kunit *test)
{
	struct made_up *m = make_up(test);

	m->frame[LAST]->pc = (unsigned long)__entry_final_text_start;
	expect_refused(test, m, LAST, STACK_WALK_NOT_FINAL, LAST);
	m->frame[LAST]->pc = (unsigned long)__entry_final_text_end + AARCH64_INSN_SIZE;
	expect_refused(test, m, LAST, STACK_WALK_NOT_FINAL, LAST);
}

/* The last function is there, but not the final record. */
static void ends_in_another_record(struct kunit *test)
{
	struct made_up *m = make_up(test);
	struct frame *other = m->frame[LAST] + 1;

	m->frame[LAST]->fp = (unsigned long)other;
	expect_refused(test, m, LAST, STACK_WALK_EXCEPTION, LAST);
}

static void final_record_with_an_fp(struct kunit *test)
{
	struct made_up *m = make_up(test);

	m->final->fp = (unsigned long)m->frame[1];
	expect_refused(test, m, LAST, STACK_WALK_NOT_FINAL, LAST);
}

static void final_record_with_a_pc(struct kunit *test)
{
	struct made_up *m = make_up(test);

	m->final->pc = m->first.pc;
	expect_refused(test, m, LAST, STACK_WALK_NOT_FINAL, LAST);
}

/* Idle tasks began at boot, not in an entry from EL0 or in a fork. */
static struct made_up *make_up_idle(struct kunit *test)
{
	struct made_up *m = make_up(test);

	m->task->flags |= PF_IDLE;
	m->task->pid = 0;
	return m;
}

static void idle_made_up_task(struct kunit *test)
{
	struct made_up *m = make_up_idle(test);

	m->frame[LAST]->pc = known_address(test, "start_kernel_called");
	expect_made_up(test, m, NR_FRAMES);
	m->frame[LAST]->pc = known_address(test, "secondary_start_kernel_called");
	expect_made_up(test, m, NR_FRAMES);

	/* The boot CPU's has the flag only when it was idle for the first time. */
	m->task->flags &= ~PF_IDLE;
	expect_made_up(test, m, NR_FRAMES);

	/* Nobody else begins there. */
	m->task->pid = 1;
	expect_refused(test, m, LAST, STACK_WALK_NOT_FINAL, LAST);
}

static void idle_made_up_task_in_bad_text(struct kunit *test)
{
	const unsigned long bad[] = {
		known_address(test, "start_kernel_called") - AARCH64_INSN_SIZE,
		known_address(test, "secondary_start_kernel_called") + AARCH64_INSN_SIZE,
		address_in(test, "known_thread"),
		address_in(test, "el1h_64_irq"),
		(unsigned long)&init_task,
	};
	struct made_up *m = make_up_idle(test);

	for (int i = 0; i < ARRAY_SIZE(bad); i++) {
		m->frame[LAST]->pc = bad[i];
		expect_refused(test, m, LAST, STACK_WALK_NOT_FINAL, LAST);
	}
}

static void idle_made_up_task_with_a_bad_final_record(struct kunit *test)
{
	struct made_up *m = make_up_idle(test);

	m->frame[3]->fp = (unsigned long)m->final;
	m->final->pc = m->first.pc;
	expect_refused(test, m, 3, STACK_WALK_NOT_FINAL, 3);
}

/* A kthread that injects idle time has the flag, but began as a kthread does. */
static void idle_kthread(struct kunit *test)
{
	struct made_up *m = make_up(test);

	m->task->flags |= PF_IDLE;
	expect_made_up(test, m, NR_FRAMES);
	m->frame[3]->fp = (unsigned long)m->final;
	expect_refused(test, m, 3, STACK_WALK_NOT_FINAL, 3);
}

/*
 * .init.text is as good as any text while it is there. swapper/0 keeps it on its
 * stack, which the tests of real tasks see; any other task must not have it.
 */
static void init_text(struct kunit *test)
{
	struct made_up *m = make_up_idle(test);

	m->frame[2]->pc = address_in(test, "start_kernel");
	if (system_state < SYSTEM_FREEING_INITMEM)
		expect_made_up(test, m, NR_FRAMES);
	else
		expect_refused(test, m, 2, STACK_WALK_NOT_TEXT, 2);
}

static void outside_of_init_text(struct kunit *test)
{
	struct made_up *m = make_up(test);

	m->frame[2]->pc = (unsigned long)_sinittext;
	expect_refused(test, m, 2, STACK_WALK_NOT_TEXT, 2);
	m->frame[2]->pc = (unsigned long)_einittext + AARCH64_INSN_SIZE;
	expect_refused(test, m, 2, STACK_WALK_NOT_TEXT, 2);
}

/*
 * Sign an address as a PACIASP would. Where there is no pointer authentication
 * it stays as it is.
 */
static unsigned long sign(unsigned long address, unsigned long sp)
{
	register unsigned long x16 asm("x16") = sp;
	register unsigned long x17 asm("x17") = address;

	asm("hint	#8"	/* PACIA1716 */
	    : "+r" (x17) : "r" (x16));
	return x17;
}

static void signed_return_addresses(struct kunit *test)
{
	struct made_up *m = make_up(test);

	for (int i = 1; i < NR_FRAMES; i++)
		m->frame[i]->pc = sign(m->frame[i]->pc, (unsigned long)(m->frame[i] + 1));
	expect_made_up(test, m, NR_FRAMES);
}

static void signed_bad_return_address(struct kunit *test)
{
	struct made_up *m = make_up(test);
	unsigned long pc = address_in(test, "el1h_64_irq");

	m->frame[1]->pc = sign(pc, (unsigned long)(m->frame[1] + 1));
	expect_refused(test, m, 1, STACK_WALK_EXCEPTION, 1);
}

#ifdef CONFIG_ARM_SDE_INTERFACE
/*
 * An SDEI event interrupts known_inner(). Firmware enters the kernel at
 * __sdei_asm_handler, which makes a frame record of the interrupted FP and PC,
 * as if known_inner() had called it.
 */
static void sdei_event(struct kunit *test)
{
	struct made_up *m = make_up(test);

	m->frame[1]->pc = address_in(test, "__sdei_asm_handler");
	m->frame[2]->pc = address_in(test, "known_inner") - AARCH64_INSN_SIZE;
	expect_refused(test, m, 1, STACK_WALK_EXCEPTION, 1);
}
#endif

static struct kunit_case stacktrace_made_up_cases[] = {
	KUNIT_CASE(good_stack),
	KUNIT_CASE(record_at_the_lowest_address),
	KUNIT_CASE(record_just_below_the_pt_regs),
	KUNIT_CASE(records_without_a_gap),
	KUNIT_CASE_PARAM(bad_frame_record, bad_record_gen_params),
	KUNIT_CASE_PARAM(bad_first_record, bad_record_gen_params),
	KUNIT_CASE(first_record_below_the_sp),
	KUNIT_CASE(bad_stack_without_reason),
	KUNIT_CASE(cycle_of_two),
	KUNIT_CASE_PARAM(good_return_address, good_pc_gen_params),
	KUNIT_CASE_PARAM(bad_return_address, bad_pc_gen_params),
	KUNIT_CASE_PARAM(bad_saved_pc, bad_pc_gen_params),
	KUNIT_CASE_PARAM(bad_last_pc, bad_pc_gen_params),
	KUNIT_CASE_PARAM(good_last_pc, last_pc_gen_params),
	KUNIT_CASE(task_that_never_ran),
	KUNIT_CASE(last_function_is_none),
	KUNIT_CASE(just_outside_of_the_last_functions),
	KUNIT_CASE(ends_in_another_record),
	KUNIT_CASE(final_record_with_an_fp),
	KUNIT_CASE(final_record_with_a_pc),
	KUNIT_CASE(idle_made_up_task),
	KUNIT_CASE(idle_made_up_task_in_bad_text),
	KUNIT_CASE(idle_made_up_task_with_a_bad_final_record),
	KUNIT_CASE(idle_kthread),
	KUNIT_CASE(init_text),
	KUNIT_CASE(outside_of_init_text),
	KUNIT_CASE(signed_return_addresses),
	KUNIT_CASE(signed_bad_return_address),
#ifdef CONFIG_ARM_SDE_INTERFACE
	KUNIT_CASE(sdei_event),
#endif
	{}
};

static struct kunit_suite stacktrace_made_up_suite = {
	.name = "arm64_stacktrace_made_up",
	.init = no_warning_init,
	.exit = no_warning_exit,
	.test_cases = stacktrace_made_up_cases,
};

kunit_test_suite(stacktrace_made_up_suite);
