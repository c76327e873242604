// SPDX-License-Identifier: GPL-2.0-only
/*
 * Carry what is known of SP, x29, x30 and the shadow call stack from the entry of
 * each function along straight lines and direct branches.
 *
 * No indirect branch is followed and no jump table read: code that only those
 * reach begins with what is known at the indirect branches of its function, and
 * the CFI there has to agree.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "insn.h"
#include "object.h"

/* BRK immediates, arch/arm64/include/asm/brk-imm.h and __builtin_trap() */
enum { BRK_TRAP = 1000 };

/* "str x30, [x18], #8" */
#define WORD_PUSH_SCS	0xf800865eU

/**
 * keeps_callers - are x29, SP and the shadow call stack as the caller had them
 * @regs: what is known
 *
 * With these wrong after a return, the traces of the callers are, which keep every
 * rule themselves. The CFI has no part in it: all of @regs is what instructions did.
 *
 * Return: true if they are, false if they are not or nobody can tell.
 */
bool keeps_callers(const struct regs *regs)
{
	return !regs->sp && regs->fp && regs->x18 == SHADOW_AS_AT_ENTRY;
}

bool regs_at_entry(const struct regs *regs)
{
	return keeps_callers(regs) && regs->lr;
}

bool has_return_address(const struct regs *regs, unsigned int reg)
{
	return reg == REG_LR ? regs->lr : reg < REG_FP && (regs->copies >> reg & 1);
}

static void copy_return_address(struct regs *regs, unsigned int reg)
{
	if (reg == REG_LR)
		regs->lr = true;
	else if (reg < REG_FP)
		regs->copies |= 1U << reg;
}

/* A slot is there only as long as SP is not above it */
static __s16 keep_slot(__s16 slot, __s32 sp)
{
	return sp != SP_UNKNOWN && slot < -sp ? NOT_SAVED : slot;
}

/*
 * Where an access is, relative to the CFA. Return: false if nobody can tell. Through SP and
 * x29 alone, see "What it does not see" in Documentation/arch/arm64/unwindtool.rst.
 */
static bool access_offset(const struct regs *in, const struct insn *insn,
			  const struct insn_mem *mem, __s32 *off)
{
	if (insn->base == REG_SP && in->sp != SP_UNKNOWN)
		*off = mem->off - in->sp;
	else if (insn->base == REG_FP && in->record)
		*off = mem->off + in->fp_slot;
	else
		return false;
	return true;
}

/* The slot that a register is in behind a store; @ours: it has what was to be saved */
static __s16 stored(__s16 slot, const struct insn_mem *mem, __s32 off, bool ours,
		    enum rule rule, __s32 rule_off)
{
	/* The value may be kept elsewhere as well: believe the CFI */
	if (ours && off % 8 == 0 && off < 0 && off >= INT16_MIN &&
	    (slot == NOT_SAVED || slot == off || (rule == RULE_CFA && rule_off == off)))
		return off;
	if (slot != NOT_SAVED && off < slot + 8 && slot < off + (__s32)mem->size)
		return NOT_SAVED;
	return slot;
}

static void stores(const struct regs *in, const struct insn *insn, const struct row *next,
		   struct regs *out)
{
	const struct insn_mem *mem;
	__s32 off;
	int i;

	for (i = 0; i < insn->nr_mem; i++) {
		mem = &insn->mem[i];
		/* x29 is the caller's, and points at its frame record */
		if (insn->base == REG_FP && in->fp && mem->off < 16 &&
		    mem->off + (__s32)mem->size > 0)
			out->overwrites = OVERWRITES_CALLERS;
		if (!access_offset(in, insn, mem, &off))
			continue;
		out->lr_slot = stored(out->lr_slot, mem, off, mem->reg == REG_LR && in->lr,
				      next->ra, next->ra_off);
		out->fp_slot = stored(out->fp_slot, mem, off, mem->reg == REG_FP && in->fp,
				      next->fp, next->fp_off);
	}
	/*
	 * That is found where it is. Go on as if it had not been: it is what compilers make
	 * of an array's element that is not there, on a way that they could have left out.
	 * What is wrong behind it counts by itself.
	 */
	if (!insn->sp && ((in->lr_slot != NOT_SAVED && out->lr_slot == NOT_SAVED) ||
			  (in->fp_slot != NOT_SAVED && out->fp_slot == NOT_SAVED))) {
		out->overwrites = OVERWRITES_RECORD;
		out->lr_slot = in->lr_slot;
		out->fp_slot = in->fp_slot;
	}
}

static void loads(const struct regs *in, const struct insn *insn, struct regs *out)
{
	const struct insn_mem *mem;
	bool known;
	__s32 off;
	int i;

	for (i = 0; i < insn->nr_mem; i++) {
		mem = &insn->mem[i];
		known = access_offset(in, insn, mem, &off);
		if (known && off == in->lr_slot && off != NOT_SAVED)
			copy_return_address(out, mem->reg);
		if (mem->reg == REG_FP) {
			out->fp = known && off == in->fp_slot && off != NOT_SAVED;
			out->record = false;
		}
	}
}

/*
 * The shadow call stack: "str x30, [x18], #8" pushes the return address, and
 * "ldr x30, [x18, #-8]!" pops it. Code that goes to another shadow call stack loads x18,
 * and loads what it was before it returns. Whatever else moves x18 takes the callers' entries
 * from them.
 */
