// SPDX-License-Identifier: GPL-2.0-only
/*
 * Write the table that arch/arm64/include/asm/unwind_table.h describes, and read
 * it back.
 *
 * At most instructions a value is in more than one place: after "stp x29, x30"
 * both are in the registers as well, after "mov x29, sp" x29 points at them. A
 * change is written only where no place that was good before is good any longer.
 */

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../../arch/arm64/include/asm/unwind_table.h"
#include "elf_add.h"
#include "insn.h"
#include "object.h"

/*
 * Where a finished kernel or module has its tables. The module loader goes by a
 * section's prefix: code that it discards or does not load takes its table along.
 */
enum { NR_KINDS = 3 };

static const struct {
	const char *prefix;
	const char *section;
} kinds[NR_KINDS] = {
	{ ".init", ".init.unwind_table" },
	{ ".exit", ".exit.unwind_table" },
	{ "", ".unwind_table" },
};

/* Which table a section's code belongs to: a linked kernel has only one */
static size_t kind_of(const struct object *obj, const struct text *text)
{
	size_t kind = obj->rel ? 0 : NR_KINDS - 1;

	while (strncmp(text->name, kinds[kind].prefix, strlen(kinds[kind].prefix)))
		kind++;
	return kind;
}

/* A range of a kernel's table starts at a symbol that the next link finds */
static bool in_table(const struct object *obj, const struct text *text, size_t kind)
{
	return text->table && text->nr && kind_of(obj, text) == kind &&
	       (obj->rel || text->start_symbol);
}

enum { MAX_STATES = MAX_PLACES * MAX_PLACES };

struct state {
	struct place ra;
	struct place fp;
};

static bool add_place(struct place *place, int *nr, __u8 where, __s64 off)
{
	if (off < 0 || off % 8 || off / 8 > UINT16_MAX)
		return false;
	place[*nr].where = where;
	place[(*nr)++].off = off;
	return true;
}

/* The places of a value at CFA + off, that by which the CFI spells it first */
static int slot_places(const struct row *row, const struct regs *regs, __s32 off,
		       struct place *place)
{
	int nr = 0;

	if (row->cfa_reg == REG_FP && regs->record)
		add_place(place, &nr, UNWIND_FP, (__s64)off - regs->fp_slot);
	if (regs->sp != SP_UNKNOWN)
		add_place(place, &nr, UNWIND_SP, (__s64)off + regs->sp);
	if (row->cfa_reg != REG_FP && regs->record)
		add_place(place, &nr, UNWIND_FP, (__s64)off - regs->fp_slot);
	return nr;
}

/* Where a value is: in its register if @in_reg, and saved at CFA + @saved */
static int register_places(const struct object *obj, const struct slot *slot, __u8 rule,
			   __s32 off, __s32 saved, bool in_reg, struct place *place)
{
	bool pad = slot->flags & SLOT_PAD;
	int nr = 0;

	if (!pad && rule == RULE_CFA && off == saved)
		nr = slot_places(&obj->row[slot->row], &slot->regs, off, place);
	if (pad || in_reg)
		add_place(place, &nr, UNWIND_REG, 0);
	return nr;
}

/**
 * ra_places - every place where the return address is
 * @obj: the file
 * @slot: the instruction, before which it is there
 * @place: filled in, the CFI's own first
 *
 * Return: how many, 0: nowhere that is known.
 */
int ra_places(const struct object *obj, const struct slot *slot, struct place *place)
{
	const struct row *row = &obj->row[slot->row];
	const struct regs *regs = &slot->regs;
	int nr = register_places(obj, slot, row->ra, row->ra_off, regs->lr_slot, regs->lr, place);

	if (!(slot->flags & SLOT_PAD) && regs->scs)
		add_place(place, &nr, UNWIND_SCS, 0);
	return nr;
}

/**
 * fp_places - every place where the caller's x29 is
 * @obj: the file
 * @slot: the instruction, before which it is there
 * @place: filled in, the CFI's own first
 *
 * Return: how many, 0: nowhere that is known.
 */
int fp_places(const struct object *obj, const struct slot *slot, struct place *place)
{
	const struct row *row = &obj->row[slot->row];
	const struct regs *regs = &slot->regs;

	return register_places(obj, slot, row->fp, row->fp_off, regs->fp_slot, regs->fp, place);
}

