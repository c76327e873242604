// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hold each instruction against the CFI.
 *
 * Every rule is local: an instruction, what is known before it, and the rows of
 * CFI before and after it. What breaks a rule makes its function unreliable.
 */

#include <stdlib.h>
#include <string.h>

#include "insn.h"
#include "object.h"

const char * const finding_names[NR_FINDINGS] = {
	[FOUND_NO_CFI] = "no-cfi",
	[FOUND_OVERLAP] = "overlap",
	[FOUND_ENTRY] = "entry",
	[FOUND_CFA] = "cfa",
	[FOUND_SP] = "sp",
	[FOUND_RA] = "return-address",
	[FOUND_X30] = "x30",
	[FOUND_X29] = "x29",
	[FOUND_SCS] = "shadow-stack",
	[FOUND_CALL] = "call",
	[FOUND_RETURN] = "return",
	[FOUND_TAIL] = "tail-call",
	[FOUND_TARGET] = "target",
	[FOUND_FALL] = "falls-through",
	[FOUND_ERET] = "eret",
	[FOUND_DATA] = "data",
	[FOUND_UNREACHED] = "unreached",
};

/* The FDE that describes an address, or NULL */
const struct fde *fde_at(const struct object *obj, __u64 addr)
{
	size_t nr = nr_up_to(obj->fde, obj->nr_fdes, sizeof(*obj->fde), addr);

	return nr && addr < obj->fde[nr - 1].end ? &obj->fde[nr - 1] : NULL;
}

static void spoil_range(struct object *obj, __u64 start, __u64 end)
{
	struct slot *slot;

	for (start &= ~3ULL; start < end; start += 4) {
		slot = slot_at(obj, start, NULL);
		if (!slot)
			break;
		slot->flags |= SLOT_BAD;
	}
}

static void find(struct object *obj, __u64 addr, enum finding_kind kind, bool error,
		 const char *text)
{
	const struct symbol *s = symbol_at(obj, addr);
	const struct fde *fde = fde_at(obj, addr);
	struct finding *f;

	/* The first of a kind tells; what it leads to further on is noise */
	if (obj->nr_findings) {
		f = &obj->finding[obj->nr_findings - 1];
		if (s && f->kind == kind && f->error >= error && symbol_at(obj, f->addr) == s)
			return;
	}
	spoil_range(obj, addr, addr + 4);
	if (s)
		spoil_range(obj, s->addr, s->addr + s->size);
	if (fde)
		spoil_range(obj, fde->start, fde->end);
	obj->finding = grow(obj->finding, obj->nr_findings, sizeof(*f));
	f = &obj->finding[obj->nr_findings++];
	f->addr = addr;
	f->kind = kind;
	f->error = error;
	f->text = text;
	obj->nr_errors += error;
}

/* A finding: all of its function, and of its FDE, is unreliable */
static void found(struct object *obj, __u64 addr, enum finding_kind kind, const char *text)
{
	find(obj, addr, kind, false, text);
}

/* The same, but that does not help: the function may have returned, and its callers suffer */
static void found_error(struct object *obj, __u64 addr, enum finding_kind kind,
			const char *text)
{
	find(obj, addr, kind, true, text);
}

/* What it means that an instruction and the row after it do not agree */
static const char * const next_texts[NR_FINDINGS] = {
	[FOUND_CFA] =
		"the CFI has a rule that is not SP or x29 plus a number: no table can hold it",
	[FOUND_SP] =
		"SP and the CFA of the next row do not agree: the caller would be sought in the wrong place",
	[FOUND_RA] =
		"the CFI says that the return address is saved after this, and it is not there",
	[FOUND_X30] =
		"the CFI says that x30 has the return address after this, and it has not",
	[FOUND_X29] =
		"the CFI and this instruction do not agree on where the caller's x29 is",
};

static const char * const target_texts[NR_FINDINGS] = {
	[WAY_BRANCH] =
		"the state here and at the branch's target differ: frame pointer state mismatch",
	[WAY_EXTABLE] =
		"the state here and at its __ex_table fixup differ: a fault would lose the frame",
	[WAY_JUMP_LABEL] =
		"the state here and at its __jump_table target differ: the static branch would lose the frame",
	[WAY_REPLACEMENT] =
		"replacement code does not keep the state that the CFI has here",
};

