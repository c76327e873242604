// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compare a reliable stack walk with the shadow call stack.
 *
 * A function that is built with a shadow call stack pushes its return address there
 * when it makes its frame record, and pops it when it gives that up. So where such a
 * function has made a call, its return address is on the shadow call stack, and in the
 * same order as on the stack. This is what has to be:
 *
 *   Every entry of the shadow call stack is in the trace, in order, once. Every entry
 *   of the trace is either one of the shadow call stack, or there is a reason why it
 *   is not:
 *
 *   - it is the first one, the place that the walk began at;
 *
 *   - it is the PC of an exception, and follows the entry of the code that takes
 *     exceptions. It is that in the pt_regs;
 *
 *   - it follows an interrupted PC at which the function has not pushed its return
 *     address, or has popped it. It is what x30 was then. If the function pushes
 *     nothing at all, it may have a frame record nevertheless: assembly, or a BPF
 *     program;
 *
 *   - it follows a return address in a function that pushes nothing, or one that is
 *     in front of the instruction that pushes. (A BPF trampoline is called from
 *     there. It makes a frame record for its caller.) It is another one: there is no
 *     such code that calls itself. And it is behind a call that can have led there.
 *
 *   An entry that was replaced by that of a return trampoline stands for the original.
 *   The originals are in the trace in the order in which they were saved. What is not
 *   on the shadow call stack may have an original, too, or may not any more: where an
 *   exception was taken, and where code that pushes nothing has the return address of
 *   a function that does. And the idle task of a CPU that was offline did not return
 *   from there: originals from before are left.
 *
 * Whether a function has pushed its return address is read from its instructions, and
 * not from what the walk relies on: its unwind table and frame records. Where these do
 * not tell, a call means that it has.
 *
 * What cannot be seen: a return address which is in x30 alone may be left out of the
 * trace where the instructions do not tell that it is. The verdict says so: such a
 * comparison is undecided. And the return addresses that BPF programs keep, and the
 * functions they were called at, may be wrong, and of two in a row one may be missing, or
 * one too many there. An original that does not stand
 * for an entry of the trace is not looked for at the place where it was saved: if there
 * is one that should not be, the trace may have it in place of another.
 */

#include <linux/array_size.h>
#include <linux/kernel.h>

#include <asm/insn.h>
#include <asm/stacktrace_witness.h>

/* How far the comparison is */
struct witness_position {
	unsigned int shadow;
	unsigned int fgraph;
	unsigned int kretprobe;
	unsigned int skipped_fgraph;
	unsigned int skipped_kretprobe;
	bool undecided;
};

/* A trampoline's original may be another one, which has a third for its original. */
#define MAX_REWRITTEN	4

/*
 * Does a return address stand for @pc? If so, the originals that it takes to find out
 * are behind us. The first ones that fit are the right ones, as in any search for a
 * subsequence.
 */
static bool stands_for(unsigned long ra, unsigned long pc, unsigned int depth,
		       const struct witness_evidence *evidence,
		       const struct witness_code *code,
		       struct witness_position *position)
{
	const struct witness_list *list;
	struct witness_position next;
	unsigned int *skipped;
	unsigned int *at;

	next = *position;
	if (ra == code->fgraph) {
		list = &evidence->fgraph;
		skipped = &next.skipped_fgraph;
		at = &next.fgraph;
	} else if (ra == code->kretprobe) {
		list = &evidence->kretprobe;
		skipped = &next.skipped_kretprobe;
		at = &next.kretprobe;
	} else {
		return ra == pc;
	}

	if (depth == MAX_REWRITTEN)
		return false;

	for (; *at < list->nr; ++*skipped) {
		struct witness_position found;

		ra = list->pc[(*at)++];
		found = next;
		if (stands_for(ra, pc, depth + 1, evidence, code, &found)) {
			*position = found;
			return true;
		}
	}

	return false;
}

static bool in_shadow(unsigned long pc, const struct witness_evidence *evidence,
		      const struct witness_code *code,
		      struct witness_position *position)
{
	if (position->shadow == evidence->shadow.nr ||
	    !stands_for(evidence->shadow.pc[position->shadow], pc, 0, evidence, code,
			position))
		return false;

	position->shadow++;
	return true;
}

/* The caller of a function that was interrupted. */
static enum witness_finding compare_interrupted(unsigned long pc, enum witness_push push,
						const struct witness_regs *regs,
						const struct witness_evidence *evidence,
						const struct witness_code *code,
						struct witness_position *position)
{
	position->undecided |= push == WITNESS_SOMEWHERE || push == WITNESS_UNKNOWN;
	if (push != WITNESS_NOT_PUSHED && push != WITNESS_NEVER &&
	    in_shadow(pc, evidence, code, position))
		return WITNESS_AGREE;
	if (push == WITNESS_PUSHED)
		return WITNESS_DIFFERS;

