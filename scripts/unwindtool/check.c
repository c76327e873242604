// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hold each instruction against the CFI.
 *
 * What is known before an instruction comes from the instructions that lead to it,
 * and not from the CFI, see flow.c. So there are two kinds of findings:
 *
 * - A row of CFI that says something else is wrong for the instructions that it is
 *   for, and only these are unreliable (SCOPE_ROW). What is known goes on without the
 *   row: behind it, an instruction is reliable again where what is known and its row
 *   agree, which is what every other instruction has to show. The row is a sign that
 *   somebody is wrong, though, and it might be this tool: so in all of the function
 *   only places that the CFI names are believed (SLOT_LITERAL).
 *
 * - What an instruction does against the rules, whatever the CFI says, makes all of
 *   its function unreliable (SCOPE_FUNCTION): what is known behind it may be wrong.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "insn.h"
#include "object.h"

const char * const finding_names[NR_FINDINGS] = {
	[FOUND_NO_CFI] = "no-cfi",
	[FOUND_UNKNOWN_CFI] = "unknown-cfi",
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
	[FOUND_UNKNOWN_INSN] = "unknown-insn",
	[FOUND_UNREACHED] = "unreached",
};

/* The FDE that describes an address, or NULL */
const struct fde *fde_at(const struct object *obj, __u64 addr)
{
	size_t nr = nr_up_to(obj->fde, obj->nr_fdes, sizeof(*obj->fde), addr);

	return nr && addr < obj->fde[nr - 1].end ? &obj->fde[nr - 1] : NULL;
}

/* All of the function and of the FDE that an instruction is in; each once in a row */
static void flag_function(struct object *obj, __u64 addr, __u32 flag)
{
	const struct symbol *s = symbol_at(obj, addr);
	const struct fde *fde = fde_at(obj, addr);

	if (s != obj->flagged_symbol || fde != obj->flagged_fde) {
		obj->flagged_symbol = s;
		obj->flagged_fde = fde;
		obj->flagged = 0;
	}
	if ((obj->flagged & flag) && (s || fde))
		return;
	obj->flagged |= flag;
	flag_range(obj, addr, addr + 4, flag);
	if (s)
		flag_range(obj, s->addr, s->addr + s->size, flag);
	if (fde)
		flag_range(obj, fde->start, fde->end, flag);
}

/* What is known of the instruction that is checked, beside its registers */
struct check {
	const struct insn *insn;
	bool row_wrong;		/* its row of CFI is wrong, and has been found */
	bool doubt;		/* the same, but perhaps nothing ever comes here */
};

/*
 * @check: the instruction that is checked, NULL: what is found does not depend on it.
 * Where nothing may ever come, nobody is told of what would be wrong there.
 */
static void find(struct object *obj, const struct check *check, __u64 addr,
		 enum finding_kind kind, enum finding_scope scope, const char *text)
{
	const struct symbol *s = symbol_at(obj, addr);
	struct finding *f;

	flag_function(obj, addr, scope == SCOPE_ROW ? SLOT_LITERAL : SLOT_BAD);
	if (check && check->doubt)
		return;
	/* The first of a kind tells; what it leads to further on is noise */
	if (obj->nr_findings) {
		f = &obj->finding[obj->nr_findings - 1];
		if (s && f->kind == kind && f->scope >= scope && symbol_at(obj, f->addr) == s)
			return;
	}
	obj->finding = grow(obj->finding, obj->nr_findings, sizeof(*f));
	f = &obj->finding[obj->nr_findings++];
	f->addr = addr;
	f->kind = kind;
	f->scope = scope;
	f->text = text;
	obj->nr_errors += scope == SCOPE_CALLERS;
}

/* A finding: all of its function, and of its FDE, is unreliable */
static void found(struct object *obj, const struct check *check, __u64 addr,
		  enum finding_kind kind, const char *text)
{
	find(obj, check, addr, kind, SCOPE_FUNCTION, text);
}

