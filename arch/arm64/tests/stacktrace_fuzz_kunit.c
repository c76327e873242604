// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the reliable stack walk: hostile stacks, made up at random.
 *
 * Each case makes up the stack of a task that never was: functions which have called
 * each other, and exceptions, with registers for an instruction drawn from the
 * kernel's unwind table. So the trace is known. Then something is altered, or
 * everything is garbage, and the task is walked.
 *
 * Whatever is found, the walk may not crash, go on for ever, or read anything but
 * the stack, which has pages that are not there on either side. With
 * ARM64_STACKTRACE_KASAN it is known as well that it reads nothing below the SP, and
 * of the task's own pt_regs only the final record. Besides:
 *
 * - A good stack has to be reliable, and so has one where only words are altered that
 *   are no part of the chain.
 * - When a word of the chain is altered, a trace may be reliable only if the words say
 *   nothing else: each word that a step depends on has to have been of that kind
 *   from the start, a link (the address of a frame record) or a return address.
 *   follow() finds that out. It knows of each word what kind it is, which a walk cannot
 *   know, and has no use for a word that merely looks right.
 *
 * So what an alteration can do without being noticed is this, and nothing else:
 *
 * - A return address or an interrupted PC becomes that of another function. Then
 *   the trace has that one. For an interrupted PC, the caller is where the
 *   table says for the new one. Where an exception's own return address becomes that
 *   of a function, the exception is taken for a call.
 * - A link becomes that to a frame record further up. Then the functions in between
 *   are left out. There is nothing on the stack that tells: no walk by frame records
 *   can know, it relies on nobody writing to them.
 *
 * It is verified that a trace with one word altered is the true one but for that: no
 * function is there that was not on the stack, nor twice, nor out of order.
 *
 * Case n of a seed is always the same. stacktrace_fuzz_kunit.only=n runs it alone.
 */

#include <linux/cleanup.h>
#include <linux/ftrace.h>
#include <linux/kasan.h>
#include <linux/kdebug.h>
#include <linux/kprobes.h>
#include <linux/moduleparam.h>
#include <linux/panic_notifier.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/scs.h>
#include <linux/stacktrace.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include <asm/insn.h>
#include <asm/ptrace.h>
#include <asm/sections.h>
#include <asm/stacktrace.h>
#include <asm/unwind_map.h>
#include <asm/unwind_text.h>

#include "stacktrace_kunit.h"

static unsigned long cases = 20000;
module_param(cases, ulong, 0644);
MODULE_PARM_DESC(cases, "number of stacks");

static unsigned long seed = 1;
module_param(seed, ulong, 0644);
MODULE_PARM_DESC(seed, "what the stacks are made from");

static long only = -1;
module_param(only, long, 0644);
MODULE_PARM_DESC(only, "run this case and no other");

/* How to have a case again */
#define REPLAY	"stacktrace_fuzz_kunit.seed=%lu stacktrace_fuzz_kunit.only=%lu"

/* A test of KUnit's may take five minutes. */
#define CASES_PER_TEST	10000UL

#ifdef CONFIG_SHADOW_CALL_STACK
#define SHADOW_SIZE	SCS_SIZE
#else
#define SHADOW_SIZE	0
#endif

/* More than any walk can find on a stack */
#define MAX_ENTRIES	(THREAD_SIZE / 8)

/* What a word was made to be */
enum kind {
	FREE,			/* nothing */
	LINK,			/* the address of the next frame record */
	ADDRESS,		/* a return address */
	SP,			/* where the stack begins */
	SCS,			/* where the shadow call stack ends */
	PSTATE,
	FINAL,			/* 0 */
};

struct list {
	unsigned int nr;
	unsigned long pc[MAX_ENTRIES];
};

/* Words of the chain: all that are not on the stack, and more than enough */
#define MAX_WORDS	256

#define SAMPLES		8
#define MAX_STATES	BIT(16 - (UNWIND_BLOCK_SHIFT - 2))

struct fuzz {
	struct task_struct *task;
	void *stack;
	void *scs;
	struct rnd_state rnd;

	/* What each word is, and what is above the stack */
	u8 kind[THREAD_SIZE / 8];
	unsigned long *final;
	unsigned long *regs;

	/* What cpu_switch_to() saved */
	unsigned long sp;
	unsigned long fp;
	unsigned long pc;

	/* Where the chain is made at, and what has to lead there */
	unsigned long *top;
	unsigned long *link[3];
	unsigned long *address;
	unsigned int nr_scs;

	/* Each word of the chain */
	unsigned long *word[MAX_WORDS];
	u8 word_kind[MAX_WORDS];
	unsigned int nr_words;

	/* For garbage: any word may be of any kind. */
	bool anything;
	/* The registers of each exception */
	struct pt_regs *regs_of[16];
	unsigned int nr_regs;

