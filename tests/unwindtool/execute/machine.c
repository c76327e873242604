// SPDX-License-Identifier: GPL-2.0-only
/*
 * Execute a function on paths through it, and hold each instruction against the table.
 *
 * The emulator executes straight lines of code, with a hook before each instruction.
 * All else is done here: branches, calls, returns, and what a processor would need a
 * system around it for. Memory is of three kinds. The stack and the shadow call stack are
 * memory as usual; all other addresses read as random numbers, and what is stored there is
 * gone. No random number is an address on the stack, so what writes there has the address
 * from SP.
 */

#include <stdlib.h>
#include <string.h>
#include <unicorn/unicorn.h>

#include "execute.h"

#define STACK		0xffffa00000000000ULL
#define STACK_SIZE	0x20000ULL
#define STACK_ENTRY	(STACK + 0x18000ULL)
#define SHADOW		0xffffa10000000000ULL
#define SHADOW_SIZE	0x1000ULL
#define HIGHEST		0xffffffffffff0000ULL

/* Bytes of stack that a callee has at least */
#define CALLEE		0x80ULL

/* Paths without any news, after which no more are tried */
enum { STALE = 12 };

struct regs {
	uint64_t sp, fp, lr, x18;
};

/* The truth */
struct entry {
	uint64_t sp, fp, ra, x18;
};

/* How many calls to the middle of functions are followed */
enum { DEPTH = 4 };

enum end {
	END_NONE,
	END_STOP,		/* of straight code */
	END_STEPS,
	END_STRAY,
	END_OUT,
	END_LEFT,		/* to another function, by what the table says nothing about */
	END_MISMATCH,
};

struct machine {
	struct image *img;
	const struct options *options;
	struct counts *counts;
	uc_engine *uc;
	uint8_t *kind;		/* enum kind of each word */
	uint8_t *seen;		/* words that were executed */
	uint32_t *owner;	/* of each word: its function's number, from 1 on */
	bool *reliable;		/* by that number: something of the function is */
	uint8_t *stack;
	uint8_t *shadow;
	uint64_t random;
	/* the function */
	const struct function *function;
	struct paths *paths;
	uint64_t deepest;	/* of the stack that was used, since it was scrambled */
	/* the path */
	struct entry in;	/* as it was at the function's entry */
	struct entry outer[DEPTH];	/* and that of those that called it */
	unsigned int depth;
	uint64_t lowest;	/* SP */
	unsigned long steps, most_steps;
	uint32_t at;		/* the instruction that comes next */
	uint32_t previous;	/* and the one before, or OUTSIDE */
	uint32_t resume;	/* not to stop at again */
	bool stray;
	enum end end;
	struct regs regs;
	char what[256];
	uint32_t *way;		/* branches that it has taken */
	uint32_t nr_ways;
};

uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

/* A number that may be an address: some accesses have to be aligned */
static uint64_t aligned(struct machine *m)
{
	return random_next(&m->random) & -16ULL;
}

static void check(struct machine *m, uc_err err, const char *what)
{
	if (err)
		die(m->img->name, "Unicorn: %s: %s", what, uc_strerror(err));
}

static uint64_t get_reg(struct machine *m, unsigned int reg)
{
	uint64_t value = 0;

	if (reg != 31)
		check(m, uc_reg_read(m->uc, reg == 30 ? UC_ARM64_REG_X30 : reg == 29 ?
				     UC_ARM64_REG_X29 : UC_ARM64_REG_X0 + (int)reg, &value),
		      "read a register");
	return value;
}

static void set_reg(struct machine *m, unsigned int reg, uint64_t value)
{
	if (reg != 31)
		check(m, uc_reg_write(m->uc, reg == 30 ? UC_ARM64_REG_X30 : reg == 29 ?
				      UC_ARM64_REG_X29 : UC_ARM64_REG_X0 + (int)reg, &value),
		      "write a register");
}

static void get_regs(struct machine *m)
{
	static int names[] = {
		UC_ARM64_REG_SP, UC_ARM64_REG_X29, UC_ARM64_REG_X30, UC_ARM64_REG_X18,
	};
	void *values[] = { &m->regs.sp, &m->regs.fp, &m->regs.lr, &m->regs.x18 };

	check(m, uc_reg_read_batch(m->uc, names, values, 4), "read registers");
}