/* The same, but that does not help: the function may have returned, and its callers suffer */
static void found_error(struct object *obj, const struct check *check, __u64 addr,
			enum finding_kind kind, const char *text)
{
	find(obj, check, addr, kind, SCOPE_CALLERS, text);
}

/* A row of CFI is wrong: what it is for is unreliable, see check_insn() */
static void found_row(struct object *obj, __u64 addr, enum finding_kind kind, const char *text)
{
	find(obj, NULL, addr, kind, SCOPE_ROW, text);
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

static void check_return(struct object *obj, const struct check *check, __u64 addr,
			 const struct regs *regs, const struct insn *insn)
{
	if (regs->x18 != SHADOW_AS_AT_ENTRY)
		found_error(obj, check, addr, FOUND_SCS,
			    "returns with x18 not as it got it: its callers' entries on the shadow call stack would not be found");
	else if (!keeps_callers(regs))
		found_error(obj, check, addr, FOUND_RETURN,
			    "returns with SP or x29 not as it got them: its callers' traces would be wrong");
	else if (insn->ret_reg != REG_LR)
		found(obj, check, addr, FOUND_RETURN, "returns by another register than x30");
	else if (!regs->lr)
		found(obj, check, addr, FOUND_RETURN,
		      "returns by x30, which has another value than the return address");
}

static const char leaves[] =
	"leaves the function with its frame still up: the trace would be wrong";
static const char leaves_callers[] =
	"leaves the function with SP or x29 not as it got them: its callers' traces would be wrong";

/*
 * A branch by a register is a switch, which stays in the function, or goes to another one
 * as a branch to its name would, or returns, or calls.
 */
static void check_indirect(struct object *obj, const struct check *check, __u64 addr,
			   const struct regs *regs, const struct insn *insn)
{
	if (has_return_address(regs, insn->ret_reg))
		check_return(obj, check, addr, regs, insn);
	else if (regs_at_entry(regs))
		return;
	else if (!regs->record && !regs->fp)
		found_error(obj, check, addr, FOUND_TAIL, leaves_callers);
	else if (insn->ret_reg == REG_LR)
		found(obj, check, addr, FOUND_RETURN,
		      "branches by x30, which may have the return address, with its frame up");
	else if (!regs->record && !regs->lr)
		found(obj, check, addr, FOUND_CALL,
		      "indirect branch without a frame record, and x30 is not the return address: if it is a call, its caller would be missing in the trace");
	else if (!has_switch(obj, addr) && keeps_callers(regs))
		found(obj, check, addr, FOUND_TAIL, leaves);
	else if (!has_switch(obj, addr))
		found_error(obj, check, addr, FOUND_TAIL, leaves_callers);
}

/* What an instruction may do that calls, returns, or is none, here or in its place */
static void check_flow(struct object *obj, const struct check *check, __u64 addr,
		       const struct regs *regs, const struct insn *insn)
{
	switch (insn->flow) {
	case FLOW_BL:
	case FLOW_BLR:
		/* Where the row is wrong, the walk already ends at the call */
		if (!regs->record && !check->row_wrong)
			found(obj, check, addr, FOUND_CALL,
			      "call without frame pointer save/setup: its caller would be missing in the trace");
		break;
	case FLOW_ERET:
		found(obj, check, addr, FOUND_ERET,
		      "kernel entry/exit from callable code: it belongs into .entry.text");
		break;
	case FLOW_UDF:
		found(obj, check, addr, FOUND_DATA,
		      "not an instruction: data where code would be executed");
		break;
	case FLOW_UNKNOWN:
		/* It may do anything, and that hurts the callers */
		found_error(obj, check, addr, FOUND_UNKNOWN_INSN,
			    keep_text(obj,
				      "instruction 0x%08x is not known to unwindtool: it may write SP or x29, or return",
				      insn->word));
		break;
	case FLOW_BR:
		check_indirect(obj, check, addr, regs, insn);
		break;
	case FLOW_RET:
		check_return(obj, check, addr, regs, insn);
		break;
	default:
		break;
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

static void check_tail_call(struct object *obj, const struct check *check,
			    const struct way *way, const struct slot *to)
{
	if (!is_tail_call(obj, way, to) || keeps_callers(&way->regs))
		found(obj, check, way->from, FOUND_TAIL, leaves);
	else
		found_error(obj, check, way->from, FOUND_TAIL, leaves_callers);
}

static void check_way(struct object *obj, const struct way *way, void *arg)
{
	const struct check *check = arg;
	struct slot *from = slot_at(obj, way->from, NULL);
	struct slot *to = way->to ? slot_at(obj, way->to, NULL) : NULL;
	const struct regs *regs = &way->regs;
	enum finding_kind kind;

	if (way->kind == WAY_REPLACED) {
		check_flow(obj, check, way->from, regs, way->insn);
		return;
	}
	kind = goes_on(to) ? differs(regs, &obj->row[to->row]) : NR_FINDINGS;
	if (kind != NR_FINDINGS)
		to->flags |= SLOT_ROW_TOLD;
	/* A frame record that is written to is none any longer */
	if (way->kind == WAY_NEXT && regs->overwrites == OVERWRITES_CALLERS) {
		found_error(obj, check, way->from, FOUND_RA,
			    "stores over the frame record of its caller, to which x29 points");
		return;
	}
	if (way->kind == WAY_NEXT && regs->overwrites) {
		found(obj, check, way->from, FOUND_RA,
		      "stores over the saved return address, or over the caller's x29");
		return;
	}
	/* x29 is for the frame record alone, whether or not the CFI needs it here */
	if (way->kind == WAY_NEXT && !regs->record && !regs->fp &&
	    (from->regs.record || from->regs.fp)) {
		found(obj, check, way->from, FOUND_X29,
		      "x29 is written by other than what makes the frame record or restores it");
		return;
	}
	/* Code that is not this function's, or that nobody describes */
	if (!goes_on(to)) {
		if (regs_at_entry(regs))
			return;
		if (way->kind == WAY_NEXT)
			found(obj, check, way->from, FOUND_FALL,
			      "runs into what follows with its frame still up: should the call not return?");
		else if (is_to_own_end(obj, way))
			found(obj, check, way->from, FOUND_FALL,
			      "branches to the function's end with its frame still up: is there an unreachable() that can be reached?");
		else
			check_tail_call(obj, check, way, to);
		return;
	}
	if (kind == NR_FINDINGS || check->row_wrong)
		return;
	if (way->kind != WAY_NEXT)
		found_row(obj, way->from, FOUND_TARGET, target_texts[way->kind]);
	else if (kind == FOUND_X30 && check->insn->flow == FLOW_BL)
		found_row(obj, way->from, FOUND_CALL,
			  "calls while x30 has the return address, which is lost then");
	else
		found_row(obj, way->from, kind, next_texts[kind]);
}

/*
 * An instruction whose row is wrong is unreliable, and breaks rules for others all the
 * same: what it does to SP or x29 hurts callers, and where it goes what is there. Behind
 * a call that may not return (see goes_on_behind()), it may do nothing at all.
 */
static void check_insn(struct object *obj, struct text *text, __u32 index)
{
	struct slot *slot = &text->slot[index];
	__u64 addr = text->addr + 4ULL * index;
	struct regs *regs = &slot->regs;
	struct insn insn;
	struct check check = { .insn = &insn };

	if (slot->flags & SLOT_DATA) {
		found(obj, NULL, addr, FOUND_DATA, "data where code would be executed");
		return;
	}
	insn_decode(slot->word, &insn);
	if (differs(regs, &obj->row[slot->row]) != NR_FINDINGS) {
		slot->flags |= SLOT_ROW_WRONG;
		flag_function(obj, addr, SLOT_LITERAL);
		check.row_wrong = true;
		check.doubt = regs->doubt;
		if (!(slot->flags & SLOT_ROW_TOLD))
			found_row(obj, addr, FOUND_TARGET,
				  "the CFI is not what every way that leads here makes of it");
	}
	if (returns_to_end(obj, text, index, &insn))
		slot->flags |= SLOT_LAST_CALL;
	check_flow(obj, &check, addr, regs, &insn);
	visit_ways(obj, text, index, check_way, &check);
}

/* Is there CFI for other parts of the function that an address is in */
static bool is_part(struct object *obj, __u64 addr)
{
	const struct symbol *s = symbol_at(obj, addr);
	const struct slot *first = s ? slot_at(obj, s->addr, NULL) : NULL;

	return first && (s->cold || first->row);
}

static void check_uncovered(struct object *obj, struct text *text, __u32 index)
{
	struct slot *slot = &text->slot[index];
	__u64 addr = text->addr + 4ULL * index;
	const struct fde *fde;
	struct insn insn;

	if (!slot->row) {
		insn_decode(slot->word, &insn);
		if ((slot->flags & (SLOT_REPLACEMENT | SLOT_LINKER)) ||
		    (insn.is_nop && !(slot->flags & SLOT_ENTRY)))
			return;
		if (slot->flags & SLOT_ENTRY) {
			found(obj, NULL, addr, FOUND_NO_CFI,
			      "has no CFI: no stack with it is reliable. Annotate it, or move it");
		} else if (!(slot->flags & SLOT_DATA) &&
			   (insn.flow == FLOW_RET || insn.flow == FLOW_ERET) &&
			   !in_symbol(obj, addr)) {
			found(obj, NULL, addr, FOUND_NO_CFI,
			      "return instruction outside of a function");
		} else if ((slot->flags & SLOT_DATA) && symbol_at(obj, addr)) {
			found(obj, NULL, addr, FOUND_DATA, "data in a function");
		} else if (is_part(obj, addr)) {
			found(obj, NULL, addr, FOUND_NO_CFI, "this part of a function has no CFI");
		}
		return;
	}
	if (slot->flags & SLOT_OVERLAP)
		found(obj, NULL, addr, FOUND_OVERLAP, "two FDEs describe it: neither is believed");
	if (slot->row == ROW_UNKNOWN && !(slot->flags & SLOT_OVERLAP)) {
		/* An FDE may begin in the middle of an instruction */
		fde = fde_at(obj, addr);
		found(obj, NULL, addr, FOUND_UNKNOWN_CFI,
		      fde && fde->unknown ? fde->unknown : "it has CFI that is not known here");
		return;
	}
	if (slot->flags & SLOT_DATA)
		found(obj, NULL, addr, FOUND_DATA, "data in a function");
	if ((slot->flags & SLOT_ENTRY) && slot->row != ROW_ENTRY)
		found(obj, NULL, addr, FOUND_ENTRY,
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
			    !(slot->flags & (SLOT_GAP | SLOT_DATA | SLOT_BAD)) &&
			    !is_speculation_barrier(obj, text->addr + 4ULL * i))
				found(obj, NULL, text->addr + 4ULL * i, FOUND_UNREACHED,
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
	if (slot->flags & SLOT_ROW_WRONG)
		return "the CFI is not what the instructions make of it";
	if (slot->flags & SLOT_LAST_CALL)
		return "the function ends behind this call, and the callee returns";
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

static void print_finding(FILE *file, const struct object *obj, const struct finding *f)
{
	char name[256];

	fprintf(file, "%s: %s: %s: %s [%s]\n", obj->name,
		f->scope == SCOPE_CALLERS ? "error" : "warning",
		symbol_name(obj, f->addr, name, sizeof(name)), f->text, finding_names[f->kind]);
}

/* Findings that differ only in where they are */
struct alike {
	const struct finding *first;
	unsigned int nr;
};

static bool is_alike(const struct finding *a, const struct finding *b)
{
	return a->kind == b->kind && a->scope == b->scope && !strcmp(a->text, b->text);
}

enum { MAX_IN_FULL = 3 };	/* of those that are alike */

static void print_rest(const struct object *obj, const struct alike *alike, const char *all)
{
	const char *level = alike->first->scope == SCOPE_CALLERS ? "error" : "warning";

	fprintf(stderr, "%s: %s: ... and %u more of these, %s%s [%s]\n", obj->name, level,
		alike->nr - MAX_IN_FULL, all ? "all of them in " : "see --findings",
		all ? all : "", finding_names[alike->first->kind]);
}

/* Functions without CFI come by the file: one line names them together */
static void print_no_cfi(const struct object *obj, const struct alike *alike, const char *all)
{
	const struct finding *f = alike->first;
	char name[256];
	unsigned int i;

	fprintf(stderr, "%s: warning: ", obj->name);
	for (i = 0; i < MAX_IN_FULL; f++) {
		if (!is_alike(f, alike->first))
			continue;
		fprintf(stderr, "%s%s", i++ ? ", " : "",
			symbol_name(obj, f->addr, name, sizeof(name)));
	}
	fprintf(stderr,
		" and %u more functions have no CFI: no stack with them is reliable. Annotate assembly; build C with -fasynchronous-unwind-tables; mark an object that others have built by UNWIND_NON_STANDARD_foo.o := y%s%s [%s]\n",
		alike->nr - MAX_IN_FULL, all ? "; all of them are in " : "", all ? all : "",
		finding_names[alike->first->kind]);
}

/**
 * print_findings - print what was found, on standard error
 * @obj: the file, checked
 * @all: name of a file that gets every finding, and is removed if there is none; or NULL
 *
 * Of findings that are alike the first few are printed, and how many there are: a fault of
 * a compiler is in hundreds of functions, and is one thing to be told.
 */
void print_findings(const struct object *obj, const char *all)
{
	struct new_file file = { 0 };
	struct alike *alike = NULL;
	const struct finding *f;
	size_t nr = 0, i;
	unsigned int k, printed;

	if (all && !obj->nr_findings && remove(all) && errno != ENOENT)
		die(all, "%s", strerror(errno));
	if (all && obj->nr_findings)
		file = new_file(all);
	for (k = 0; k < obj->nr_findings; k++) {
		f = &obj->finding[k];
		if (file.file)
			print_finding(file.file, obj, f);
		for (i = 0; i < nr && !is_alike(alike[i].first, f); i++)
			;
		if (i == nr) {
			alike = grow(alike, nr, sizeof(*alike));
			alike[nr].first = f;
			alike[nr++].nr = 0;
		}
		alike[i].nr++;
	}
	for (i = 0; i < nr; i++) {
		if (alike[i].first->kind == FOUND_NO_CFI && alike[i].nr > MAX_IN_FULL) {
			print_no_cfi(obj, &alike[i], all);
			continue;
		}
		f = alike[i].first;
		for (printed = 0; printed < alike[i].nr && printed < MAX_IN_FULL; f++) {
			if (!is_alike(f, alike[i].first))
				continue;
			print_finding(stderr, obj, f);
			printed++;
		}
		if (alike[i].nr > MAX_IN_FULL)
			print_rest(obj, &alike[i], all);
	}
	free(alike);
	if (file.file)
		replace_file(&file);
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
			else if (slot->flags & (SLOT_BAD | SLOT_LAST_CALL))
				totals->bad++;
			else if (slot->flags & SLOT_ROW_WRONG)
				totals->row_wrong++;
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
			    !(insn.is_nop && !(slot->flags & SLOT_REACHED)) &&
			    !is_speculation_barrier(obj, addr))
				reliable = false;
		}
		totals->reliable_functions += reliable;
	}
	for (i = 0; i < obj->nr_findings; i++)
		totals->found[obj->finding[i].kind]++;
}
