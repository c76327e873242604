// SPDX-License-Identifier: GPL-2.0-only
/*
 * Functions that include/linux/unwind_mark.h or a Makefile has marked: they are
 * unreliable, and nothing is found in them.
 *
 * Each mark is the address of a function, in a section that is not loaded.
 */

#include <stdlib.h>
#include <string.h>

#include "elf_add.h"
#include "object.h"

#define MARK_SECTION	".unwind.non_standard"

enum { MARK_SIZE = 8 };

static __u64 get(const __u8 *p)
{
	__u64 value = 0;
	int i;

	for (i = MARK_SIZE; i--;)
		value = value << 8 | p[i];
	return value;
}

static void mark_range(struct object *obj, __u64 start, __u64 end)
{
	struct slot *slot;

	for (; start < end; start += 4) {
		slot = slot_at(obj, start, NULL);
		if (!slot)
			break;
		slot->flags |= SLOT_REFUSED | SLOT_MARKED;
	}
}

/* Parts and copies that the compiler makes have the function's name before a dot */
static void mark_parts(struct object *obj, const char *name)
{
	size_t len = strlen(name), i;
	const struct symbol *s;

	/* A name that goes on behind another one is sorted behind it */
	for (i = first_named(obj, name); i < obj->nr_symbols; i++) {
		s = obj->by_name[i];
		if (strncmp(s->name, name, len))
			break;
		if (s->func && s->name[len] == '.')
			mark_range(obj, s->addr, s->addr + s->size);
	}
}

static void mark_function(struct object *obj, __u64 addr, size_t number)
{
	const struct fde *fde = fde_at(obj, addr);
	const struct symbol *s;
	bool any = false;
	size_t i;

	for (i = nr_below(obj->symbol, obj->nr_symbols, sizeof(*s), addr);
	     i < obj->nr_symbols && obj->symbol[i].addr == addr; i++) {
		s = &obj->symbol[i];
		if (!s->func || !slot_at(obj, addr, NULL))
			continue;
		mark_range(obj, addr, addr + s->size);
		mark_parts(obj, s->name);
		any = true;
	}
	if (fde && fde->start == addr)
		mark_range(obj, addr, fde->end);
	/* A weak function that another one overrides has left its code, but no symbol */
	if (!any && (in_symbol(obj, addr) || !slot_at(obj, addr, NULL)))
		die(obj->name, "%s: mark %zu names no function of this file", MARK_SECTION,
		    number);
}

/**
 * read_marks - take the marked functions out
 * @obj: the file, with its CFI; sets SLOT_REFUSED and SLOT_MARKED
 *
 * Ends the program with an error when a mark names no function.
 */
void read_marks(struct object *obj)
{
	size_t size, i;
	__u64 addr;
	__u8 *p = section_data(obj, MARK_SECTION, &size, &addr);

	if (p && size % MARK_SIZE)
		die(obj->name, "%s: its %zu bytes are not whole marks", MARK_SECTION, size);
	for (i = 0; p && i < size; i += MARK_SIZE)
		mark_function(obj, get(p + i), i / MARK_SIZE);
	free(p);
}

/**
 * mark_file - mark every function of an object file, in place
 * @path: the file
 */
void mark_file(const char *path)
{
	struct added_rela *rela = NULL, *r;
	const struct symbol *s, *last = NULL;
	struct object obj;
	struct text *text;
	struct new_file new;
	size_t nr = 0, i;
	__u8 *zero;

	object_open(&obj, path);
	if (!obj.rel)
		die(path, "is linked: functions are marked in object files");
	for (i = 0; i < obj.nr_symbols; i++) {
		s = &obj.symbol[i];
		if (!s->func || !s->size || (last && last->addr == s->addr) ||
		    !slot_at(&obj, s->addr, &text))
			continue;
		last = s;
		rela = grow(rela, nr, sizeof(*rela));
		r = &rela[nr];
		r->offset = nr++ * MARK_SIZE;
		r->addend = s->addr - text->addr;
		r->type = R_AARCH64_ABS64;
		r->section = text->section;
	}
	object_close(&obj);
	if (!nr)
		return;
	zero = xcalloc(nr, MARK_SIZE);
	new = copy_file(path);
	object_add_section(path, new.path, MARK_SECTION, zero, nr * MARK_SIZE, 0, MARK_SIZE,
			   rela, nr);
	replace_file(&new);
	free(zero);
	free(rela);
}