static bool load(const struct machine *m, uint64_t address, uint64_t *value)
{
	if (address - STACK <= STACK_SIZE - 8)
		memcpy(value, m->stack + (address - STACK), 8);
	else if (address - SHADOW <= SHADOW_SIZE - 8)
		memcpy(value, m->shadow + (address - SHADOW), 8);
	else
		return false;
	return true;
}

/* The first thing that is wrong on a path ends it */
static void mismatch(struct machine *m, const char *what)
{
	snprintf(m->what, sizeof(m->what), "%s", what);
	m->end = END_MISMATCH;
}

static bool is_at(struct machine *m, unsigned int where, uint64_t offset, uint64_t in_reg,
		  uint64_t value, char *text, size_t size, const char *reg)
{
	uint64_t address = 0, found = in_reg;
	bool there = true;

	switch (where) {
	case UNWIND_REG:
		snprintf(text, size, "%s", reg);
		return found == value;
	case UNWIND_SP:
		address = m->regs.sp + offset;
		snprintf(text, size, "[sp+%lu]", (unsigned long)offset);
		break;
	case UNWIND_FP:
		address = m->regs.fp + offset;
		snprintf(text, size, "[x29+%lu]", (unsigned long)offset);
		break;
	case UNWIND_SCS:
		address = m->regs.x18 - 8;
		snprintf(text, size, "[x18-8]");
		return load(m, address, &found) && found == value;
	default:
		snprintf(text, size, "nowhere");
		return false;
	}
	/* What is below SP is the next interrupt's */
	there = address >= m->regs.sp && load(m, address, &found);
	return there && found == value;
}

/* Hold the table against the truth, before an instruction */
static void compare(struct machine *m, uint32_t index)
{
	struct image *img = m->img;
	const struct unwind_table_state *s;
	char where[32], what[64];

	if (img->state[index] == NO_TABLE) {
		m->counts->outside++;
		return;
	}
	s = &img->states[img->state[index]];
	if (s->ra == UNWIND_UNRELIABLE) {
		m->counts->unreliable++;
		return;
	}
	m->counts->compared++;
	if (!is_at(m, s->ra, 8ULL * s->ra_off, m->regs.lr, m->in.ra, where, sizeof(where), "x30"))
		snprintf(what, sizeof(what), "the return address is not in %s", where);
	else if (!is_at(m, s->fp, 8ULL * s->fp_off, m->regs.fp, m->in.fp, where, sizeof(where),
			"x29"))
		snprintf(what, sizeof(what), "the caller's x29 is not in %s", where);
	else
		return;
	mismatch(m, what);
}

/* Does control go from one function to another? Parts belong to others */
static bool crosses(const struct machine *m, uint32_t from, uint32_t to)
{
	uint32_t a = m->owner[from], b = m->owner[to];

	return a != b && !(a && m->img->function[a - 1].part) &&
		!(b && m->img->function[b - 1].part);
}

static void before_instruction(uc_engine *uc, uint64_t address, uint32_t size, void *data)
{
	struct machine *m = data;
	uint32_t index = image_index(m->img, address);

	(void)size;
	if (index == OUTSIDE || m->stray) {
		m->end = m->stray ? END_STRAY : END_OUT;
		uc_emu_stop(uc);
		return;
	}
	m->at = index;
	m->seen[index] = 1;
	paths_reach(m->paths, index);
	get_regs(m);
	if (m->regs.sp < m->lowest)
		m->lowest = m->regs.sp;
	if (index == m->resume) {
		m->resume = OUTSIDE;
		return;
	}
	if (m->previous != OUTSIDE && crosses(m, m->previous, index) &&
	    !image_reliable(m->img, m->previous))
		m->end = END_LEFT;
	m->previous = index;
	if (m->end == END_NONE)
		compare(m, index);
	if (m->end == END_NONE && ++m->steps > m->most_steps)
		m->end = END_STEPS;
	if (m->end == END_NONE && (m->kind[index] != KIND_PLAIN || m->img->links[index]))
		m->end = END_STOP;
	if (m->end != END_NONE)
		uc_emu_stop(uc);
}

