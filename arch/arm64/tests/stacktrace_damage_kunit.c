// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the reliable stack walk: an unwind table that is damaged in use.
 *
 * The kernel's own table is read-only and was checked at boot, so this is about
 * memory that goes wrong. Words of it are overwritten by way of another mapping, a
 * blocked task and the current one are walked, and the words are put back. It is done
 * in an interrupt, so the walk of the current task needs the table to leave it.
 *
 * Whatever the table says, nothing outside of it may be read, and a walk has to
 * end. Where the table has no answer any more, the walk has to fail. Where its answer
 * is still the same, the trace may not be another one.
 *
 * A table that gives another answer, which looks as good, is believed: the return
 * address is taken from another place, or a function from the list of those that may
 * be unwound through. Then the walk fails if that is not in text that can be
 * unwound through, or if the frame pointer that goes with it does not lead to the
 * final record. If it happens to be a return address, of a call that
 * returned already or of one further up, the trace has that. A walk cannot know, no
 * more than it can know that an instruction is another one than the build has made.
 * How often that came out is printed.
 */

#include <linux/irq_work.h>
#include <linux/irqflags.h>
#include <linux/kasan.h>
#include <linux/mm.h>
#include <linux/prandom.h>
#include <linux/vmalloc.h>

#include <asm/insn.h>
#include <asm/sections.h>
#include <asm/unwind_map.h>
#include <asm/unwind_text.h>

#include "stacktrace_kunit.h"

#define INTERRUPTS	100
#define ROUNDS		20
#define MAX_DAMAGE	3

/* Of the walks of the current task */
enum outcome {
	NO_ANSWER, SAME_ANSWER, OTHER_ANSWER,
	NR_OUTCOMES
};

static const char * const outcomes[NR_OUTCOMES] = { "none", "the same", "another" };

static struct damage_test {
	struct known *blocked;
	struct known *running;
	struct rnd_state rnd;
	u32 *table;			/* writable */
	unsigned int round;

	struct { u32 *word, old; } damage[MAX_DAMAGE];
	unsigned int nr_damages;

	struct trace truth[2];		/* of the blocked task, and of the current one */
	struct trace got[2];
	unsigned int nr_same[2], nr_errors[2], nr_others[2];
	unsigned int nr[NR_OUTCOMES][3];
	const char *wrong;
} *damage_test;

static u32 below(struct damage_test *d, u32 limit)
{
	return prandom_u32_state(&d->rnd) % limit;
}

/* A word of the table by its address, which may be that of half of it */
static void damage_word(struct damage_test *d, const void *addr)
{
	unsigned long offset = ((unsigned long)addr - (unsigned long)__unwind_table_start) / 4;
	u32 *word = d->table + offset, value = prandom_u32_state(&d->rnd);

	switch (below(d, 4)) {
	case 0:
		break;
	case 1:
		value = below(d, 2) ? 0 : ~0;
		break;
	default:
		value = *word ^ BIT(value % 32);
	}

	d->damage[d->nr_damages].word = word;
	d->damage[d->nr_damages++].old = *word;
	WRITE_ONCE(*word, value);
}

/* Something that the look-up of an address in the kernel's text depends on, mostly */
static const void *any_word(struct damage_test *d, unsigned long addr)
{
	const struct unwind_map *map = &unwind_kernel_map;
	const u32 *index = map->index + ((addr - map->start) >> UNWIND_BLOCK_SHIFT);
	unsigned int first, nr;

	/* As it was when nothing had been damaged, or anything */
	first = index[0] & UNWIND_INDEX_CHANGE;
	nr = (index[1] - index[0]) & UNWIND_INDEX_CHANGE;
	if (first > 1U << 24 || !nr || nr > 128)
		return index;

	switch (below(d, 8)) {
	case 0:
		return index;
	case 1:
		return index + 1;
	case 2:
		return (const void *)map->state +
		       below(d, (const void *)map->index - (const void *)map->state);
	case 3:
		return (const void *)unwind_map_find(map, addr) ?: index;
	case 4:
		/* The header and the ranges */
		return __unwind_table_start +
		       below(d, (const char *)map->state - __unwind_table_start);
	case 5:
		return __unwind_table_start + below(d, __unwind_table_end - __unwind_table_start);
	default:
		return map->change + first + below(d, nr);
	}
}

