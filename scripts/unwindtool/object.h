/* SPDX-License-Identifier: GPL-2.0-only */
/* What unwindtool knows about one ELF file */
#ifndef UNWINDTOOL_OBJECT_H
#define UNWINDTOOL_OBJECT_H

#include <gelf.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	EXIT_FINE = 0,
	EXIT_FOUND = 1,		/* findings with --werror; verify: no match */
	EXIT_INPUT = 2,		/* the file cannot be read, or the command line */
};

/* Where a register's value is, as the CFI says */
enum rule {
	RULE_SAME,		/* in the register */
	RULE_CFA,		/* at CFA + offset */
	RULE_OTHER,		/* anything else that DWARF can say */
};

/* CFA register of a row that is not register plus offset */
#define CFA_OTHER	0xff

/* A larger offset of the CFA is no function's */
#define MAX_CFA_OFF	0x1000000

/* One distinct row of CFI, as far as it concerns us */
struct row {
	__u8 cfa_reg;
	__u8 ra;
	__u8 fp;
	__u8 unused;
	__s32 cfa_off;
	__s32 ra_off;
	__s32 fp_off;
};

enum {
	ROW_NONE,		/* no CFI */
	ROW_ENTRY,		/* as on entry to a function */
	ROW_UNKNOWN,		/* CFI that is not known here: see struct fde */
};

/* flags of struct slot */
enum {
	SLOT_DATA	= 1 << 0,	/* a mapping symbol says so */
	SLOT_FDE	= 1 << 1,	/* first instruction of an FDE */
	SLOT_FDE_END	= 1 << 2,	/* last instruction of an FDE */
	SLOT_GAP	= 1 << 3,	/* between a symbol and its FDE */
	SLOT_PAD	= 1 << 4,	/* padding before a function */
	SLOT_REFUSED	= 1 << 5,	/* the walk refuses this text */
	SLOT_REPLACEMENT = 1 << 6,	/* copied elsewhere before it is executed */
	SLOT_BUG	= 1 << 7,	/* a BRK that does not return */
	SLOT_EDGE	= 1 << 8,	/* has entries among struct edge */
	SLOT_ALT	= 1 << 9,	/* has a replacement */
	SLOT_ENTRY	= 1 << 10,	/* a function begins */
	SLOT_BAD	= 1 << 11,	/* a finding made its function unreliable */
	SLOT_REACHED	= 1 << 12,
	SLOT_QUEUED	= 1 << 13,
	SLOT_OVERLAP	= 1 << 14,	/* more than one FDE */
	SLOT_NORETURN	= 1 << 15,	/* a call that does not return */
	SLOT_LINKER	= 1 << 16,	/* no source has it: see linker.c */
	SLOT_MARKED	= 1 << 17,	/* refused because it is marked: see mark.c */
	SLOT_SAID_NORETURN = 1 << 18,	/* a call that does not return, a list says */
	SLOT_ROW_WRONG	= 1 << 19,	/* its row of CFI is not what is known */
	SLOT_ROW_TOLD	= 1 << 20,	/* the same, and there is a finding that says so */
	SLOT_LITERAL	= 1 << 21,	/* only what the CFI says is believed: see check.c */
	SLOT_INDIRECT	= 1 << 22,	/* indirect branches of its function may lead here */
	SLOT_SWITCH	= 1 << 23,	/* first of a function in which that is so */
	SLOT_REPLACED	= 1 << 24,	/* replacement code may be in its place */
	SLOT_LAST_CALL	= 1 << 25,	/* a call that returns, and its function ends there */
};

/* What an instruction has stored over */
enum overwritten {
	OVERWRITES_NOTHING,
	OVERWRITES_RECORD,	/* what is saved of the function's own */
	OVERWRITES_CALLERS,	/* the frame record of its caller, to which x29 points */
};

/* Where x18 points, as against the function's entry */
enum shadow {
	SHADOW_AS_AT_ENTRY,
	SHADOW_PUSHED,		/* one entry further */
	SHADOW_MOVED,		/* nobody knows where, or that differs on two ways here */
};

/* What is known of the registers before an instruction is executed */
struct regs {
	__s32 sp;		/* CFA - SP, or SP_UNKNOWN */
	__s16 lr_slot;	/* the return address is at CFA + this, or NOT_SAVED */
	__s16 fp_slot;	/* the caller's x29 is at CFA + this, or NOT_SAVED */
	__u32 copies;		/* bit n: xn has the return address, of x0 to x28 */
	bool lr;		/* x30 has the return address */
	bool fp;		/* x29 is the caller's */
	bool record;		/* x29 points at the frame record */
	bool scs;		/* the return address is at x18 - 8 */
	enum shadow x18;	/* where x18 points, if that is the shadow call stack */
	bool doubt;		/* a way here may be none: see goes_on_behind() */
	enum overwritten overwrites;	/* what the last instruction has stored over */
};