/*
 * A store to the stack. Where its address is no constant away from SP or x29, it is not
 * known whether the array has that element: it is to leave the frame record alone.
 */
static void before_store(uc_engine *uc, uc_mem_type type, uint64_t address, int size,
			 int64_t stored, void *data)
{
	struct machine *m = data;
	uint64_t value, at;

	(void)uc;
	(void)type;
	(void)stored;
	if (addressed_by_frame(m->img->word[m->at]))
		return;
	for (at = address & -8ULL; at < address + (uint64_t)size; at += 8)
		if (load(m, at, &value) && (value == m->in.ra || value == m->in.fp))
			m->stray = true;
}

static uint64_t read_nothing(uc_engine *uc, uint64_t offset, unsigned int size, void *data)
{
	struct machine *m = data;

	(void)uc;
	(void)offset;
	return size < 4 ? random_next(&m->random) : aligned(m);
}

static void write_nothing(uc_engine *uc, uint64_t offset, unsigned int size, uint64_t value,
			  void *data)
{
	(void)uc;
	(void)offset;
	(void)size;
	(void)value;
	(void)data;
}

/* Nothing is at these addresses. One region may not have all of 64 bits' addresses */
static void map_nothing(struct machine *m, uint64_t start, uint64_t end)
{
	const uint64_t most = 1ULL << 62;
	uint64_t size;

	for (; start < end; start += size) {
		size = end - start < most ? end - start : most;
		check(m, uc_mmio_map(m->uc, start, size, read_nothing, m, write_nothing, m),
		      "map nothing");
	}
}

struct machine *machine_open(struct image *img, const struct options *options,
			     struct counts *counts)
{
	struct machine *m = zalloc(1, sizeof(*m));
	struct decoded d;
	uc_hook hook;
	uint32_t first, last;
	uint64_t end;
	size_t i;

	m->img = img;
	m->options = options;
	m->counts = counts;
	m->kind = zalloc(img->nr, 1);
	m->seen = zalloc(img->nr, 1);
	m->paths = paths_open(img);
	for (i = 0; i < img->nr; i++) {
		decode(img->word[i], image_address(m->img, i), &d);
		m->kind[i] = d.kind;
	}
	/* By address, so that the innermost function is the last one */
	m->owner = zalloc(img->nr, sizeof(*m->owner));
	m->reliable = zalloc(img->nr_functions + 1, sizeof(*m->reliable));
	for (i = 0; i < img->nr_functions; i++) {
		first = image_index(img, img->function[i].start);
		last = function_end(img, &img->function[i]);
		for (; first < last; first++) {
			m->owner[first] = i + 1;
			m->reliable[i + 1] |= image_reliable(img, first);
		}
	}
	m->stack = aligned_alloc(0x1000, STACK_SIZE);
	m->shadow = aligned_alloc(0x1000, SHADOW_SIZE);
	if (!m->stack || !m->shadow)
		die("memory", "no room for a stack");
	m->deepest = STACK;
	memset(m->shadow, 0, SHADOW_SIZE);
	check(m, uc_open(UC_ARCH_ARM64, UC_MODE_ARM, &m->uc), "open");
	/* With all extensions it knows. Its keys are off, so no pointer is signed */
	check(m, uc_ctl_set_cpu_model(m->uc, UC_CPU_ARM64_MAX), "model");
	check(m, uc_mem_map_ptr(m->uc, STACK, STACK_SIZE, UC_PROT_READ | UC_PROT_WRITE,
				m->stack), "map the stack");
	check(m, uc_mem_map_ptr(m->uc, SHADOW, SHADOW_SIZE, UC_PROT_READ | UC_PROT_WRITE,
				m->shadow), "map the shadow stack");
	if (img->base + 4 * img->nr > STACK)
		die(img->name, "has code where the stack is to be");
	for (i = 0, end = 0; i < img->nr_spans; end = img->span[i++].end) {
		map_nothing(m, end, img->span[i].start);
		check(m, uc_mem_map_ptr(m->uc, img->span[i].start,
					img->span[i].end - img->span[i].start,
					UC_PROT_READ | UC_PROT_EXEC,
					img->word + (img->span[i].start - img->base) / 4),
		      "map code");
	}
	map_nothing(m, end, STACK);
	map_nothing(m, STACK + STACK_SIZE, SHADOW);
	map_nothing(m, SHADOW + SHADOW_SIZE, HIGHEST);
	check(m, uc_mmio_map(m->uc, HIGHEST, -HIGHEST, read_nothing, m, write_nothing, m),
	      "map nothing");
	check(m, uc_hook_add(m->uc, &hook, UC_HOOK_CODE, before_instruction, m, 1, 0), "hook");
	check(m, uc_hook_add(m->uc, &hook, UC_HOOK_MEM_WRITE, before_store, m, STACK,
			     STACK + STACK_SIZE - 1), "hook");
	return m;
}