static void shadow_stack(const struct regs *in, const struct insn *insn, struct regs *out)
{
	const struct insn_mem *mem = &insn->mem[0];
	bool one = insn->base == REG_X18 && insn->nr_mem == 1 && mem->reg == REG_LR;

	if (one && insn->store && !mem->off && insn->x18_step == 8) {
		out->scs = in->lr;
		out->x18 = in->x18 == SHADOW_AS_AT_ENTRY ? SHADOW_PUSHED : SHADOW_MOVED;
	} else if (one && insn->load && mem->off == -8 && insn->x18_step == -8) {
		out->lr = in->scs;
		out->scs = false;
		out->x18 = in->x18 == SHADOW_PUSHED ? SHADOW_AS_AT_ENTRY : SHADOW_MOVED;
	} else if (insn->written & 1U << REG_X18) {
		out->scs = false;
		out->x18 = insn->load && !insn->x18_step ? SHADOW_AS_AT_ENTRY : SHADOW_MOVED;
	} else if (insn->store && insn->base == REG_X18) {
		out->scs = false;
	}
}

/* x19 to x28 */
#define CALLEE_SAVED	0x1ff80000U

/* No row of CFI can say more, and a sum of two does not overflow */
static __s32 cfa_sp(__s32 off)
{
	return off < -MAX_CFA_OFF || off > MAX_CFA_OFF ? SP_UNKNOWN : off;
}

/* What one instruction does to what is known; @next is the row after it */
static void apply(const struct object *obj, const struct regs *in, const struct insn *insn,
		  const struct row *next, struct regs *out)
{
	*out = *in;
	out->overwrites = OVERWRITES_NOTHING;
	out->copies &= ~insn->written;
	if (insn->written & 1U << REG_LR)
		out->lr = false;
	if (insn->flow == FLOW_BL || insn->flow == FLOW_BLR)
		out->copies &= CALLEE_SAVED;
	if (has_return_address(in, insn->moved))
		copy_return_address(out, insn->moved_to);
	if (insn->load)
		loads(in, insn, out);
	else if (insn->store)
		stores(in, insn, next, out);
	if (obj->shadow_stack)
		shadow_stack(in, insn, out);
	if (insn->fp == SET_SP) {
		out->fp = false;
		out->record = in->sp != SP_UNKNOWN && out->fp_slot != NOT_SAVED &&
			insn->fp_imm - in->sp == out->fp_slot;
	} else if (insn->fp == SET_OTHER || (insn->fp == SET_FP && insn->fp_imm)) {
		out->fp = false;
		out->record = false;
	}
	if (insn->sp == SET_SP && in->sp != SP_UNKNOWN)
		out->sp = cfa_sp(in->sp - insn->sp_imm);
	else if (insn->sp == SET_FP && in->record)
		out->sp = cfa_sp(-(in->fp_slot + insn->sp_imm));
	else if (insn->sp)
		out->sp = SP_UNKNOWN;
	out->lr_slot = keep_slot(out->lr_slot, out->sp);
	out->fp_slot = keep_slot(out->fp_slot, out->sp);
	/* No record is where the return address is not beside it, or where nothing is */
	if (out->lr_slot == NOT_SAVED || out->lr_slot != out->fp_slot + 8)
		out->record = false;
}

/* What is known after two ways have met. Return: whether that is less than @a */
static bool join(struct regs *a, const struct regs *b)
{
	struct regs old = *a;

	if (a->sp != b->sp)
		a->sp = SP_UNKNOWN;
	if (a->lr_slot != b->lr_slot)
		a->lr_slot = NOT_SAVED;
	if (a->fp_slot != b->fp_slot)
		a->fp_slot = NOT_SAVED;
	a->copies &= b->copies;
	a->lr &= b->lr;
	a->fp &= b->fp;
	a->scs &= b->scs;
	if (a->x18 != b->x18)
		a->x18 = SHADOW_MOVED;
	a->doubt |= b->doubt;
	a->record &= b->record;
	return old.sp != a->sp || old.lr_slot != a->lr_slot || old.fp_slot != a->fp_slot ||
	       old.copies != a->copies || old.lr != a->lr || old.fp != a->fp || old.scs != a->scs ||
	       old.x18 != a->x18 || old.doubt != a->doubt ||
	       old.record != a->record;
}

static bool below_sp(const struct regs *regs, __s32 off)
{
	return regs->sp != SP_UNKNOWN && off < -regs->sp;
}

/**
 * differs - does the CFI say what is known
 * @regs: what is known
 * @row: the row of CFI
 *
 * Return: in which way they differ, NR_FINDINGS: they agree.
 */
enum finding_kind differs(const struct regs *regs, const struct row *row)
{
	switch (row->cfa_reg) {
	case REG_SP:
		if (row->cfa_off != regs->sp)
			return FOUND_SP;
		break;
	case REG_FP:
		if (!regs->record || row->cfa_off != -regs->fp_slot)
			return FOUND_SP;
		break;
	default:
		return FOUND_CFA;
	}
	switch (row->ra) {
	case RULE_SAME:
		if (!regs->lr)
			return FOUND_X30;
		break;
	case RULE_CFA:
		if (row->ra_off != regs->lr_slot && !below_sp(regs, row->ra_off))
			return FOUND_RA;
		break;
	default:
		return FOUND_CFA;
	}
	switch (row->fp) {
	case RULE_SAME:
		if (!regs->fp)
			return FOUND_X29;
		break;
	case RULE_CFA:
		if (row->fp_off != regs->fp_slot && !below_sp(regs, row->fp_off))
			return FOUND_X29;
		break;
	default:
		return FOUND_CFA;
	}
	return NR_FINDINGS;
}

