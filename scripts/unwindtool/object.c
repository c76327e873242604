// SPDX-License-Identifier: GPL-2.0-only
/*
 * Read an ELF file: code, symbols, and the tables by which the kernel sends
 * control where no instruction says so (__ex_table and its like).
 *
 * In a relocatable file every section with code or tables gets an address of
 * its own, far from the others, and is relocated to it: from then on it is
 * read like a linked one.
 */

#include <errno.h>
#include <fcntl.h>
#include <libelf.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "insn.h"
#include "object.h"

#ifndef R_AARCH64_PLT32		/* elfutils 0.188 does not have it */
#define R_AARCH64_PLT32	314
#endif

/*
 * The made-up addresses of a relocatable file: room between two sections, and where
 * they are. A place may be 32 bits, relative to another, and what is not in this file
 * is at 0: neither must end up in a section that it is not about.
 */
#define SECTION_GAP	0x1000ULL
#define REL_BASE	0x140000000ULL
#define REL_END		0x180000000ULL

void begin_error(const char *file)
{
	fflush(stdout);
	fprintf(stderr, "unwindtool: error: %s: ", file);
}

void *xcalloc(size_t nr, size_t size)
{
	void *p = calloc(nr ? nr : 1, size);

	if (!p)
		die("memory", "cannot allocate %zu times %zu bytes", nr, size);
	return p;
}

/**
 * keep_text - put something into words
 * @obj: the file that it is about
 * @fmt: as of printf()
 *
 * Return: the text, which is there as long as the file is open; the same as last time, if
 * that is the same text.
 */
const char *keep_text(struct object *obj, const char *fmt, ...)
{
	char text[128];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (obj->nr_kept && !strcmp(obj->text_kept[obj->nr_kept - 1], text))
		return obj->text_kept[obj->nr_kept - 1];
	obj->text_kept = grow(obj->text_kept, obj->nr_kept, sizeof(*obj->text_kept));
	obj->text_kept[obj->nr_kept] = xcalloc(1, strlen(text) + 1);
	memcpy(obj->text_kept[obj->nr_kept], text, strlen(text));
	return obj->text_kept[obj->nr_kept++];
}

/**
 * nr_below - bisect an array
 * @array: sorted by the address, a __u64, that each member begins with
 * @nr: number of members
 * @size: of a member, in bytes
 * @addr: an address
 *
 * Return: how many members have an address below @addr.
 */
size_t nr_below(const void *array, size_t nr, size_t size, __u64 addr)
{
	size_t low = 0, high = nr, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (*(const __u64 *)((const char *)array + mid * size) < addr)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* The same, for those that have @addr itself as well */
size_t nr_up_to(const void *array, size_t nr, size_t size, __u64 addr)
{
	return addr == UINT64_MAX ? nr : nr_below(array, nr, size, addr + 1);
}

/* Room for one more member of an array that has @nr, in powers of two */
void *grow(void *array, size_t nr, size_t size)
{
	if (nr & (nr - 1))
		return array;
	array = realloc(array, (nr ? nr * 2 : 1) * size);
	if (!array)
		die("memory", "cannot allocate %zu times %zu bytes", nr * 2, size);
	return array;
}

/* The next section of a name, behind @scn, or from the first on */
static Elf_Scn *next_section(struct object *obj, Elf_Scn *scn, const char *name,
			     GElf_Shdr *shdr)
{
	const char *s;

	while ((scn = elf_nextscn(obj->elf, scn))) {
		if (!gelf_getshdr(scn, shdr))
			die(obj->name, "section header %zu cannot be read: %s",
			    elf_ndxscn(scn), elf_errmsg(-1));
		s = elf_strptr(obj->elf, obj->shstrndx, shdr->sh_name);
		if (s && !strcmp(s, name))
			return scn;
	}
	return NULL;
}

bool has_section(struct object *obj, const char *name)
{
	GElf_Shdr shdr;

	return next_section(obj, NULL, name, &shdr);
}

/* The bytes of a section, decompressed, in a copy that may be written */
static __u8 *copy_section(struct object *obj, Elf_Scn *scn, size_t *size)
{
	size_t index = elf_ndxscn(scn);
	GElf_Shdr shdr;
	Elf_Data *data;
	__u8 *copy;

	if (!gelf_getshdr(scn, &shdr))
		die(obj->name, "section %zu: %s", index, elf_errmsg(-1));
	if (shdr.sh_type == SHT_NOBITS) {
		*size = 0;
		return xcalloc(1, 1);
	}
	if ((shdr.sh_flags & SHF_COMPRESSED) && elf_compress(scn, 0, 0) < 0)
		die(obj->name, "section %zu: cannot decompress: %s", index, elf_errmsg(-1));
	data = elf_rawdata(scn, NULL);
	if (!data)
		die(obj->name, "section %zu: %s", index, elf_errmsg(-1));
	*size = data->d_size;
	copy = xcalloc(data->d_size, 1);
	if (data->d_size && data->d_buf)
		memcpy(copy, data->d_buf, data->d_size);
	return copy;
}

/* More sections than a symbol can name have their numbers in a section of their own */
static void open_symtab(struct object *obj)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr shdr;

	obj->symscn = next_section(obj, NULL, ".symtab", &shdr);
	if (!obj->symscn)
		die(obj->name, "no symbol table: was it stripped?");
	if (shdr.sh_type != SHT_SYMTAB || shdr.sh_entsize != sizeof(Elf64_Sym))
		die(obj->name, ".symtab is not a symbol table");
	obj->strings = shdr.sh_link;
	obj->first_global = shdr.sh_info;
	obj->symtab = elf_getdata(obj->symscn, NULL);
	if (!obj->symtab)
		die(obj->name, ".symtab: %s", elf_errmsg(-1));
	while ((scn = elf_nextscn(obj->elf, scn))) {
		if (!gelf_getshdr(scn, &shdr) || shdr.sh_type != SHT_SYMTAB_SHNDX ||
		    shdr.sh_link != elf_ndxscn(obj->symscn))
			continue;
		obj->symtab_shndx = elf_getdata(scn, NULL);
		if (!obj->symtab_shndx)
			die(obj->name, "section %zu: %s", elf_ndxscn(scn), elf_errmsg(-1));
	}
}

