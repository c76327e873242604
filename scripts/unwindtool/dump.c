// SPDX-License-Identifier: GPL-2.0-only
/* Print, for people, where the return address and the caller's x29 are */

#include <string.h>

#include "../../arch/arm64/include/asm/unwind_table.h"
#include "insn.h"
#include "object.h"

static void print_place(char *buf, size_t size, const struct place *place, const char *reg)
{
	switch (place->where) {
	case UNWIND_REG:
		snprintf(buf, size, "%s", reg);
		break;
	case UNWIND_SP:
		snprintf(buf, size, "[sp+%d]", place->off);
		break;
	case UNWIND_FP:
		snprintf(buf, size, "[x29+%d]", place->off);
		break;
	case UNWIND_SCS:
		snprintf(buf, size, "[x18-8]");
		break;
	default:
		snprintf(buf, size, "?");
	}
}

/* The state in words, as the CFI spells it */
static void describe(struct object *obj, const struct slot *slot, char *buf, size_t size)
{
	const char *why = why_unreliable(obj, slot);
	struct place ra[MAX_PLACES], fp[MAX_PLACES];
	char where[2][32];

	if (why) {
		snprintf(buf, size, "unreliable: %s", why);
		return;
	}
	ra_places(obj, slot, ra);
	fp_places(obj, slot, fp);
	print_place(where[0], sizeof(where[0]), &ra[0], "x30");
	print_place(where[1], sizeof(where[1]), &fp[0], "x29");
	snprintf(buf, size, "return address %-9s caller's x29 %-9s%s", where[0], where[1],
		 slot->flags & SLOT_PAD ? " (padding)" :
		 slot->regs.record ? " x29 is the frame record" : "");
}

/* Code of one function, or of none */
static void dump_range(struct object *obj, struct text *text, __u32 first, __u32 end)
{
	char line[256], last[256] = "";
	__u64 addr = text->addr + 4ULL * first;
	__u64 end_addr = text->addr + 4ULL * end;
	__u32 i, start = first;

	printf("%s:\n", symbol_name(obj, addr, line, sizeof(line)));
	for (i = 0; i < obj->nr_findings; i++)
		if (obj->finding[i].addr >= addr && obj->finding[i].addr < end_addr)
			printf("  found at +0x%lx: %s\n",
			       (unsigned long)(obj->finding[i].addr - addr), obj->finding[i].text);
	for (i = first; i <= end; i++) {
		if (i < end)
			describe(obj, &text->slot[i], line, sizeof(line));
		if (i > first && (i == end || strcmp(line, last))) {
			printf("  %016lx +0x%x..+0x%x: %s\n",
			       (unsigned long)(text->addr + 4ULL * start), 4 * (start - first),
			       4 * (i - first), last);
			start = i;
		}
		memcpy(last, line, sizeof(last));
	}
}

/**
 * dump_object - print where the return address and the caller's x29 are
 * @obj: the file, checked
 * @function: the function to print, NULL for all
 *
 * Return: EXIT_FINE, or EXIT_FOUND when there is no such function.
 */
int dump_object(struct object *obj, const char *function)
{
	const struct symbol *s, *last, *wanted = NULL;
	struct text *text;
	__u32 i, start;
	bool any = false;
	size_t t, k;

	/* It may be an alias of the name that would be printed */
	for (k = 0; function && k < obj->nr_symbols; k++) {
		s = &obj->symbol[k];
		if (s->func && !strcmp(s->name, function))
			wanted = symbol_at(obj, s->addr);
	}
	if (function && !wanted)
		return EXIT_FOUND;

	for (t = 0; t < obj->nr_texts; t++) {
		text = &obj->text[t];
		last = NULL;
		for (i = start = 0; i <= text->nr; i++) {
			s = i < text->nr ? symbol_at(obj, text->addr + 4ULL * i) : NULL;
			if (i < text->nr && s == last && i)
				continue;
			if (i > start && (!function || last == wanted)) {
				dump_range(obj, text, start, i);
				any = true;
			}
			start = i;
			last = s;
		}
	}
	return any ? EXIT_FINE : EXIT_FOUND;
}

static void print_rule(__u8 rule, __s32 off)
{
	if (rule == RULE_SAME)
		printf(" u");
	else if (rule == RULE_CFA)
		printf(" c%+d", off);
	else
		printf(" ?");
}

/**
 * dump_rows - print the rows of the CFI as they were read, before any rule
 * @obj: the file
 *
 * One line for each change: address, CFA, the caller's x29, the return address, in
 * the manner of "readelf --debug-dump=frames-interp", to be compared with it.
 */
void dump_rows(struct object *obj)
{
	const struct row *row, *last = NULL;
	struct text *text;
	struct slot *slot;
	__u64 end = 0;
	size_t t;
	__u32 i;

	for (t = 0; t < obj->nr_texts; t++) {
		text = &obj->text[t];
		if (last && text->addr != end) {
			printf("%016lx none\n", (unsigned long)end);
			last = NULL;
		}
		end = text->addr + 4ULL * text->nr;
		for (i = 0; i < text->nr; i++) {
			slot = &text->slot[i];
			row = slot->row && !(slot->flags & (SLOT_PAD | SLOT_GAP)) ?
				&obj->row[slot->row] : NULL;
			if (row == last)
				continue;
			last = row;
			printf("%016lx", (unsigned long)(text->addr + 4ULL * i));
			if (!row) {
				printf(" none\n");
				continue;
			}
			if (row->cfa_reg == REG_SP)
				printf(" sp%+d", row->cfa_off);
			else if (row->cfa_reg == CFA_OTHER)
				printf(" exp");
			else
				printf(" x%d%+d", row->cfa_reg, row->cfa_off);
			print_rule(row->fp, row->fp_off);
			print_rule(row->ra, row->ra_off);
			putchar('\n');
		}
	}
}