static const struct row *next_row(const struct object *obj, const struct text *text,
				  __u32 index)
{
	return &obj->row[index + 1 < text->nr ? text->slot[index + 1].row : ROW_NONE];
}

static size_t first_edge(const struct object *obj, __u64 from)
{
	return nr_below(obj->edge, obj->nr_edges, sizeof(*obj->edge), from);
}

static size_t first_alt(const struct object *obj, __u64 orig)
{
	return nr_below(obj->alt, obj->nr_alts, sizeof(*obj->alt), orig);
}

/*
 * Is there nothing but padding up to the next function (NOPs, and ld.lld's zeros), or
 * what is behind one, in .subsection 1, to replace instructions of it; and no part of
 * an earlier one
 */
static bool is_next_function(struct object *obj, __u64 addr)
{
	struct slot *slot;
	struct insn insn;

	while ((slot = slot_at(obj, addr, NULL)) && !(slot->flags & (SLOT_ENTRY | SLOT_PAD))) {
		insn_decode(slot->word, &insn);
		if (slot->row || !(insn.is_nop || !slot->word ||
				   (slot->flags & (SLOT_DATA | SLOT_REPLACEMENT))))
			return false;
		addr += 4;
	}
	return true;
}

/* Does a branch go to where its function ends, and not to a symbol that is there */
bool is_to_own_end(struct object *obj, const struct way *way)
{
	const struct symbol *s = symbol_at(obj, way->from);
	const struct fde *fde = fde_at(obj, way->from);
	struct text *text;
	struct slot *slot;

	if (way->kind != WAY_BRANCH || way->replaced || !s || way->to != s->addr + s->size ||
	    !fde || way->to != fde->end || !is_next_function(obj, way->to))
		return false;
	slot = slot_at(obj, way->from, &text);
	return slot && !is_relocated(text, (__u32)(slot - text->slot));
}

/* Is it a conditional branch, or the other way behind one */
static bool is_condition(const struct text *text, __u32 index, const struct insn *insn)
{
	struct insn before;

	if (insn->flow == FLOW_BCOND)
		return true;
	if (insn->flow != FLOW_B || !index || (text->slot[index].flags & SLOT_ENTRY) ||
	    (text->slot[index - 1].flags & SLOT_DATA))
		return false;
	insn_decode(text->slot[index - 1].word, &before);
	return before.flow == FLOW_BCOND;
}

/*
 * The compiler says "never" by a conditional branch to its function's end: it has left
 * out what is behind an unreachable(), as behind a call that does not return. So will
 * code in a linked file look that goes on to its neighbour by a tail call, which only
 * assembly can do, with its frame up, which is wrong. But no trace lacks a function
 * then. x29 points at the frame record, which has the caller, and all that is above
 * SP, and whoever takes that frame down is not the one who has made it: the tool says
 * so there.
 */
static bool is_never(struct object *obj, const struct way *way)
{
	return way->regs.record && is_to_own_end(obj, way);
}

/* Is an instruction the last one of an FDE, and not in the middle of its function */
static bool ends_function(const struct object *obj, const struct text *text, __u32 index)
{
	__u64 addr = text->addr + 4ULL * index;
	const struct symbol *s = symbol_at(obj, addr);
	const struct slot *slot;
	struct insn insn;

	if (!(text->slot[index].flags & SLOT_FDE_END) || (s && addr + 4 - s->addr < s->size))
		return false;
	/* Behind it is no more CFI before the next function, or a part of one, begins. */
	for (index++; index < text->nr && !symbol_start(obj, text->addr + 4ULL * index); index++) {
		slot = &text->slot[index];
		if (slot->flags & SLOT_PAD)
			break;
		/* A weak function that another file overrides leaves its FDE, but no symbol. */
		if (slot->row)
			return s && (slot->flags & SLOT_FDE) && slot->row == ROW_ENTRY;
		insn_decode(slot->word, &insn);
		if (!insn.is_nop && slot->word && !(slot->flags & (SLOT_DATA | SLOT_REPLACEMENT)))
			return false;
	}
	return true;
}

/**
 * returns_to_end - would a call return to the end of its function, where there is no more of it?
 * @obj: the file
 * @text: the section
 * @index: number of the instruction
 * @insn: the instruction
 *
 * Return: true for a call of a function in this file that may return, for all that is known.
 */
bool returns_to_end(const struct object *obj, const struct text *text, __u32 index,
		    const struct insn *insn)
{
	const char *external;

	if (insn->flow != FLOW_BL || (text->slot[index].flags & SLOT_NORETURN) ||
	    !ends_function(obj, text, index))
		return false;
	branch_target(obj, text, index, insn->target, &external);
	return !external;
}