#define SP_UNKNOWN	INT32_MIN

/* No offset of a slot, as these are multiples of 8 */
#define NOT_SAVED	1

/* One instruction */
struct slot {
	__u32 word;
	__u32 flags;
	__u16 row;
	struct regs regs;	/* when SLOT_REACHED */
};

/* A relocation of an instruction's branch target, in relocatable files */
struct target {
	__u32 index;
	__u32 symbol;
	__u64 addr;		/* 0 when the symbol is not in this file */
};

/* A section that holds code */
struct text {
	__u64 addr;		/* made up in relocatable files */
	const char *name;
	__u32 section;
	__u32 nr;		/* instructions */
	struct slot *slot;
	struct target *target;
	size_t nr_targets;
	bool table;		/* is in the table */
	const char *start_symbol;	/* linked files: its lowest global symbol, or NULL */
	__u64 start_value;
};

/* The section of a symbol that is a number, and no place */
#define NO_SECTION	UINT32_MAX

struct symbol {
	__u64 addr;
	__u64 size;
	const char *name;
	__u32 section;
	bool func;
	bool cold;		/* a part of another function */
	bool can_return;
	struct symbol *whole;	/* the function that it is a part of, if @cold */
};

enum edge_kind { EDGE_EXTABLE, EDGE_JUMP_LABEL, EDGE_CALLBACK };

/* A way for control to go that no instruction shows */
struct edge {
	__u64 from;
	__u64 to;
	enum edge_kind kind;
};

struct alternative {
	__u64 orig;
	__u64 repl;
	__u32 orig_len;
	__u32 repl_len;
};

struct veneer {
	__u64 addr;
	__u64 to;
};

struct fde {
	__u64 start;
	__u64 end;
	const char *unknown;	/* what it has that is not known here, NULL: nothing */
};

struct object {
	const char *name;
	void *file;
	size_t file_size;
	Elf *elf;
	bool rel;		/* ET_REL */
	size_t nr_sections;
	__u64 *sec_addr;		/* by section, as are the next three */
	size_t *first_rela;		/* the section of its relocations, 0: none */
	size_t *next_rela;		/* another section for what this one relocates */
	__u32 *text_of;			/* 1 + its number in ->text, 0: no code */
	size_t shstrndx;
	Elf_Scn *symscn;
	Elf_Data *symtab, *symtab_shndx;
	size_t strings;			/* the section of symbols' names */
	__u32 first_global;
	struct text *text;		/* by ->addr */
	size_t nr_texts;
	struct symbol *symbol;		/* by address: functions, then the rest */
	struct symbol **by_name;	/* the same by name, see first_named() */
	size_t nr_symbols;
	struct edge *edge;		/* by ->from */
	size_t nr_edges;
	struct alternative *alt;	/* by ->orig */
	size_t nr_alts;
	struct veneer *veneer;		/* by ->addr */
	size_t nr_veneers;
	struct fde *fde;		/* by ->start */
	size_t nr_fdes;
	struct row *row;
	size_t nr_rows;
	bool shadow_stack;		/* something is pushed to it, so x18 is for that alone */
	unsigned int nr_findings;
	unsigned int nr_errors;		/* of them */
	struct finding *finding;
	char **text_kept;		/* see keep_text() */
	size_t nr_kept;
	const struct symbol *flagged_symbol;	/* see flag_function() */
	const struct fde *flagged_fde;
	__u32 flagged;
};

