// SPDX-License-Identifier: GPL-2.0-only
/*
 * Change object files that have CFI, make their tables by unwindtool, and execute them:
 * what the table still calls reliable has to be right.
 *
 * In each round one thing is changed in every function: an instruction, where a branch
 * goes, or a byte of the function's CFI. A function that the tool calls an error, or that
 * makes it refuse the file, gets its old content back, until there is a table. Then all
 * functions are executed. When one disagrees with the table, its change is tried alone, and
 * the file is kept.
 *
 * Not found, because nobody can tell from one function: stores over the frame record by
 * a register other than SP or x29. Such a path ends, and is counted as a stray store.
 */

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "execute.h"

static const char usage[] =
"usage: mutate --tool UNWINDTOOL --work DIR [--seed S] [--count N] FILE.o...\n"
"\n"
"Changes functions of object files N times (default 1000), in rounds of one change a\n"
"function, has UNWINDTOOL make a table of the result, and executes that. DIR is where files\n"
"are written to, and where one is kept that shows a fault.\n"
"\n"
"Exit status: 0 if no table was wrong, 1 if one was, 2 if something else went wrong.\n";

enum how {
	HOW_BIT,		/* another bit */
	HOW_OTHER,		/* another instruction of the file */
	HOW_FRAME,		/* one of those that make and unmake frames */
	HOW_SWAP,		/* the next one comes before */
	HOW_REGISTER,		/* a register is SP, x29, x30 or x18 */
	HOW_NUMBER,		/* an immediate is a little more or less */
	HOW_BRANCH,		/* goes somewhere else in the function */
	HOW_CALL,		/* calls and does not come back, or the other way round */
	HOW_CFI,
	NR_HOW
};

static const char * const how_names[NR_HOW] = {
	"one bit", "another instruction", "frame instruction", "swapped", "register", "immediate",
	"branch target", "call or branch", "byte of CFI",
};

enum outcome {
	PENDING,
	REFUSED,		/* an error, or the file cannot be read */
	UNRELIABLE,		/* less is reliable than before */
	SAME,			/* as much is */
	WRONG,
	NR_OUTCOMES
};

struct change {
	size_t function;
	uint64_t offset;	/* in the function */
	size_t at;		/* in the file */
	size_t size;
	uint8_t bytes[8];
	size_t relocation;	/* its type, in the file, which becomes none; 0: stays as it is */
	enum how how;
	enum outcome outcome;
};

/* An FDE's operations, and where that is in its section */
struct program {
	size_t at;
	size_t size;
	size_t fde;
	size_t fde_end;
};

struct subject {
	const char *name;
	uint8_t *data;
	size_t size;
	struct image img;	/* without any change, with a table */
	size_t *at;		/* by function: where it is in the file, 0: it is not changed */
	struct program *program;	/* by function */
	unsigned long *reliable;	/* by function: instructions */
	uint32_t *relocation;	/* by word: where the type of its relocation is */
	size_t nr;		/* functions to be changed */
};

static const char *tool, *work;
static char mutant[PATH_MAX], messages[PATH_MAX], findings[PATH_MAX];
static struct options options = { .seed = 1, .paths = 2 };
static struct counts counts;
static uint64_t state;
static unsigned long tried[NR_HOW], results[NR_HOW][NR_OUTCOMES], rounds, runs, wrong;

static uint64_t any(uint64_t below)
{
	return random_next(&state) % below;
}