/*
 * Does control go on behind a call or a BRK? There are two reasons to say that it does not:
 *
 * - Proof. The callee is in this file, and has no instruction with which it could return
 *   (SLOT_NORETURN). The kernel does not go on behind the BRK of a BUG.
 * - The compiler says so: its function ends there, or its CFI behind the call is that of
 *   another place. The end of the function is believed; the CFI is believed if a list names
 *   the callee (SLOT_SAID_NORETURN).
 *
 * Otherwise it goes on. Where only the CFI says that it does not, either the CFI is wrong or
 * the compiler knows more than this tool: then the function is unreliable, but nobody is told
 * of what would be wrong further on.
 */
static bool goes_on_behind(const struct object *obj, const struct text *text, __u32 index,
			   const struct insn *insn, __u32 flags, struct regs *regs)
{
	const struct slot *slot = &text->slot[index];
	bool other = differs(regs, next_row(obj, text, index)) != NR_FINDINGS;

	if (insn->flow == FLOW_BRK ? (slot->flags & SLOT_BUG) || insn->imm == BRK_TRAP :
				     flags & SLOT_NORETURN)
		return false;
	if (insn->flow != FLOW_BRK && ends_function(obj, text, index))
		return false;
	if (other && (flags & SLOT_SAID_NORETURN))
		return false;
	regs->doubt |= other &&
		differs(&slot->regs, &obj->row[slot->row]) == NR_FINDINGS;
	return true;
}

/* The ways out of one instruction, wherever it may be copied to */
static bool ways_of_insn(struct object *obj, struct text *text, __u32 index,
			 const struct insn *insn, __u64 target, const char *external,
			 __u32 flags, struct way *way, way_fn fn, void *arg)
{
	__u64 next = text->addr + 4ULL * (index + 1);

	switch (insn->flow) {
	case FLOW_B:
	case FLOW_BCOND:
		way->to = target;
		way->external = external;
		way->kind = WAY_BRANCH;
		if (!is_condition(text, index, insn) || !is_never(obj, way))
			fn(obj, way, arg);
		way->external = NULL;
		if (insn->flow == FLOW_B)
			return false;
		break;
	case FLOW_BL:
	case FLOW_BLR:
	case FLOW_BRK:
		if (!goes_on_behind(obj, text, index, insn, flags, &way->regs))
			return false;
		break;
	case FLOW_BR:
	case FLOW_RET:
	case FLOW_ERET:
	case FLOW_UDF:
	case FLOW_UNKNOWN:
		return false;
	default:
		break;
	}
	way->to = next;
	way->kind = WAY_NEXT;
	fn(obj, way, arg);
	return true;
}

/* Replacement code in the place of what it replaces, which is some 60 instructions at most */
struct replacement {
	const struct alternative *alt;
	__u32 nr;
	bool reached[UINT8_MAX / 4];
	struct regs regs[UINT8_MAX / 4];
	bool changed;
};

/* The ways out of one instruction of it, number @i */
static void ways_of_replaced(struct object *obj, struct text *text, __u32 index,
			     const struct replacement *r, __u32 i, way_fn fn, void *arg)
{
	struct way way = {
		.kind = WAY_REPLACED, .replaced = true,
		.from = text->addr + 4ULL * (index + i), .regs = r->regs[i],
	};
	const struct alternative *alt = r->alt;
	const char *external;
	struct text *rtext;
	struct slot *repl;
	struct insn insn;
	__u64 target;

	repl = slot_at(obj, alt->repl + 4 * i, &rtext);
	insn_decode(repl->word, &insn);
	target = branch_target(obj, rtext, (__u32)(repl - rtext->slot), insn.target, &external);
	way.insn = &insn;
	fn(obj, &way, arg);
	way.kind = WAY_REPLACEMENT;
	way.insn = NULL;
	apply(obj, &r->regs[i], &insn, next_row(obj, text, index + i), &way.regs);
	/* Branches within the replacement stay within it */
	if ((insn.flow == FLOW_B || insn.flow == FLOW_BCOND) && !external &&
	    target >= alt->repl && target < alt->repl + alt->repl_len)
		target = alt->orig + (target - alt->repl);
	ways_of_insn(obj, text, index + i, &insn, target, external, 0, &way, fn, arg);
}

/* What is known at the instructions of replacement code that one of them leads to */
static void take_replaced(struct object *obj, const struct way *way, void *arg)
{
	struct replacement *r = arg;
	__u64 i = (way->to - r->alt->orig) / 4;

	(void)obj;
	if (way->kind == WAY_REPLACED || !way->to || way->to < r->alt->orig || i >= r->nr)
		return;
	if (!r->reached[i]) {
		r->reached[i] = true;
		r->regs[i] = way->regs;
		r->changed = true;
	} else {
		r->changed |= join(&r->regs[i], &way->regs);
	}
}

static void ways_of_replacement(struct object *obj, struct text *text, __u32 index,
				const struct alternative *alt, way_fn fn, void *arg)
{
	struct replacement r = { .alt = alt, .reached = { true } };
	__u32 i;

	for (r.nr = 0; r.nr < alt->repl_len / 4 && index + r.nr < text->nr; r.nr++)
		if (!slot_at(obj, alt->repl + 4 * r.nr, NULL))
			break;
	r.regs[0] = text->slot[index].regs;
	do {
		r.changed = false;
		for (i = 0; i < r.nr; i++)
			if (r.reached[i])
				ways_of_replaced(obj, text, index, &r, i, take_replaced, &r);
	} while (r.changed);
	for (i = 0; i < r.nr; i++)
		if (r.reached[i])
			ways_of_replaced(obj, text, index, &r, i, fn, arg);
}

