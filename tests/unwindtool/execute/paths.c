// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which ways a path through a function goes, so that all of them have been gone after a
 * few paths: the first time one that is new, then whichever is nearer to one that is.
 */

#include <stdlib.h>
#include <string.h>

#include "execute.h"

/* How often a path goes one way of a branch: back, and on */
enum { TIMES_BACK = 1, TIMES_ON = 2 };

/* How often a path comes to what an indirect branch may lead to, by whichever it is */
enum { ARRIVALS = 6 };

#define NOP	0xd503201f

/* What has been gone of a node */
enum { WENT = 1, WENT_NEXT = 2, WENT_BRANCH = 4 };

/* An instruction that a path may come to */
struct node {
	uint32_t word;
	uint32_t distance;	/* to one that has a new way, or OUTSIDE */
	uint32_t way[2];	/* nodes: the next one, and behind a branch, or OUTSIDE */
	bool indirect;		/* it may go to any of the targets */
	uint8_t wanted;		/* how often paths are still to come here by one of these */
	uint8_t went;
	uint8_t taken[2];	/* how often, on this path */
};

struct paths {
	const struct image *img;
	const struct function *function;
	struct node *node;
	uint32_t nr;
	uint32_t *number;	/* by word: of its node, if that says so, too */
	uint32_t *target;	/* nodes that indirect branches may go to */
	uint32_t nr_targets;
	bool news;		/* this path went a new way */
};

/**
 * paths_open - for the functions of a file
 * @img: the file
 */
struct paths *paths_open(const struct image *img)
{
	struct paths *p = zalloc(1, sizeof(*p));

	p->img = img;
	p->number = zalloc(img->nr, sizeof(*p->number));
	return p;
}

void paths_close(struct paths *p)
{
	free(p->node);
	free(p->number);
	free(p->target);
	free(p);
}

/* An instruction's node, or OUTSIDE if it is none */
static uint32_t node_of(const struct paths *p, uint32_t index)
{
	uint32_t n = index == OUTSIDE ? OUTSIDE : p->number[index];

	return n < p->nr && p->node[n].word == index ? n : OUTSIDE;
}

static uint32_t add_node(struct paths *p, uint32_t index)
{
	uint32_t n = node_of(p, index);
	struct node *node;

	if (index == OUTSIDE || n != OUTSIDE)
		return n;
	p->node = grow(p->node, p->nr, sizeof(*p->node));
	node = &p->node[p->nr];
	memset(node, 0, sizeof(*node));
	node->word = index;
	p->number[index] = p->nr;
	return p->nr++;
}

/* Nodes for all that follows those from @n on */
static void follow(struct paths *p, uint32_t n)
{
	uint32_t next, branch;

	for (; n < p->nr; n++) {
		p->node[n].indirect = image_ways(p->img, p->function, p->node[n].word, &next,
						 &branch);
		next = add_node(p, next);
		branch = add_node(p, branch);
		p->node[n].way[0] = next;
		p->node[n].way[1] = branch;
	}
}

static bool ends_line(const struct image *img, uint32_t index)
{
	struct decoded d;

	decode(img->word[index], image_address(img, index), &d);
	return d.kind == KIND_BRANCH || d.kind == KIND_INDIRECT || d.kind == KIND_RETURN;
}

/* What nothing leads to but an indirect branch: code behind a branch or a return */
static void find_targets(struct paths *p)
{
	uint32_t first = image_index(p->img, p->function->start);
	uint32_t end = function_end(p->img, p->function), i, n;
	bool any = false;

	for (i = 0; i < p->nr; i++)
		any |= p->node[i].indirect;
	for (i = first + 1; any && i < end; i++) {
		if (node_of(p, i) != OUTSIDE || node_of(p, i - 1) == OUTSIDE ||
		    !ends_line(p->img, i - 1) || p->img->word[i] == NOP || !p->img->word[i])
			continue;
		n = add_node(p, i);
		p->node[n].wanted = ARRIVALS;
		p->target = grow(p->target, p->nr_targets, sizeof(*p->target));
		p->target[p->nr_targets++] = n;
		follow(p, n);
	}
}

/**
 * paths_function - paths through another function from here on
 * @p: the paths
 * @f: the function
 *
 * Return: how many instructions they may come to.
 */
uint32_t paths_function(struct paths *p, const struct function *f)
{
	p->function = f;
	p->nr = 0;
	p->nr_targets = 0;
	follow(p, add_node(p, image_index(p->img, f->start)));
	find_targets(p);
	return p->nr;
}