	struct list truth;		/* what was made up */
	struct list said;		/* what the words say */
	struct list got;		/* what the walk finds */
	struct stack_walk_error err;

	/* Instructions of each state in the kernel's table */
	unsigned int nr_states;
	unsigned int nr_samples[MAX_STATES];
	unsigned long sample[MAX_STATES][SAMPLES];

	unsigned long current_case;
	bool running;
	bool tainted;

	/* What became of them */
	unsigned long reliable;
	unsigned long refused;
	unsigned long other_address;
	unsigned long skipped;
	unsigned long harmless;
};

static struct fuzz *fuzz;

static u32 below(struct fuzz *f, u32 limit)
{
	return prandom_u32_state(&f->rnd) % limit;
}

static bool one_in(struct fuzz *f, u32 n)
{
	return !below(f, n);
}

static u64 any_u64(struct fuzz *f)
{
	u64 high = prandom_u32_state(&f->rnd);

	return high << 32 | prandom_u32_state(&f->rnd);
}

/* What is no address of the kernel's, whatever is stripped from it, nor aligned */
static unsigned long garbage(unsigned long n)
{
	return ((n * 0x9e3779b97f4a7c15) >> 20 & GENMASK(43, 0)) | 1;
}

/* An instruction that the table has a state for; each state is as likely. */
static unsigned long any_instruction(struct fuzz *f)
{
	const unsigned long size = __unwind_text_end - __unwind_text_start;
	unsigned long pc;
	unsigned int state;

	if (one_in(f, 2)) {
		do {
			state = below(f, f->nr_states);
		} while (!f->nr_samples[state]);
		return f->sample[state][below(f, min(f->nr_samples[state], SAMPLES))];
	}

	do {
		pc = (unsigned long)__unwind_text_start + below(f, size / 4) * 4;
	} while (!unwind_map_find(&unwind_kernel_map, pc));

	return pc;
}

static void find_samples(struct fuzz *f)
{
	const unsigned int bits = unwind_state_bits(UNWIND_BLOCK_SHIFT);
	const struct unwind_map *map = &unwind_kernel_map;
	unsigned int blocks = map->size >> UNWIND_BLOCK_SHIFT;
	unsigned int state, nr;
	unsigned long pc;

	for (unsigned int block = 0; block < blocks; block++) {
		u32 end = map->index[block + 1] & UNWIND_INDEX_CHANGE;

		for (u32 i = map->index[block] & UNWIND_INDEX_CHANGE; i < end; i++) {
			state = map->change[i] & (BIT(bits) - 1);
			pc = map->start + ((unsigned long)block << UNWIND_BLOCK_SHIFT) +
			     (map->change[i] >> bits) * AARCH64_INSN_SIZE;
			if (state == UNWIND_STATE_UNRELIABLE ||
			    pc < (unsigned long)__unwind_text_start ||
			    pc >= (unsigned long)__unwind_text_end)
				continue;
			nr = f->nr_samples[state]++;
			if (nr < SAMPLES)
				f->sample[state][nr] = pc;
			else if (one_in(f, nr))
				f->sample[state][below(f, SAMPLES)] = pc;
			f->nr_states = max(f->nr_states, state + 1);
		}
	}
}

/* A return address in the text [@start, @end), of a call that is the last instruction */
static unsigned long any_call(struct fuzz *f, const char *start, const char *end)
{
	return (unsigned long)start + (below(f, (end - start) / 4) + 1) * 4;
}

static unsigned long any_exception(struct fuzz *f)
{
	return any_call(f, __entry_exception_text_start, __entry_exception_text_end);
}

static bool on_stack(const struct fuzz *f, unsigned long addr)
{
	return addr - (unsigned long)f->stack < THREAD_SIZE;
}

static void set_kind(struct fuzz *f, void *word, enum kind kind)
{
	if (on_stack(f, (unsigned long)word))
		f->kind[((unsigned long)word - (unsigned long)f->stack) / 8] = kind;
	if (WARN_ON(f->nr_words == MAX_WORDS))
		return;
	f->word[f->nr_words] = word;
	f->word_kind[f->nr_words++] = kind;
}

static bool is_kind(const struct fuzz *f, unsigned long addr, enum kind kind)
{
	if (f->anything)
		return true;
	if (on_stack(f, addr))
		return f->kind[(addr - (unsigned long)f->stack) / 8] == kind;
	for (int i = 0; i < f->nr_words; i++)
		if ((unsigned long)f->word[i] == addr)
			return f->word_kind[i] == kind;
	return false;
}

/* What was made before leads to a frame record, or a pair that is as good, here. */
static void lead_to(struct fuzz *f, unsigned long *pair)
{
	for (int i = 0; i < ARRAY_SIZE(f->link); i++) {
		if (f->link[i])
			*f->link[i] = (unsigned long)pair;
		f->link[i] = NULL;
	}
}

