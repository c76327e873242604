// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the witness's comparison.
 *
 * The comparison gets traces and shadow call stacks that are made up, of code that is
 * made up as well: an address says what its function does. First all that a walk may
 * find has to agree with what it is found on. Then each of these traces gets each fault
 * in each place, and has to be found out.
 */

#include <kunit/test.h>

#include <linux/array_size.h>
#include <linux/bits.h>
#include <linux/limits.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include <asm/insn.h>
#include <asm/stacktrace_witness.h>

/* What kind of function an address is in, and a number to tell it from others */
enum kind {
	PUSHED = 1,	/* built with a shadow call stack, and in its frame */
	NOT_PUSHED,	/* before it pushes, or after it has popped */
	NEVER,		/* a BPF program */
	ASSEMBLY,	/* only called by the plain function with the next number */
	SOMEWHERE,	/* one of the first two: its instructions do not tell */
	UNKNOWN,	/* nobody knows */
	EXCEPTION,	/* the code that calls the handlers of exceptions */
	RETURN,		/* the return trampoline of the function graph tracer */
};

#define PC(kind, nr)	(((kind) << 16) + (nr) * 16 + AARCH64_INSN_SIZE)

/* A plain function that has made a call: many of these are needed. */
#define F(nr)		PC(PUSHED, nr)

#define FGRAPH		PC(RETURN, 0)
#define KRETPROBE	0x1000UL

static enum witness_push made_up_push(unsigned long pc)
{
	switch (pc >> 16) {
	case PUSHED:
	case EXCEPTION:
		return WITNESS_PUSHED;
	case NOT_PUSHED:
		return WITNESS_NOT_PUSHED;
	case SOMEWHERE:
		return WITNESS_SOMEWHERE;
	case UNKNOWN:
		return WITNESS_UNKNOWN;
	default:
		return WITNESS_NEVER;
	}
}

static bool made_up_exception(unsigned long pc)
{
	return pc >> 16 == EXCEPTION;
}

static bool made_up_calls(unsigned long from, unsigned long to)
{
	return to >> 16 != ASSEMBLY || from == (PUSHED << 16) + (to & 0xffff) + 16;
}

static const struct witness_code made_up_code = {
	.push = made_up_push,
	.is_exception = made_up_exception,
	.calls = made_up_calls,
	.fgraph = FGRAPH,
	.kretprobe = KRETPROBE,
};

#define LIST(...) {							\
	.nr = sizeof((unsigned long []){ __VA_ARGS__ }) / sizeof(long),	\
	.pc = { __VA_ARGS__ },						\
}

/*
 * The entries of the trace that may be removed, swapped with the next one, replaced by
 * it or by a stranger, or have a stranger in front of them, and nobody notices. These
 * are not on the shadow call stack. If it is such that nobody knows whether a function
 * has pushed, the verdict has to say so.
 */
struct situation {
	const char *name;
	bool undecided;
	unsigned long unseen_removed;
	unsigned long unseen_swapped;
	unsigned long unseen_next;
	unsigned long unseen_stranger;
	struct witness_evidence evidence;
};