/* Where an exception interrupted the current task, as an index in its trace */
static unsigned int interrupted(const struct trace *trace)
{
	for (int i = 0; i < trace->nr - 1; i++)
		if (unwind_text_exception(trace->pcs[i] - AARCH64_INSN_SIZE))
			return i + 1;
	return 0;
}

static void do_damage(struct damage_test *d)
{
	const struct trace *trace = &d->truth[below(d, 2)];
	unsigned int i = below(d, trace->nr);
	unsigned long addr = trace->pcs[i] - AARCH64_INSN_SIZE;

	if (below(d, 2))
		addr = d->truth[1].pcs[interrupted(&d->truth[1])];
	if (!addr || addr < (unsigned long)__unwind_text_start ||
	    addr >= (unsigned long)__unwind_text_end)
		addr = (unsigned long)known_block;

	for (int n = below(d, MAX_DAMAGE); n >= 0; n--)
		damage_word(d, any_word(d, addr));
}

static void undo_damage(struct damage_test *d)
{
	while (d->nr_damages) {
		d->nr_damages--;
		WRITE_ONCE(*d->damage[d->nr_damages].word, d->damage[d->nr_damages].old);
	}
}

static bool same_trace(const struct trace *a, const struct trace *b)
{
	return !a->ret && !b->ret && a->nr == b->nr &&
	       !memcmp(a->pcs, b->pcs, a->nr * sizeof(a->pcs[0]));
}

static bool begins_as(const struct trace *a, const struct trace *b, unsigned int nr)
{
	return !memcmp(a->pcs, b->pcs, min3(nr, a->nr, b->nr) * sizeof(a->pcs[0]));
}

static const char *check(struct damage_test *d, unsigned int at, enum outcome outcome)
{
	int how;

	/* The table is not asked where anything is, only whether it vouches for it. */
	if (!d->got[0].ret && !same_trace(&d->got[0], &d->truth[0]))
		return "another trace of the blocked task";
	if (!begins_as(&d->got[0], &d->truth[0], TRACE_MAX))
		return "the trace of the blocked task does not even begin well";
	d->nr_same[0] += !d->got[0].ret;
	d->nr_errors[0] += !!d->got[0].ret;

	how = d->got[1].ret ? 0 : same_trace(&d->got[1], &d->truth[1]) ? 1 : 2;
	d->nr[outcome][how]++;
	if (!begins_as(&d->got[1], &d->truth[1], at + 1))
		return "the trace of the current task does not even begin well";
	switch (outcome) {
	case NO_ANSWER:
		return how ? "reliable without an answer from the table" : NULL;
	case SAME_ANSWER:
		return how == 2 ? "another trace with the same answer" : NULL;
	default:
		return NULL;
	}
}

/*
 * Walk both tasks, first with a good table. Both walks have to come from the same
 * call, so the compiler must not know which it is.
 */
static noinline void walk_round(struct damage_test *d)
{
	struct trace *trace = READ_ONCE(d->round) ? d->got : d->truth;

	if (READ_ONCE(d->round)) {
		do_damage(d);
		/*
		 * A damaged state may send the walk to any word of the stack, and KASAN
		 * has some between the variables.
		 */
		kasan_disable_current();
	}
	trace_walk(&trace[0], d->blocked->task);
	trace_walk(&trace[1], current);
	if (READ_ONCE(d->round))
		kasan_enable_current();
	barrier();
}