static void add_to_truth(struct fuzz *f, unsigned long pc)
{
	f->truth.pc[f->truth.nr++] = pc;
}

/* As it may look with a pointer authentication code. Not where it is in a register. */
static unsigned long sign(struct fuzz *f, unsigned long address)
{
	unsigned long with = (address & GENMASK(47, 0)) | (any_u64(f) & GENMASK(63, 48)) | BIT(55);

	if (one_in(f, 2) && ptrauth_strip_kernel_insn_pac(with) == address)
		return with;
	return address;
}

/* The function that is on top of the chain was called at @pc. */
static void return_to(struct fuzz *f, unsigned long pc)
{
	add_to_truth(f, pc);
	*f->address = f->address == &f->pc ? pc : sign(f, pc);
}

static void add_record(struct fuzz *f)
{
	unsigned long *record = f->top;

	lead_to(f, record);
	f->link[0] = &record[0];
	f->address = &record[1];
	set_kind(f, &record[0], LINK);
	set_kind(f, &record[1], ADDRESS);
	f->top += 2;
}

/* Return whether the words that a state names can be on the rest of the stack. */
static bool fits(const struct fuzz *f, const struct unwind_table_state *state,
		 unsigned long *base)
{
	unsigned long *end = f->top;

	if (state->ra == UNWIND_SCS && (!f->scs || f->nr_scs == 8))
		return false;
	/* The tool does not make these. */
	if (state->fp == UNWIND_REG && state->ra == UNWIND_FP)
		return false;
	if (state->fp != UNWIND_REG)
		end = max(end, (state->fp == UNWIND_FP ? base : f->top) + state->fp_off + 1);
	if (state->ra == UNWIND_FP || state->ra == UNWIND_SP)
		end = max(end, (state->ra == UNWIND_FP ? base : f->top) + state->ra_off + 1);

	return end + 16 < f->regs;
}

/* An exception interrupts an instruction with such a state. */
static bool add_exception(struct fuzz *f)
{
	struct pt_regs *regs = PTR_ALIGN((void *)f->top, 16);
	unsigned long *end, *fp = NULL, *ra = NULL, *base;
	const struct unwind_table_state *state;
	unsigned long pc;

	if (f->nr_regs == ARRAY_SIZE(f->regs_of) ||
	    (unsigned long *)(regs + 1) + 64 > f->regs)
		return false;

	f->top = (unsigned long *)(regs + 1);
	base = f->top + below(f, 12) * 2;
	for (int tries = 0;; tries++) {
		if (tries == 20) {
			f->top = (unsigned long *)regs;
			return false;
		}
		pc = any_instruction(f);
		state = unwind_map_find(&unwind_kernel_map, pc);
		if (fits(f, state, base))
			break;
	}

	f->regs_of[f->nr_regs++] = regs;
	return_to(f, any_exception(f));
	lead_to(f, (unsigned long *)regs->stackframe);
	add_to_truth(f, pc);

	regs->pstate = PSR_MODE_EL1h | (any_u64(f) & ~PSR_MODE_MASK & ~PSR_MODE32_BIT);
	regs->sp = (unsigned long)f->top;
	regs->pc = pc;
	regs->stackframe[1] = pc;
	set_kind(f, &regs->pstate, PSTATE);
	set_kind(f, &regs->sp, LINK);
	set_kind(f, &regs->pc, ADDRESS);
	set_kind(f, &regs->regs[29], LINK);
	set_kind(f, &regs->stackframe[0], LINK);
	set_kind(f, &regs->stackframe[1], ADDRESS);

	end = f->top;
	if (state->fp != UNWIND_REG) {
		fp = (state->fp == UNWIND_FP ? base : f->top) + state->fp_off;
		end = max(end, fp + 1);
	}
	switch (state->ra) {
	case UNWIND_REG:
		ra = (unsigned long *)&regs->regs[30];
		break;
	case UNWIND_SCS:
		ra = (unsigned long *)f->scs + 8 * ++f->nr_scs;
		regs->regs[18] = (unsigned long)(ra + 1);
		set_kind(f, &regs->regs[18], SCS);
		break;
	default:
		ra = (state->ra == UNWIND_FP ? base : f->top) + state->ra_off;
		end = max(end, ra + 1);
	}
	set_kind(f, ra, ADDRESS);
	f->address = ra;

	/* x29 is the caller's, or its own if that is made. */
	f->link[0] = (unsigned long *)&regs->regs[29];
	f->link[1] = (unsigned long *)&regs->stackframe[0];
	if (fp) {
		if (state->fp == UNWIND_FP || state->ra == UNWIND_FP)
			lead_to(f, base);
		else if (ra == fp + 1 && one_in(f, 2))
			lead_to(f, fp);
		f->link[2] = fp;
		set_kind(f, fp, LINK);
	}

	f->top = end;
	return true;
}

