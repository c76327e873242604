/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of a function that are not where the function is, see parts.c. */
#ifndef _LIVEPATCH_PARTS_H
#define _LIVEPATCH_PARTS_H

#include <linux/livepatch.h>

/**
 * struct klp_parts - text that belongs to a function, but is elsewhere
 * @nr:		how many parts there are
 * @part:	where they are, and their sizes in bytes
 */
struct klp_parts {
	unsigned int nr;
	struct {
		unsigned long addr;
		unsigned long size;
	} part[] __counted_by(nr);
};

int klp_find_parts(struct klp_patch *patch, struct klp_object *obj);
void klp_free_parts(struct klp_func *func);

#endif /* _LIVEPATCH_PARTS_H */