/* @section: of the symbol, SHN_UNDEF: of none in this file, NO_SECTION: it is a number */
static bool get_symbol(const struct object *obj, int i, GElf_Sym *sym, __u32 *section)
{
	GElf_Word number = 0;

	if (!gelf_getsymshndx(obj->symtab, obj->symtab_shndx, i, sym, &number))
		return false;
	*section = sym->st_shndx;
	if (sym->st_shndx == SHN_XINDEX)
		*section = number;
	else if (sym->st_shndx == SHN_COMMON)
		*section = SHN_UNDEF;
	else if (sym->st_shndx >= SHN_LORESERVE)
		*section = NO_SECTION;
	if (*section != NO_SECTION && *section >= obj->nr_sections)
		die(obj->name, "symbol %d is in section %u, which is not there", i, *section);
	return true;
}

/* A symbol's address, as made up in relocatable files */
static __u64 sym_addr(const struct object *obj, const GElf_Sym *sym, __u32 section)
{
	return sym->st_value + (obj->rel && section != NO_SECTION ? obj->sec_addr[section] : 0);
}

static void put(__u8 *p, __u64 value, int size)
{
	while (size--) {
		*p++ = value;
		value >>= 8;
	}
}

static __u64 get(const __u8 *p, int size)
{
	__u64 value = 0;

	while (size--)
		value = value << 8 | p[size];
	return value;
}

/* Resolve one relocation against the symbol table, into S + A */
static bool resolve(struct object *obj, const GElf_Rela *rela, __u64 *value)
{
	__u32 section;
	GElf_Sym sym;

	if (!get_symbol(obj, GELF_R_SYM(rela->r_info), &sym, &section))
		die(obj->name, "a relocation names symbol %lu, which is not there",
		    (unsigned long)GELF_R_SYM(rela->r_info));
	*value = 0;
	if (section == SHN_UNDEF)
		return false;
	*value = sym_addr(obj, &sym, section) + rela->r_addend;
	return true;
}

typedef void (*rela_fn)(struct object *obj, const GElf_Rela *rela, void *arg);

/* Call a function for each relocation of a section */
static void visit_relas(struct object *obj, size_t section, rela_fn fn, void *arg)
{
	Elf_Data *data;
	GElf_Rela rela;
	GElf_Shdr shdr;
	Elf_Scn *scn;
	size_t number, i;

	if (!obj->rel)
		return;
	for (number = obj->first_rela[section]; number; number = obj->next_rela[number]) {
		scn = elf_getscn(obj->elf, number);
		if (!scn || !gelf_getshdr(scn, &shdr) || shdr.sh_link != elf_ndxscn(obj->symscn))
			die(obj->name, "relocations of section %zu are not by .symtab's symbols",
			    section);
		data = elf_getdata(scn, NULL);
		if (!data)
			die(obj->name, "relocations of section %zu: %s", section, elf_errmsg(-1));
		for (i = 0; gelf_getrela(data, i, &rela); i++)
			fn(obj, &rela, arg);
	}
}

struct contents {
	__u8 *data;
	size_t size;
	__u64 addr;
	const char *name;
};

/* Data relocations; those of instructions are for text_rela() */
static void data_rela(struct object *obj, const GElf_Rela *rela, void *arg)
{
	struct contents *c = arg;
	__u64 value;
	int size;

	switch (GELF_R_TYPE(rela->r_info)) {
	case R_AARCH64_NONE:
		return;
	case R_AARCH64_ABS64:
	case R_AARCH64_PREL64:
		size = 8;
		break;
	case R_AARCH64_ABS32:
	case R_AARCH64_PREL32:
	case R_AARCH64_PLT32:
		size = 4;
		break;
	case R_AARCH64_ABS16:
	case R_AARCH64_PREL16:
		size = 2;
		break;
	default:
		die(obj->name, "%s: relocation type %lu is not known here", c->name,
		    (unsigned long)GELF_R_TYPE(rela->r_info));
	}
	if (rela->r_offset > c->size || c->size - rela->r_offset < (size_t)size)
		die(obj->name, "%s: a relocation is out of bounds", c->name);
	/* What is not in this file has no place in what is read here */
	if (!resolve(obj, rela, &value)) {
		put(c->data + rela->r_offset, 0, size);
		return;
	}
	switch (GELF_R_TYPE(rela->r_info)) {
	case R_AARCH64_PREL64:
	case R_AARCH64_PREL32:
	case R_AARCH64_PLT32:
	case R_AARCH64_PREL16:
		value -= c->addr + rela->r_offset;
	}
	put(c->data + rela->r_offset, value, size);
}