static int states(const struct object *obj, const struct slot *slot, bool literal,
		  struct state *state)
{
	struct place ra[MAX_PLACES], fp[MAX_PLACES];
	int nr_ra, nr_fp, i, k, nr = 0;

	if (why_unreliable(obj, slot)) {
		memset(state, 0, sizeof(*state));
		return 1;
	}
	nr_ra = ra_places(obj, slot, ra);
	nr_fp = fp_places(obj, slot, fp);
	if (literal || (slot->flags & SLOT_LITERAL)) {
		nr_ra = 1;
		nr_fp = 1;
	}
	for (i = 0; i < nr_ra; i++) {
		for (k = 0; k < nr_fp; k++) {
			state[nr].ra = ra[i];
			state[nr++].fp = fp[k];
		}
	}
	return nr;
}

static bool same(const struct state *a, const struct state *b)
{
	return a->ra.where == b->ra.where && a->ra.off == b->ra.off &&
	       a->fp.where == b->fp.where && a->fp.off == b->fp.off;
}

/* Which of several states to write: registers before x29 before SP before x18 */
static int rank(const struct state *s)
{
	static const int ranks[] = {
		[UNWIND_REG] = 0, [UNWIND_FP] = 1, [UNWIND_SP] = 2, [UNWIND_SCS] = 4,
	};

	return ranks[s->ra.where] + ranks[s->fp.where];
}

/* A state, and how many changes lead to it */
struct used {
	struct state state;
	size_t nr;
	unsigned int number;
};

struct used_states {
	struct used *used;
	size_t nr;
};

static unsigned int use(struct used_states *us, const struct state *state)
{
	size_t i;

	for (i = 0; i < us->nr; i++) {
		if (same(&us->used[i].state, state)) {
			us->used[i].nr++;
			return i;
		}
	}
	us->used = grow(us->used, us->nr, sizeof(*us->used));
	us->used[us->nr].state = *state;
	us->used[us->nr].nr = 1;
	return us->nr++;
}

/* One state for each instruction, with as few changes as can be */
static void choose(const struct object *obj, struct used_states *us, const struct text *text,
		   bool literal, __u32 *number)
{
	struct state alive[MAX_STATES], here[MAX_STATES], both[MAX_STATES], *best;
	int nr_alive = 0, nr_here, nr_both, i, k;
	__u32 start = 0, at;
	unsigned int n;

	for (at = 0; at <= text->nr; at++) {
		nr_both = 0;
		nr_here = at < text->nr ? states(obj, &text->slot[at], literal, here) : 0;
		for (i = 0; i < nr_alive; i++)
			for (k = 0; k < nr_here; k++)
				if (same(&alive[i], &here[k]))
					both[nr_both++] = alive[i];
		if (nr_both) {
			memcpy(alive, both, sizeof(*both) * nr_both);
			nr_alive = nr_both;
			continue;
		}
		if (nr_alive) {
			best = &alive[0];
			for (i = 1; i < nr_alive; i++)
				if (rank(&alive[i]) < rank(best))
					best = &alive[i];
			n = use(us, best);
			for (; start < at; start++)
				number[start] = n;
		}
		memcpy(alive, here, sizeof(*here) * nr_here);
		nr_alive = nr_here;
	}
}

static int by_use(const void *a, const void *b)
{
	const struct used *x = *(const struct used * const *)a;
	const struct used *y = *(const struct used * const *)b;

	return x->nr > y->nr ? -1 : x->nr < y->nr ? 1 : x < y ? -1 : x > y;
}