/**
 * visit_ways - the ways that control can go from an instruction
 * @obj: the file
 * @text: the section
 * @index: number of the instruction, which is SLOT_REACHED
 * @fn: called for each way, with what is known after it
 * @arg: passed on
 */
void visit_ways(struct object *obj, struct text *text, __u32 index, way_fn fn, void *arg)
{
	static const enum way_kind kinds[] = {
		[EDGE_EXTABLE] = WAY_EXTABLE,
		[EDGE_JUMP_LABEL] = WAY_JUMP_LABEL,
		[EDGE_CALLBACK] = WAY_REPLACEMENT,
	};
	struct slot *slot = &text->slot[index];
	struct way way = { .from = text->addr + 4ULL * index };
	const char *external;
	struct insn insn;
	__u64 target;
	bool falls;
	size_t i;

	insn_decode(slot->word, &insn);
	target = branch_target(obj, text, index, insn.target, &external);
	apply(obj, &slot->regs, &insn, next_row(obj, text, index), &way.regs);
	falls = ways_of_insn(obj, text, index, &insn, target, external, slot->flags, &way, fn,
			     arg);
	if (slot->flags & SLOT_EDGE) {
		for (i = first_edge(obj, way.from);
		     i < obj->nr_edges && obj->edge[i].from == way.from; i++) {
			way.to = obj->edge[i].to;
			/* A fault has left the registers alone, and a branch or NOP does */
			way.regs = slot->regs;
			way.kind = kinds[obj->edge[i].kind];
			fn(obj, &way, arg);
			if (way.kind != WAY_JUMP_LABEL || falls)
				continue;
			way.to = way.from + 4;		/* it may become a NOP */
			way.kind = WAY_NEXT;
			fn(obj, &way, arg);
		}
	}
	if (slot->flags & SLOT_ALT) {
		for (i = first_alt(obj, way.from);
		     i < obj->nr_alts && obj->alt[i].orig == way.from; i++)
			ways_of_replacement(obj, text, index, &obj->alt[i], fn, arg);
	}
}

struct work {
	__u64 *addr;
	size_t nr;
};

static void push(struct work *work, struct slot *slot, __u64 addr)
{
	if (slot->flags & SLOT_QUEUED)
		return;
	slot->flags |= SLOT_QUEUED;
	work->addr = grow(work->addr, work->nr, sizeof(*work->addr));
	work->addr[work->nr++] = addr;
}

static void arrive(struct work *work, struct slot *slot, __u64 addr, const struct regs *regs)
{
	if (!(slot->flags & SLOT_REACHED)) {
		slot->flags |= SLOT_REACHED;
		slot->regs = *regs;
		push(work, slot, addr);
	} else if (join(&slot->regs, regs)) {
		push(work, slot, addr);
	}
}

static void take(struct object *obj, const struct way *way, void *arg)
{
	struct slot *slot = way->to ? slot_at(obj, way->to, NULL) : NULL;

	/* The entry of a function has what callers give it, whoever jumps there */
	if (!slot || !slot->row || (slot->flags & (SLOT_ENTRY | SLOT_REFUSED | SLOT_PAD)))
		return;
	arrive(arg, slot, way->to, &way->regs);
}

static void run(struct object *obj, struct work *work)
{
	struct text *text;
	struct slot *slot;
	__u64 addr;

	while (work->nr) {
		addr = work->addr[--work->nr];
		slot = slot_at(obj, addr, &text);
		slot->flags &= ~SLOT_QUEUED;
		visit_ways(obj, text, (__u32)(slot - text->slot), take, work);
	}
}

/*
 * What an indirect branch stays in: its function, or all that an FDE describes
 * of a function whose code is in part elsewhere, where no symbol says so.
 */
static const struct symbol *scope(struct object *obj, __u64 addr, struct symbol *part)
{
	const struct symbol *s = symbol_at(obj, addr);
	const struct fde *fde;

	/* ".cold" and what it is a part of are one function to an indirect branch */
	if (s)
		return s->cold ? s->whole : s;
	fde = fde_at(obj, addr);
	if (!fde)
		return NULL;
	part->addr = fde->start;
	part->size = fde->end - fde->start;
	return part;
}

/* What is known at the indirect branches of a function, all together */
static bool indirect(struct object *obj, const struct symbol *s, struct regs *regs)
{
	struct text *text;
	struct slot *slot;
	struct insn insn;
	bool any = false;
	__u64 addr;

	for (addr = s->addr; addr - s->addr < s->size; addr += 4) {
		slot = slot_at(obj, addr, &text);
		if (!slot)
			break;
		if (!(slot->flags & SLOT_REACHED))
			continue;
		insn_decode(slot->word, &insn);
		if (insn.flow != FLOW_BR || has_return_address(&slot->regs, insn.ret_reg))
			continue;
		if (any)
			join(regs, &slot->regs);
		else
			*regs = slot->regs;
		any = true;
	}
	return any;
}

/*
 * A call that does not return, where the compiler did not know: what follows was
 * compiled to be executed, and is never.
 */
static bool after_noreturn(struct object *obj, struct text *text, __u32 index,
			   struct regs *regs)
{
	struct slot *before;