static __u8 *relocated(struct object *obj, Elf_Scn *scn, const char *name, size_t *size,
		       __u64 *addr)
{
	struct contents c = { .name = name };
	GElf_Shdr shdr;

	if (!gelf_getshdr(scn, &shdr) || shdr.sh_type == SHT_NOBITS)
		return NULL;
	c.data = copy_section(obj, scn, &c.size);
	c.addr = obj->rel ? obj->sec_addr[elf_ndxscn(scn)] : shdr.sh_addr;
	visit_relas(obj, elf_ndxscn(scn), data_rela, &c);
	*size = c.size;
	*addr = c.addr;
	return c.data;
}

/**
 * section_data - a section's contents, relocated
 * @obj: the file
 * @name: the section's name
 * @size: its size in bytes
 * @addr: its address, made up in a relocatable file
 *
 * Return: a copy, to be freed, or NULL when there is no such section. Of several, the first.
 */
void *section_data(struct object *obj, const char *name, size_t *size, __u64 *addr)
{
	GElf_Shdr shdr;
	Elf_Scn *scn = next_section(obj, NULL, name, &shdr);

	return scn ? relocated(obj, scn, name, size, addr) : NULL;
}

/**
 * visit_sections - call a function for the contents of each section of a name
 * @obj: the file
 * @name: the sections' name
 * @fn: called with a copy of the contents, relocated, which it may change
 * @arg: passed on
 *
 * Return: how many there are.
 */
unsigned int visit_sections(struct object *obj, const char *name, contents_fn fn, void *arg)
{
	unsigned int nr = 0;
	Elf_Scn *scn = NULL;
	GElf_Shdr shdr;
	size_t size;
	__u64 addr;
	__u8 *data;

	while ((scn = next_section(obj, scn, name, &shdr))) {
		data = relocated(obj, scn, name, &size, &addr);
		if (!data)
			continue;
		fn(obj, data, size, addr, arg);
		free(data);
		nr++;
	}
	return nr;
}

static void text_rela(struct object *obj, const GElf_Rela *rela, void *arg)
{
	struct text *text = arg;
	struct target *t;
	__u64 value;

	switch (GELF_R_TYPE(rela->r_info)) {
	case R_AARCH64_CALL26:
	case R_AARCH64_JUMP26:
	case R_AARCH64_CONDBR19:
	case R_AARCH64_TSTBR14:
		break;
	default:
		return;
	}
	if (rela->r_offset % 4 || rela->r_offset / 4 >= text->nr)
		die(obj->name, "%s: a relocation is out of bounds", text->name);
	resolve(obj, rela, &value);
	text->target = grow(text->target, text->nr_targets, sizeof(*t));
	t = &text->target[text->nr_targets++];
	t->index = rela->r_offset / 4;
	t->symbol = GELF_R_SYM(rela->r_info);
	t->addr = value;
}

static int by_index(const void *a, const void *b)
{
	const struct target *x = a, *y = b;

	return x->index < y->index ? -1 : x->index > y->index;
}