static bool is_fork(const struct node *node)
{
	return node->way[0] != OUTSIDE && node->way[1] != OUTSIDE;
}

/* Has a node a way that no path has gone? */
static bool is_new(const struct node *node)
{
	const uint8_t all = is_fork(node) ? WENT | WENT_NEXT | WENT_BRANCH : WENT;

	return node->wanted || (node->went & all) != all;
}

static uint32_t distance(const struct paths *p, uint32_t n)
{
	return n == OUTSIDE ? OUTSIDE : p->node[n].distance;
}

static uint32_t least_distance(const struct paths *p, const struct node *node)
{
	uint32_t least = distance(p, node->way[0]), k;

	if (distance(p, node->way[1]) < least)
		least = distance(p, node->way[1]);
	for (k = 0; node->indirect && k < p->nr_targets; k++)
		if (distance(p, p->target[k]) < least)
			least = distance(p, p->target[k]);
	return least;
}

/**
 * paths_begin - another path
 * @p: the paths
 *
 * Return: true if there is anything new that a path may come to.
 */
bool paths_begin(struct paths *p)
{
	uint32_t n, least;
	bool changed;

	p->news = false;
	for (n = 0; n < p->nr; n++) {
		p->node[n].taken[0] = 0;
		p->node[n].taken[1] = 0;
		p->node[n].distance = is_new(&p->node[n]) ? 0 : OUTSIDE;
	}
	do {
		changed = false;
		for (n = p->nr; n--; ) {
			least = least_distance(p, &p->node[n]);
			if (least == OUTSIDE || least + 1 >= p->node[n].distance)
				continue;
			p->node[n].distance = least + 1;
			changed = true;
		}
	} while (changed);
	return p->nr && p->node[0].distance != OUTSIDE;
}

/* The path has come to an instruction */
void paths_reach(struct paths *p, uint32_t index)
{
	uint32_t n = node_of(p, index);

	if (n == OUTSIDE || p->node[n].went & WENT)
		return;
	p->node[n].went |= WENT;
	p->news = true;
}

/* Did the path go a new way? */
bool paths_news(const struct paths *p)
{
	return p->news;
}

static bool may_go(const struct node *node, unsigned int way, uint32_t to)
{
	return node->taken[way] < (to <= node->word ? TIMES_BACK : TIMES_ON);
}

/**
 * paths_choose - which way to go where there are two
 * @p: the paths
 * @index: the instruction
 * @branch: where it goes if it does not go on, or OUTSIDE
 * @random: what random numbers come from
 *
 * Return: 0 to go on, 1 to go to @branch
 */
unsigned int paths_choose(struct paths *p, uint32_t index, uint32_t branch, uint64_t *random)
{
	unsigned int way = random_next(random) & 1;
	uint32_t n = node_of(p, index);
	struct node *node;
	bool on, off;
	uint8_t went;

	if (n == OUTSIDE)
		return way;
	node = &p->node[n];
	on = may_go(node, 0, index + 1);
	off = may_go(node, 1, branch);
	went = node->went & (WENT_NEXT | WENT_BRANCH);
	if (on != off)
		way = off;
	else if (!on)
		way = branch > index;
	else if (went == WENT_NEXT || went == WENT_BRANCH)
		way = went == WENT_NEXT;
	else if (went && distance(p, node->way[0]) != distance(p, node->way[1]))
		way = distance(p, node->way[1]) < distance(p, node->way[0]);
	if (node->taken[way] < TIMES_ON)
		node->taken[way]++;
	if (!(node->went & WENT_NEXT << way))
		p->news = true;
	node->went |= WENT_NEXT << way;
	return way;
}

/**
 * paths_indirect - where an indirect branch goes
 * @p: the paths
 * @random: what random numbers come from
 *
 * Return: the instruction, or OUTSIDE if that is not known.
 */
uint32_t paths_indirect(struct paths *p, uint64_t *random)
{
	uint32_t k, n, best, first;

	if (!p->nr_targets)
		return OUTSIDE;
	first = random_next(random) % p->nr_targets;
	best = p->target[first];
	for (k = 0; k < p->nr_targets; k++) {
		n = p->target[(first + k) % p->nr_targets];
		if (distance(p, n) < distance(p, best))
			best = n;
	}
	if (p->node[best].wanted) {
		p->node[best].wanted--;
		p->news = true;
	}
	return p->node[best].word;
}