/* Whether an address is that of a return trampoline, for which there is no original */
static bool is_trampoline(unsigned long pc)
{
#ifdef CONFIG_FUNCTION_GRAPH_TRACER
	if (pc == (unsigned long)return_to_handler)
		return true;
#endif
	return is_kretprobe_trampoline(pc);
}

static bool is_text(const struct fuzz *f, unsigned long addr, struct unwind_text *text)
{
	const struct unwind_text kernel = unwind_text_kernel();

	if (!IS_ALIGNED(addr, AARCH64_INSN_SIZE))
		return false;

	guard(preempt)();
	if (unwind_text_contains(&kernel, addr)) {
		*text = kernel;
		return unwind_map_find(&unwind_kernel_map, addr);
	}

	return unwind_text_find(f->task, addr, text) == STACK_WALK_OK;
}

/* A task that is switched out in a function, and has called that by all of the others */
static void make_good(struct fuzz *f)
{
	struct unwind_text text;
	unsigned int nr, room;

	memset(f->kind, FREE, sizeof(f->kind));
	f->nr_words = 0;
	f->nr_regs = 0;
	f->nr_scs = 0;
	f->truth.nr = 0;
	f->anything = false;

	/* Up to an end of the stack, if not everywhere */
	room = one_in(f, 32) ? THREAD_SIZE - sizeof(struct pt_regs) :
			       (below(f, 300) + 4) * 2 * sizeof(long);
	f->top = (unsigned long *)((void *)f->regs - room);
	f->sp = (unsigned long)f->top;
	for (unsigned long *word = f->top; word < f->regs; word++)
		*word = garbage((unsigned long)word);
	for (int i = 0; i < SHADOW_SIZE / sizeof(long); i++)
		((unsigned long *)f->scs)[i] = garbage(i);

	for (int i = 0; i < ARRAY_SIZE(f->link); i++)
		f->link[i] = NULL;
	f->link[0] = &f->fp;
	f->address = &f->pc;
	set_kind(f, &f->sp, SP);
	set_kind(f, &f->fp, LINK);
	set_kind(f, &f->pc, ADDRESS);

	nr = below(f, 14);
	for (int i = 0; i < nr; i++) {
		unsigned int gap = one_in(f, 3) ? 0 : below(f, 10) * 2;
		unsigned long pc;

		if (f->top + gap + 2 > f->regs)
			break;
		/* The first one is where the compiler has it, mostly. */
		if (i || one_in(f, 4))
			f->top += gap;
		/* The last one right below the task's pt_regs */
		if (i == nr - 1 && one_in(f, 4))
			f->top = f->regs - 2;
		if (one_in(f, 4) && f->nr_words < MAX_WORDS - 16 && add_exception(f))
			continue;
		do {
			pc = any_call(f, __unwind_text_start, __unwind_text_end);
		} while (!is_text(f, pc - AARCH64_INSN_SIZE, &text));
		return_to(f, pc);
		add_record(f);
	}

	return_to(f, any_call(f, __entry_final_text_start, __entry_final_text_end));
	lead_to(f, f->final);
	/* User space has what it likes in its registers: say, a good end of a stack. */
	for (unsigned long *word = f->regs; word < f->final; word += 2) {
		word[0] = (unsigned long)f->final;
		word[1] = any_call(f, __entry_final_text_start, __entry_final_text_end);
	}
	f->final[0] = 0;
	f->final[1] = 0;
	set_kind(f, &f->final[0], FINAL);
	set_kind(f, &f->final[1], FINAL);
}

/* What anybody might put into a word */
static unsigned long any_value(struct fuzz *f, unsigned long old)
{
	const unsigned long ends[] = {
		(unsigned long)f->stack, (unsigned long)f->stack + THREAD_SIZE,
		(unsigned long)f->regs, (unsigned long)f->final, f->sp,
		(unsigned long)current->stack + THREAD_SIZE / 2,
		(unsigned long)raw_cpu_read(irq_stack_ptr) - 4096,
		(unsigned long)f->task, 0,
	};
	const unsigned long texts[] = {
		(unsigned long)_stext, (unsigned long)_etext,
		(unsigned long)__unwind_text_start, (unsigned long)__unwind_text_end,
		(unsigned long)__entry_text_start, (unsigned long)__entry_text_end,
		(unsigned long)__entry_final_text_start, (unsigned long)__entry_final_text_end,
		(unsigned long)__entry_exception_text_start,
		(unsigned long)__entry_exception_text_end,
		(unsigned long)__nounwind_text_start, (unsigned long)__nounwind_text_end,
		(unsigned long)__hyp_text_start, (unsigned long)__idmap_text_start,
		(unsigned long)__return_text_end,
#ifdef CONFIG_FUNCTION_GRAPH_TRACER
		(unsigned long)return_to_handler,
#endif
#ifdef CONFIG_KRETPROBES
		(unsigned long)__kretprobe_trampoline,
#endif
	};
	unsigned int i = below(f, f->nr_words);

	switch (below(f, 12)) {
	case 0:
		return old ^ BIT(below(f, 64));
	case 1:
		return old + ((long)below(f, 17) - 8) * 8;
	case 2:
		return old + (long)below(f, 9) - 4;
	case 3:
		return *f->word[i];
	case 4:
		return (unsigned long)f->word[i];
	case 5:
		return (unsigned long)f->word[i] + ((long)below(f, 9) - 4) * 8;
	case 6:
		return (unsigned long)f->stack + below(f, THREAD_SIZE / 8) * 8;
	case 7:
		return ends[below(f, ARRAY_SIZE(ends))] + ((long)below(f, 9) - 4) * 8;
	case 8:
		return texts[below(f, ARRAY_SIZE(texts))] + ((long)below(f, 9) - 4) * 4;
	case 9:
		return any_instruction(f);
	case 10:
		return one_in(f, 2) ? any_exception(f) :
		       any_call(f, __entry_final_text_start, __entry_final_text_end);
	default:
		return any_u64(f);
	}
}