static bool starts(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

/* Sections that hold code, but none that the kernel runs at its own addresses */
static const char * const excluded[] = {
	".head.text",		/* before the MMU is on */
	".rodata.text",		/* idmap, kexec, hibernation, KPTI trampoline */
	".plt", ".init.plt",	/* filled by the module loader, refused by section */
	".text.ftrace_trampoline", ".init.text.ftrace_trampoline",
	NULL
};

static void read_text(struct object *obj)
{
	struct text *text;
	Elf_Scn *scn = NULL;
	GElf_Shdr shdr;
	const char *name;
	__u64 end = 0;
	__u8 *data;
	size_t size, i;

	obj->text_of = xcalloc(obj->nr_sections, sizeof(*obj->text_of));
	while ((scn = elf_nextscn(obj->elf, scn))) {
		if (!gelf_getshdr(scn, &shdr) || shdr.sh_type != SHT_PROGBITS ||
		    !(shdr.sh_flags & SHF_EXECINSTR) || !(shdr.sh_flags & SHF_ALLOC))
			continue;
		name = elf_strptr(obj->elf, obj->shstrndx, shdr.sh_name);
		if (!name)
			die(obj->name, "section %zu has no name", elf_ndxscn(scn));
		data = copy_section(obj, scn, &size);
		obj->text = grow(obj->text, obj->nr_texts, sizeof(*obj->text));
		text = &obj->text[obj->nr_texts++];
		memset(text, 0, sizeof(*text));
		text->name = name;
		text->section = elf_ndxscn(scn);
		obj->text_of[text->section] = obj->nr_texts;
		text->addr = obj->rel ? obj->sec_addr[text->section] : shdr.sh_addr;
		if (text->addr % 4)
			die(obj->name, "%s: address %#lx of code is not aligned", name,
			    (unsigned long)text->addr);
		text->nr = size / 4;
		/* An address names one instruction, and the table is sorted */
		if (text->addr < end || text->addr + size < text->addr)
			die(obj->name, "%s: code at %#lx overlaps other code, or comes after it",
			    name, (unsigned long)text->addr);
		end = text->addr + size;
		text->slot = xcalloc(text->nr, sizeof(*text->slot));
		text->table = true;
		for (i = 0; excluded[i]; i++)
			text->table &= strcmp(name, excluded[i]) != 0;
		/* The kernel's own is thrown away when it is linked, a module's is not */
		if (!obj->rel && !strcmp(name, ".exit.text"))
			text->table = false;
		for (i = 0; i < text->nr; i++)
			text->slot[i].word = get(data + 4 * i, 4);
		free(data);
		visit_relas(obj, text->section, text_rela, text);
		if (text->nr_targets)
			qsort(text->target, text->nr_targets, sizeof(*text->target), by_index);
	}
}

/**
 * slot_at - find an instruction
 * @obj: the file
 * @addr: its address
 * @text: the section it is in, may be NULL
 *
 * Return: the instruction, or NULL when there is no code.
 */
struct slot *slot_at(struct object *obj, __u64 addr, struct text **text)
{
	size_t nr = nr_up_to(obj->text, obj->nr_texts, sizeof(*obj->text), addr);
	struct text *t = nr ? &obj->text[nr - 1] : NULL;

	if (!t || addr % 4 || addr - t->addr >= 4ULL * t->nr)
		return NULL;
	if (text)
		*text = t;
	return &t->slot[(addr - t->addr) / 4];
}

/* Set a flag of the instructions from @start on, up to @end or where there is no code */
void flag_range(struct object *obj, __u64 start, __u64 end, __u32 flag)
{
	struct slot *slot;

	for (start &= ~3ULL; start < end; start += 4) {
		slot = slot_at(obj, start, NULL);
		if (!slot)
			break;
		slot->flags |= flag;
	}
}

static struct target *relocation(const struct text *text, __u32 index)
{
	struct target key = { .index = index };

	return text->nr_targets ? bsearch(&key, text->target, text->nr_targets, sizeof(key),
					  by_index) : NULL;
}

/* Has the branch of an instruction a relocation: is it to a symbol, and not to a place */
bool is_relocated(const struct text *text, __u32 index)
{
	return relocation(text, index);
}

/**
 * branch_target - where a direct branch goes
 * @obj: the file
 * @text: the section it is in
 * @index: number of the instruction
 * @rel: the target that the instruction itself has, relative to it
 * @external: set to the name of the symbol, when it is not in this file
 *
 * Return: an address, behind a range veneer if there is one; 0 when it is in another file.
 */
__u64 branch_target(const struct object *obj, const struct text *text, __u32 index,
		    __s64 rel, const char **external)
{
	const struct target *t = relocation(text, index);
	GElf_Sym sym;

	*external = NULL;
	if (!t)
		return behind_veneer(obj, text->addr + 4ULL * index + rel);
	if (!t->addr) {
		*external = "?";
		if (gelf_getsym(obj->symtab, t->symbol, &sym))
			*external = elf_strptr(obj->elf, obj->strings, sym.st_name) ?: "?";
	}
	return t->addr;
}

static int by_addr(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	/* Of aliases, the first is the one to name: a function, the longest */
	if (x->func != y->func)
		return x->func ? -1 : 1;
	if (x->size != y->size)
		return x->size > y->size ? -1 : 1;
	return strcmp(x->name, y->name);
}

struct mapping {
	__u64 addr;
	__u32 section;
	bool data;
};

static int by_mapping(const void *a, const void *b)
{
	const struct mapping *x = a, *y = b;

	if (x->section != y->section)
		return x->section < y->section ? -1 : 1;
	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	return x->data - y->data;
}

/* The code in a section, NULL: there is none */
static struct text *text_of(const struct object *obj, __u32 section)
{
	__u32 nr = section < obj->nr_sections ? obj->text_of[section] : 0;

	return nr ? &obj->text[nr - 1] : NULL;
}

/* "$x" and "$d" say what is code and what is data, from there on */
static void apply_mappings(struct object *obj, struct mapping *map, size_t nr)
{
	struct text *text;
	__u64 end;
	size_t i;
	__u32 k;

	if (nr)
		qsort(map, nr, sizeof(*map), by_mapping);
	for (i = 0; i < nr; i++) {
		text = text_of(obj, map[i].section);
		if (!text || !map[i].data || map[i].addr < text->addr)
			continue;
		end = i + 1 < nr && map[i + 1].section == text->section ?
			map[i + 1].addr : UINT64_MAX;
		for (k = (map[i].addr - text->addr) / 4;
		     k < text->nr && text->addr + 4ULL * k < end; k++)
			text->slot[k].flags |= SLOT_DATA;
	}
}

static int by_name(const void *a, const void *b)
{
	const struct symbol *x = *(const struct symbol * const *)a;
	const struct symbol *y = *(const struct symbol * const *)b;
	int order = strcmp(x->name, y->name);

	return order ? order : x < y ? -1 : x > y;
}

/**
 * first_named - the first symbol of a name, or behind where it would be
 * @obj: the file
 * @name: the name
 *
 * Return: the number in ->by_name, where the symbols are sorted by name and address.
 */
size_t first_named(const struct object *obj, const char *name)
{
	size_t low = 0, high = obj->nr_symbols, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (strcmp(obj->by_name[mid]->name, name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* What ".cold" is a part of: the function by that name, or itself if there is none */
static struct symbol *whole_of(const struct object *obj, struct symbol *s)
{
	size_t len = strlen(s->name) - strlen(".cold"), i;
	char *name = xcalloc(len + 1, 1);

	memcpy(name, s->name, len);
	for (i = first_named(obj, name); i < obj->nr_symbols; i++) {
		if (strcmp(obj->by_name[i]->name, name))
			break;
		if (obj->by_name[i]->func) {
			s = obj->by_name[i];
			break;
		}
	}
	free(name);
	return s;
}

/* By which symbol the assembler can name the start of a linked kernel's section */
static void find_start_symbols(struct object *obj)
{
	struct text *text;
	__u32 section;
	GElf_Sym sym;
	int i;

	for (i = obj->first_global; get_symbol(obj, i, &sym, &section); i++) {
		text = text_of(obj, section);
		if (!text || GELF_ST_BIND(sym.st_info) != STB_GLOBAL ||
		    sym.st_value < text->addr ||
		    (text->start_symbol && sym.st_value >= text->start_value))
			continue;
		text->start_symbol = elf_strptr(obj->elf, obj->strings, sym.st_name);
		text->start_value = sym.st_value;
	}
}

static void read_symbols(struct object *obj)
{
	struct mapping *map = NULL;
	size_t nr_map = 0, i;
	struct symbol *s;
	struct slot *slot;
	const char *name;
	__u32 section;
	GElf_Sym sym;
	__u64 addr;

	for (i = 0; get_symbol(obj, i, &sym, &section); i++) {
		if (section == SHN_UNDEF)
			continue;
		addr = sym_addr(obj, &sym, section);
		/* The string table may have nothing that the symbols of sections need */
		name = sym.st_name ? elf_strptr(obj->elf, obj->strings, sym.st_name) : "";
		if (!name)
			die(obj->name, "symbol %zu has no name", i);
		if (GELF_ST_TYPE(sym.st_info) == STT_NOTYPE && name[0] == '$' &&
		    (name[1] == 'x' || name[1] == 'd') && (!name[2] || name[2] == '.')) {
			map = grow(map, nr_map, sizeof(*map));
			map[nr_map].addr = addr;
			map[nr_map].section = section;
			map[nr_map++].data = name[1] == 'd';
			continue;
		}
		if (!name[0] || name[0] == '$' || GELF_ST_TYPE(sym.st_info) == STT_SECTION ||
		    GELF_ST_TYPE(sym.st_info) == STT_FILE)
			continue;
		obj->symbol = grow(obj->symbol, obj->nr_symbols, sizeof(*s));
		s = &obj->symbol[obj->nr_symbols++];
		memset(s, 0, sizeof(*s));
		s->addr = addr;
		s->size = sym.st_size;
		s->name = name;
		s->section = section;
		s->func = GELF_ST_TYPE(sym.st_info) == STT_FUNC;
		/* GCC's ".cold"; Clang's ".cold.1" is a function */
		s->cold = strlen(name) > 5 && !strcmp(name + strlen(name) - 5, ".cold");
	}
	if (obj->nr_symbols)
		qsort(obj->symbol, obj->nr_symbols, sizeof(*s), by_addr);
	apply_mappings(obj, map, nr_map);
	free(map);
	obj->by_name = xcalloc(obj->nr_symbols, sizeof(*obj->by_name));
	for (i = 0; i < obj->nr_symbols; i++)
		obj->by_name[i] = &obj->symbol[i];
	qsort(obj->by_name, obj->nr_symbols, sizeof(*obj->by_name), by_name);
	for (i = 0; i < obj->nr_symbols; i++)
		if (obj->symbol[i].cold)
			obj->symbol[i].whole = whole_of(obj, &obj->symbol[i]);
	if (!obj->rel)
		find_start_symbols(obj);
	for (i = 0; i < obj->nr_symbols; i++) {
		s = &obj->symbol[i];
		slot = s->func && s->size && !s->cold ? slot_at(obj, s->addr, NULL) : NULL;
		if (slot)
			slot->flags |= SLOT_ENTRY;
	}
}

/* The last symbol at or below an address that is a function, or not */
static const struct symbol *symbol_below(const struct object *obj, __u64 addr)
{
	size_t nr = nr_up_to(obj->symbol, obj->nr_symbols, sizeof(*obj->symbol), addr);

	return nr ? &obj->symbol[nr - 1] : NULL;
}

/**
 * symbol_at - the function that an address is in
 * @obj: the file
 * @addr: the address
 *
 * Return: the symbol, or NULL.
 */
const struct symbol *symbol_at(const struct object *obj, __u64 addr)
{
	const struct symbol *s = symbol_below(obj, addr), *found = NULL;
	int tries = 64;

	if (!s)
		return NULL;
	for (; s >= obj->symbol && tries--; s--) {
		if (!s->func || addr - s->addr >= s->size)
			continue;
		/* Of aliases the first; an inner symbol before an outer one */
		if (found && s->addr != found->addr)
			break;
		found = s;
	}
	return found;
}

/* Is an address in what has a name and a size, a function or not */
bool in_symbol(const struct object *obj, __u64 addr)
{
	const struct symbol *s = symbol_below(obj, addr);
	int tries = 64;

	for (; s && s >= obj->symbol && tries--; s--)
		if (addr - s->addr < s->size)
			return true;
	return false;
}

/**
 * symbol_start - the function that begins at an address
 * @obj: the file
 * @addr: the address
 *
 * Return: the symbol, or NULL.
 */
const struct symbol *symbol_start(const struct object *obj, __u64 addr)
{
	const struct symbol *s = symbol_at(obj, addr);

	return s && s->addr == addr ? s : NULL;
}

/* The address of a symbol of this name, 0 if there is none */
__u64 symbol_value(const struct object *obj, const char *name)
{
	size_t i = first_named(obj, name);

	return i < obj->nr_symbols && !strcmp(obj->by_name[i]->name, name) ?
		obj->by_name[i]->addr : 0;
}

/* "function()+0x10", or what comes nearest */
const char *symbol_name(const struct object *obj, __u64 addr, char *buf, size_t size)
{
	const struct symbol *s = symbol_at(obj, addr);
	size_t i;

	if (s) {
		snprintf(buf, size, "%s()+0x%lx", s->name, (unsigned long)(addr - s->addr));
		return buf;
	}
	for (i = 0; i < obj->nr_texts; i++) {
		if (addr < obj->text[i].addr || addr - obj->text[i].addr >= 4ULL * obj->text[i].nr)
			continue;
		s = symbol_below(obj, addr);
		if (s && s->addr >= obj->text[i].addr)
			snprintf(buf, size, "%s+0x%lx", s->name, (unsigned long)(addr - s->addr));
		else
			snprintf(buf, size, "%s+0x%lx", obj->text[i].name,
				 (unsigned long)(addr - obj->text[i].addr));
		return buf;
	}
	snprintf(buf, size, "0x%lx", (unsigned long)addr);
	return buf;
}

static int by_from(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	return x->from < y->from ? -1 : x->from > y->from;
}

static int by_orig(const void *a, const void *b)
{
	const struct alternative *x = a, *y = b;

	return x->orig < y->orig ? -1 : x->orig > y->orig;
}

static __u64 prel32(const __u8 *p, __u64 addr)
{
	return addr + (__s32)get(p, 4);
}

static void add_edge(struct object *obj, __u64 from, __u64 to, enum edge_kind kind)
{
	struct slot *slot = slot_at(obj, from, NULL);

	if (!slot)
		return;
	slot->flags |= SLOT_EDGE;
	obj->edge = grow(obj->edge, obj->nr_edges, sizeof(*obj->edge));
	obj->edge[obj->nr_edges].from = from;
	obj->edge[obj->nr_edges].to = to;
	obj->edge[obj->nr_edges++].kind = kind;
}

/* Entries of a table that begin with two places, relative to themselves */
struct edges {
	const char *section;
	const char *start, *stop;	/* symbols, where it may be a part of another section */
	size_t entry;			/* bytes */
	enum edge_kind kind;
};

static const struct edges edge_tables[] = {
	/* struct exception_table_entry: insn, fixup, type and data */
	{ "__ex_table", NULL, NULL, 12, EDGE_EXTABLE },
	/* struct jump_entry: code, target, key */
	{ "__jump_table", "__start___jump_table", "__stop___jump_table", 16, EDGE_JUMP_LABEL },
	/* struct kvm_exception_table_entry: insn, fixup */
	{ "__kvm_ex_table", "__start___kvm_ex_table", "__stop___kvm_ex_table", 8, EDGE_EXTABLE },
	{ .section = NULL },
};

static void check_entries(struct object *obj, const char *section, size_t size, size_t entry)
{
	if (size % entry)
		die(obj->name, "%s: its %zu bytes are not whole entries of %zu", section, size,
		    entry);
}

static void read_edges(struct object *obj, __u8 *p, size_t size, __u64 addr, void *arg)
{
	const struct edges *edges = arg;
	size_t i;

	check_entries(obj, edges->section, size, edges->entry);
	for (i = 0; i < size; i += edges->entry)
		add_edge(obj, prel32(p + i, addr + i), prel32(p + i + 4, addr + i + 4),
			 edges->kind);
}

/* A table that has become a part of another section of a linked kernel */
static void read_edges_inside(struct object *obj, const struct edges *edges)
{
	__u64 start = symbol_value(obj, edges->start);
	__u64 stop = symbol_value(obj, edges->stop);
	Elf_Scn *scn = NULL;
	GElf_Shdr shdr;
	Elf_Data *data;

	while (start && stop > start && (scn = elf_nextscn(obj->elf, scn))) {
		if (!gelf_getshdr(scn, &shdr) || shdr.sh_type != SHT_PROGBITS ||
		    !(shdr.sh_flags & SHF_ALLOC) || start < shdr.sh_addr ||
		    stop - shdr.sh_addr > shdr.sh_size)
			continue;
		data = elf_rawdata(scn, NULL);
		if (!data || !data->d_buf || stop - shdr.sh_addr > data->d_size)
			die(obj->name, "%s: %s", edges->section, elf_errmsg(-1));
		read_edges(obj, (__u8 *)data->d_buf + (start - shdr.sh_addr), stop - start,
			   start, (void *)edges);
		break;
	}
}

static void read_edge_tables(struct object *obj)
{
	const struct edges *edges;

	for (edges = edge_tables; edges->section; edges++) {
		if (!visit_sections(obj, edges->section, read_edges, (void *)edges) &&
		    !obj->rel && edges->start)
			read_edges_inside(obj, edges);
	}
}

/* struct alt_instr: orig, alt, capability, lengths */
static void read_alternatives(struct object *obj, __u8 *p, size_t size, __u64 addr, void *arg)
{
	struct alternative *alt;
	struct slot *slot;
	size_t i, k;

	(void)arg;
	check_entries(obj, ".altinstructions", size, 12);
	for (i = 0; i < size; i += 12) {
		obj->alt = grow(obj->alt, obj->nr_alts, sizeof(*alt));
		alt = &obj->alt[obj->nr_alts];
		alt->orig = prel32(p + i, addr + i);
		alt->repl = prel32(p + i + 4, addr + i + 4);
		alt->orig_len = p[i + 10];
		alt->repl_len = p[i + 11];
		slot = slot_at(obj, alt->orig, NULL);
		if (!slot)
			continue;
		flag_range(obj, alt->orig, alt->orig + alt->orig_len, SLOT_REPLACED);
		/* A callback writes the instructions: a branch may become a NOP */
		if (!alt->repl_len) {
			for (k = 0; k < alt->orig_len; k += 4)
				add_edge(obj, alt->orig + k, alt->orig + k + 4, EDGE_CALLBACK);
			continue;
		}
		slot->flags |= SLOT_ALT;
		flag_range(obj, alt->repl, alt->repl + alt->repl_len, SLOT_REPLACEMENT);
		obj->nr_alts++;
	}
}

/*
 * struct bug_entry, whose size depends on CONFIG_DEBUG_BUGVERBOSE: the one with
 * which every entry is about a BRK.
 */
static void read_bug_table(struct object *obj, __u8 *p, size_t size, __u64 addr, void *arg)
{
	static const unsigned int sizes[] = { 12, 8 };
	enum { BUGFLAG_WARNING = 1 };
	unsigned int k, entry;
	struct slot *slot;
	struct insn insn;
	size_t i;

	(void)arg;
	for (k = 0; k < 2; k++) {
		entry = sizes[k];
		for (i = 0; i + entry <= size; i += entry) {
			slot = slot_at(obj, prel32(p + i, addr + i), NULL);
			if (!slot)
				break;
			insn_decode(slot->word, &insn);
			if (insn.flow != FLOW_BRK)
				break;
		}
		if (i + entry <= size)
			continue;
		for (i = 0; i + entry <= size; i += entry) {
			slot = slot_at(obj, prel32(p + i, addr + i), NULL);
			if (!(p[i + (entry == 12 ? 10 : 4)] & BUGFLAG_WARNING))
				slot->flags |= SLOT_BUG;
		}
		break;
	}
}

/* The first function behind one, NULL: there is none in its section */
static const struct symbol *next_function(const struct object *obj, size_t i)
{
	const struct symbol *s = &obj->symbol[i];

	while (++i < obj->nr_symbols && obj->symbol[i].section == s->section)
		if (obj->symbol[i].func && obj->symbol[i].addr >= s->addr + s->size)
			return &obj->symbol[i];
	return NULL;
}

/* Text that the walk refuses whatever the table says, or that is no part of the kernel */
static void mark_refused(struct object *obj)
{
	__u64 start = symbol_value(obj, "__unwind_text_start");
	__u64 end = symbol_value(obj, "__unwind_text_end");
	const struct symbol *s, *next;
	__u64 text_end;
	struct text *text;
	size_t i;

	for (i = 0; i < obj->nr_texts; i++) {
		text = &obj->text[i];
		text_end = text->addr + 4ULL * text->nr;
		if (!text->table || starts(text->name, ".nounwind.text") ||
		    starts(text->name, ".entry.text") || starts(text->name, ".hyp."))
			flag_range(obj, text->addr, text_end, SLOT_REFUSED);
		else if (!obj->rel && start >= text->addr && start < text_end && end > start) {
			flag_range(obj, text->addr, start, SLOT_REFUSED);
			flag_range(obj, end, text_end, SLOT_REFUSED);
		}
	}
	/*
	 * The EFI stub has left when the kernel begins; objcopy has renamed its symbols.
	 * A weak function of its own that another overrides has none.
	 */
	for (i = 0; i < obj->nr_symbols; i++) {
		s = &obj->symbol[i];
		if (!s->func || !s->size || !starts(s->name, "__efistub_"))
			continue;
		next = next_function(obj, i);
		flag_range(obj, s->addr, next ? next->addr : s->addr + s->size, SLOT_REFUSED);
	}
}

/* Addresses for the sections of a relocatable file */
static void place_sections(struct object *obj)
{
	__u64 addr = REL_BASE;
	Elf_Scn *scn = NULL;
	const char *name;
	GElf_Shdr shdr;

	obj->sec_addr = xcalloc(obj->nr_sections, sizeof(*obj->sec_addr));
	obj->first_rela = xcalloc(obj->nr_sections, sizeof(*obj->first_rela));
	obj->next_rela = xcalloc(obj->nr_sections, sizeof(*obj->next_rela));
	while ((scn = elf_nextscn(obj->elf, scn))) {
		if (!gelf_getshdr(scn, &shdr))
			die(obj->name, "section header %zu cannot be read: %s",
			    elf_ndxscn(scn), elf_errmsg(-1));
		if (elf_ndxscn(scn) >= obj->nr_sections)
			continue;
		/* It would be there as soon as a section is added */
		if (shdr.sh_link >= obj->nr_sections ||
		    (shdr.sh_type == SHT_RELA && shdr.sh_info >= obj->nr_sections))
			die(obj->name, "section %zu refers to a section that is not there",
			    elf_ndxscn(scn));
		if (shdr.sh_type == SHT_RELA) {
			obj->next_rela[elf_ndxscn(scn)] = obj->first_rela[shdr.sh_info];
			obj->first_rela[shdr.sh_info] = elf_ndxscn(scn);
		}
		if (shdr.sh_size > obj->file_size && shdr.sh_type != SHT_NOBITS &&
		    !(shdr.sh_flags & SHF_COMPRESSED))
			die(obj->name, "section %zu is larger than the file", elf_ndxscn(scn));
		/* Offsets into debug sections are relocated, and stay offsets */
		name = elf_strptr(obj->elf, obj->shstrndx, shdr.sh_name);
		if (!(shdr.sh_flags & SHF_ALLOC) && (!name || strcmp(name, ".eh_frame")))
			continue;
		obj->sec_addr[elf_ndxscn(scn)] = addr;
		/* Aligned, so that the low bits tell the offset */
		addr = (addr + (shdr.sh_type == SHT_NOBITS ? 0 : shdr.sh_size) +
			2 * SECTION_GAP - 1) & ~(SECTION_GAP - 1);
		if (addr > REL_END)
			die(obj->name, "more sections, or larger ones, than a module has");
	}
}

static void read_file(struct object *obj)
{
	struct stat st;
	int fd = open(obj->name, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st))
		die(obj->name, "%s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		die(obj->name, "not a regular file");
	if (!st.st_size)
		die(obj->name, "not an ELF file: it is empty");
	obj->file_size = st.st_size;
	/* Private and writable: libelf may want to convert in place */
	obj->file = mmap(NULL, obj->file_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	if (obj->file == MAP_FAILED)
		die(obj->name, "cannot be read: %s", strerror(errno));
	close(fd);
}

/**
 * object_open - read a file
 * @obj: filled in
 * @name: the file's name
 *
 * Ends the program with an error that names the file, when it is not an ELF
 * file for arm64, or is damaged.
 */
void object_open(struct object *obj, const char *name)
{
	GElf_Ehdr ehdr;

	memset(obj, 0, sizeof(*obj));
	obj->name = name;
	read_file(obj);
	elf_version(EV_CURRENT);
	obj->elf = elf_memory(obj->file, obj->file_size);
	if (!obj->elf || elf_kind(obj->elf) != ELF_K_ELF || !gelf_getehdr(obj->elf, &ehdr))
		die(name, "not an ELF file, or its header is damaged");
	if (ehdr.e_ident[EI_CLASS] != ELFCLASS64 || ehdr.e_machine != EM_AARCH64)
		die(name, "not for arm64: ELF machine %u, class %u", ehdr.e_machine,
		    ehdr.e_ident[EI_CLASS]);
	if (ehdr.e_ident[EI_DATA] != ELFDATA2LSB)
		die(name, "is big endian: only little endian kernels have an unwind table");
	if (ehdr.e_type != ET_REL && ehdr.e_type != ET_EXEC && ehdr.e_type != ET_DYN)
		die(name, "ELF type %u is neither a kernel nor a module", ehdr.e_type);
	obj->rel = ehdr.e_type == ET_REL;
	if (elf_getshdrnum(obj->elf, &obj->nr_sections) ||
	    elf_getshdrstrndx(obj->elf, &obj->shstrndx) || !obj->nr_sections)
		die(name, "no section headers: is the file truncated?");
	if (obj->rel)
		place_sections(obj);
	open_symtab(obj);
	read_text(obj);
	read_symbols(obj);
	find_linker_code(obj);
	read_edge_tables(obj);
	visit_sections(obj, ".altinstructions", read_alternatives, NULL);
	visit_sections(obj, "__bug_table", read_bug_table, NULL);
	if (obj->nr_edges)
		qsort(obj->edge, obj->nr_edges, sizeof(*obj->edge), by_from);
	if (obj->nr_alts)
		qsort(obj->alt, obj->nr_alts, sizeof(*obj->alt), by_orig);
	mark_refused(obj);
}

void object_close(struct object *obj)
{
	size_t i;

	for (i = 0; i < obj->nr_texts; i++) {
		free(obj->text[i].slot);
		free(obj->text[i].target);
	}
	free(obj->text);
	free(obj->symbol);
	free(obj->edge);
	free(obj->alt);
	free(obj->veneer);
	free(obj->fde);
	free(obj->row);
	free(obj->sec_addr);
	free(obj->first_rela);
	free(obj->next_rela);
	free(obj->text_of);
	free(obj->by_name);
	free(obj->finding);
	for (i = 0; i < obj->nr_kept; i++)
		free(obj->text_kept[i]);
	free(obj->text_kept);
	elf_end(obj->elf);
	munmap(obj->file, obj->file_size);
}