static void check_return(struct object *obj, __u64 addr, const struct regs *regs,
			 const struct insn *insn)
{
	if (insn->flow != FLOW_RET)
		return;
	if (regs->scs_left)
		found_error(obj, addr, FOUND_SCS,
			    "returns with its entry still on the shadow call stack");
	else if (!keeps_callers(regs))
		found_error(obj, addr, FOUND_RETURN,
			    "returns with SP or x29 not as it got them: its callers' traces would be wrong");
	else if (insn->ret_reg != REG_LR)
		found(obj, addr, FOUND_RETURN, "returns by another register than x30");
	else if (!regs->lr)
		found(obj, addr, FOUND_RETURN,
		      "returns by x30, which has another value than the return address");
}

/* What an instruction may do that calls, returns, or is none, here or in its place */
static void check_flow(struct object *obj, __u64 addr, const struct regs *regs,
		       const struct insn *insn)
{
	switch (insn->flow) {
	case FLOW_BL:
	case FLOW_BLR:
		if (!regs->record)
			found(obj, addr, FOUND_CALL,
			      "call without frame pointer save/setup: its caller would be missing in the trace");
		break;
	case FLOW_ERET:
		found(obj, addr, FOUND_ERET,
		      "kernel entry/exit from callable code: it belongs into .entry.text");
		break;
	case FLOW_UDF:
		found(obj, addr, FOUND_DATA,
		      "not an instruction: data where code would be executed");
		break;
	default:
		check_return(obj, addr, regs, insn);
	}
}

/* Is there code of which the CFI tells, and that goes on with what is known here */
static bool goes_on(const struct slot *to)
{
	return to && to->row &&
	       !(to->flags & (SLOT_ENTRY | SLOT_REFUSED | SLOT_PAD | SLOT_DATA));
}

static size_t own_name(const struct symbol *s)
{
	return strlen(s->name) - (s->cold ? strlen(".cold") : 0);
}

/* Does control go to another function, and not to a part of this one without CFI */
static bool is_tail_call(struct object *obj, const struct way *way, const struct slot *to)
{
	const struct symbol *from = symbol_at(obj, way->from);
	const struct symbol *s = way->to ? symbol_at(obj, way->to) : NULL;

	if (way->kind == WAY_NEXT || goes_on(to))
		return false;
	if (!way->to || (to && (to->flags & SLOT_ENTRY)))
		return true;
	return s && (!from || own_name(s) != own_name(from) ||
		     strncmp(s->name, from->name, own_name(s)));
}

static void check_tail_call(struct object *obj, const struct way *way, const struct slot *to)
{
	if (!is_tail_call(obj, way, to) || keeps_callers(&way->regs))
		found(obj, way->from, FOUND_TAIL,
		      "leaves the function with its frame still up: the trace would be wrong");
	else
		found_error(obj, way->from, FOUND_TAIL,
			    "leaves the function with SP or x29 not as it got them: its callers' traces would be wrong");
}

static void check_way(struct object *obj, const struct way *way, void *arg)
{
	const struct insn *insn = arg;
	struct slot *from = slot_at(obj, way->from, NULL);
	struct slot *to = way->to ? slot_at(obj, way->to, NULL) : NULL;
	const struct regs *regs = &way->regs;
	enum finding_kind kind;

	if (way->kind == WAY_REPLACED) {
		check_flow(obj, way->from, regs, way->insn);
		return;
	}
	/* A frame record that is written to is none any longer */
	if (way->kind == WAY_NEXT && regs->overwrites) {
		found(obj, way->from, FOUND_RA,
		      "stores over the saved return address, or over the caller's x29");
		return;
	}
	/* x29 is for the frame record alone, whether or not the CFI needs it here */
	if (way->kind == WAY_NEXT && !regs->record && !regs->fp &&
	    (from->regs.record || from->regs.fp)) {
		found(obj, way->from, FOUND_X29,
		      "x29 is written by other than what makes the frame record or restores it");
		return;
	}
	/* Code that is not this function's, or that nobody describes */
	if (!goes_on(to)) {
		if (regs_at_entry(regs))
			return;
		if (way->kind == WAY_NEXT)
			found(obj, way->from, FOUND_FALL,
			      "runs into what follows with its frame still up: should the call not return?");
		else if (is_to_own_end(obj, way))
			found(obj, way->from, FOUND_FALL,
			      "branches to the function's end with its frame still up: is there an unreachable() that can be reached?");
		else
			check_tail_call(obj, way, to);
		return;
	}
	kind = differs(regs, &obj->row[to->row]);
	if (kind == NR_FINDINGS)
		return;
	if (way->kind == WAY_NEXT) {
		if (kind == FOUND_X30 && insn->flow == FLOW_BL)
			found(obj, way->from, FOUND_CALL,
			      "calls while x30 has the return address, which is lost then");
		else
			found(obj, way->from, kind, next_texts[kind]);
		return;
	}
	found(obj, way->from, FOUND_TARGET, target_texts[way->kind]);
	found(obj, way->to, FOUND_TARGET, "is reached with two different states");
}