/* Alter a word of the chain. Some have a copy, which is no help if they differ. */
static unsigned long alter_word(struct fuzz *f)
{
	unsigned long *word, value;
	unsigned int i;

	do {
		i = below(f, f->nr_words);
		word = f->word[i];
		value = any_value(f, *word);
	} while (value == *word);

	for (i = 0; i < f->nr_regs; i++) {
		struct pt_regs *regs = f->regs_of[i];

		if (word == (unsigned long *)&regs->regs[29] && one_in(f, 2))
			regs->stackframe[0] = value;
	}
	*word = value;

	return value;
}

/* Alter words that are no part of the chain. */
static void alter_free_words(struct fuzz *f)
{
	unsigned long *low = (unsigned long *)f->sp;

	for (int i = 0; i < 16 && low < f->regs; i++) {
		unsigned long *word = low + below(f, f->regs - low);

		if (is_kind(f, (unsigned long)word, FREE))
			*word = any_value(f, *word);
	}
	/* Below the SP as well */
	for (int i = 0; i < 16 && low > (unsigned long *)f->stack; i++)
		((unsigned long *)f->stack)[below(f, low - (unsigned long *)f->stack)] =
			any_value(f, 0);
}

/* Nothing is as it was made, but some of it looks right. */
static void make_garbage(struct fuzz *f)
{
	unsigned long *low = (unsigned long *)f->sp;
	unsigned long *next = low;

	f->anything = true;
	for (unsigned long *word = low; word < f->regs; word++) {
		if (one_in(f, 2))
			continue;
		if (one_in(f, 8))
			*word = any_value(f, *word);
		else if (one_in(f, 2))
			*word = (unsigned long)(word + below(f, 32));
		else
			*word = any_instruction(f) + AARCH64_INSN_SIZE;
	}
	for (int i = 0; i < f->nr_regs; i++) {
		struct pt_regs *regs = f->regs_of[i];

		if (one_in(f, 2)) {
			regs->sp = (unsigned long)(regs + 1);
			regs->stackframe[0] = regs->regs[29];
			regs->pstate = any_u64(f);
		}
	}
	next += below(f, 64);
	if (one_in(f, 2))
		f->fp = one_in(f, 4) ? any_value(f, f->fp) : (unsigned long)next;
	if (one_in(f, 2))
		f->pc = one_in(f, 4) ? any_exception(f) : any_value(f, f->pc);
	if (one_in(f, 8))
		f->sp = any_value(f, f->sp);
	if (one_in(f, 8))
		f->final[below(f, 2)] = any_value(f, 0);
}

/* Whether there is something on the stack, above what was read. It will have been. */
static bool take(const struct fuzz *f, unsigned long *low, unsigned long addr, size_t size)
{
	if (addr < *low || addr + size < addr || addr + size > (unsigned long)f->regs)
		return false;
	*low = addr + size;
	return true;
}

/* A word that has to be of a kind to be one */
static bool take_word(const struct fuzz *f, unsigned long *low, unsigned long addr,
		      enum kind kind, unsigned long *val)
{
	if (addr % sizeof(long) || !take(f, low, addr, sizeof(long)) || !is_kind(f, addr, kind))
		return false;
	*val = *(unsigned long *)addr;
	return true;
}

static bool take_place(const struct fuzz *f, unsigned long *low, const struct pt_regs *regs,
		       enum unwind_where where, unsigned int off, unsigned int reg,
		       enum kind kind, unsigned long *val)
{
	unsigned long slot;