void machine_close(struct machine *m)
{
	uc_close(m->uc);
	paths_close(m->paths);
	free(m->kind);
	free(m->seen);
	free(m->owner);
	free(m->reliable);
	free(m->way);
	free(m->stack);
	free(m->shadow);
	free(m);
}

static void scramble(struct machine *m, uint64_t from, uint64_t to)
{
	uint64_t value;

	for (from &= -8ULL; from < to; from += 8) {
		value = random_next(&m->random);
		memcpy(m->stack + (from - STACK), &value, 8);
	}
}

/* The callee has had what is below SP, and the registers that are its own */
static void skip_call(struct machine *m, uint32_t index)
{
	unsigned int i;

	m->counts->calls++;
	for (i = 0; i < 18; i++)
		set_reg(m, i, aligned(m));
	set_reg(m, 30, image_address(m->img, index) + 4);
	if (m->regs.sp - CALLEE < m->lowest)
		m->lowest = m->regs.sp - CALLEE;
	if (m->lowest >= STACK && m->regs.sp <= STACK + STACK_SIZE)
		scramble(m, m->lowest, m->regs.sp);
}

/* At a call a walk goes by the frame record that x29 points at */
static void check_record(struct machine *m, uint32_t index)
{
	uint64_t fp, ra;

	if (!image_reliable(m->img, index))
		return;
	if (m->regs.fp < m->regs.sp || !load(m, m->regs.fp, &fp) || !load(m, m->regs.fp + 8, &ra))
		mismatch(m, "x29 does not point at a frame record at a call");
	else if (ra != m->in.ra)
		mismatch(m, "the frame record at a call has another return address");
	else if (fp != m->in.fp)
		mismatch(m, "the frame record at a call has another x29");
}

enum { SHADOW_STACK = 4096 };	/* bytes, at most */

static bool as_at_entry(const struct machine *m)
{
	return m->regs.sp == m->in.sp && m->regs.fp == m->in.fp && m->regs.lr == m->in.ra &&
		(m->regs.x18 == m->in.x18 || !m->img->shadow_stack);
}

/*
 * What the callers need, when they go on. A function that is marked may do as it likes. One
 * that loads x18 from memory, which has random values here, goes on on another shadow call
 * stack: call_on_irq_stack(), cpu_do_resume().
 */
static void check_return(struct machine *m, uint32_t index, uint64_t to)
{
	char what[96];

	if (!m->reliable[m->owner[index]])
		return;
	if (m->regs.sp != m->in.sp) {
		snprintf(what, sizeof(what), "SP is off by %ld at the return",
			 (long)(m->regs.sp - m->in.sp));
		mismatch(m, what);
	} else if (m->regs.fp != m->in.fp) {
		mismatch(m, "x29 is not the caller's at the return");
	} else if (m->img->shadow_stack && m->regs.x18 != m->in.x18 &&
		   m->regs.x18 - m->in.x18 + SHADOW_STACK < 2 * SHADOW_STACK) {
		mismatch(m, "the entry of the shadow call stack is left at the return");
	} else if (to != m->in.ra) {
		mismatch(m, "it returns to somewhere else");
	}
}

/* To who knows where with something left of the function: its callers would go wrong */
static uint32_t astray(struct machine *m, uint32_t index)
{
	if (m->reliable[m->owner[index]])
		mismatch(m, "it goes on to another function with its frame up");
	else
		m->counts->left++;
	return OUTSIDE;
}

/*
 * What a compiler makes of a way that is never gone: a conditional branch to the function's
 * end, or one past a branch to there
 */