/* The most frequent states get a number, and the rest is unreliable */
static unsigned int number_states(const struct object *obj, struct used_states *us,
				  unsigned int bits, struct unwind_table_state *out)
{
	struct used **order = xcalloc(us->nr, sizeof(*order));
	unsigned int nr = UNWIND_STATE_ENTRY + 1, left_out = 0;
	const struct state *s;
	size_t i;

	memset(out, 0, sizeof(*out) << bits);
	out[UNWIND_STATE_ENTRY].ra = UNWIND_REG;
	out[UNWIND_STATE_ENTRY].fp = UNWIND_REG;
	for (i = 0; i < us->nr; i++)
		order[i] = &us->used[i];
	qsort(order, us->nr, sizeof(*order), by_use);
	for (i = 0; i < us->nr; i++) {
		s = &order[i]->state;
		if (s->ra.where == UNWIND_UNRELIABLE) {
			order[i]->number = UNWIND_STATE_UNRELIABLE;
		} else if (s->ra.where == UNWIND_REG && s->fp.where == UNWIND_REG) {
			order[i]->number = UNWIND_STATE_ENTRY;
		} else if (nr < 1U << bits) {
			out[nr].ra = s->ra.where;
			out[nr].fp = s->fp.where;
			out[nr].ra_off = s->ra.off / 8;
			out[nr].fp_off = s->fp.off / 8;
			order[i]->number = nr++;
		} else {
			order[i]->number = UNWIND_STATE_UNRELIABLE;
			left_out++;
		}
	}
	free(order);
	if (left_out)
		fprintf(stderr,
			"%s: warning: %u states do not fit into %u bits, their instructions are unreliable: take a smaller --block-size\n",
			obj->name, left_out, bits);
	return nr;
}

struct built {
	__u32 *index;
	size_t nr_index;
	__u16 *change;
	size_t nr_changes;
};

static void add_index(struct object *obj, struct built *b, bool unreliable)
{
	if (b->nr_changes > UNWIND_INDEX_CHANGE)
		die(obj->name, "more changes than an index word can count");
	b->index = grow(b->index, b->nr_index, sizeof(*b->index));
	b->index[b->nr_index++] = b->nr_changes | (unreliable ? UNWIND_INDEX_UNRELIABLE : 0);
}

static void build(struct object *obj, struct built *b, const struct text *text,
		  const __u32 *number, const struct used_states *us, unsigned int shift)
{
	unsigned int bits = unwind_state_bits(shift), per_block = 1U << (shift - 2);
	unsigned int state = 0, last = 0;
	bool unreliable;
	__u32 i, end;

	for (i = 0; i < text->nr; i = end) {
		end = text->nr - i < per_block ? text->nr : i + per_block;
		unreliable = false;
		for (__u32 k = i; k < end; k++)
			unreliable |= us->used[number[k]].number == UNWIND_STATE_UNRELIABLE;
		add_index(obj, b, unreliable);
		for (__u32 k = i; k < end; k++) {
			state = us->used[number[k]].number;
			if (k != i && state == last)
				continue;
			b->change = grow(b->change, b->nr_changes, sizeof(*b->change));
			b->change[b->nr_changes++] = (k - i) << bits | state;
			last = state;
		}
	}
	add_index(obj, b, false);
}

/* Where in a table a range's start is, and of which section */
struct start {
	size_t at;
	const struct text *text;
	__u32 section;
};

/* A table that was made */
struct buffer {
	__u8 *data;
	size_t size;
	struct start *start;
	unsigned int nr_ranges;
};

static void put(struct buffer *to, __u64 value, int size)
{
	for (; size--; value >>= 8) {
		to->data = grow(to->data, to->size, 1);
		to->data[to->size++] = value;
	}
}

static void put_table(struct buffer *to, unsigned int shift,
		      const struct unwind_table_range *range,
		      const struct unwind_table_state *state, unsigned int nr_states,
		      const struct built *b)
{
	size_t i;

	put(to, UNWIND_TABLE_MAGIC, 4);
	put(to, UNWIND_TABLE_VERSION, 2);
	put(to, shift, 1);
	put(to, 0, 1);
	put(to, to->nr_ranges, 4);
	put(to, nr_states, 4);
	put(to, b->nr_index, 4);
	put(to, b->nr_changes, 4);
	for (i = 0; i < to->nr_ranges; i++) {
		to->start[i].at = to->size;
		put(to, 0, 8);
		put(to, range[i].size, 4);
		put(to, range[i].index, 4);
	}
	for (i = 0; i < nr_states; i++) {
		put(to, state[i].ra, 1);
		put(to, state[i].fp, 1);
		put(to, state[i].ra_off, 2);
		put(to, state[i].fp_off, 2);
		put(to, 0, 2);
	}
	for (i = 0; i < b->nr_index; i++)
		put(to, b->index[i], 4);
	for (i = 0; i < b->nr_changes; i++)
		put(to, b->change[i], 2);
}