	if (!index || (text->slot[index].flags & SLOT_FDE))
		return false;
	before = &text->slot[index - 1];
	if (!(before->flags & SLOT_NORETURN) || !(before->flags & SLOT_REACHED))
		return false;
	*regs = before->regs;
	regs->lr = false;
	return differs(regs, &obj->row[text->slot[index].row]) == NR_FINDINGS;
}

/*
 * One round over what no direct way leads to, in the order of addresses. Code that the
 * indirect branches of a function lead to may have more of them, and all of them may lead
 * to any of it. Return: whether this round has found out anything.
 */
static bool follow_rest_once(struct object *obj, struct work *work)
{
	const struct symbol *s, *last = NULL;
	struct regs regs = { 0 }, br = { 0 };
	struct symbol part = { 0 };
	__u64 last_addr = 0, addr;
	bool any = false, more = false;
	struct text *text;
	struct slot *slot;
	struct insn insn;
	size_t t;
	__u32 i;

	for (t = 0; t < obj->nr_texts; t++) {
		text = &obj->text[t];
		for (i = 0; i < text->nr; i++) {
			slot = &text->slot[i];
			if (!slot->row || (slot->flags & (SLOT_REFUSED | SLOT_PAD | SLOT_DATA)))
				continue;
			if ((slot->flags & SLOT_REACHED) && !(slot->flags & SLOT_INDIRECT))
				continue;
			addr = text->addr + 4ULL * i;
			if (!(slot->flags & SLOT_REACHED) &&
			    after_noreturn(obj, text, i, &regs)) {
				arrive(work, slot, addr, &regs);
				run(obj, work);
				more = true;
				continue;
			}
			s = scope(obj, addr, &part);
			if (!s)
				continue;
			if (s != last || s->addr != last_addr)
				any = indirect(obj, s, &br);
			last = s;
			last_addr = s->addr;
			if (!any || is_speculation_barrier(obj, addr))
				continue;
			insn_decode(slot->word, &insn);
			if (!insn.is_nop)
				slot_at(obj, s->addr, NULL)->flags |= SLOT_SWITCH;
			slot->flags |= SLOT_INDIRECT;
			arrive(work, slot, addr, &br);
			more |= work->nr;
			run(obj, work);
		}
	}
	return more;
}

static void follow_rest(struct object *obj, struct work *work)
{
	while (follow_rest_once(obj, work))
		;
}

/* Has a function code that a branch of its own leads to: so may an indirect one */
static bool has_target(struct object *obj, const struct symbol *s)
{
	const struct symbol *to;
	struct symbol part = { 0 };
	const char *external;
	struct text *text;
	struct slot *slot;
	struct insn insn;
	__u64 addr, target;

	for (addr = s->addr; addr - s->addr < s->size; addr += 4) {
		slot = slot_at(obj, addr, &text);
		if (!slot)
			break;
		insn_decode(slot->word, &insn);
		if (!(slot->flags & SLOT_REACHED) ||
		    (insn.flow != FLOW_B && insn.flow != FLOW_BCOND))
			continue;
		target = branch_target(obj, text, (__u32)(slot - text->slot), insn.target,
				       &external);
		to = target ? scope(obj, target, &part) : NULL;
		if (to && to->addr == s->addr)
			return true;
	}
	return false;
}

/**
 * has_switch - may an indirect branch stay in its function
 * @obj: the file, followed
 * @addr: the address of the branch
 *
 * Each case of a switch may be the target of another branch as well, as Clang makes it.
 *
 * Return: true if the function has code that a branch leads to, or nothing but an
 * indirect one.
 */
bool has_switch(struct object *obj, __u64 addr)
{
	struct symbol part = { 0 };
	const struct symbol *s = scope(obj, addr, &part);
	const struct slot *first = s ? slot_at(obj, s->addr, NULL) : NULL;

	return first && ((first->flags & SLOT_SWITCH) || has_target(obj, s));
}

/* What is called in the place of "blr" has CFI of the function that it is in: not its own */
static void drop_thunk(struct object *obj, __u64 addr)
{
	__u64 end = blr_thunk_end(obj, addr);
	struct slot *slot;

	for (; addr < end; addr += 4) {
		slot = slot_at(obj, addr, NULL);
		slot->row = ROW_NONE;
		slot->flags |= SLOT_LINKER;
	}
}

/*
 * A compiler has a shadow call stack or not, and does so with each function of a kernel.
 * Where there is none, x18 is a register like any other.
 */
static bool has_shadow_stack(struct object *obj)
{
	const struct text *text;
	size_t t;
	__u32 i;

	for (t = 0; t < obj->nr_texts; t++) {
		text = &obj->text[t];
		for (i = 0; i < text->nr; i++)
			if (text->slot[i].word == WORD_PUSH_SCS &&
			    !(text->slot[i].flags & SLOT_DATA))
				return true;
	}
	return false;
}

/**
 * follow - find out what is known at each instruction
 * @obj: the file; sets SLOT_REACHED and regs of the instructions that can be reached
 */