static bool is_never_taken(const struct machine *m, uint32_t index, uint64_t to)
{
	uint32_t owner = m->owner[index];

	return owner && to == m->img->function[owner - 1].end && !as_at_entry(m) &&
		(m->kind[index] == KIND_CONDITIONAL || m->kind[index - 1] == KIND_CONDITIONAL);
}

/* A branch out of the function: nothing may be left of it. Return: where it goes on */
static uint32_t leave(struct machine *m, uint32_t index, const struct decoded *d)
{
	const char *external;
	uint64_t to;
	bool inside = image_target(m->img, index, d, &to, &external);

	if (inside && is_never_taken(m, index, to)) {
		check_record(m, index);
		m->counts->never_taken++;
		return OUTSIDE;
	}
	if (inside && !is_other_function(m->img, m->function, to))
		return image_index(m->img, to);
	if (as_at_entry(m)) {
		m->counts->tail_calls++;
		return OUTSIDE;
	}
	/* If that is in this file, the table there tells */
	if (inside && image_reliable(m->img, index))
		return image_index(m->img, to);
	return astray(m, index);
}

/* Behind the last instruction of a function there is nothing to come */
static bool is_last(const struct machine *m, uint32_t index)
{
	const struct function *f = image_function(m->img, image_address(m->img, index));

	return f && f->end == image_address(m->img, index) + 4;
}

/* It has returned. Return: where it goes on, if that is in a function that called it */
static uint32_t returned(struct machine *m, uint32_t index, uint64_t to)
{
	m->counts->returns++;
	check_return(m, index, to);
	if (m->end == END_MISMATCH || !m->depth)
		return OUTSIDE;
	/* Of what an unreliable function leaves to its caller the table says nothing */
	if (!m->reliable[m->owner[index]]) {
		m->counts->left++;
		return OUTSIDE;
	}
	m->in = m->outer[--m->depth];
	m->previous = image_index(m->img, to) - 1;
	if (!is_last(m, m->previous))
		return m->previous + 1;
	m->counts->ran_off++;
	return OUTSIDE;
}

/* A call of what is no function's beginning: it may leave anything to its caller */
static uint32_t enter_middle(struct machine *m, uint32_t index, uint64_t to)
{
	m->outer[m->depth++] = m->in;
	m->in.sp = m->regs.sp;
	m->in.fp = m->regs.fp;
	m->in.x18 = m->regs.x18;
	m->in.ra = image_address(m->img, index) + 4;
	set_reg(m, 30, m->in.ra);
	m->previous = OUTSIDE;
	return image_index(m->img, to);
}

static uint32_t indirect(struct machine *m, uint32_t index, unsigned int reg)
{
	uint64_t to = get_reg(m, reg);
	uint32_t next;

	if (to == m->in.ra)
		return returned(m, index, to);
	next = paths_indirect(m->paths, &m->random);
	if (next != OUTSIDE)
		return next;
	/* A switch each of whose cases a direct branch leads to as well has no targets here */
	if (!as_at_entry(m) && !is_last(m, index)) {
		check_record(m, index);
		m->counts->indirect++;
		return OUTSIDE;
	}
	if (as_at_entry(m))
		m->counts->tail_calls++;
	else if (m->owner[index] && &m->img->function[m->owner[index] - 1] == m->function)
		return astray(m, index);
	else
		m->counts->indirect++;
	return OUTSIDE;
}

/* As it is when it was patched at boot, see arch/arm64/kernel/pi/patch-scs.c */
static void patched_scs(struct machine *m, uint32_t word)
{
	uint64_t value;

	if (word == 0xd503233f && m->regs.x18 - SHADOW < SHADOW_SIZE) {
		memcpy(m->shadow + (m->regs.x18 - SHADOW), &m->regs.lr, 8);
		set_reg(m, 18, m->regs.x18 + 8);
	} else if (word == 0xd50323bf && load(m, m->regs.x18 - 8, &value)) {
		set_reg(m, 30, value);
		set_reg(m, 18, m->regs.x18 - 8);
	}
}

static bool is_function(const struct image *img, uint64_t address)
{
	const struct function *f = image_function(img, address);

	return f && f->start == address;
}