static noinline void walk_damaged(struct irq_work *work)
{
	struct damage_test *d = damage_test;
	const struct unwind_table_state *state;
	struct unwind_table_state places = {};
	enum outcome outcome;
	unsigned int at = 0;

	for (int i = 0; i <= ROUNDS && !d->wrong; i++) {
		/* The first round is not to have a call of its own, either */
		OPTIMIZER_HIDE_VAR(i);
		WRITE_ONCE(d->round, i);
		walk_round(d);
		if (!i)
			at = interrupted(&d->truth[1]);
		state = unwind_map_find(&unwind_kernel_map, d->truth[1].pcs[at]);
		if (!i && (d->truth[0].ret || d->truth[1].ret || !at || !state)) {
			d->wrong = "a walk with a good table is not reliable";
			break;
		}
		if (!i) {
			places = *state;
			continue;
		}
		outcome = !state ? NO_ANSWER :
			  !memcmp(state, &places, sizeof(places)) ? SAME_ANSWER : OTHER_ANSWER;
		d->wrong = check(d, at, outcome);
		undo_damage(d);
	}
}

static void raise_walks(struct known *known)
{
	struct irq_work work = IRQ_WORK_INIT_HARD(walk_damaged);

	for (int i = 0; i < INTERRUPTS && !damage_test->wrong; i++) {
		local_irq_disable();
		irq_work_queue(&work);
		local_irq_enable();
		while (irq_work_is_busy(&work))
			cpu_relax();
	}
}

/* The table once more, where it can be written */
static u32 *map_table(struct kunit *test, void **mapping)
{
	const unsigned long start = ALIGN_DOWN((unsigned long)__unwind_table_start, PAGE_SIZE);
	unsigned int nr = DIV_ROUND_UP((unsigned long)__unwind_table_end - start, PAGE_SIZE);
	struct page **pages = kunit_kmalloc_array(test, nr, sizeof(*pages), GFP_KERNEL);

	*mapping = NULL;
	if (!pages)
		return NULL;
	for (int i = 0; i < nr; i++)
		pages[i] = phys_to_page(__pa_symbol(start) + i * PAGE_SIZE);
	*mapping = vmap(pages, nr, VM_MAP, PAGE_KERNEL);
	if (!*mapping)
		return NULL;

	return *mapping + ((unsigned long)__unwind_table_start - start);
}

static void damaged_table(struct kunit *test)
{
	struct damage_test *d = kunit_kzalloc(test, sizeof(*d), GFP_KERNEL);
	void *mapping;

	KUNIT_ASSERT_NOT_NULL(test, d);
	damage_test = d;
	prandom_seed_state(&d->rnd, 1);
	d->table = map_table(test, &mapping);
	KUNIT_ASSERT_NOT_NULL(test, d->table);

	d->blocked = known_new(test, known_block);
	d->running = known_new(test, raise_walks);
	if (known_start(test, d->blocked)) {
		known_wait_blocked(d->blocked);
		known_run(test, d->running);
		known_leave(d->blocked);
		known_stop(d->blocked);
	}
	vunmap(mapping);

	if (d->wrong) {
		KUNIT_FAIL(test, "%s", d->wrong);
		for (int i = 0; i < 2; i++) {
			print_trace(test, &d->truth[i]);
			print_trace(test, &d->got[i]);
		}
	}

	/* The test has to be able to go wrong either way. */
	KUNIT_EXPECT_GT(test, d->nr_same[0], INTERRUPTS * ROUNDS / 4);
	KUNIT_EXPECT_GT(test, d->nr_errors[0], 0);
	KUNIT_EXPECT_GT(test, d->nr[NO_ANSWER][0], 0);
	KUNIT_EXPECT_GT(test, d->nr[SAME_ANSWER][1], 0);
	kunit_info(test, "blocked task: %u errors, %u the same trace", d->nr_errors[0],
		   d->nr_same[0]);
	for (int i = 0; i < NR_OUTCOMES; i++)
		kunit_info(test, "current task, when the table's answer was %s: %u errors, %u the same trace, %u another one",
			   outcomes[i], d->nr[i][0], d->nr[i][1], d->nr[i][2]);
}

static struct kunit_case stacktrace_damage_cases[] = {
	KUNIT_CASE(damaged_table),
	{}
};

static struct kunit_suite stacktrace_damage_suite = {
	.name = "arm64_stacktrace_damage",
	.init = no_warning_init,
	.exit = no_warning_exit,
	.test_cases = stacktrace_damage_cases,
};

kunit_test_suite(stacktrace_damage_suite);
