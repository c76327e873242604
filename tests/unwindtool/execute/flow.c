// SPDX-License-Identifier: GPL-2.0-only
/* Where control goes from an instruction, and which functions it never comes back from */

#include <stdlib.h>
#include <string.h>

#include "execute.h"

/* Where sections come to lie relative to each other is not known before they are linked */
static bool same_section(const struct image *img, uint64_t a, uint64_t b)
{
	size_t i;

	for (i = 0; i < img->nr_code; i++)
		if (a - img->code[i].start < img->code[i].end - img->code[i].start)
			return b - img->code[i].start < img->code[i].end - img->code[i].start;
	return false;
}

/**
 * image_target - where a direct branch goes
 * @img: the file
 * @index: the branch
 * @d: the same, decoded
 * @to: set to the address
 * @external: set to the symbol's name, if that is in another file, or NULL
 *
 * Return: true if it stays in the file.
 */
bool image_target(const struct image *img, uint32_t index, const struct decoded *d,
		  uint64_t *to, const char **external)
{
	const struct link *link = image_link(img, index, LINK_RELOCATION);

	*to = link ? link->to : d->to;
	*external = link ? link->external : NULL;
	if (img->relocatable && !link && !same_section(img, image_address(img, index), *to))
		*external = "";
	return !*external && image_index(img, *to) != OUTSIDE;
}

/* Names of functions that never return, and are in other files */
static const char **stop;
static size_t nr_stop;

static const char * const listed[] = {
#define NORETURN(name)	#name,
#include "noreturns.h"
#undef NORETURN
};

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char * const *)a, *(const char * const *)b);
}

static void add_stop(const char *name)
{
	stop = grow(stop, nr_stop, sizeof(*stop));
	stop[nr_stop] = strdup(name);
	if (!stop[nr_stop++])
		die("memory", "no room for a name");
}

bool never_returns(const struct image *img, uint64_t to, const char *external)
{
	const struct function *f;

	if (external)
		return bsearch(&external, stop, nr_stop, sizeof(*stop), by_name);
	f = image_function(img, to);
	return f && f->start == to && f->never_returns;
}

/* Is it the beginning of another function, so that a branch to there is a tail call? */
bool is_other_function(const struct image *img, const struct function *from, uint64_t to)
{
	const struct function *f = image_function(img, to);

	return f && f != from && f->start == to && !f->part;
}

/**
 * image_ways - where control may go from an instruction
 * @img: the file
 * @from: the function it is executed for
 * @index: the instruction
 * @next: set to the next one, or OUTSIDE if it does not go there
 * @branch: set to where else it goes, or OUTSIDE if that is nowhere, or another function
 *
 * Return: true if it is an indirect branch, which goes elsewhere.
 */
bool image_ways(const struct image *img, const struct function *from, uint32_t index,
		uint32_t *next, uint32_t *branch)
{
	const struct link *link;
	const char *external;
	struct decoded d;
	uint64_t to;

	decode(img->word[index], image_address(img, index), &d);
	*next = index + 1 < img->nr ? index + 1 : OUTSIDE;
	*branch = OUTSIDE;
	switch (d.kind) {
	case KIND_BRANCH:
	case KIND_CONDITIONAL:
		if (image_target(img, index, &d, &to, &external) &&
		    !is_other_function(img, from, to))
			*branch = image_index(img, to);
		if (d.kind == KIND_BRANCH && !image_link(img, index, LINK_JUMP_LABEL))
			*next = OUTSIDE;
		break;
	case KIND_CALL:
		image_target(img, index, &d, &to, &external);
		if (never_returns(img, to, external))
			*next = OUTSIDE;
		break;
	case KIND_INDIRECT:
	case KIND_RETURN:
	case KIND_EXCEPTION_RETURN:
	case KIND_STACK_SELECT:
		*next = OUTSIDE;
		break;
	case KIND_BRK:
		if (!image_link(img, index, LINK_WARNING))
			*next = OUTSIDE;
		break;
	default:
		link = image_link(img, index, LINK_JUMP_LABEL);
		if (!link)
			link = image_link(img, index, LINK_FIXUP);
		if (link)
			*branch = image_index(img, link->to);
	}
	return d.kind == KIND_INDIRECT;
}

/* Does an instruction return, or go on to something that may? */
static bool leaves(const struct image *img, const struct function *f, uint32_t index)
{
	const char *external;
	struct decoded d;
	uint64_t to;

	decode(img->word[index], image_address(img, index), &d);
	switch (d.kind) {
	case KIND_RETURN:
	case KIND_EXCEPTION_RETURN:
		return true;
	case KIND_BRANCH:
	case KIND_CONDITIONAL:
		if (image_target(img, index, &d, &to, &external) && !is_other_function(img, f, to))
			return false;
		return !never_returns(img, to, external);
	default:
		return false;
	}
}

/* Does control leave a function by anything but calls that never return? */
static bool may_return(const struct image *img, const struct function *f, uint32_t *queued,
		       uint32_t stamp)
{
	uint32_t *queue = zalloc(1, sizeof(*queue)), way[2], index, nr = 1, k;
	bool may = false;

	queue[0] = image_index(img, f->start);
	while (nr && !may) {
		index = queue[--nr];
		may = index == OUTSIDE || image_ways(img, f, index, &way[0], &way[1]) ||
			leaves(img, f, index);
		for (k = 0; k < 2 && !may; k++) {
			if (way[k] == OUTSIDE || queued[way[k]] == stamp)
				continue;
			queued[way[k]] = stamp;
			queue = grow(queue, nr, sizeof(*queue));
			queue[nr++] = way[k];
		}
	}
	free(queue);
	return may;
}

/**
 * image_find_never_returns - which functions never return
 * @img: the file
 *
 * The compilers leave out what would come behind a call of such a function, so a path
 * has to end there. Those of the file are found by following their branches, others
 * are in the kernel's list, or have been found in a file that was read before.
 */
void image_find_never_returns(struct image *img)
{
	uint32_t *queued = zalloc(img->nr, sizeof(*queued)), stamp = 0;
	bool changed;
	size_t i;

	if (!nr_stop) {
		for (i = 0; i < sizeof(listed) / sizeof(*listed); i++)
			add_stop(listed[i]);
		qsort(stop, nr_stop, sizeof(*stop), by_name);
	}
	for (i = 0; i < img->nr_functions; i++) {
		struct function *f = &img->function[i];

		f->never_returns = bsearch(&f->name, stop, nr_stop, sizeof(*stop), by_name);
	}
	do {
		changed = false;
		for (i = 0; i < img->nr_functions; i++) {
			struct function *f = &img->function[i];

			if (f->never_returns || f->part || may_return(img, f, queued, ++stamp))
				continue;
			f->never_returns = true;
			changed = true;
		}
	} while (changed);
	free(queued);
	if (img->relocatable)
		return;
	for (i = 0; i < img->nr_functions; i++)
		if (img->function[i].never_returns && img->function[i].global)
			add_stop(img->function[i].name);
	qsort(stop, nr_stop, sizeof(*stop), by_name);
}