/*
 * The kernel's table, for the assembler: a range starts before the first symbol of its
 * section, wherever the next link puts that.
 */
static void write_assembly(const char *out, const struct buffer *from)
{
	struct new_file new = new_file(out);
	const struct text *text;
	unsigned int r = 0;
	size_t i;

	fprintf(new.file, "\t.section %s, \"a\"\n\t.balign 8\n", kinds[NR_KINDS - 1].section);
	for (i = 0; i < from->size; i += 2) {
		if (r < from->nr_ranges && i == from->start[r].at) {
			text = from->start[r].text;
			fprintf(new.file, "\t.quad %s - . - %lu\n", text->start_symbol,
				(unsigned long)(text->start_value - text->addr));
			i += 6;
			r++;
			continue;
		}
		fprintf(new.file, "\t.short 0x%x\n", from->data[i] | from->data[i + 1] << 8);
	}
	replace_file(&new);
}

static void write_section(struct object *obj, const char *path, const char *section,
			  const struct buffer *from)
{
	struct added_rela *rela = xcalloc(from->nr_ranges, sizeof(*rela));
	unsigned int i;

	for (i = 0; i < from->nr_ranges; i++) {
		rela[i].offset = from->start[i].at;
		rela[i].type = R_AARCH64_PREL64;
		rela[i].section = from->start[i].section;
	}
	object_add_section(obj->name, path, section, from->data, from->size, SHF_ALLOC, 8,
			   rela, from->nr_ranges);
	free(rela);
}

static void make_kind(struct object *obj, size_t kind, unsigned int shift, bool literal,
		      bool quiet, struct buffer *to)
{
	unsigned int bits = unwind_state_bits(shift), nr_states;
	struct unwind_table_state *state = xcalloc((size_t)1 << bits, sizeof(*state));
	__u32 **number = xcalloc(obj->nr_texts, sizeof(*number));
	struct unwind_table_range *range = xcalloc(obj->nr_texts, sizeof(*range));
	size_t total = 0, size, last_index = 0, last_change = 0, i;
	struct used_states us = { 0 };
	struct built b = { 0 };
	struct text *text;

	for (i = 0; i < obj->nr_texts; i++) {
		text = &obj->text[i];
		if (text->table && text->nr && !obj->rel && !text->start_symbol)
			fprintf(stderr,
				"%s: warning: %s has no global symbol that a table could name: its code is unreliable\n",
				obj->name, text->name);
		if (!in_table(obj, text, kind))
			continue;
		number[i] = xcalloc(obj->text[i].nr, sizeof(**number));
		choose(obj, &us, &obj->text[i], literal, number[i]);
	}
	nr_states = number_states(obj, &us, bits, state);
	to->start = xcalloc(obj->nr_texts, sizeof(*to->start));
	for (i = 0; i < obj->nr_texts; i++) {
		text = &obj->text[i];
		if (!number[i])
			continue;
		to->start[to->nr_ranges].text = text;
		to->start[to->nr_ranges].section = text->section;
		range[to->nr_ranges].size = 4 * text->nr;
		range[to->nr_ranges++].index = b.nr_index;
		build(obj, &b, text, number[i], &us, shift);
		total += 4ULL * text->nr;
		if (quiet)
			continue;
		size = (b.nr_index - last_index) * 4 + (b.nr_changes - last_change) * 2;
		printf("%s: %s: %zu bytes for %u bytes of text (%.2f %%), %zu changes\n",
		       obj->name, text->name, size, 4 * text->nr, 100.0 * size / (4.0 * text->nr),
		       b.nr_changes - last_change);
		last_index = b.nr_index;
		last_change = b.nr_changes;
	}
	/* A module without code has a table that says so, and no other is left in it */
	if (to->nr_ranges || kind == NR_KINDS - 1 || has_section(obj, kinds[kind].section)) {
		put_table(to, shift, range, state, nr_states, &b);
		if (!quiet)
			printf("%s: %s: %zu for %zu bytes of text (%.2f %%), %u states\n",
			       obj->name, kinds[kind].section, to->size, total,
			       total ? 100.0 * to->size / total : 0.0, nr_states);
	}

	for (i = 0; i < obj->nr_texts; i++)
		free(number[i]);
	free(number);
	free(range);
	free(state);
	free(us.used);
	free(b.index);
	free(b.change);
}