/* An instruction that the emulator does not execute. Return: the next one, or OUTSIDE */
static uint32_t step(struct machine *m, uint32_t index)
{
	struct counts *c = m->counts;
	uint32_t next, branch;
	const char *external;
	struct decoded d;
	unsigned int i;
	bool inside;
	uint64_t to;

	decode(m->img->word[index], image_address(m->img, index), &d);
	image_ways(m->img, m->function, index, &next, &branch);
	switch (d.kind) {
	case KIND_CONDITIONAL:
	case KIND_BRANCH:
		/* A jump label may make a branch of none, or none of a branch */
		if (next != OUTSIDE && !paths_choose(m->paths, index, branch, &m->random))
			return next;
		m->way = grow(m->way, m->nr_ways, sizeof(*m->way));
		m->way[m->nr_ways++] = index;
		return leave(m, index, &d);
	case KIND_CALL:
	case KIND_INDIRECT_CALL:
		check_record(m, index);
		if (m->end == END_MISMATCH)
			return OUTSIDE;
		inside = image_target(m->img, index, &d, &to, &external);
		if (d.kind == KIND_CALL && never_returns(m->img, to, external)) {
			c->never_return++;
			return OUTSIDE;
		}
		if (inside && d.kind == KIND_CALL && !is_function(m->img, to) && m->depth < DEPTH) {
			c->odd_calls++;
			return enter_middle(m, index, to);
		}
		if (is_last(m, index)) {
			c->ran_off++;
			return OUTSIDE;
		}
		skip_call(m, index);
		return next;
	case KIND_INDIRECT:
		return indirect(m, index, d.reg);
	case KIND_RETURN:
		return returned(m, index, get_reg(m, d.reg));
	case KIND_EXCEPTION_RETURN:
		c->exception_returns++;
		return OUTSIDE;
	case KIND_STACK_SELECT:
		c->stack_selects++;
		return OUTSIDE;
	case KIND_BRK:
		if (next == OUTSIDE)
			c->bugs++;
		return next;
	case KIND_TRAP:
		c->skipped_traps++;
		for (i = 0; i < 4; i++)
			set_reg(m, i, aligned(m));
		break;
	case KIND_SYSTEM_READ:
		c->read_system++;
		for (i = 0; i < d.nr_regs; i++)
			set_reg(m, d.reg + i > 31 ? 31 : d.reg + i, aligned(m));
		break;
	case KIND_SYSTEM:
		c->skipped_system++;
		if (m->options->patch_scs)
			patched_scs(m, m->img->word[index]);
		break;
	case KIND_PLAIN:
		m->resume = index;
		next = index;
		break;
	}
	if (branch != OUTSIDE && paths_choose(m->paths, index, branch, &m->random)) {
		m->way = grow(m->way, m->nr_ways, sizeof(*m->way));
		m->way[m->nr_ways++] = index;
		m->resume = OUTSIDE;
		return branch;
	}
	return next;
}

static void begin_path(struct machine *m)
{
	unsigned int i;
	uint64_t zero[2] = { 0 };

	for (i = 0; i < 31; i++)
		set_reg(m, i, aligned(m));
	for (i = 0; i < 32; i++)
		check(m, uc_reg_write(m->uc, UC_ARM64_REG_V0 + (int)i, zero), "write a register");
	m->depth = 0;
	m->in.sp = STACK_ENTRY;
	m->lowest = STACK_ENTRY;
	m->in.x18 = SHADOW + SHADOW_SIZE / 2;
	m->in.ra = random_next(&m->random);
	m->in.fp = aligned(m);
	set_reg(m, 29, m->in.fp);
	set_reg(m, 30, m->in.ra);
	if (m->img->shadow_stack)
		set_reg(m, 18, m->in.x18);
	check(m, uc_reg_write(m->uc, UC_ARM64_REG_SP, &m->in.sp), "write SP");
	m->steps = 0;
	m->nr_ways = 0;
	m->resume = OUTSIDE;
	m->previous = OUTSIDE;
	m->stray = false;
	m->end = END_NONE;
}