void follow(struct object *obj)
{
	static const struct regs at_entry = {
		.lr = true, .fp = true, .lr_slot = NOT_SAVED, .fp_slot = NOT_SAVED,
	};
	struct work work = { 0 };
	const char *external;
	struct text *text;
	struct slot *slot, *callee;
	struct insn insn;
	__u64 target;
	size_t t;
	__u32 i;

	obj->shadow_stack = has_shadow_stack(obj);
	for (t = 0; t < obj->nr_texts; t++) {
		text = &obj->text[t];
		for (i = 0; i < text->nr; i++) {
			slot = &text->slot[i];
			insn_decode(slot->word, &insn);
			if (insn.flow == FLOW_BL && !(slot->flags & SLOT_DATA)) {
				/* What is called is a function, with or without a symbol */
				target = branch_target(obj, text, i, insn.target, &external);
				callee = target ? slot_at(obj, target, NULL) : NULL;
				if (callee && callee->row > ROW_UNKNOWN)
					drop_thunk(obj, target);
				if (callee && callee->row && callee->row != ROW_UNKNOWN &&
				    !(callee->flags & (SLOT_REFUSED | SLOT_PAD | SLOT_DATA)))
					arrive(&work, callee, target, &at_entry);
			}
			if ((slot->flags & SLOT_REFUSED) || slot->row != ROW_ENTRY)
				continue;
			/*
			 * An FDE without a symbol is what the linker has left of a weak
			 * function that another one overrides.
			 */
			if ((slot->flags & SLOT_ENTRY) ||
			    ((slot->flags & SLOT_FDE) && !symbol_at(obj, text->addr + 4ULL * i)))
				arrive(&work, slot, text->addr + 4ULL * i, &at_entry);
		}
	}
	run(obj, &work);
	follow_rest(obj, &work);
	free(work.addr);
}

/*
 * Functions of other files that do not return: the kernel has a list for objtool,
 * and for modules there is the one that this tool has made from vmlinux.
 *
 * A list that names too few makes findings where there is nothing to find. One that
 * names too many is worse: what follows the call would not be checked for the
 * state in which the call returns, and where other ways lead there as well, a trace
 * could be wrong without anybody being told. So:
 *
 * - A list is only believed where the compiler, too, says that the call does not
 *   return: by CFI which is not that of a return (see SLOT_SAID_NORETURN). Where the
 *   compiler thinks that it returns, the list changes nothing, and every rule holds.
 *   What is left is a function that returns and is declared noreturn: then the code
 *   itself is wrong, and not only the trace.
 * - A name is only written when no instruction of the function could return.
 * - Only exported names are written. Another module may export what is a name in
 *   vmlinux as well, but not if vmlinux exports it.
 * - Only undefined symbols are looked up: a module's own function is judged by its
 *   code, whatever its name.
 */
#define NORETURN(name)	#name " "
static const char noreturns[] = " "
#if __has_include("noreturns.h")
#include "noreturns.h"
#endif
;

static char *more_noreturns;	/* the same, from files */

static bool in_list(const char *list, const char *name)
{
	const char *at = list;
	size_t len = strlen(name);

	if (!list || !len || strchr(name, ' '))
		return false;
	while ((at = strstr(at, name))) {
		if (at[-1] == ' ' && at[len] == ' ')
			return true;
		at++;
	}
	return false;
}

static bool external_noreturn(const char *name)
{
	return in_list(noreturns, name) || in_list(more_noreturns, name);
}

/**
 * read_noreturns - read which functions of other files do not return
 * @path: a file that write_noreturns() has written
 */
void read_noreturns(const char *path)
{
	size_t nr = 0, size = 0, len, i;
	FILE *file = fopen(path, "re");
	char *line = NULL;
	ssize_t got;

	if (!file)
		die(path, "%s", strerror(errno));
	free(more_noreturns);
	more_noreturns = xcalloc(2, 1);
	more_noreturns[0] = ' ';
	len = 1;
	while ((got = getline(&line, &size, file)) > 0) {
		nr++;
		if (line[got - 1] == '\n')
			line[--got] = '\0';
		for (i = 0; i < (size_t)got; i++)
			if (line[i] <= ' ' || line[i] > '~')
				die(path, "line %zu is not the name of a function", nr);
		more_noreturns = realloc(more_noreturns, len + got + 2);
		if (!more_noreturns)
			die(path, "no memory for %zu names", nr);
		memcpy(more_noreturns + len, line, got);
		len += got;
		memcpy(more_noreturns + len++, " ", 2);
	}
	if (ferror(file))
		die(path, "cannot be read");
	free(line);
	fclose(file);
}

static bool exported(struct object *obj, const char *name)
{
	char ksymtab[512];

	snprintf(ksymtab, sizeof(ksymtab), "__ksymtab_%s", name);
	return symbol_value(obj, ksymtab);
}

/**
 * write_noreturns - write which exported functions of a kernel do not return
 * @obj: the file, checked
 * @path: where to
 */
void write_noreturns(struct object *obj, const char *path)
{
	struct new_file new = new_file(path);
	const struct symbol *s;
	size_t i;

	for (i = 0; i < obj->nr_symbols; i++) {
		s = &obj->symbol[i];
		if (s->func && s->size && !s->can_return && exported(obj, s->name))
			fprintf(new.file, "%s\n", s->name);
	}
	replace_file(&new);
}

struct call_graph {
	struct link {
		struct symbol *from;
		struct symbol *to;
	} *link;
	size_t nr;
};

static void depends(struct call_graph *graph, struct symbol *from, const struct symbol *to)
{
	graph->link = grow(graph->link, graph->nr, sizeof(*graph->link));
	graph->link[graph->nr].from = from;
	graph->link[graph->nr++].to = (struct symbol *)to;
}