/**
 * table_write - write the tables of a file
 * @obj: the file, checked
 * @out: for a linked kernel, where to write the table to, as assembly; a relocatable
 *	 file gets its tables itself
 * @shift: log2 of the bytes of text per block
 * @literal: write every place as the CFI spells it, even where that is a change
 * @quiet: do not print the sizes
 */
void table_write(struct object *obj, const char *out, unsigned int shift, bool literal,
		 bool quiet)
{
	struct buffer made[NR_KINDS] = { 0 };
	struct new_file new = { 0 };
	size_t kind;

	for (kind = obj->rel ? 0 : NR_KINDS - 1; kind < NR_KINDS; kind++)
		make_kind(obj, kind, shift, literal, quiet, &made[kind]);
	if (obj->rel)
		new = copy_file(obj->name);
	for (kind = 0; kind < NR_KINDS; kind++) {
		if (made[kind].size && obj->rel)
			write_section(obj, new.path, kinds[kind].section, &made[kind]);
		else if (made[kind].size)
			write_assembly(out, &made[kind]);
		free(made[kind].data);
		free(made[kind].start);
	}
	if (obj->rel)
		replace_file(&new);
}

/* A table that was read back */
struct reader {
	const char *path;
	const char *section;
	__u64 addr;
	__u8 *data;
	size_t size;
	struct unwind_table table;
	const __u8 *range, *state, *index;
	__u16 *change;
};

static __u64 get(const __u8 *p, int size)
{
	__u64 value = 0;

	while (size--)
		value = value << 8 | p[size];
	return value;
}

static void bad_table(const struct reader *r, const char *fmt, ...)
{
	va_list args;

	begin_error(r->path);
	fprintf(stderr, "%s: ", r->section);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(EXIT_INPUT);
}

static void read_table(struct reader *r)
{
	struct unwind_table *t = &r->table;
	__u64 need;
	size_t i;

	if (r->size < sizeof(*t) || get(r->data, 4) != UNWIND_TABLE_MAGIC)
		bad_table(r, "not an unwind table");
	t->version = get(r->data + 4, 2);
	t->block_shift = r->data[6];
	t->reserved = r->data[7];
	t->nr_ranges = get(r->data + 8, 4);
	t->nr_states = get(r->data + 12, 4);
	t->nr_index = get(r->data + 16, 4);
	t->nr_changes = get(r->data + 20, 4);
	if (t->version != UNWIND_TABLE_VERSION || t->reserved)
		bad_table(r, "version %u, and not %u", t->version, UNWIND_TABLE_VERSION);
	if (t->block_shift < UNWIND_BLOCK_SHIFT_MIN || t->block_shift > UNWIND_BLOCK_SHIFT_MAX)
		bad_table(r, "blocks of 1 << %u bytes", t->block_shift);
	if (t->nr_states <= UNWIND_STATE_ENTRY ||
	    t->nr_states > 1U << unwind_state_bits(t->block_shift))
		bad_table(r, "%u states", t->nr_states);
	need = sizeof(*t) + (__u64)t->nr_ranges * sizeof(struct unwind_table_range) +
		(__u64)t->nr_states * sizeof(struct unwind_table_state) +
		(__u64)t->nr_index * 4 + (__u64)t->nr_changes * 2;
	if (need != r->size)
		bad_table(r, "has %zu bytes, and should have %lu: was it truncated?", r->size,
			  (unsigned long)need);
	r->range = r->data + sizeof(*t);
	r->state = r->range + t->nr_ranges * sizeof(struct unwind_table_range);
	r->index = r->state + t->nr_states * sizeof(struct unwind_table_state);
	r->change = xcalloc(t->nr_changes, sizeof(*r->change));
	for (i = 0; i < t->nr_changes; i++)
		r->change[i] = get(r->index + 4ULL * t->nr_index + 2 * i, 2);
}