static const struct situation situations[] = {
	{
		.name = "calls",
		.evidence = {
			.trace = LIST(F(0), F(1), F(2), F(3), F(4)),
			.shadow = LIST(F(1), F(2), F(3), F(4)),
		},
	}, {
		.name = "interrupted in its frame",
		.evidence = {
			.trace = LIST(F(0), F(1), PC(EXCEPTION, 0), F(2), F(3), F(4)),
			.shadow = LIST(F(1), PC(EXCEPTION, 0), F(3), F(4)),
			.nr_regs = 1,
			.regs = { { .pc = F(2), .lr = F(9) } },
		},
	}, {
		.name = "interrupted when it has just pushed",
		.evidence = {
			.trace = LIST(F(0), F(1), PC(EXCEPTION, 0), F(2), F(3), F(4)),
			.shadow = LIST(F(1), PC(EXCEPTION, 0), F(3), F(4)),
			.nr_regs = 1,
			.regs = { { .pc = F(2), .lr = F(3), .record = F(4) } },
		},
	}, {
		.name = "interrupted outside of its frame",
		.evidence = {
			.trace = LIST(F(0), F(1), PC(EXCEPTION, 0), PC(NOT_PUSHED, 2), F(3), F(4)),
			.shadow = LIST(F(1), PC(EXCEPTION, 0), F(4)),
			.nr_regs = 1,
			.regs = { { .pc = PC(NOT_PUSHED, 2), .lr = F(3), .record = F(4) } },
		},
	}, {
		.name = "interrupted in a leaf",
		.unseen_next = BIT(4),
		.evidence = {
			.trace = LIST(F(0), F(1), PC(EXCEPTION, 0), PC(NEVER, 2), F(3), F(4)),
			.shadow = LIST(F(1), PC(EXCEPTION, 0), F(4)),
			.nr_regs = 1,
			.regs = { { .pc = PC(NEVER, 2), .lr = F(3), .record = F(4) } },
		},
	}, {
		.name = "interrupted in assembly with a frame record",
		.evidence = {
			.trace = LIST(F(0), F(1), PC(EXCEPTION, 0), PC(NEVER, 2), F(3), F(4)),
			.shadow = LIST(F(1), PC(EXCEPTION, 0), F(4)),
			.nr_regs = 1,
			.regs = { { .pc = PC(NEVER, 2), .lr = PC(NEVER, 7), .record = F(3) } },
		},
	}, {
		.name = "interrupted somewhere, in its frame",
		.undecided = true,
		.evidence = {
			.trace = LIST(F(0), F(1), PC(EXCEPTION, 0), PC(SOMEWHERE, 2), F(3), F(4)),
			.shadow = LIST(F(1), PC(EXCEPTION, 0), F(3), F(4)),
			.nr_regs = 1,
			.regs = { { .pc = PC(SOMEWHERE, 2), .lr = PC(SOMEWHERE, 7) } },
		},
	}, {
		.name = "interrupted somewhere, outside of its frame",
		.undecided = true,
		.unseen_removed = BIT(4),
		.evidence = {
			.trace = LIST(F(0), F(1), PC(EXCEPTION, 0), PC(SOMEWHERE, 2), F(3), F(4)),
			.shadow = LIST(F(1), PC(EXCEPTION, 0), F(4)),
			.nr_regs = 1,
			.regs = { { .pc = PC(SOMEWHERE, 2), .lr = F(3), .record = F(4) } },
		},
	}, {
		.name = "interrupted in code that nobody knows",
		.undecided = true,
		.unseen_removed = BIT(4),
		.evidence = {
			.trace = LIST(F(0), F(1), PC(EXCEPTION, 0), PC(UNKNOWN, 2), F(3), F(4)),
			.shadow = LIST(F(1), PC(EXCEPTION, 0), F(4)),
			.nr_regs = 1,
			.regs = { { .pc = PC(UNKNOWN, 2), .lr = PC(UNKNOWN, 7), .record = F(3) } },
		},
	}, {
		.name = "called by code that nobody knows",
		.undecided = true,
		.unseen_removed = BIT(2),
		.unseen_stranger = BIT(2),
		.evidence = {
			.trace = LIST(F(0), PC(UNKNOWN, 1), F(2), F(3)),
			.shadow = LIST(PC(UNKNOWN, 1), F(3)),
		},
	}, {
		.name = "called somewhere",
		.evidence = {
			.trace = LIST(F(0), PC(SOMEWHERE, 1), F(2), F(3)),
			.shadow = LIST(PC(SOMEWHERE, 1), F(2), F(3)),
		},
	}, {
		.name = "an exception in a handler of another one",
		.evidence = {
			.trace = LIST(F(0), PC(EXCEPTION, 0), F(1), F(2), PC(EXCEPTION, 1),
				      PC(NOT_PUSHED, 3), F(4), F(5)),
			.shadow = LIST(PC(EXCEPTION, 0), F(2), PC(EXCEPTION, 1), F(5)),
			.nr_regs = 2,
			.regs = {
				{ .pc = F(1), .lr = F(8) },
				{ .pc = PC(NOT_PUSHED, 3), .lr = F(4) },
			},
		},
	}, {
		.name = "on the IRQ stack",
		.evidence = {
			.trace = LIST(F(0), PC(ASSEMBLY, 1), F(2), PC(EXCEPTION, 0), F(3), F(4)),
			.shadow = LIST(PC(ASSEMBLY, 1), PC(EXCEPTION, 0), F(4)),
			.nr_regs = 1,
			.regs = { { .pc = F(3), .lr = F(8) } },
		},
	}, {
		.name = "a BPF trampoline",
		.unseen_removed = BIT(3),
		.unseen_next = BIT(4),
		.unseen_stranger = BIT(3) | BIT(4),
		.evidence = {
			.trace = LIST(F(0), F(1), PC(NEVER, 1), PC(NOT_PUSHED, 2), F(3), F(4)),
			.shadow = LIST(F(1), PC(NEVER, 1), F(4)),
		},
	}, {
		.name = "a BPF trampoline of a function with a kretprobe",
		.unseen_removed = BIT(3),
		.unseen_next = BIT(4),
		.unseen_stranger = BIT(3) | BIT(4),
		.evidence = {
			.trace = LIST(F(0), F(1), PC(NEVER, 1), PC(NOT_PUSHED, 2), F(3), F(4)),
			.shadow = LIST(F(1), PC(NEVER, 1), F(4)),
			.kretprobe = LIST(F(3)),
		},
	}, {
		.name = "an idle task that was offline",
		.evidence = {
			.trace = LIST(F(0), F(1), F(2), F(3)),
			.shadow = LIST(F(1), FGRAPH, F(3)),
			.fgraph = LIST(F(2), F(8), F(9)),
			.stale = true,
		},
	}, {
		.name = "recursion",
		.evidence = {
			.trace = LIST(F(0), F(1), F(1), F(1), F(2)),
			.shadow = LIST(F(1), F(1), F(1), F(2)),
		},
	}, {
		.name = "function graph tracing",
		.evidence = {
			.trace = LIST(F(0), F(1), F(2), F(3), F(4)),
			.shadow = LIST(F(1), FGRAPH, FGRAPH, F(4)),
			.fgraph = LIST(F(2), F(3)),
		},
	}, {
		.name = "traced, before its frame",
		.evidence = {
			.trace = LIST(F(0), PC(EXCEPTION, 0), PC(NOT_PUSHED, 1), F(2), F(3), F(4)),
			.shadow = LIST(PC(EXCEPTION, 0), FGRAPH, F(4)),
			.fgraph = LIST(F(2), F(3)),
			.nr_regs = 1,
			.regs = { { .pc = PC(NOT_PUSHED, 1), .lr = FGRAPH } },
		},
	}, {
		.name = "at the return trampoline",
		.evidence = {
			.trace = LIST(F(0), PC(EXCEPTION, 0), F(2), F(3), F(4)),
			.shadow = LIST(PC(EXCEPTION, 0), FGRAPH, F(4)),
			.fgraph = LIST(F(2), F(3)),
			.nr_regs = 1,
			.regs = { { .pc = FGRAPH, .lr = FGRAPH } },
		},
	}, {
		.name = "called by the return trampoline",
		.unseen_swapped = BIT(2),
		.unseen_next = BIT(2),
		.unseen_stranger = BIT(2),
		.evidence = {
			.trace = LIST(F(0), PC(RETURN, 1), F(2), F(3), F(4)),
			.shadow = LIST(PC(RETURN, 1), FGRAPH, F(4)),
			.fgraph = LIST(F(2), F(3)),
		},
	}, {
		.name = "a kretprobe",
		.evidence = {
			.trace = LIST(F(0), F(1), F(2), F(3)),
			.shadow = LIST(F(1), KRETPROBE, F(3)),
			.kretprobe = LIST(F(2)),
		},
	}, {
		.name = "a kretprobe of a traced function",
		.evidence = {
			.trace = LIST(F(0), F(1), F(2), F(3), F(4)),
			.shadow = LIST(F(1), FGRAPH, KRETPROBE, F(4)),
			.fgraph = LIST(KRETPROBE, F(3)),
			.kretprobe = LIST(F(2), FGRAPH),
		},
	},
};