	switch (where) {
	case UNWIND_REG:
		*val = regs->regs[reg];
		return is_kind(f, (unsigned long)&regs->regs[reg], kind);
	case UNWIND_SP:
		return take_word(f, low, regs->sp + off * sizeof(long), kind, val);
	case UNWIND_FP:
		return take_word(f, low, regs->regs[29] + off * sizeof(long), kind, val);
	case UNWIND_SCS:
		slot = regs->regs[18] - sizeof(long);
		if (!f->scs || slot % sizeof(long) ||
		    slot - (unsigned long)f->scs > SHADOW_SIZE - sizeof(long) ||
		    !is_kind(f, slot, kind))
			return false;
		*val = *(unsigned long *)slot;
		return true;
	default:
		return false;
	}
}

/*
 * What the words say, where each of them is used for what it was made to be. False if
 * that does not lead to the task's final record.
 */
static bool follow(struct fuzz *f)
{
	unsigned long low = max_t(unsigned long, (unsigned long)f->stack, f->sp);
	unsigned long fp = f->fp, pc = f->pc;
	const struct unwind_table_state *state;
	struct list *said = &f->said;
	const struct pt_regs *regs;
	struct unwind_text text;

	said->nr = 0;
	while (said->nr < MAX_ENTRIES - 1) {
		if (is_trampoline(pc))
			return false;

		if (unwind_text_exception(pc - AARCH64_INSN_SIZE)) {
			regs = container_of((u64 (*)[2])fp, struct pt_regs, stackframe);
			if (!IS_ALIGNED((unsigned long)regs, 16) ||
			    !IS_ALIGNED(pc, AARCH64_INSN_SIZE) ||
			    !take(f, &low, (unsigned long)regs, sizeof(*regs)) ||
			    !is_kind(f, (unsigned long)&regs->pstate, PSTATE) ||
			    user_mode(regs) || regs->sp != (unsigned long)(regs + 1) ||
			    regs->stackframe[0] != regs->regs[29])
				return false;
			said->pc[said->nr++] = pc;

			fp = regs->regs[29];
			pc = regs->pc;
			if (is_trampoline(pc) || !is_text(f, pc, &text) || !text.map)
				return false;
			state = unwind_map_find(text.map, pc);
			if (!state)
				return false;
			said->pc[said->nr++] = pc;

			if (!take_place(f, &low, regs, state->fp, state->fp_off, 29, LINK, &fp) ||
			    !take_place(f, &low, regs, state->ra, state->ra_off, 30, ADDRESS, &pc))
				return false;
			pc = ptrauth_strip_kernel_insn_pac(pc);
			continue;
		}

		if (fp == (unsigned long)f->final) {
			if (f->final[0] || f->final[1] || !IS_ALIGNED(pc, AARCH64_INSN_SIZE) ||
			    pc - AARCH64_INSN_SIZE < (unsigned long)__entry_final_text_start ||
			    pc - AARCH64_INSN_SIZE >= (unsigned long)__entry_final_text_end)
				return false;
			said->pc[said->nr++] = pc;
			return true;
		}

		if (!is_text(f, pc - AARCH64_INSN_SIZE, &text))
			return false;
		said->pc[said->nr++] = pc;
		if (!take_word(f, &low, fp, LINK, &fp) ||
		    !take_word(f, &low, low, ADDRESS, &pc))
			return false;
		pc = ptrauth_strip_kernel_insn_pac(pc);
	}

	return false;
}

static notrace bool consume(void *cookie, unsigned long pc)
{
	struct list *list = cookie;

	if (list->nr == MAX_ENTRIES)
		return false;
	list->pc[list->nr++] = pc;
	return true;
}

static void prepare(struct fuzz *f)
{
	f->task->thread.cpu_context.sp = f->sp;
	f->task->thread.cpu_context.fp = f->fp;
	f->task->thread.cpu_context.pc = f->pc;
	f->got.nr = 0;
	f->err = (struct stack_walk_error){ .reason = STACK_WALK_NR_REASONS };
}

/* Have KASAN report each word that is read and may not be, if that was not altered. */
static void set_limits(const struct fuzz *f, bool limit)
{
	unsigned long sp = f->sp & ~7UL;
	void *end = f->stack + THREAD_SIZE;

	/* With tags, the stack would get another one. */
	if (!IS_ENABLED(CONFIG_KASAN_GENERIC))
		return;

	kasan_unpoison_vmalloc(f->stack, THREAD_SIZE, KASAN_VMALLOC_PROT_NORMAL);
	if (!limit)
		return;
	if (on_stack(f, sp) && sp > (unsigned long)f->stack && sp <= (unsigned long)f->regs)
		kasan_poison_vmalloc(f->stack, sp - (unsigned long)f->stack);
	kasan_poison_vmalloc(f->regs, (void *)f->final - (void *)f->regs);
	kasan_poison_vmalloc(f->final + 2, end - (void *)(f->final + 2));
}

static bool walk(struct fuzz *f)
{
	int ret;

	prepare(f);
	set_limits(f, true);
	ret = arch_stack_walk_reliable_reason(consume, &f->got, f->task, &f->err);
	set_limits(f, false);

	return !ret;
}