/* Control goes to another place: a function that may return if that one does */
static void goes_to(struct object *obj, struct symbol *s, __u64 target,
		    struct call_graph *graph)
{
	const struct symbol *to = target ? symbol_at(obj, target) : NULL;

	if (!to)
		s->can_return = true;
	else if (to != s)
		depends(graph, s, to);
}

/* The same by replacement code, and by tables */
static void may_return_replaced(struct object *obj, struct symbol *s, __u64 addr,
				struct call_graph *graph)
{
	const char *external;
	struct text *text;
	struct slot *slot;
	struct insn insn;
	size_t i;
	__u32 k;

	for (i = first_edge(obj, addr); i < obj->nr_edges && obj->edge[i].from == addr; i++)
		goes_to(obj, s, obj->edge[i].to, graph);
	for (i = first_alt(obj, addr); i < obj->nr_alts && obj->alt[i].orig == addr; i++) {
		for (k = 0; k < obj->alt[i].repl_len; k += 4) {
			slot = slot_at(obj, obj->alt[i].repl + k, &text);
			if (!slot) {
				s->can_return = true;
				return;
			}
			insn_decode(slot->word, &insn);
			if (insn.flow == FLOW_RET || insn.flow == FLOW_BR ||
			    insn.flow == FLOW_ERET || insn.flow == FLOW_UNKNOWN)
				s->can_return = true;
			if (insn.flow != FLOW_B && insn.flow != FLOW_BCOND)
				continue;
			goes_to(obj, s, branch_target(obj, text, (__u32)(slot - text->slot),
						      insn.target, &external), graph);
		}
	}
}

/* A function returns if it has a return, or leaves or ends in a way that may */
static void may_return(struct object *obj, struct symbol *s, struct call_graph *graph)
{
	const struct symbol *to;
	const char *external;
	struct text *text;
	struct slot *slot;
	struct insn insn;
	__u64 addr, target;
	bool last;

	for (addr = s->addr; addr - s->addr < s->size; addr += 4) {
		slot = slot_at(obj, addr, &text);
		if (!slot || (slot->flags & (SLOT_REFUSED | SLOT_MARKED)) == SLOT_REFUSED) {
			s->can_return = true;
			return;
		}
		if (slot->flags & SLOT_DATA) {
			/* It may be any instruction, a return spelled as a number */
			s->can_return = true;
			continue;
		}
		last = addr + 4 - s->addr >= s->size;
		insn_decode(slot->word, &insn);
		switch (insn.flow) {
		case FLOW_B:
		case FLOW_BCOND:
		case FLOW_BL:
			target = branch_target(obj, text, (__u32)(slot - text->slot),
					       insn.target, &external);
			if (insn.flow == FLOW_BL && !last)
				break;
			if (external && external_noreturn(external))
				break;
			to = target ? symbol_at(obj, target) : NULL;
			if (insn.flow != FLOW_BL && to == s)
				break;
			if (!to)
				s->can_return = true;
			else
				depends(graph, s, to);
			if (last && insn.flow == FLOW_BCOND)
				s->can_return = true;
			break;
		case FLOW_BRK:
			if (last && !(slot->flags & SLOT_BUG) && insn.imm != BRK_TRAP)
				s->can_return = true;
			break;
		case FLOW_UDF:
			break;
		case FLOW_BR:
		case FLOW_RET:
		case FLOW_ERET:
		case FLOW_UNKNOWN:
			s->can_return = true;
			break;
		default:
			if (last)
				s->can_return = true;
		}
		if (slot->flags & (SLOT_ALT | SLOT_EDGE))
			may_return_replaced(obj, s, addr, graph);
	}
}

/**
 * find_noreturn - find the calls that do not return
 * @obj: the file; sets SLOT_NORETURN and SLOT_SAID_NORETURN
 *
 * A function cannot return when it has no instruction with which it could. That
 * needs no annotation, and takes nobody's word for it.
 */
void find_noreturn(struct object *obj)
{
	struct call_graph graph = { 0 };
	const struct symbol *to;
	const char *external;
	struct text *text;
	struct slot *slot;
	struct insn insn;
	bool changed;
	__u64 target;
	size_t i, t;
	__u32 k;

	for (i = 0; i < obj->nr_symbols; i++)
		if (obj->symbol[i].func && obj->symbol[i].size)
			may_return(obj, &obj->symbol[i], &graph);
	do {
		changed = false;
		for (i = 0; i < graph.nr; i++) {
			if (graph.link[i].from->can_return || !graph.link[i].to->can_return)
				continue;
			graph.link[i].from->can_return = true;
			changed = true;
		}
	} while (changed);
	free(graph.link);

	for (t = 0; t < obj->nr_texts; t++) {
		text = &obj->text[t];
		for (k = 0; k < text->nr; k++) {
			slot = &text->slot[k];
			insn_decode(slot->word, &insn);
			if (insn.flow != FLOW_BL || (slot->flags & SLOT_DATA))
				continue;
			target = branch_target(obj, text, k, insn.target, &external);
			to = target ? symbol_start(obj, target) : NULL;
			if (external && external_noreturn(external))
				slot->flags |= SLOT_SAID_NORETURN;
			else if (to && !to->can_return)
				slot->flags |= SLOT_NORETURN;
		}
	}
}
