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
#include <linux/kmsg_dump.h>
#include <linux/processor.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/stacktrace.h>
#include <linux/utsname.h>
#include <linux/vmalloc.h>

#include <asm/insn.h>
#include <asm/ptrace.h>
#include <asm/sections.h>
#include <asm/stacktrace.h>
#include <asm/unwind_text.h>

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

/* How often there is such a line in the kernel's log */
static unsigned int nr_in_log(struct kunit *test, const char *text)
{
	char *line = kunit_kzalloc(test, 512, GFP_KERNEL);
	struct kmsg_dump_iter iter;
	unsigned int nr = 0;
	size_t len;

	KUNIT_ASSERT_NOT_NULL(test, line);
	kmsg_dump_rewind(&iter);
	while (kmsg_dump_get_line(&iter, false, line, 511, &len)) {
		line[len] = '\0';
		nr += !!strstr(line, text);
	}
	return nr;
}

/* For people: a dump of the stack says why it ends before that does. */
static void dump_backtrace_that_ends_early(struct kunit *test)
{
	static const char because[] =
		"The rest is unknown: frame record is not on the stack at known_outer+";
	struct made_up *m = make_up(test);
	unsigned int nr;

	refcount_set(&m->task->stack_refcount, 1);
	walk_made_up(m);
	nr = nr_in_log(test, "The rest is unknown");
	dump_backtrace(NULL, m->task, KERN_DEBUG);
	KUNIT_EXPECT_EQ(test, nr, nr_in_log(test, "The rest is unknown"));
	KUNIT_EXPECT_GT(test, nr_in_log(test, "known_thread+"), 0);

	m->frame[2]->fp = (unsigned long)&init_task;
	nr = nr_in_log(test, because);
	dump_backtrace(NULL, m->task, KERN_DEBUG);
	KUNIT_EXPECT_EQ(test, nr + 1, nr_in_log(test, because));
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
	{ "between instructions",	"known_outer", 14,	STACK_WALK_NOT_TEXT },
	{ "between instructions of the exit", "el0t_64_sync", 66, STACK_WALK_NOT_TEXT },
	{ "before the text",		NULL, (long)_stext,		STACK_WALK_NOT_TEXT },
	{ "behind the text",		NULL, (long)_etext + 4,		STACK_WALK_NOT_TEXT },

	/* The sections, at both ends */
	{ ".entry.text, first",		NULL, (long)__entry_text_start + 4, STACK_WALK_EXCEPTION },
	{ ".entry.text, last",		NULL, (long)__entry_text_end,	STACK_WALK_EXCEPTION },
	{ "behind .entry.text",		NULL, (long)__entry_text_end + 4,
								STACK_WALK_SECTION },
	{ ".nounwind.text, first",	NULL, (long)__nounwind_text_start + 4, STACK_WALK_SECTION },
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
	/* Its first instruction is no call. */
	{ "return_to_handler, inside",	"return_to_handler", 4,	STACK_WALK_METADATA, true },
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
	if (IS_ALIGNED(pc, AARCH64_INSN_SIZE) &&
	    pc >= (unsigned long)__entry_final_text_start &&
	    pc < (unsigned long)__entry_final_text_end) {
		expect_made_up(test, m, NR_FRAMES);
		return;
	}

	/* The original of the return address comes first, and so do the pt_regs. */
	if (bad->reason == STACK_WALK_FGRAPH || bad->reason == STACK_WALK_KRETPROBE ||
	    (IS_ENABLED(CONFIG_ARM64_UNWIND_EXCEPTIONS) && unwind_text_exception(pc)))
		reason = bad->reason;
	expect_refused(test, m, LAST, reason, LAST);
}