static bool same(const struct list *a, const struct list *b)
{
	return a->nr == b->nr && !memcmp(a->pc, b->pc, a->nr * sizeof(a->pc[0]));
}

/* Up to where both go */
static bool same_begin(const struct list *a, const struct list *b)
{
	return !memcmp(a->pc, b->pc, min(a->nr, b->nr) * sizeof(a->pc[0]));
}

/* Whether all entries of a trace, but perhaps one, are what was made, and in order */
static bool in_truth(const struct fuzz *f, unsigned int but)
{
	unsigned int truth = 0;

	for (int i = 0; i < f->got.nr; i++) {
		if (i == but)
			continue;
		while (truth < f->truth.nr && f->truth.pc[truth] != f->got.pc[i])
			truth++;
		if (truth++ == f->truth.nr)
			return false;
	}

	return true;
}

static bool only_other(const struct fuzz *f, unsigned long altered)
{
	for (int i = 0; i < f->got.nr; i++)
		if (f->got.pc[i] == ptrauth_strip_kernel_insn_pac(altered) && in_truth(f, i))
			return true;

	return in_truth(f, f->got.nr);
}

enum how {
	AS_MADE, FREE_WORDS, ONE_WORD, ONE_WORD_TOO, SOME_WORDS, GARBAGE,
	NR_HOW
};

/* What is wrong with a case, or NULL */
static const char *run_case(struct fuzz *f, unsigned long nr)
{
	unsigned long value = 0;
	bool reliable, can_be, has_reason;
	enum how how;

	prandom_seed_state(&f->rnd, seed + nr * 0x9e3779b97f4a7c15);
	how = below(f, NR_HOW);
	make_good(f);
	switch (how) {
	case AS_MADE:
		break;
	case FREE_WORDS:
		alter_free_words(f);
		break;
	case SOME_WORDS:
		for (int i = below(f, 3) + 2; i; i--)
			alter_word(f);
		break;
	case GARBAGE:
		make_garbage(f);
		break;
	default:
		value = alter_word(f);
		break;
	}

	can_be = follow(f);
	reliable = walk(f);
	f->reliable += reliable;
	f->refused += !reliable;

	if (f->got.nr == MAX_ENTRIES)
		return "the walk found more than there can be";
	has_reason = f->err.reason != STACK_WALK_NR_REASONS;
	if (reliable == has_reason)
		return "an error without a reason, or a reason without an error";
	if (how == AS_MADE || how == FREE_WORDS) {
		if (!can_be || !same(&f->said, &f->truth))
			return "the test does not know what it made";
		if (!reliable)
			return "a good stack is not reliable";
		if (!same(&f->got, &f->truth))
			return "the wrong trace of a good stack";
	}
	if (reliable && !can_be)
		return "reliable, and should not be";
	if (!same_begin(&f->got, &f->said) || (reliable && !same(&f->got, &f->said)))
		return "not what is on the stack";
	if (reliable && (how == ONE_WORD || how == ONE_WORD_TOO)) {
		if (!only_other(f, value))
			return "an entry that is not on the stack, or not in order";
		f->harmless += same(&f->got, &f->truth);
		f->other_address += !same(&f->got, &f->truth) && f->got.nr == f->truth.nr;
		f->skipped += f->got.nr != f->truth.nr;
	}

	/* For people, any stack will do, but it has to end. */
	prepare(f);
	arch_stack_walk(consume, &f->got, f->task, NULL);
	if (f->got.nr == MAX_ENTRIES)
		return "the unreliable walk found more than there can be";
	if ((how == AS_MADE || how == FREE_WORDS) && !same(&f->got, &f->truth))
		return "the wrong unreliable trace of a good stack";

	return NULL;
}

static void print_list(struct kunit *test, const char *what, const struct list *list)
{
	kunit_info(test, "%s: %u entries", what, list->nr);
	for (int i = 0; i < list->nr && i < 64; i++)
		kunit_info(test, "  %pSb", (void *)list->pc[i]);
}