static uint32_t get32(const uint8_t *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

static void put32(uint8_t *p, uint32_t value)
{
	int i;

	for (i = 0; i < 4; i++)
		p[i] = value >> 8 * i;
}

static void write_file(const char *name, const void *data, size_t size)
{
	FILE *file = fopen(name, "w");

	if (!file || fwrite(data, 1, size, file) != size || fclose(file))
		die(name, "%s", strerror(errno));
}

/* Return: the tool's exit status */
static int make_table(const char *name)
{
	int status, fd;
	pid_t child;

	runs++;
	child = fork();
	if (child < 0)
		die(tool, "%s", strerror(errno));
	if (!child) {
		fd = open(messages, O_WRONLY | O_CREAT | O_TRUNC, 0666);
		if (fd < 0 || dup2(fd, 2) < 0)
			_exit(126);
		execl(tool, tool, "table", "--quiet", "--findings", findings, name, NULL);
		_exit(127);
	}
	if (waitpid(child, &status, 0) != child)
		die(tool, "%s", strerror(errno));
	if (!WIFEXITED(status) || WEXITSTATUS(status) > 2)
		die(name, "%s ends with wait status 0x%x", tool, status);
	return WEXITSTATUS(status);
}

static void read_again(struct subject *s)
{
	FILE *file = fopen(s->name, "r");

	if (!file || fread(s->data, 1, s->size, file) != s->size)
		die(s->name, "cannot be read again");
	fclose(file);
}

static unsigned long count_reliable(const struct image *img, const struct function *f)
{
	uint32_t i = image_index(img, f->start), end = function_end(img, f);
	unsigned long nr = 0;

	for (; i < end; i++)
		nr += image_reliable(img, i);
	return nr;
}

/* Where everything is in the file that can be changed */
static void locate(struct subject *s)
{
	struct image *img = &s->img;
	GElf_Shdr shdr, target;
	Elf_Scn *scn = NULL;
	size_t i, at;

	while ((scn = elf_nextscn(img->elf, scn))) {
		uint64_t address = img->section[elf_ndxscn(scn)];

		gelf_getshdr(scn, &shdr);
		if (shdr.sh_flags & SHF_EXECINSTR && shdr.sh_type == SHT_PROGBITS)
			for (i = 0; i < img->nr_functions; i++)
				if (img->function[i].start >= address &&
				    img->function[i].end <= address + shdr.sh_size)
					s->at[i] = shdr.sh_offset + img->function[i].start - address;
		if (shdr.sh_type != SHT_RELA)
			continue;
		gelf_getshdr(elf_getscn(img->elf, shdr.sh_info), &target);
		address = img->section[shdr.sh_info];
		for (at = 0; at + sizeof(Elf64_Rela) <= shdr.sh_size; at += sizeof(Elf64_Rela)) {
			Elf64_Rela rela;
			uint32_t word;

			memcpy(&rela, s->data + shdr.sh_offset + at, sizeof(rela));
			word = image_index(img, address + rela.r_offset);
			if (target.sh_flags & SHF_EXECINSTR && word != OUTSIDE)
				s->relocation[word] = shdr.sh_offset + at +
					offsetof(Elf64_Rela, r_info);
		}
	}
}

static uint64_t leb128(const uint8_t **p, const uint8_t *end)
{
	uint64_t value = 0;
	unsigned int shift = 0;

	while (*p < end) {
		value |= (uint64_t)(**p & 0x7f) << shift;
		shift += 7;
		if (!(*(*p)++ & 0x80))
			break;
	}
	return value;
}

static void add_program(struct subject *s, uint64_t start, const struct program *program)
{
	size_t i;

	for (i = 0; i < s->img.nr_functions; i++)
		if (s->img.function[i].start == start)
			s->program[i] = *program;
}

/* The FDEs of .eh_frame: in object files, a relocation says where the function begins */
static void read_cfi(struct subject *s, const GElf_Shdr *cfi, const GElf_Shdr *relas,
		     const Elf64_Sym *symbol)
{
	const uint8_t *data = s->data + cfi->sh_offset, *p, *end;
	size_t at, k, size;
	Elf64_Rela rela;

	for (at = 0; at + 8 <= cfi->sh_size; at += 4 + size) {
		size = get32(data + at);
		if (!size || size > cfi->sh_size - at - 4)
			return;
		/* A CIE, and not an FDE */
		if (!get32(data + at + 4) || size < 16)
			continue;
		p = data + at + 16;
		end = data + at + 4 + size;
		k = leb128(&p, end);
		p += k;
		if (p >= end)
			continue;
		for (k = 0; k + sizeof(rela) <= relas->sh_size; k += sizeof(rela)) {
			struct program program = { p - s->data, end - p, at, at + 4 + size };
			const Elf64_Sym *sym;

			memcpy(&rela, s->data + relas->sh_offset + k, sizeof(rela));
			if (rela.r_offset != at + 8)
				continue;
			sym = &symbol[ELF64_R_SYM(rela.r_info)];
			add_program(s, s->img.section[sym->st_shndx] + sym->st_value +
				    rela.r_addend, &program);
		}
	}
}

static void find_cfi(struct subject *s)
{
	struct image *img = &s->img;
	GElf_Shdr shdr, cfi, symbols;
	Elf_Scn *scn = NULL;
	size_t strings;
	const char *name;

	elf_getshdrstrndx(img->elf, &strings);
	while ((scn = elf_nextscn(img->elf, scn))) {
		gelf_getshdr(scn, &shdr);
		if (shdr.sh_type != SHT_RELA)
			continue;
		gelf_getshdr(elf_getscn(img->elf, shdr.sh_info), &cfi);
		name = elf_strptr(img->elf, strings, cfi.sh_name);
		if (!name || strcmp(name, ".eh_frame"))
			continue;
		gelf_getshdr(elf_getscn(img->elf, shdr.sh_link), &symbols);
		read_cfi(s, &cfi, &shdr, (Elf64_Sym *)(s->data + symbols.sh_offset));
	}
}

/* Return: false if there is nothing to be changed */
static bool open_subject(struct subject *s, const char *name)
{
	struct image table;
	size_t i;

	memset(s, 0, sizeof(*s));
	s->name = name;
	image_open(&s->img, name, NULL, false);
	if (!s->img.relocatable)
		die(name, "is not an object file");
	s->size = s->img.size;
	s->data = zalloc(s->size, 1);
	/* As it is in the file: relocations are done in the other one */
	read_again(s);
	write_file(mutant, s->data, s->size);
	if (make_table(mutant))
		die(name, "%s makes no table of it: see %s", tool, messages);
	s->at = zalloc(s->img.nr_functions, sizeof(*s->at));
	s->program = zalloc(s->img.nr_functions, sizeof(*s->program));
	s->reliable = zalloc(s->img.nr_functions, sizeof(*s->reliable));
	s->relocation = zalloc(s->img.nr, sizeof(*s->relocation));
	locate(s);
	find_cfi(s);
	image_open(&table, mutant, NULL, false);
	if (table.nr_functions != s->img.nr_functions)
		die(name, "has other functions with a table");
	for (i = 0; i < s->img.nr_functions; i++) {
		s->reliable[i] = count_reliable(&table, &table.function[i]);
		if (s->reliable[i] && s->at[i] && s->img.function[i].end - s->img.function[i].start >= 8)
			s->nr++;
		else
			s->at[i] = 0;
	}
	image_close(&table);
	return s->nr;
}

static void close_subject(struct subject *s)
{
	image_close(&s->img);
	free(s->data);
	free(s->at);
	free(s->program);
	free(s->reliable);
	free(s->relocation);
}

/* What makes and unmakes frames */
static const uint32_t frame_words[] = {
	0xd65f03c0,	/* ret */
	0xd65f0120,	/* ret x9 */
	0xd61f03c0,	/* br x30 */
	0x910003fd,	/* mov x29, sp */
	0x910043fd,	/* add x29, sp, #16 */
	0x910003bf,	/* mov sp, x29 */
	0xa9bf7bfd,	/* stp x29, x30, [sp, #-16]! */
	0xa9017bfd,	/* stp x29, x30, [sp, #16] */
	0xa8c17bfd,	/* ldp x29, x30, [sp], #16 */
	0xa9407bfd,	/* ldp x29, x30, [sp] */
	0xf81f0ffe,	/* str x30, [sp, #-16]! */
	0xf84107fe,	/* ldr x30, [sp], #16 */
	0xf90003e0,	/* str x0, [sp] */
	0xf90007e0,	/* str x0, [sp, #8] */
	0xf90007a0,	/* str x0, [x29, #8] */
	0xa90007a0,	/* stp x0, x1, [x29] */
	0xb9000be0,	/* str w0, [sp, #8] */
	0x3d8003e0,	/* str q0, [sp] */
	0x290007a0,	/* stp w0, w1, [x29] */
	0xad0007e0,	/* stp q0, q1, [sp] */
	0xf83f03e0,	/* ldadd xzr, x0, [sp] */
	0xf83e83a0,	/* swp x30, x0, [x29] */
	0xc8a07fe1,	/* cas x0, x1, [sp] */
	0xc89fffe0,	/* stlr x0, [sp] */
	0x0c007be0,	/* st1 {v0.2s}, [sp] */
	0xd10043ff,	/* sub sp, sp, #16 */
	0x910043ff,	/* add sp, sp, #16 */
	0xcb2163ff,	/* sub sp, sp, x1 */
	0x9100001f,	/* mov sp, x0 */
	0xaa0003fe,	/* mov x30, x0 */
	0xaa1e03e9,	/* mov x9, x30 */
	0xaa0903fe,	/* mov x30, x9 */
	0xaa0003fd,	/* mov x29, x0 */
	0xf94003bd,	/* ldr x29, [x29] */
	0xf94007be,	/* ldr x30, [x29, #8] */
	0xf800865e,	/* str x30, [x18], #8 */
	0xf85f8e5e,	/* ldr x30, [x18, #-8]! */
	0x91002252,	/* add x18, x18, #8 */
	0xd503233f,	/* paciasp */
	0xd50323bf,	/* autiasp */
	0xd503201f,	/* nop */
	0xd4210000,	/* brk #0x800 */
	0xd69f03e0,	/* eret */
};

/* Does a word name SP, x29 or x30, or look as if it did? */
static bool is_about_frames(uint32_t word)
{
	return (word & 31) >= 29 || (word >> 5 & 31) >= 29 || (word >> 10 & 31) >= 29;
}

static uint32_t with_register(uint32_t word)
{
	static const uint32_t regs[] = { 29, 30, 31, 18 };
	static const unsigned int shifts[] = { 0, 0, 5, 10, 16 };
	unsigned int shift = shifts[any(5)];

	return (word & ~(31U << shift)) | regs[any(4)] << shift;
}

static uint32_t with_number(uint32_t word)
{
	static const unsigned int shifts[] = { 10, 12, 15 };
	uint32_t by = (1 + any(4)) << shifts[any(3)];

	return (word & ~0x003ffc00) | ((any(2) ? word + by : word - by) & 0x003ffc00);
}

/* A branch to somewhere else in its function, or a word that becomes one */
static uint32_t with_target(uint32_t word, uint32_t index, uint32_t first, uint32_t nr)
{
	uint32_t offset = first + any(nr) - index;
	struct decoded d;

	decode(word, 0, &d);
	switch (d.kind) {
	case KIND_BRANCH:
	case KIND_CALL:
		if ((word & 0x7c000000) == 0x14000000)
			return (word & 0xfc000000) | (offset & 0x03ffffff);
		break;
	case KIND_CONDITIONAL:
		if ((word & 0x7e000000) == 0x36000000)
			return (word & ~0x0007ffe0U) | (offset & 0x3fff) << 5;
		return (word & ~0x00ffffe0U) | (offset & 0x7ffff) << 5;
	default:
		break;
	}
	return any(2) ? 0x14000000 | (offset & 0x03ffffff) : 0x54000000 | (offset & 0x7ffff) << 5;
}

static bool change_cfi(const struct subject *s, struct change *c)
{
	const struct program *p = &s->program[c->function];
	uint8_t byte;

	if (!p->size)
		return false;
	c->at = p->at + any(p->size);
	c->offset = c->at;
	c->size = 1;
	byte = s->data[c->at];
	switch (any(4)) {
	case 0:
		byte = random_next(&state);
		break;
	case 1:
		byte ^= 1U << any(8);
		break;
	case 2:
		byte = s->data[p->at + any(p->size)];
		break;
	default:
		byte += any(2) ? 1 : -1;
	}
	c->bytes[0] = byte;
	return byte != s->data[c->at];
}

/* Return: false if nothing came of it */
static bool make_change(const struct subject *s, size_t function, struct change *c)
{
	const struct function *f = &s->img.function[function];
	uint32_t first = image_index(&s->img, f->start), nr = (f->end - f->start) / 4;
	uint32_t word, index, tries;

	memset(c, 0, sizeof(*c));
	c->function = function;
	c->how = any(NR_HOW);
	if (c->how == HOW_CFI)
		return change_cfi(s, c);
	for (tries = any(2) ? 8 : 1; tries; tries--) {
		index = first + any(nr);
		if (is_about_frames(get32(s->data + s->at[function] + 4 * (index - first))))
			break;
	}
	c->offset = 4 * (index - first);
	c->at = s->at[function] + c->offset;
	c->size = 4;
	c->relocation = s->relocation[index];
	word = get32(s->data + c->at);
	put32(c->bytes, word);
	switch (c->how) {
	case HOW_BIT:
		word ^= 1U << any(32);
		break;
	case HOW_OTHER:
		function = any(s->img.nr_functions);
		f = &s->img.function[function];
		if (!s->at[function])
			return false;
		word = get32(s->data + s->at[function] + 4 * any((f->end - f->start) / 4));
		break;
	case HOW_FRAME:
		word = frame_words[any(sizeof(frame_words) / sizeof(*frame_words))];
		break;
	case HOW_SWAP:
		if (index + 1 == first + nr || c->relocation || s->relocation[index + 1])
			return false;
		memcpy(c->bytes, s->data + c->at + 4, 4);
		memcpy(c->bytes + 4, s->data + c->at, 4);
		c->size = 8;
		return memcmp(c->bytes, c->bytes + 4, 4);
	case HOW_REGISTER:
		word = with_register(word);
		break;
	case HOW_NUMBER:
		word = with_number(word);
		break;
	case HOW_BRANCH:
		word = with_target(word, index, first, nr);
		break;
	case HOW_CALL:
		if ((word & 0x7c000000) != 0x14000000)
			return false;
		word ^= 0x80000000;
		c->relocation = 0;
		break;
	default:
		return false;
	}
	put32(c->bytes, word);
	return word != get32(s->data + c->at);
}

static int make_mutant(const struct subject *s, const struct change *change, size_t nr)
{
	uint8_t *data = zalloc(s->size, 1);
	size_t i;
	int status;

	memcpy(data, s->data, s->size);
	for (i = 0; i < nr; i++) {
		const struct change *c = &change[i];

		if (c->outcome == REFUSED)
			continue;
		memcpy(data + c->at, c->bytes, c->size);
		if (c->relocation)
			put32(data + c->relocation, R_AARCH64_NONE);
	}
	write_file(mutant, data, s->size);
	free(data);
	status = make_table(mutant);
	return status;
}

/* What is in a line that the tool has written: "FILE: error: NAME()+0x...", and the like */
static bool names(const struct subject *s, const struct change *c, const char *line)
{
	const struct program *p = &s->program[c->function];
	const char *function = s->img.function[c->function].name;
	const char *error = strstr(line, ": error: "), *cfi = strstr(line, ".eh_frame+0x");
	unsigned long at;

	if (!error)
		return false;
	error += strlen(": error: ");
	if (!strncmp(error, function, strlen(function)) &&
	    !strncmp(error + strlen(function), "()+0x", 5))
		return true;
	if (c->how != HOW_CFI || !cfi)
		return false;
	at = strtoul(cfi + strlen(".eh_frame+"), NULL, 16);
	return at >= p->fde && at <= p->fde_end;
}

/* Take back what the tool's messages name. Return: whether they name any */
static bool take_back(const struct subject *s, struct change *change, size_t nr)
{
	const char *files[] = { messages, findings };
	char line[1024];
	bool any = false;
	FILE *file;
	size_t i, k;

	for (k = 0; k < 2; k++) {
		file = fopen(files[k], "r");
		while (file && fgets(line, sizeof(line), file)) {
			for (i = 0; i < nr; i++) {
				if (change[i].outcome == REFUSED || !names(s, &change[i], line))
					continue;
				change[i].outcome = REFUSED;
				any = true;
			}
		}
		if (file)
			fclose(file);
	}
	return any;
}

/* Take back what keeps the tool from making a table */
static void settle(const struct subject *s, struct change *change, size_t nr)
{
	size_t i;

	while (make_mutant(s, change, nr)) {
		if (take_back(s, change, nr))
			continue;
		if (nr == 1) {
			change->outcome = REFUSED;
			continue;
		}
		settle(s, change, nr / 2);
		settle(s, change + nr / 2, nr - nr / 2);
		if (!make_mutant(s, change, nr))
			return;
		if (take_back(s, change, nr))
			continue;
		/* Each for itself is well */
		for (i = 0; i < nr; i++)
			change[i].outcome = REFUSED;
	}
}

/* Execute all of the mutant. Return: the number of functions with a wrong table */
static unsigned long execute(const struct subject *s, struct change *change, size_t nr, bool judge,
			     char *report, size_t size)
{
	struct image img;
	struct machine *m;
	unsigned long bad = 0;
	size_t i, k;

	image_open(&img, mutant, NULL, false);
	image_find_never_returns(&img);
	img.shadow_stack = s->img.shadow_stack;
	m = machine_open(&img, &options, &counts);
	for (i = k = 0; i < img.nr_functions; i++) {
		const struct function *f = &img.function[i];
		bool right = f->part || f->start == f->end || machine_run(m, f, report, size);

		bad += !right;
		while (k < nr && change[k].function < i)
			k++;
		if (!judge || k == nr || change[k].function != i || change[k].outcome == REFUSED)
			continue;
		change[k].outcome = !right ? WRONG :
			count_reliable(&img, f) < s->reliable[i] ? UNRELIABLE : SAME;
	}
	machine_close(m);
	image_close(&img);
	return bad;
}

static void describe(const struct subject *s, const struct change *c)
{
	const struct function *f = &s->img.function[c->function];
	size_t i;

	printf("%s: %s()+0x%lx, %s:", s->name, f->name, (unsigned long)c->offset, how_names[c->how]);
	for (i = 0; i < c->size; i += 4)
		printf(c->size == 1 ? " %02x" : " %08x", c->size == 1 ? s->data[c->at + i] :
		       get32(s->data + c->at + i));
	printf(" became");
	for (i = 0; i < c->size; i += 4)
		printf(c->size == 1 ? " %02x" : " %08x", c->size == 1 ? c->bytes[i] :
		       get32(c->bytes + i));
	putchar('\n');
}

/* Keep the mutant. Return: its name from now on */
static const char *keep(void)
{
	static char kept[PATH_MAX];

	snprintf(kept, sizeof(kept), "%.4000s/wrong-%lu.o", work, wrong++);
	if (rename(mutant, kept))
		die(kept, "%s", strerror(errno));
	return kept;
}

/* Which changes make it wrong alone: if none does, it is several together */
static void blame(const struct subject *s, struct change *change, size_t nr, const char *report)
{
	unsigned long before = wrong;
	char alone[4096];
	size_t i;

	for (i = 0; i < nr; i++) {
		if (change[i].outcome != WRONG || make_mutant(s, &change[i], 1) ||
		    !execute(s, &change[i], 1, false, alone, sizeof(alone)))
			continue;
		describe(s, &change[i]);
		printf("%s: %s\n", keep(), alone);
	}
	if (before != wrong)
		return;
	make_mutant(s, change, nr);
	printf("%s: no change alone makes it wrong: %s\n", keep(), report);
}

static void round_of(const struct subject *s, unsigned long most)
{
	struct change *change = zalloc(s->nr, sizeof(*change));
	char report[4096];
	size_t i, nr = 0;

	for (i = 0; i < s->img.nr_functions && nr < most; i++)
		if (s->at[i] && make_change(s, i, &change[nr]))
			nr++;
	rounds++;
	settle(s, change, nr);
	if (execute(s, change, nr, true, report, sizeof(report)))
		blame(s, change, nr, report);
	for (i = 0; i < nr; i++) {
		tried[change[i].how]++;
		results[change[i].how][change[i].outcome]++;
	}
	free(change);
}

static unsigned long all_tried(void)
{
	unsigned long sum = 0;
	int how;

	for (how = 0; how < NR_HOW; how++)
		sum += tried[how];
	return sum;
}

static void print_results(void)
{
	int how;

	printf("%-20s %9s %9s %11s %9s %9s\n", "what was changed", "changes", "refused",
	       "unreliable", "reliable", "wrong");
	for (how = 0; how < NR_HOW; how++)
		printf("%-20s %9lu %9lu %11lu %9lu %9lu\n", how_names[how], tried[how],
		       results[how][REFUSED], results[how][UNRELIABLE], results[how][SAME],
		       results[how][WRONG]);
	printf("%lu changes in %lu rounds, %lu runs of the tool; %lu functions on %lu paths, %lu points compared, %lu stray stores; %lu wrong\n",
	       all_tried(), rounds, runs, counts.functions, counts.paths, counts.compared,
	       counts.strays, wrong);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "tool", required_argument, NULL, 't' },
		{ "work", required_argument, NULL, 'w' },
		{ "seed", required_argument, NULL, 's' },
		{ "count", required_argument, NULL, 'c' },
		{ NULL, 0, NULL, 0 },
	};
	unsigned long count = 1000, before, idle = 0;
	struct subject *subject;
	size_t i, nr = 0;
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (c) {
		case 't':
			tool = optarg;
			break;
		case 'w':
			work = optarg;
			break;
		case 's':
			options.seed = strtoull(optarg, NULL, 0);
			break;
		case 'c':
			count = strtoul(optarg, NULL, 0);
			break;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	if (!tool || !work || optind == argc) {
		fputs(usage, stderr);
		return 2;
	}
	snprintf(mutant, sizeof(mutant), "%s/mutant.o", work);
	snprintf(messages, sizeof(messages), "%s/messages", work);
	snprintf(findings, sizeof(findings), "%s/findings", work);
	state = options.seed;
	subject = zalloc(argc - optind, sizeof(*subject));
	for (; optind < argc; optind++) {
		if (open_subject(&subject[nr], argv[optind]))
			nr++;
		else
			close_subject(&subject[nr]);
	}
	if (!nr)
		die(work, "no file has anything to be changed");
	do {
		before = all_tried();
		for (i = 0; i < nr && all_tried() < count; i++)
			round_of(&subject[i], count - all_tried());
		/* Now and then nothing comes of any */
		idle = before == all_tried() ? idle + 1 : 0;
		if (idle > 1000)
			die(work, "nothing can be changed");
	} while (all_tried() < count);
	print_results();
	for (i = 0; i < nr; i++)
		close_subject(&subject[i]);
	free(subject);
	return wrong ? 1 : 0;
}