static void emulator_stopped(struct machine *m, uc_err err)
{
	struct counts *c = m->counts;

	if (err == UC_ERR_EXCEPTION || err == UC_ERR_INSN_INVALID)
		c->unknown++;
	else
		c->memory++;
}

/*
 * An exclusive access has to be aligned, and a number that was made may not be: make it so,
 * as nobody knows which it was. Return: false if that is not why it failed
 */
static bool align_address(struct machine *m)
{
	uint32_t word = m->img->word[m->at];
	unsigned int base = word >> 5 & 31;
	uint64_t address = get_reg(m, base);

	if ((word & 0x3f000000) != 0x08000000 || base >= 29 || !(address & 15))
		return false;
	set_reg(m, base, address & -16ULL);
	m->resume = m->at;
	return true;
}

/* One path. Return: false if something on it is wrong */
static bool run_path(struct machine *m)
{
	struct counts *c = m->counts;
	uint32_t index = image_index(m->img, m->function->start);
	uc_err err;

	begin_path(m);
	c->paths++;
	while (index != OUTSIDE) {
		m->end = END_NONE;
		err = uc_emu_start(m->uc, image_address(m->img, index), SHADOW, 0, 0);
		if (err == UC_ERR_EXCEPTION && align_address(m)) {
			index = m->at;
			continue;
		}
		if (err) {
			emulator_stopped(m, err);
			break;
		}
		if (m->end == END_NONE)
			die(m->img->name, "Unicorn has stopped by itself");
		if (m->end != END_STOP)
			break;
		index = step(m, m->at);
		if (m->end == END_MISMATCH)
			break;
	}
	c->executed += m->steps;
	if (m->lowest < m->deepest)
		m->deepest = m->lowest < STACK ? STACK : m->lowest;
	switch (m->end) {
	case END_STEPS:
		c->loops++;
		break;
	case END_STRAY:
		c->strays++;
		break;
	case END_OUT:
		c->memory++;
		break;
	case END_LEFT:
		c->left++;
		break;
	default:
		break;
	}
	return m->end != END_MISMATCH;
}

static void describe(struct machine *m, char *report, size_t size)
{
	char place[128];
	size_t at;
	uint32_t i;

	at = snprintf(report, size, "%s: %s; branches taken:",
		      image_place(m->img, image_address(m->img, m->at), place, sizeof(place)), m->what);
	for (i = 0; i < m->nr_ways && at < size; i++)
		at += snprintf(report + at, size - at, " %s",
			       image_place(m->img, image_address(m->img, m->way[i]), place, sizeof(place)));
}

/**
 * machine_run - execute a function
 * @m: the machine
 * @f: the function
 * @report: what is wrong, if something is
 * @size: of @report
 *
 * Paths are made until each way of each branch has been gone, or no way is found to
 * the rest. All of it depends on nothing but the seed and the function.
 *
 * Return: false if the table and the execution disagree.
 */
bool machine_run(struct machine *m, const struct function *f, char *report, size_t size)
{
	unsigned int paths = 0, stale = 0;
	bool more;

	m->function = f;
	m->random = m->options->seed * 0x9e3779b97f4a7c15ULL ^ f->start;
	m->most_steps = 4UL * paths_function(m->paths, f) + 64;
	m->counts->functions++;
	scramble(m, m->deepest, STACK_ENTRY + CALLEE);
	m->deepest = STACK_ENTRY;
	do {
		more = paths_begin(m->paths);
		if (!run_path(m)) {
			describe(m, report, size);
			m->counts->mismatches++;
			return false;
		}
		stale = paths_news(m->paths) ? 0 : stale + 1;
	} while (++paths < m->options->paths || (more && stale < STALE));
	return true;
}

/**
 * machine_reached - count how much of what the table calls reliable was executed
 * @m: the machine
 */
void machine_reached(const struct machine *m)
{
	uint32_t i, end;
	size_t k;

	for (k = 0; k < m->img->nr_functions; k++) {
		i = image_index(m->img, m->img->function[k].start);
		end = function_end(m->img, &m->img->function[k]);
		for (; i < end; i++) {
			if (!image_reliable(m->img, i) || m->seen[i] & 2)
				continue;
			m->seen[i] |= 2;
			m->counts->reliable++;
			m->counts->reached += m->seen[i] & 1;
		}
	}
}