static void situation_name(const struct situation *situation, char *name)
{
	strscpy(name, situation->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(situation, situations, situation_name);

static struct witness_evidence *copy(struct kunit *test)
{
	const struct situation *situation = test->param_value;
	struct witness_evidence *evidence;

	evidence = kunit_kzalloc(test, sizeof(*evidence), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, evidence);
	*evidence = situation->evidence;
	return evidence;
}

static enum witness_finding finding(const struct witness_evidence *evidence)
{
	return witness_compare(evidence, &made_up_code).finding;
}

static void remove_entry(struct witness_list *list, unsigned int at)
{
	list->nr--;
	memmove(&list->pc[at], &list->pc[at + 1], (list->nr - at) * sizeof(list->pc[0]));
}

static void double_entry(struct witness_list *list, unsigned int at)
{
	memmove(&list->pc[at + 1], &list->pc[at], (list->nr - at) * sizeof(list->pc[0]));
	list->nr++;
}

static void agrees(struct kunit *test)
{
	const struct situation *situation = test->param_value;
	struct witness_evidence *evidence = copy(test);
	struct witness_verdict verdict = witness_compare(evidence, &made_up_code);

	KUNIT_EXPECT_EQ(test, verdict.finding, WITNESS_AGREE);
	KUNIT_EXPECT_EQ(test, verdict.undecided, situation->undecided);
}

/* Here and below, not the first entry: nothing is known of where a walk began. */
static void entry_removed(struct kunit *test)
{
	const struct situation *situation = test->param_value;
	const struct witness_list *whole = &situation->evidence.trace;
	struct witness_evidence *evidence = copy(test);

	for (unsigned int at = 1; at < whole->nr; at++) {
		evidence->trace = *whole;
		remove_entry(&evidence->trace, at);
		KUNIT_EXPECT_EQ_MSG(test, finding(evidence) == WITNESS_AGREE,
				    !!(situation->unseen_removed & BIT(at)), "entry %u", at);
	}
}

/* Whom an interrupted function returns to is known, or the verdict says that it is not. */
static void caller_removed(struct kunit *test)
{
	const struct situation *situation = test->param_value;
	const struct witness_list *whole = &situation->evidence.trace;
	struct witness_evidence *evidence = copy(test);
	unsigned int nr = 0;

	for (unsigned int at = 2; at < whole->nr; at++) {
		struct witness_verdict verdict;

		if (!made_up_exception(whole->pc[at - 2] - AARCH64_INSN_SIZE))
			continue;
		nr++;
		evidence->trace = *whole;
		remove_entry(&evidence->trace, at);
		verdict = witness_compare(evidence, &made_up_code);
		KUNIT_EXPECT_TRUE_MSG(test, verdict.undecided || verdict.finding != WITNESS_AGREE,
				      "entry %u", at);
	}
	KUNIT_EXPECT_EQ(test, nr, situation->evidence.nr_regs);
}

static void entry_twice(struct kunit *test)
{
	const struct situation *situation = test->param_value;
	const struct witness_list *whole = &situation->evidence.trace;
	struct witness_evidence *evidence = copy(test);

	for (unsigned int at = 1; at < whole->nr; at++) {
		evidence->trace = *whole;
		double_entry(&evidence->trace, at);
		KUNIT_EXPECT_NE_MSG(test, finding(evidence), WITNESS_AGREE, "entry %u", at);
	}
}

static void entries_swapped(struct kunit *test)
{
	const struct situation *situation = test->param_value;
	const struct witness_list *whole = &situation->evidence.trace;
	struct witness_evidence *evidence = copy(test);

	for (unsigned int at = 1; at + 1 < whole->nr; at++) {
		evidence->trace = *whole;
		swap(evidence->trace.pc[at], evidence->trace.pc[at + 1]);
		if (whole->pc[at] == whole->pc[at + 1])
			continue;
		KUNIT_EXPECT_EQ_MSG(test, finding(evidence) == WITNESS_AGREE,
				    !!(situation->unseen_swapped & BIT(at)), "entry %u", at);
	}
}

static void entry_is_next(struct kunit *test)
{
	const struct situation *situation = test->param_value;
	const struct witness_list *whole = &situation->evidence.trace;
	struct witness_evidence *evidence = copy(test);

	for (unsigned int at = 1; at + 1 < whole->nr; at++) {
		evidence->trace = *whole;
		evidence->trace.pc[at] = whole->pc[at + 1];
		if (whole->pc[at] == whole->pc[at + 1])
			continue;
		KUNIT_EXPECT_EQ_MSG(test, finding(evidence) == WITNESS_AGREE,
				    !!(situation->unseen_next & BIT(at)), "entry %u", at);
	}
}

/* From elsewhere: of a function that has pushed, and of one that has not */
static const unsigned long strangers[] = { F(10), PC(NOT_PUSHED, 10) };

static void entry_is_stranger(struct kunit *test)
{
	const struct situation *situation = test->param_value;
	const struct witness_list *whole = &situation->evidence.trace;
	struct witness_evidence *evidence = copy(test);

	for (unsigned int at = 1; at < whole->nr; at++) {
		bool unseen = false;

		for (unsigned int i = 0; i < ARRAY_SIZE(strangers); i++) {
			evidence->trace = *whole;
			evidence->trace.pc[at] = strangers[i];
			unseen |= finding(evidence) == WITNESS_AGREE;
		}
		KUNIT_EXPECT_EQ_MSG(test, unseen, !!(situation->unseen_stranger & BIT(at)),
				    "entry %u", at);
	}
}

static void stranger_inserted(struct kunit *test)
{
	const struct situation *situation = test->param_value;
	const struct witness_list *whole = &situation->evidence.trace;
	struct witness_evidence *evidence = copy(test);

	for (unsigned int at = 1; at <= whole->nr; at++) {
		bool unseen = false;

		for (unsigned int i = 0; i < ARRAY_SIZE(strangers); i++) {
			evidence->trace = *whole;
			double_entry(&evidence->trace, at);
			evidence->trace.pc[at] = strangers[i];
			unseen |= finding(evidence) == WITNESS_AGREE;
		}
		KUNIT_EXPECT_EQ_MSG(test, unseen, !!(situation->unseen_stranger & BIT(at)),
				    "entry %u", at);
	}
}

static void not_on_shadow(struct kunit *test)
{
	const struct situation *situation = test->param_value;
	const struct witness_list *whole = &situation->evidence.shadow;
	struct witness_evidence *evidence = copy(test);

	for (unsigned int at = 0; at < whole->nr; at++) {
		evidence->shadow = *whole;
		remove_entry(&evidence->shadow, at);
		KUNIT_EXPECT_NE_MSG(test, finding(evidence), WITNESS_AGREE, "entry %u", at);
	}
}

/* On the shadow call stack, and not in the trace */
static void more_on_shadow(struct kunit *test)
{
	const struct situation *situation = test->param_value;
	const struct witness_list *whole = &situation->evidence.shadow;
	struct witness_evidence *evidence = copy(test);

	for (unsigned int at = 0; at < whole->nr; at++) {
		evidence->shadow = *whole;
		double_entry(&evidence->shadow, at);
		evidence->shadow.pc[at] = F(10);
		KUNIT_EXPECT_NE_MSG(test, finding(evidence), WITNESS_AGREE, "entry %u", at);
	}

	evidence->shadow = *whole;
	evidence->shadow.pc[evidence->shadow.nr++] = F(10);
	KUNIT_EXPECT_EQ(test, finding(evidence), WITNESS_MISSING);
}

static void add_three(struct witness_list *list, unsigned int at)
{
	for (unsigned int i = 0; i < 3; i++) {
		double_entry(list, at);
		list->pc[at] = F(10);
	}
}

/* One exception, or one address that was replaced, more or less than there are */
static void other_evidence(struct kunit *test)
{
	const struct situation *situation = test->param_value;
	const struct witness_evidence *whole = &situation->evidence;
	struct witness_evidence *evidence = copy(test);

	evidence->nr_regs++;
	KUNIT_EXPECT_EQ(test, finding(evidence), WITNESS_REGS);
	if (whole->nr_regs) {
		evidence->nr_regs = whole->nr_regs - 1;
		KUNIT_EXPECT_EQ(test, finding(evidence), WITNESS_REGS);
		*evidence = *whole;
		evidence->regs[0].pc = F(10);
		KUNIT_EXPECT_EQ(test, finding(evidence), WITNESS_NOT_PC);
	}

	if (whole->stale)
		return;

	/* There may be one per place where a function is just returning. */
	*evidence = *whole;
	add_three(&evidence->fgraph, whole->fgraph.nr);
	KUNIT_EXPECT_EQ(test, finding(evidence), WITNESS_REWRITTEN);
	*evidence = *whole;
	add_three(&evidence->fgraph, 0);
	KUNIT_EXPECT_EQ(test, finding(evidence), WITNESS_REWRITTEN);

	*evidence = *whole;
	add_three(&evidence->kretprobe, whole->kretprobe.nr);
	KUNIT_EXPECT_EQ(test, finding(evidence), WITNESS_REWRITTEN);
	*evidence = *whole;
	add_three(&evidence->kretprobe, 0);
	KUNIT_EXPECT_EQ(test, finding(evidence), WITNESS_REWRITTEN);

	*evidence = *whole;
	if (whole->fgraph.nr) {
		evidence->fgraph.nr--;
		KUNIT_EXPECT_NE(test, finding(evidence), WITNESS_AGREE);
	}
	*evidence = *whole;
	if (whole->kretprobe.nr && !situation->unseen_removed) {
		evidence->kretprobe.nr--;
		KUNIT_EXPECT_NE(test, finding(evidence), WITNESS_AGREE);
	}
}

/* A trampoline's address in the trace is not what it stands for. */
static void not_recovered(struct kunit *test)
{
	const struct situation *situation = test->param_value;
	const struct witness_evidence *whole = &situation->evidence;
	struct witness_evidence *evidence = copy(test);

	for (unsigned int at = 1; at < whole->trace.nr; at++) {
		*evidence = *whole;
		evidence->trace.pc[at] = FGRAPH;
		KUNIT_EXPECT_NE_MSG(test, finding(evidence), WITNESS_AGREE, "entry %u", at);
		evidence->trace.pc[at] = KRETPROBE;
		KUNIT_EXPECT_NE_MSG(test, finding(evidence), WITNESS_AGREE, "entry %u", at);
	}
}

static struct kunit_case witness_cases[] = {
	KUNIT_CASE_PARAM(agrees, situation_gen_params),
	KUNIT_CASE_PARAM(entry_removed, situation_gen_params),
	KUNIT_CASE_PARAM(caller_removed, situation_gen_params),
	KUNIT_CASE_PARAM(entry_twice, situation_gen_params),
	KUNIT_CASE_PARAM(entries_swapped, situation_gen_params),
	KUNIT_CASE_PARAM(entry_is_next, situation_gen_params),
	KUNIT_CASE_PARAM(entry_is_stranger, situation_gen_params),
	KUNIT_CASE_PARAM(stranger_inserted, situation_gen_params),
	KUNIT_CASE_PARAM(not_on_shadow, situation_gen_params),
	KUNIT_CASE_PARAM(more_on_shadow, situation_gen_params),
	KUNIT_CASE_PARAM(other_evidence, situation_gen_params),
	KUNIT_CASE_PARAM(not_recovered, situation_gen_params),
	{}
};

static struct kunit_suite witness_suite = {
	.name = "arm64_stacktrace_witness",
	.test_cases = witness_cases,
};

kunit_test_suite(witness_suite);