	if (stands_for(regs->lr, pc, 0, evidence, code, position))
		return WITNESS_AGREE;
	if ((push == WITNESS_NEVER || push == WITNESS_UNKNOWN) &&
	    stands_for(regs->record, pc, 0, evidence, code, position))
		return WITNESS_AGREE;

	return WITNESS_NOT_X30;
}

/* The caller of a function that has made a call. */
static enum witness_finding compare_caller(unsigned long pc, unsigned long callee,
					   const struct witness_evidence *evidence,
					   const struct witness_code *code,
					   struct witness_position *position)
{
	enum witness_push push = code->push(callee - AARCH64_INSN_SIZE);

	position->undecided |= push == WITNESS_UNKNOWN;
	if (push == WITNESS_NOT_PUSHED || push == WITNESS_NEVER) {
		if (pc == callee)
			return WITNESS_TWICE;
		return code->calls(pc - AARCH64_INSN_SIZE, callee - AARCH64_INSN_SIZE) ?
		       WITNESS_AGREE : WITNESS_NO_CALL;
	}
	if (in_shadow(pc, evidence, code, position))
		return WITNESS_AGREE;
	if (push == WITNESS_UNKNOWN)
		return pc == callee ? WITNESS_TWICE : WITNESS_AGREE;

	return WITNESS_DIFFERS;
}

static unsigned int left_over(const struct witness_list *list, unsigned int at,
			      unsigned int skipped)
{
	return list->nr - at + skipped;
}

/**
 * witness_compare() - Does a stack trace agree with the shadow call stack?
 * @evidence:	the trace, and what to compare it with
 * @code:	what to know of the code
 *
 * Context: Any; @code may ask for more.
 *
 * Return: the first disagreement, or WITNESS_AGREE.
 */
struct witness_verdict witness_compare(const struct witness_evidence *evidence,
				       const struct witness_code *code)
{
	const struct witness_list *trace = &evidence->trace;
	const struct witness_regs *regs = evidence->regs;
	enum witness_finding finding = WITNESS_AGREE;
	struct witness_position position = {};
	unsigned int nr_regs = evidence->nr_regs;
	unsigned int in_transit = nr_regs;
	bool interrupted = false;
	unsigned int i;

	for (i = 1; i < trace->nr; i++) {
		unsigned long callee = trace->pc[i - 1];
		unsigned long pc = trace->pc[i];

		if (pc == code->fgraph || pc == code->kretprobe) {
			finding = WITNESS_TRAMPOLINE;
		} else if (interrupted) {
			finding = compare_interrupted(pc, code->push(callee), regs - 1,
						      evidence, code, &position);
			interrupted = false;
		} else if (code->is_exception(callee - AARCH64_INSN_SIZE)) {
			if (!nr_regs) {
				finding = WITNESS_REGS;
				break;
			}
			if (!stands_for(regs->pc, pc, 0, evidence, code, &position))
				finding = WITNESS_NOT_PC;
			/* A return trampoline stood for a return address. */
			interrupted = regs->pc == pc;
			nr_regs--;
			regs++;
		} else {
			unsigned int pushed = position.shadow;

			finding = compare_caller(pc, callee, evidence, code, &position);
			in_transit += position.shadow == pushed;
		}
		if (finding != WITNESS_AGREE)
			break;
	}

	if (finding == WITNESS_AGREE) {
		if (position.shadow < evidence->shadow.nr)
			finding = WITNESS_MISSING;
		else if (nr_regs)
			finding = WITNESS_REGS;
		else if (!evidence->stale &&
			 (left_over(&evidence->fgraph, position.fgraph,
				    position.skipped_fgraph) > in_transit ||
			  left_over(&evidence->kretprobe, position.kretprobe,
				    position.skipped_kretprobe) > in_transit))
			finding = WITNESS_REWRITTEN;
	}

	return (struct witness_verdict) {
		.finding = finding,
		.trace = i,
		.shadow = position.shadow,
		.undecided = position.undecided,
	};
}

/**
 * witness_finding_text() - What a finding means
 * @finding: the finding
 *
 * Context: Any.
 *
 * Return: a few words.
 */
const char *witness_finding_text(enum witness_finding finding)
{
	static const char * const text[WITNESS_NR_FINDINGS] = {
		[WITNESS_AGREE]		= "they agree",
		[WITNESS_DIFFERS]	= "it is not what is on the shadow call stack",
		[WITNESS_MISSING]	= "the shadow call stack goes on",
		[WITNESS_NOT_X30]	= "it is not in x30 of what was interrupted",
		[WITNESS_NOT_PC]	= "it is not what was interrupted",
		[WITNESS_TRAMPOLINE]	= "it is a return trampoline",
		[WITNESS_TWICE]		= "it is there twice, and the shadow call stack has none",
		[WITNESS_NO_CALL]	= "it does not call the one before it",
		[WITNESS_REGS]		= "there are more exceptions on one than on the other",
		[WITNESS_REWRITTEN]	= "more return addresses were replaced than are there",
	};

	return finding < ARRAY_SIZE(text) ? text[finding] : "unknown finding";
}
