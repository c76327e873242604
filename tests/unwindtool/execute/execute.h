/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the execution oracle share, see execute.c */
#ifndef EXECUTE_H
#define EXECUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "../../../arch/arm64/include/asm/unwind_table.h"

/* What an instruction is to the flow of control */
enum kind {
	KIND_PLAIN,		/* goes on to the next one, and the emulator executes it */
	KIND_BRANCH,		/* b */
	KIND_CALL,		/* bl */
	KIND_CONDITIONAL,	/* b.cond, cbz, tbz and the like */
	KIND_INDIRECT,		/* br */
	KIND_INDIRECT_CALL,	/* blr */
	KIND_RETURN,		/* ret */
	KIND_EXCEPTION_RETURN,	/* eret, drps */
	KIND_BRK,
	KIND_TRAP,		/* svc, hvc, smc, hlt: not executed */
	KIND_SYSTEM,		/* barriers, hints, msr: not executed */
	KIND_SYSTEM_READ,	/* mrs: writes what nobody knows to its register */
	KIND_STACK_SELECT,	/* msr spsel: which SP it is from here on is not known here */
};

struct decoded {
	enum kind kind;
	uint64_t to;		/* of direct branches */
	unsigned int reg;	/* register of an indirect branch, a return or an mrs */
	unsigned int nr_regs;	/* of an mrs */
};

void decode(uint32_t word, uint64_t address, struct decoded *d);
bool addressed_by_frame(uint32_t word);

/* What is known about an instruction beside the word itself */
enum link_kind {
	LINK_RELOCATION,	/* where a direct branch really goes */
	LINK_JUMP_LABEL,	/* may be patched to a branch to there */
	LINK_FIXUP,		/* goes on there when it faults */
	LINK_WARNING,		/* a brk that execution goes on behind */
};

struct link {
	uint64_t to;		/* 0: to another file */
	const char *external;	/* its name there, or NULL */
	uint32_t next;		/* number of another link of the same word, or 0 */
	enum link_kind kind;
};

struct function {
	uint64_t start;
	uint64_t end;
	const char *name;
	bool part;		/* of another function: nobody calls it */
	bool global;
	bool never_returns;
};

enum { NO_TABLE = 0xffff };

struct span {
	uint64_t start;
	uint64_t end;
};

/* The code of a file, as it lies in memory: all arrays have an element for each word */
struct image {
	const char *name;
	void *elf;
	void *data;		/* the file's content */
	size_t size;
	bool relocatable;
	bool replaced;		/* alternatives are in place */
	uint64_t *section;	/* addresses, made up in relocatable files */
	struct span *span;	/* pages that have code */
	size_t nr_spans;
	struct span *code;	/* sections that have code */
	size_t nr_code;
	uint64_t base;
	size_t nr;
	uint32_t *word;
	uint16_t *state;	/* number of the table's state, or NO_TABLE */
	uint32_t *links;	/* number of the first link, or 0 */
	struct link *link;
	size_t nr_links;
	struct unwind_table_state *states;
	size_t nr_states;
	struct function *function;	/* by address */
	size_t nr_functions;
	bool shadow_stack;	/* there is code that pushes to one */
};

void image_open(struct image *img, const char *name, const char *table, bool replaced);
void image_take(struct image *img, const char *name, void *data, size_t size);
void image_close(struct image *img);
uint64_t image_address(const struct image *img, uint32_t index);
uint32_t image_index(const struct image *img, uint64_t address);
uint32_t function_end(const struct image *img, const struct function *f);
bool image_reliable(const struct image *img, uint32_t index);
const struct function *image_function(const struct image *img, uint64_t address);
const struct link *image_link(const struct image *img, uint32_t index, enum link_kind kind);
const char *image_place(const struct image *img, uint64_t address, char *buf, size_t size);
bool image_target(const struct image *img, uint32_t index, const struct decoded *d,
		  uint64_t *to, const char **external);
bool is_other_function(const struct image *img, const struct function *from, uint64_t to);
bool image_ways(const struct image *img, const struct function *from, uint32_t index,
		uint32_t *next, uint32_t *branch);
void image_find_never_returns(struct image *img);
bool never_returns(const struct image *img, uint64_t to, const char *external);

enum { OUTSIDE = 0xffffffff };

struct counts {
	/* functions */
	unsigned long functions, parts, not_in_table, unreliable_functions, mismatches;
	/* paths, how they ended, and what cut them off */
	unsigned long paths, returns, tail_calls, never_return, ran_off, bugs, exception_returns;
	unsigned long loops, indirect, strays, unknown, memory, stack_selects, left,
		      never_taken;
	/* instructions that were executed: all, and those with a meaning of their own here */
	unsigned long executed, calls, odd_calls, skipped_system, skipped_traps, read_system;
	/* the same, by what the table says */
	unsigned long compared, unreliable, outside;
	/* instructions of the file: what the table calls reliable, and executed of these */
	unsigned long reliable, reached;
};

struct options {
	uint64_t seed;
	unsigned int paths;	/* at least, of each function */
	bool patch_scs;		/* paciasp and autiasp push and pop, as patched at boot */
};

struct paths;

struct paths *paths_open(const struct image *img);
void paths_close(struct paths *p);
uint32_t paths_function(struct paths *p, const struct function *f);
bool paths_begin(struct paths *p);
void paths_reach(struct paths *p, uint32_t index);
bool paths_news(const struct paths *p);
unsigned int paths_choose(struct paths *p, uint32_t index, uint32_t branch, uint64_t *random);
uint32_t paths_indirect(struct paths *p, uint64_t *random);

struct machine;

struct machine *machine_open(struct image *img, const struct options *options,
			     struct counts *counts);
void machine_close(struct machine *m);
bool machine_run(struct machine *m, const struct function *function, char *report, size_t size);
void machine_reached(const struct machine *m);

uint64_t random_next(uint64_t *state);
void die(const char *file, const char *fmt, ...) __attribute__((noreturn, format(printf, 2, 3)));
void *zalloc(size_t nr, size_t size);
void *grow(void *array, size_t nr, size_t size);

#endif