static __u32 index_word(const struct reader *r, __u64 number)
{
	return get(r->index + 4 * number, 4);
}

static void check_states(const struct reader *r)
{
	const __u8 *p;
	__u32 i;
	bool ok;

	for (i = 0; i < r->table.nr_states; i++) {
		p = r->state + i * sizeof(struct unwind_table_state);
		if (i == UNWIND_STATE_UNRELIABLE)
			ok = !p[0] && !p[1];
		else if (i == UNWIND_STATE_ENTRY)
			ok = p[0] == UNWIND_REG && p[1] == UNWIND_REG;
		else
			ok = p[0] >= UNWIND_REG && p[0] <= UNWIND_SCS &&
				p[1] >= UNWIND_REG && p[1] <= UNWIND_FP;
		if (!ok || get(p + 6, 2))
			bad_table(r, "state %u is not one", i);
	}
}

/* The changes of one block. Return: whether one of its states is "unreliable" */
static bool check_changes(const struct reader *r, __u32 start, __u32 end, const char *where)
{
	unsigned int bits = unwind_state_bits(r->table.block_shift), state;
	bool unreliable = false;
	__u32 i;

	if (end <= start || end > r->table.nr_changes)
		bad_table(r, "%s: has no changes, or too many", where);
	for (i = start; i < end; i++) {
		if (i == start ? r->change[i] >> bits :
		    r->change[i] >> bits <= r->change[i - 1] >> bits)
			bad_table(r, "%s: changes are not sorted", where);
		state = r->change[i] & ((1U << bits) - 1);
		if (state >= r->table.nr_states)
			bad_table(r, "%s: unknown state %u", where, state);
		unreliable |= state == UNWIND_STATE_UNRELIABLE;
	}
	return unreliable;
}

static __u64 range_start(const struct reader *r, __u32 number)
{
	size_t at = sizeof(struct unwind_table) + number * sizeof(struct unwind_table_range);

	return r->addr + at + get(r->data + at, 8);
}

/* What the kernel checks before it uses a table */
static void check_table(const struct reader *r)
{
	const struct unwind_table *t = &r->table;
	__u64 next_index = 0, change = 0, end, blocks, k, start, last_end = 0;
	__u32 i, size, word;
	const __u8 *p;
	char where[64];

	check_states(r);
	for (i = 0; i < t->nr_ranges; i++) {
		p = r->range + i * sizeof(struct unwind_table_range);
		start = range_start(r, i);
		size = get(p + 8, 4);
		if (!size || size % 4 || start % 4)
			bad_table(r, "range %u is not one", i);
		if (i && start < last_end)
			bad_table(r, "range %u is not sorted, or overlaps", i);
		last_end = start + size;
		blocks = ((__u64)size + (1U << t->block_shift) - 1) >> t->block_shift;
		if (get(p + 12, 4) != next_index || next_index + blocks + 1 > t->nr_index)
			bad_table(r, "range %u: its index is out of bounds", i);
		for (k = 0; k <= blocks; k++) {
			snprintf(where, sizeof(where), "range %u block %lu", i, (unsigned long)k);
			word = index_word(r, next_index + k);
			if ((word & UNWIND_INDEX_CHANGE) != change)
				bad_table(r, "%s: index word out of order", where);
			if (k == blocks)
				break;
			end = index_word(r, next_index + k + 1) & UNWIND_INDEX_CHANGE;
			if (check_changes(r, change, end, where) !=
			    !!(word & UNWIND_INDEX_UNRELIABLE))
				bad_table(r, "%s: reliable bit is wrong", where);
			change = end;
		}
		next_index += blocks + 1;
	}
	if (next_index != t->nr_index || change != t->nr_changes)
		bad_table(r, "index words or changes that belong to no range");
}

static bool state_allowed(struct object *obj, const struct slot *slot, const __u8 *p)
{
	struct state state[MAX_STATES];
	int nr = states(obj, slot, false, state), i;

	for (i = 0; i < nr; i++)
		if (state[i].ra.where == p[0] && state[i].fp.where == p[1] &&
		    (__u64)state[i].ra.off == 8 * get(p + 2, 2) &&
		    (__u64)state[i].fp.off == 8 * get(p + 4, 2))
			return true;
	return false;
}