static void hostile(struct kunit *test)
{
	unsigned long first = (unsigned long)test->param_value - 1;
	unsigned long end = min(first + CASES_PER_TEST, cases);
	struct fuzz *f = fuzz;
	const char *wrong = NULL;

	if (only >= 0)
		end = first + 1;

	for (unsigned long nr = first; nr < end && !wrong; nr++) {
		f->current_case = nr;
		f->running = true;
		wrong = run_case(f, nr);
		f->running = false;
		if (!wrong && !f->tainted && test_taint(TAINT_BAD_PAGE))
			wrong = "there was a report by KASAN";
		cond_resched();
	}

	if (wrong) {
		KUNIT_FAIL(test, "%s: " REPLAY, wrong, seed, f->current_case);
		kunit_info(test, "reason %d at %pSb", f->err.reason, (void *)f->err.pc);
		print_list(test, "made", &f->truth);
		print_list(test, "on the stack", &f->said);
		print_list(test, "the walk", &f->got);
		return;
	}

	if (end >= cases || only >= 0)
		kunit_info(test, "seed %lu: %lu reliable, %lu refused; of those with one word altered %lu no different, %lu with another address, %lu left out what no link led to",
			   seed, f->reliable, f->refused, f->harmless, f->other_address,
			   f->skipped);
	/* The test has to be able to go wrong either way. */
	if (end - first == CASES_PER_TEST) {
		KUNIT_EXPECT_GT(test, f->reliable, CASES_PER_TEST / 4);
		KUNIT_EXPECT_GT(test, f->refused, CASES_PER_TEST / 4);
		KUNIT_EXPECT_GT(test, f->other_address, 0);
	}
}

static const void *next_cases(const void *prev, char *desc)
{
	unsigned long first = prev ? (unsigned long)prev - 1 + CASES_PER_TEST : 0;

	if (only >= 0) {
		if (prev)
			return NULL;
		snprintf(desc, KUNIT_PARAM_DESC_SIZE, "case %ld", only);
		return (void *)(only + 1);
	}
	if (first >= cases)
		return NULL;
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "from case %lu on", first);
	return (void *)(first + 1);
}

/* The page before, and the one behind, are not there. */
static void guard_pages(struct kunit *test)
{
	unsigned long word;

	KUNIT_EXPECT_EQ(test, 0, get_kernel_nofault(word, (unsigned long *)fuzz->stack));
	KUNIT_EXPECT_EQ(test, -EFAULT,
			get_kernel_nofault(word, (unsigned long *)(fuzz->stack - 8)));
	KUNIT_EXPECT_EQ(test, -EFAULT,
			get_kernel_nofault(word, (unsigned long *)(fuzz->stack + THREAD_SIZE)));
}

/* When a case does not come back, say which it is. */
static int say_case(struct notifier_block *nb, unsigned long event, void *data)
{
	if (fuzz && fuzz->running)
		pr_emerg(REPLAY "\n", seed, fuzz->current_case);
	return NOTIFY_DONE;
}

static struct notifier_block say_case_on_oops = { .notifier_call = say_case };
static struct notifier_block say_case_on_panic = { .notifier_call = say_case };

static void fuzz_exit(struct kunit_suite *suite)
{
	if (!fuzz)
		return;

	unregister_die_notifier(&say_case_on_oops);
	atomic_notifier_chain_unregister(&panic_notifier_list, &say_case_on_panic);
	vfree(fuzz->stack);
	vfree(fuzz->scs);
	kfree(fuzz->task);
	kvfree(fuzz);
	fuzz = NULL;
}

static int fuzz_init(struct kunit_suite *suite)
{
	struct fuzz *f = kvzalloc(sizeof(*f), GFP_KERNEL);

	fuzz = f;
	if (!f)
		return -ENOMEM;

	register_die_notifier(&say_case_on_oops);
	atomic_notifier_chain_register(&panic_notifier_list, &say_case_on_panic);
	f->task = kzalloc(sizeof(*f->task), GFP_KERNEL);
	f->stack = vzalloc(THREAD_SIZE);
#ifdef CONFIG_SHADOW_CALL_STACK
	f->scs = vzalloc(SCS_SIZE);
#endif
	if (!f->task || !f->stack || (IS_ENABLED(CONFIG_SHADOW_CALL_STACK) && !f->scs)) {
		fuzz_exit(suite);
		return -ENOMEM;
	}

	f->task->stack = f->stack;
	f->task->flags = PF_KTHREAD;
	f->task->pid = 1;
	strscpy(f->task->comm, "hostile", sizeof(f->task->comm));
#ifdef CONFIG_SHADOW_CALL_STACK
	task_scs(f->task) = f->scs;
#endif
	f->regs = (unsigned long *)task_pt_regs(f->task);
	f->final = (unsigned long *)task_pt_regs(f->task)->stackframe;
	/* KASAN does so with its reports. */
	f->tainted = test_taint(TAINT_BAD_PAGE);
	prandom_seed_state(&f->rnd, seed);
	find_samples(f);

	return 0;
}

static struct kunit_case stacktrace_fuzz_cases[] = {
	KUNIT_CASE(guard_pages),
	KUNIT_CASE_PARAM(hostile, next_cases),
	{}
};

static struct kunit_suite stacktrace_fuzz_suite = {
	.name = "arm64_stacktrace_fuzz",
	.suite_init = fuzz_init,
	.suite_exit = fuzz_exit,
	.init = no_warning_init,
	.exit = no_warning_exit,
	.test_cases = stacktrace_fuzz_cases,
};

kunit_test_suite(stacktrace_fuzz_suite);