/* Every error ends the program: it names the file, and what is wrong with it */
#define die(file, fmt, ...)					\
	do {							\
		begin_error(file);				\
		fprintf(stderr, fmt "\n", ##__VA_ARGS__);	\
		exit(EXIT_INPUT);				\
	} while (0)

/* A file that is written beside the one that it takes the place of: see new_file.c */
struct new_file {
	const char *name;	/* what it is to be */
	char *path;		/* what it is called until then */
	FILE *file;		/* to write it, or NULL */
};

struct new_file new_file(const char *name);
struct new_file copy_file(const char *name);
void replace_file(struct new_file *new);

void begin_error(const char *file);
void *xcalloc(size_t nr, size_t size);
void *grow(void *array, size_t nr, size_t size);
size_t nr_below(const void *array, size_t nr, size_t size, __u64 addr);
size_t nr_up_to(const void *array, size_t nr, size_t size, __u64 addr);

const char *keep_text(struct object *obj, const char *fmt, ...);

void object_open(struct object *obj, const char *name);
void object_close(struct object *obj);
bool has_section(struct object *obj, const char *name);
void *section_data(struct object *obj, const char *name, size_t *size, __u64 *addr);

typedef void (*contents_fn)(struct object *obj, __u8 *data, size_t size, __u64 addr, void *arg);
unsigned int visit_sections(struct object *obj, const char *name, contents_fn fn, void *arg);

const struct symbol *symbol_at(const struct object *obj, __u64 addr);
bool in_symbol(const struct object *obj, __u64 addr);
const struct symbol *symbol_start(const struct object *obj, __u64 addr);
size_t first_named(const struct object *obj, const char *name);
__u64 symbol_value(const struct object *obj, const char *name);
const char *symbol_name(const struct object *obj, __u64 addr, char *buf, size_t size);
struct slot *slot_at(struct object *obj, __u64 addr, struct text **text);
void flag_range(struct object *obj, __u64 start, __u64 end, __u32 flag);
bool is_relocated(const struct text *text, __u32 index);
__u64 branch_target(const struct object *obj, const struct text *text, __u32 index,
		    __s64 rel, const char **external);

void cfi_read(struct object *obj);

/* linker.c */
void find_linker_code(struct object *obj);
bool is_speculation_barrier(struct object *obj, __u64 addr);
__u64 blr_thunk_end(struct object *obj, __u64 addr);
__u64 behind_veneer(const struct object *obj, __u64 addr);

/* mark.c */
void read_marks(struct object *obj);
void mark_file(const char *path);

enum finding_kind {
	FOUND_NO_CFI,
	FOUND_UNKNOWN_CFI,
	FOUND_OVERLAP,
	FOUND_ENTRY,
	FOUND_CFA,
	FOUND_SP,
	FOUND_RA,
	FOUND_X30,
	FOUND_X29,
	FOUND_SCS,
	FOUND_CALL,
	FOUND_RETURN,
	FOUND_TAIL,
	FOUND_TARGET,
	FOUND_FALL,
	FOUND_ERET,
	FOUND_DATA,
	FOUND_UNKNOWN_INSN,
	FOUND_UNREACHED,
	NR_FINDINGS
};

/* flow.c */
bool keeps_callers(const struct regs *regs);
bool regs_at_entry(const struct regs *regs);
bool has_return_address(const struct regs *regs, unsigned int reg);
enum finding_kind differs(const struct regs *regs, const struct row *row);
void find_noreturn(struct object *obj);
void read_noreturns(const char *path);
void write_noreturns(struct object *obj, const char *path);
void follow(struct object *obj);
bool has_switch(struct object *obj, __u64 addr);

/* A way out of an instruction */
enum way_kind {
	WAY_NEXT,
	WAY_BRANCH,
	WAY_EXTABLE,
	WAY_JUMP_LABEL,
	WAY_REPLACEMENT,
	WAY_REPLACED,		/* no way, but an instruction of replacement code */
};

struct insn;

struct way {
	__u64 from;
	__u64 to;		/* 0: to another file */
	const char *external;	/* its name there */
	enum way_kind kind;
	bool replaced;		/* by replacement code, of which @from is the place */
	struct regs regs;	/* on arrival; WAY_REPLACED: before the instruction */
	const struct insn *insn;	/* WAY_REPLACED only */
};

typedef void (*way_fn)(struct object *obj, const struct way *way, void *arg);
bool is_to_own_end(struct object *obj, const struct way *way);
bool returns_to_end(const struct object *obj, const struct text *text, __u32 index,
		    const struct insn *insn);
void visit_ways(struct object *obj, struct text *text, __u32 index, way_fn fn, void *arg);

/* check.c */

/* What a finding makes unreliable, the least first */
enum finding_scope {
	SCOPE_ROW,		/* the instructions for which a row of CFI is wrong */
	SCOPE_FUNCTION,		/* the function */
	SCOPE_CALLERS,		/* its callers as well, which nothing marks: an error */
};

struct finding {
	__u64 addr;
	enum finding_kind kind;
	enum finding_scope scope;
	const char *text;
};

struct totals {
	size_t functions, reliable_functions;
	size_t insns, reliable, not_below, no_cfi, bad, row_wrong, unreached, padding;
	size_t found[NR_FINDINGS];
};

extern const char * const finding_names[NR_FINDINGS];

const struct fde *fde_at(const struct object *obj, __u64 addr);
void check_object(struct object *obj);
void print_findings(const struct object *obj, const char *all);
void count(struct object *obj, struct totals *totals);
const char *why_unreliable(const struct object *obj, const struct slot *slot);

/* table.c */
struct place {
	__u8 where;		/* enum unwind_where */
	__s32 off;
};

enum { MAX_PLACES = 4 };

int ra_places(const struct object *obj, const struct slot *slot, struct place *place);
int fp_places(const struct object *obj, const struct slot *slot, struct place *place);
bool slot_reliable(const struct slot *slot);
void table_write(struct object *obj, const char *out, unsigned int shift, bool literal,
		 bool quiet);
int table_verify(struct object *obj);

/* dump.c */
int dump_object(struct object *obj, const char *function);
void dump_rows(struct object *obj);

#endif