/*
 * The CFI is wrong, which is found already. What hurts the callers counts all the same;
 * but not behind a call that may not return, see may_be_never().
 */
static void check_callers(struct object *obj, const struct way *way, void *arg)
{
	const struct slot *to = way->to ? slot_at(obj, way->to, NULL) : NULL;

	(void)arg;
	if (way->regs.doubt || keeps_callers(&way->regs))
		return;
	if (way->kind == WAY_REPLACED)
		check_return(obj, way->from, &way->regs, way->insn);
	else if (is_tail_call(obj, way, to) && !is_to_own_end(obj, way))
		check_tail_call(obj, way, to);
}

static void check_insn(struct object *obj, struct text *text, __u32 index)
{
	struct slot *slot = &text->slot[index];
	__u64 addr = text->addr + 4ULL * index;
	struct regs *regs = &slot->regs;
	enum finding_kind kind;
	struct insn insn;

	if (slot->flags & SLOT_DATA) {
		found(obj, addr, FOUND_DATA, "data where code would be executed");
		return;
	}
	insn_decode(slot->word, &insn);
	kind = differs(regs, &obj->row[slot->row]);
	if (kind != NR_FINDINGS) {
		/* Unless one way here is wrong by itself, and has been reported */
		if (!(slot->flags & SLOT_BAD))
			found(obj, addr, FOUND_TARGET,
			      "the CFI is not what every way that leads here makes of it");
		if (!regs->doubt && !keeps_callers(regs))
			check_return(obj, addr, regs, &insn);
		visit_ways(obj, text, index, check_callers, NULL);
		return;
	}
	check_flow(obj, addr, regs, &insn);
	visit_ways(obj, text, index, check_way, &insn);
}

static void check_uncovered(struct object *obj, struct text *text, __u32 index)
{
	struct slot *slot = &text->slot[index];
	__u64 addr = text->addr + 4ULL * index;
	struct insn insn;

	if (!slot->row) {
		insn_decode(slot->word, &insn);
		if ((slot->flags & (SLOT_REPLACEMENT | SLOT_LINKER)) ||
		    (insn.is_nop && !(slot->flags & SLOT_ENTRY)))
			return;
		if (slot->flags & SLOT_ENTRY) {
			found(obj, addr, FOUND_NO_CFI,
			      "has no CFI: no stack with it is reliable. Annotate it, or move it");
		} else if (!(slot->flags & SLOT_DATA) &&
			   (insn.flow == FLOW_RET || insn.flow == FLOW_ERET) &&
			   !in_symbol(obj, addr)) {
			found(obj, addr, FOUND_NO_CFI,
			      "return instruction outside of a function");
		} else if ((slot->flags & SLOT_DATA) && symbol_at(obj, addr)) {
			found(obj, addr, FOUND_DATA, "data in a function");
		}
		return;
	}
	if (slot->flags & SLOT_OVERLAP)
		found(obj, addr, FOUND_OVERLAP, "two FDEs describe it: neither is believed");
	if (slot->flags & SLOT_DATA)
		found(obj, addr, FOUND_DATA, "data in a function");
	if ((slot->flags & SLOT_ENTRY) && slot->row != ROW_ENTRY)
		found(obj, addr, FOUND_ENTRY,
		      "the CFI at the function's entry is not that of a function's entry");
}

/*
 * GCC takes the ends of two BUG() for the same, and has one branch to the other, from behind
 * its BRK. Nothing comes there, and it is no news if nobody else does.
 */
static bool is_end_of_bug(const struct text *text, __u32 index, const struct insn *insn)
{
	return insn->flow == FLOW_B && index && (text->slot[index - 1].flags & SLOT_BUG);
}

/**
 * check_object - apply every rule to every instruction
 * @obj: the file; gets findings, and SLOT_BAD where they are
 */