/* And of those that must not */
static const struct place good_pcs[] = {
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

	/* The CPU may do it all the same. */
	if (!IS_ENABLED(CONFIG_ARM64_PTR_AUTH_KERNEL))
		return address;

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

#ifdef CONFIG_ARM64_UNWIND_EXCEPTIONS
/* At which instruction of known_middle() */
enum state_at {
	IN_ENTRY,		/* the return address is in x30 */
	IN_PUSHED,		/* it is on the stack, and x29 is the caller's */
	IN_RECORD,		/* x29 is at the frame record */
};

/*
 * Return its address, and in @off where the record is above SP. What a compiler does
 * in known_middle() may not have each state: then it is in some other function.
 */
static unsigned long instruction_at(struct kunit *test, enum state_at at,
				    unsigned long *off)
{
	static const struct unwind_table_state states[] = {
		[IN_ENTRY] = { UNWIND_REG, UNWIND_REG },
		[IN_PUSHED] = { UNWIND_SP, UNWIND_SP },
		[IN_RECORD] = { UNWIND_FP, UNWIND_FP },
	};
	const struct unwind_table_state *state;
	unsigned long pc;

	for (pc = known_address(test, "known_middle"); pc < (unsigned long)__unwind_text_end;
	     pc += AARCH64_INSN_SIZE) {
		state = unwind_map_find(&unwind_kernel_map, pc);
		if (!state || state->ra != states[at].ra || state->fp != states[at].fp)
			continue;
		*off = state->fp_off * sizeof(long);
		if (IS_ALIGNED(*off, 16) && (at == IN_ENTRY || state->ra_off == state->fp_off + 1))
			return pc;
	}

	KUNIT_FAIL_AND_ABORT(test, "no instruction has that state");
	return 0;
}

/*
 * An exception has hit known_middle(). Frame 1 is that of its handler: its PC is in the
 * entry code of that exception, @entry, and its FP points into the pt_regs, which are right
 * below what known_middle() has on the stack: frame 2, if it has made that.
 */
static struct pt_regs *interrupt_made_up(struct kunit *test, struct made_up *m,
					 const char *entry, enum state_at at)
{
	unsigned long off, pc = instruction_at(test, at, &off);
	struct pt_regs *regs = (void *)m->frame[2] - off - sizeof(*regs);

	m->frame[1] = m->task->stack + THREAD_SIZE / 4;
	m->frame[1]->fp = (unsigned long)regs->stackframe;
	m->frame[1]->pc = known_address(test, entry) + 64;
	m->first.fp = (unsigned long)m->frame[1];
	m->sp = m->first.fp;

	regs->pstate = PSR_MODE_EL1h;
	regs->sp = (unsigned long)(regs + 1);
	regs->pc = pc;
	regs->regs[29] = at == IN_RECORD ? (unsigned long)m->frame[2] : m->frame[2]->fp;
	regs->regs[30] = at == IN_ENTRY ? m->frame[2]->pc : 0;
	regs->stackframe[0] = regs->regs[29];
	/* Out of date, perhaps */
	regs->stackframe[1] = 0;
	if (at == IN_ENTRY)
		memset(m->frame[2], 0, sizeof(*m->frame[2]));

	return regs;
}

static void expect_made_up_exception(struct kunit *test, const char *entry, enum state_at at)
{
	struct made_up *m = make_up(test);
	unsigned long ra = m->frame[2]->pc;
	struct pt_regs *regs = interrupt_made_up(test, m, entry, at);
	const unsigned long pcs[] = {
		m->first.pc, m->frame[1]->pc, regs->pc, ra, m->frame[3]->pc,
		m->frame[4]->pc,
	};

	walk_made_up(m);

	KUNIT_EXPECT_EQ(test, m->trace.ret, 0);
	KUNIT_EXPECT_EQ(test, m->trace.nr, ARRAY_SIZE(pcs));
	for (int i = 0; i < ARRAY_SIZE(pcs); i++)
		KUNIT_EXPECT_EQ(test, m->trace.pcs[i], pcs[i]);
	if (m->trace.ret || m->trace.nr != ARRAY_SIZE(pcs))
		print_trace(test, &m->trace);
}

/* QEMU raises no SError, and who raises an FIQ is the secure world's affair. */
static void expect_made_up_interrupted(struct kunit *test, enum state_at at)
{
	expect_made_up_exception(test, "el1h_64_sync", at);
	expect_made_up_exception(test, "el1h_64_irq", at);
	expect_made_up_exception(test, "el1h_64_fiq", at);
	expect_made_up_exception(test, "el1h_64_error", at);
}

static void interrupted_at_entry(struct kunit *test)
{
	expect_made_up_interrupted(test, IN_ENTRY);
}

static void interrupted_before_record(struct kunit *test)
{
	expect_made_up_interrupted(test, IN_PUSHED);
}

static void interrupted_with_record(struct kunit *test)
{
	expect_made_up_interrupted(test, IN_RECORD);
}

/* Which value is wrong */
enum what {
	REGS_PLACE,		/* where the pt_regs are, as the FP of frame 1 has it */
	REGS_SP,
	REGS_PSTATE,
	REGS_X29,		/* and the copy in the frame record */
	REGS_X29_ONLY,
	REGS_X30,
	REGS_PC,
	PUSHED_FP,		/* saved by known_middle() */
	PUSHED_PC,
};

struct bad_regs {
	const char *name;
	enum state_at at;
	enum what what;
	enum base base;
	unsigned long offset;
	enum stack_walk_reason reason;
	const char *symbol;		/* what is relative to it, if @base is NUMBER */
};

static const struct bad_regs bad_regs[] = {
	{ "sp too low",		IN_RECORD, REGS_SP, RECORD_2, -16, STACK_WALK_EXCEPTION },
	{ "sp too high",	IN_RECORD, REGS_SP, RECORD_2, 16, STACK_WALK_EXCEPTION },
	{ "sp of another stack", IN_RECORD, REGS_SP, OTHER_STACK, 4096, STACK_WALK_EXCEPTION },
	{ "from user mode",	IN_RECORD, REGS_PSTATE, NUMBER, PSR_MODE_EL0t,
								STACK_WALK_EXCEPTION },
	{ "x29 is not the record's", IN_RECORD, REGS_X29_ONLY, RECORD_3, 0,
								STACK_WALK_EXCEPTION },
	{ "regs misaligned",	IN_RECORD, REGS_PLACE, RECORD_2, -8, STACK_WALK_EXCEPTION },
	{ "regs above the stack", IN_RECORD, REGS_PLACE, REGS, 16, STACK_WALK_EXCEPTION },
	{ "final regs",		IN_RECORD, REGS_PLACE, REGS, sizeof(struct pt_regs),
								STACK_WALK_EXCEPTION },
	{ "regs below the stack", IN_RECORD, REGS_PLACE, STACK, 0, STACK_WALK_EXCEPTION },
	{ "regs below the record", IN_RECORD, REGS_PLACE, RECORD_1, 0, STACK_WALK_EXCEPTION },
	{ "regs on another stack", IN_RECORD, REGS_PLACE, OTHER_STACK, 4096,
								STACK_WALK_EXCEPTION },
	{ "no regs",		IN_RECORD, REGS_PLACE, NUMBER, 0, STACK_WALK_EXCEPTION },

	{ "pc 0",		IN_RECORD, REGS_PC, NUMBER, 0, STACK_WALK_NOT_TEXT },
	{ "pc in user memory",	IN_RECORD, REGS_PC, NUMBER, 0x400000, STACK_WALK_NOT_TEXT },
	{ "pc in data",		IN_RECORD, REGS_PC, NUMBER, (unsigned long)&init_task,
								STACK_WALK_NOT_TEXT },
	{ "pc behind the text",	IN_RECORD, REGS_PC, NUMBER, (unsigned long)_etext,
								STACK_WALK_NOT_TEXT },
	{ "pc in the entry code", IN_RECORD, REGS_PC, NUMBER, 4, STACK_WALK_EXCEPTION,
								"el1h_64_irq" },
	{ "pc in the vectors",	IN_RECORD, REGS_PC, NUMBER, 0, STACK_WALK_EXCEPTION, "vectors" },
	{ "pc in cpu_switch_to", IN_RECORD, REGS_PC, NUMBER, 8, STACK_WALK_EXCEPTION,
								"cpu_switch_to" },
	{ "pc in ret_from_fork", IN_RECORD, REGS_PC, NUMBER, 0, STACK_WALK_EXCEPTION,
								"ret_from_fork" },
	{ "pc in .nounwind.text", IN_RECORD, REGS_PC, NUMBER, (unsigned long)__nounwind_text_start,
								STACK_WALK_SECTION },
	{ "pc in .hyp.text",	IN_RECORD, REGS_PC, NUMBER, (unsigned long)__hyp_text_start,
								STACK_WALK_SECTION },
	{ "pc in .idmap.text",	IN_RECORD, REGS_PC, NUMBER, (unsigned long)__idmap_text_start,
								STACK_WALK_SECTION },
	{ "pc misaligned",	IN_RECORD, REGS_PC, NUMBER, 18, STACK_WALK_NOT_TEXT,
								"known_middle" },
	{ "pc in a marked function", IN_RECORD, REGS_PC, NUMBER, 0, STACK_WALK_METADATA,
								"qcom_link_stack_sanitisation" },
	{ "pc is return_to_handler", IN_RECORD, REGS_PC, NUMBER, 0, STACK_WALK_FGRAPH,
								"return_to_handler" },
	{ "pc is __kretprobe_trampoline", IN_RECORD, REGS_PC, NUMBER, 0, STACK_WALK_KRETPROBE,
								"__kretprobe_trampoline" },

	{ "x29 misaligned",	IN_RECORD, REGS_X29, RECORD_2, 4, STACK_WALK_MISALIGNED },
	{ "x29 below sp",	IN_RECORD, REGS_X29, RECORD_2, -16, STACK_WALK_STACK },
	{ "x29 partly below sp", IN_RECORD, REGS_X29, RECORD_2, -8, STACK_WALK_STACK },
	{ "x29 in the pt_regs above", IN_RECORD, REGS_X29, FINAL, 0, STACK_WALK_STACK },
	{ "x29 partly above the stack", IN_RECORD, REGS_X29, REGS, -8, STACK_WALK_STACK },
	{ "x29 on another stack", IN_RECORD, REGS_X29, OTHER_STACK, 4096, STACK_WALK_STACK },
	{ "x29 0",		IN_RECORD, REGS_X29, NUMBER, 0, STACK_WALK_STACK },
	{ "x29 wraps around",	IN_RECORD, REGS_X29, NUMBER, -8, STACK_WALK_STACK },

	{ "x30 0",		IN_ENTRY, REGS_X30, NUMBER, 0, STACK_WALK_NOT_TEXT },
	{ "x30 in data",	IN_ENTRY, REGS_X30, NUMBER, (unsigned long)&init_task,
								STACK_WALK_NOT_TEXT },
	{ "x30 in the entry code", IN_ENTRY, REGS_X30, NUMBER, 64, STACK_WALK_EXCEPTION,
								"el1h_64_sync" },
	{ "x30 is return_to_handler", IN_ENTRY, REGS_X30, NUMBER, 0, STACK_WALK_FGRAPH,
								"return_to_handler" },
	{ "x30 is __kretprobe_trampoline", IN_ENTRY, REGS_X30, NUMBER, 0, STACK_WALK_KRETPROBE,
								"__kretprobe_trampoline" },

	{ "saved pc 0",		IN_PUSHED, PUSHED_PC, NUMBER, 0, STACK_WALK_NOT_TEXT },
	{ "saved pc in data",	IN_RECORD, PUSHED_PC, NUMBER, (unsigned long)&init_task,
								STACK_WALK_NOT_TEXT },
	{ "saved x29 is its own place", IN_PUSHED, PUSHED_FP, RECORD_2, 0, STACK_WALK_ORDER },
	{ "saved x29 below sp",	IN_RECORD, PUSHED_FP, RECORD_1, 0, STACK_WALK_ORDER },
	{ "saved x29 in the pt_regs", IN_PUSHED, PUSHED_FP, RECORD_2, -32, STACK_WALK_ORDER },
	{ "saved x29 misaligned", IN_RECORD, PUSHED_FP, RECORD_3, 4, STACK_WALK_MISALIGNED },
};

static void describe_bad_regs(const struct bad_regs *bad, char *desc)
{
	strscpy(desc, bad->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(bad_regs, bad_regs, describe_bad_regs);

static void bad_pt_regs(struct kunit *test)
{
	const struct bad_regs *bad = test->param_value;
	struct made_up *m = make_up(test);
	struct pt_regs *regs = interrupt_made_up(test, m, "el1h_64_irq", bad->at);
	unsigned long value = value_of(m, bad->base, bad->offset);
	unsigned long blamed = 0;

	if (bad->symbol && !kallsyms_lookup_name(bad->symbol))
		kunit_skip(test, "there is no %s", bad->symbol);
	if (bad->symbol)
		value += known_address(test, bad->symbol);

	switch (bad->what) {
	case REGS_PLACE:
		/* The same where they should not be, with nothing else wrong */
		if (value - sizeof(*regs) - (unsigned long)m->task->stack < THREAD_SIZE) {
			memcpy((void *)value - sizeof(*regs), regs, sizeof(*regs));
			((struct pt_regs *)value)[-1].sp = value;
		}
		m->frame[1]->fp = value - sizeof(*regs) + offsetof(struct pt_regs, stackframe);
		blamed = m->frame[1]->pc;
		break;
	case REGS_SP:
		regs->sp = value;
		blamed = m->frame[1]->pc;
		break;
	case REGS_PSTATE:
		regs->pstate = value;
		blamed = m->frame[1]->pc;
		break;
	case REGS_X29_ONLY:
		regs->regs[29] = value;
		blamed = m->frame[1]->pc;
		break;
	case REGS_X29:
		regs->regs[29] = value;
		regs->stackframe[0] = value;
		blamed = regs->pc;
		break;
	case REGS_X30:
		regs->regs[30] = value;
		blamed = value;
		break;
	case REGS_PC:
		regs->pc = value;
		blamed = value;
		break;
	case PUSHED_FP:
		m->frame[2]->fp = value;
		blamed = m->frame[2]->pc;
		break;
	case PUSHED_PC:
		m->frame[2]->pc = value;
		blamed = value;
		break;
	}

	walk_made_up(m);
	expect_error_at(test, &m->trace, bad->reason, blamed);
	/* A trampoline is not behind a call, wherever its address is found. */
	KUNIT_EXPECT_EQ(test, m->trace.err.exact,
			blamed == regs->pc || bad->reason == STACK_WALK_FGRAPH ||
			bad->reason == STACK_WALK_KRETPROBE);
}
#endif /* CONFIG_ARM64_UNWIND_EXCEPTIONS */

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
	KUNIT_CASE(dump_backtrace_that_ends_early),
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
#ifdef CONFIG_ARM64_UNWIND_EXCEPTIONS
	KUNIT_CASE(interrupted_at_entry),
	KUNIT_CASE(interrupted_before_record),
	KUNIT_CASE(interrupted_with_record),
	KUNIT_CASE_PARAM(bad_pt_regs, bad_regs_gen_params),
#endif
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