static unsigned long verify_range(struct object *obj, struct reader *r, struct text *text,
				  const __u8 *range)
{
	unsigned int shift = r->table.block_shift, bits = unwind_state_bits(shift), number;
	__u32 i, block, first, last, index = get(range + 12, 4);
	unsigned long bad = 0;
	char name[256];

	for (i = 0; i < text->nr; i++) {
		block = index + (i >> (shift - 2));
		first = index_word(r, block) & UNWIND_INDEX_CHANGE;
		last = index_word(r, block + 1) & UNWIND_INDEX_CHANGE;
		number = unwind_block_state(r->change + first, last - first,
					    i & ((1U << (shift - 2)) - 1), bits);
		/* A state for which there was no number left */
		if (number == UNWIND_STATE_UNRELIABLE && r->table.nr_states == 1U << bits)
			continue;
		if (state_allowed(obj, &text->slot[i],
				  r->state + number * sizeof(struct unwind_table_state)))
			continue;
		if (bad++)
			continue;
		symbol_name(obj, text->addr + 4ULL * i, name, sizeof(name));
		fprintf(stderr, "%s: warning: %s: the table says state %u, and the CFI not\n",
			obj->name, name, number);
	}
	return bad;
}

static unsigned long verify_kind(struct object *obj, size_t kind, unsigned long *insns)
{
	struct reader r = { .path = obj->name, .section = kinds[kind].section };
	unsigned long bad = 0;
	const __u8 *p;
	__u32 nr = 0;
	size_t i;

	r.data = section_data(obj, r.section, &r.size, &r.addr);
	for (i = 0; !r.data && i < obj->nr_texts; i++)
		if (in_table(obj, &obj->text[i], kind) || kind == NR_KINDS - 1)
			die(obj->name, "no section %s: was it made without unwindtool?",
			    r.section);
	if (!r.data)
		return 0;
	read_table(&r);
	check_table(&r);
	for (i = 0; i < obj->nr_texts; i++) {
		struct text *text = &obj->text[i];

		if (!in_table(obj, text, kind))
			continue;
		p = r.range + nr * sizeof(struct unwind_table_range);
		if (nr >= r.table.nr_ranges || get(p + 8, 4) != 4ULL * text->nr ||
		    range_start(&r, nr) != text->addr)
			bad_table(&r, "%s is not where the table has it: it moved in the last link",
				  text->name);
		bad += verify_range(obj, &r, text, p);
		*insns += text->nr;
		nr++;
	}
	if (nr != r.table.nr_ranges)
		bad_table(&r, "is about more code than there is");
	free(r.data);
	free(r.change);
	return bad;
}

static bool has_functions(const struct object *obj)
{
	size_t i;

	for (i = 0; i < obj->nr_symbols; i++)
		if (obj->symbol[i].func && slot_at((struct object *)obj, obj->symbol[i].addr, NULL))
			return true;
	return false;
}

/**
 * table_verify - do a file's tables say what its CFI says
 * @obj: the file, checked
 *
 * Ends the program when a table is damaged, or there is none, or when nobody can tell.
 *
 * Return: EXIT_FINE or EXIT_FOUND.
 */
int table_verify(struct object *obj)
{
	unsigned long bad = 0, insns = 0;
	size_t kind;

	for (kind = obj->rel ? 0 : NR_KINDS - 1; kind < NR_KINDS; kind++)
		bad += verify_kind(obj, kind, &insns);
	/* A table that calls nothing reliable needs no CFI */
	if (bad && !obj->nr_fdes && has_functions(obj))
		die(obj->name,
		    "has functions and no CFI, so nobody can tell whether its table is right: was it stripped since?");
	if (bad && !has_functions(obj))
		die(obj->name,
		    "%lu of %lu instructions differ between the table and the CFI, but the symbols of functions are gone: nobody can tell which is right. Was it stripped since?",
		    bad, insns);
	if (bad) {
		fprintf(stderr,
			"%s: warning: %lu of %lu instructions differ between the table and the CFI: make the table again\n",
			obj->name, bad, insns);
		return EXIT_FOUND;
	}
	printf("%s: %lu instructions: the table says what the CFI says\n", obj->name, insns);
	return EXIT_FINE;
}