void check_object(struct object *obj)
{
	struct text *text;
	struct slot *slot;
	struct insn insn;
	size_t t;
	__u32 i;

	find_noreturn(obj);
	follow(obj);
	for (t = 0; t < obj->nr_texts; t++) {
		text = &obj->text[t];
		for (i = 0; i < text->nr; i++) {
			slot = &text->slot[i];
			if ((slot->flags & SLOT_REFUSED) ||
			    ((slot->flags & SLOT_PAD) && !(slot->flags & SLOT_OVERLAP)))
				continue;
			check_uncovered(obj, text, i);
			if (slot->flags & SLOT_REACHED) {
				check_insn(obj, text, i);
				continue;
			}
			insn_decode(slot->word, &insn);
			if (slot->row && !insn.is_nop && !is_end_of_bug(text, i, &insn) &&
			    !(slot->flags & (SLOT_GAP | SLOT_DATA | SLOT_BAD)))
				found(obj, text->addr + 4ULL * i, FOUND_UNREACHED,
				      "unreachable instruction: nothing known leads here");
		}
	}
}

/**
 * why_unreliable - why an instruction is unreliable
 * @obj: the file
 * @slot: the instruction
 *
 * Return: the reason, or NULL when it is reliable.
 */
const char *why_unreliable(const struct object *obj, const struct slot *slot)
{
	struct place place[MAX_PLACES];

	if (slot->flags & SLOT_MARKED)
		return "marked as non-standard";
	if (slot->flags & SLOT_REFUSED)
		return "the walk refuses this text, or it is no part of the kernel";
	if (slot->flags & SLOT_BAD)
		return "a rule is broken in this function";
	if (slot->flags & SLOT_REPLACEMENT)
		return "replacement code, not executed here";
	if (!slot->row)
		return slot->flags & SLOT_LINKER ? "made by the linker, without CFI" : "no CFI";
	if (slot->flags & SLOT_PAD)
		return NULL;
	if (!(slot->flags & SLOT_REACHED))
		return "nothing known leads here";
	if (!ra_places(obj, slot, place))
		return "the CFI names a place below SP for the return address";
	if (!fp_places(obj, slot, place))
		return "the CFI names a place below SP for the caller's x29";
	return NULL;
}

void print_findings(const struct object *obj)
{
	char name[256];
	unsigned int i;

	for (i = 0; i < obj->nr_findings; i++)
		fprintf(stderr, "%s: %s: %s: %s [%s]\n", obj->name,
			obj->finding[i].error ? "error" : "warning",
			symbol_name(obj, obj->finding[i].addr, name, sizeof(name)),
			obj->finding[i].text, finding_names[obj->finding[i].kind]);
}

/**
 * count - sum up
 * @obj: the file, checked
 * @totals: added to
 */
void count(struct object *obj, struct totals *totals)
{
	const struct symbol *s, *last = NULL;
	bool reliable;
	struct text *text;
	struct slot *slot;
	struct insn insn;
	const char *why;
	__u64 addr;
	size_t t, i;
	__u32 k;

	for (t = 0; t < obj->nr_texts; t++) {
		text = &obj->text[t];
		for (k = 0; k < text->nr; k++) {
			slot = &text->slot[k];
			if (!text->table || (slot->flags & SLOT_REFUSED))
				continue;
			if (slot->flags & (SLOT_PAD | SLOT_REPLACEMENT)) {
				totals->padding++;
				continue;
			}
			totals->insns++;
			why = why_unreliable(obj, slot);
			if (!why)
				totals->reliable++;
			else if (slot->flags & SLOT_BAD)
				totals->bad++;
			else if (!slot->row)
				totals->no_cfi++;
			else if (!(slot->flags & SLOT_REACHED))
				totals->unreached++;
			else
				totals->not_below++;
		}
	}
	for (i = 0; i < obj->nr_symbols; i++) {
		s = &obj->symbol[i];
		if (!s->func || !s->size || s->cold || (last && last->addr == s->addr))
			continue;
		slot = slot_at(obj, s->addr, &text);
		if (!slot || !text->table || (slot->flags & SLOT_REFUSED))
			continue;
		last = s;
		totals->functions++;
		reliable = true;
		for (addr = s->addr; addr - s->addr < s->size && reliable; addr += 4) {
			slot = slot_at(obj, addr, NULL);
			if (!slot)
				break;
			insn_decode(slot->word, &insn);
			if (!(slot->flags & SLOT_REPLACEMENT) && why_unreliable(obj, slot) &&
			    !(insn.is_nop && !(slot->flags & SLOT_REACHED)))
				reliable = false;
		}
		totals->reliable_functions += reliable;
	}
	for (i = 0; i < obj->nr_findings; i++)
		totals->found[obj->finding[i].kind]++;
}
