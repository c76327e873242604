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

static Elf_Scn *find_section(struct object *obj, const char *name, GElf_Shdr *shdr)
{
	Elf_Scn *scn = NULL;
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

	return find_section(obj, name, &shdr);
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

static Elf_Data *symbol_table(struct object *obj, Elf_Scn **scn, GElf_Shdr *shdr)
{
	Elf_Data *data;

	if (!obj->symscn)
		obj->symscn = find_section(obj, ".symtab", shdr);
	*scn = obj->symscn;
	if (!*scn || !gelf_getshdr(*scn, shdr))
		die(obj->name, "no symbol table: was it stripped?");
	if (shdr->sh_type != SHT_SYMTAB || shdr->sh_entsize != sizeof(Elf64_Sym))
		die(obj->name, ".symtab is not a symbol table");
	data = elf_getdata(*scn, NULL);
	if (!data)
		die(obj->name, ".symtab: %s", elf_errmsg(-1));
	return data;
}

/* A symbol's address, as made up in relocatable files; false: undefined */
static bool sym_addr(const struct object *obj, const GElf_Sym *sym, __u64 *addr)
{
	if (sym->st_shndx == SHN_UNDEF || sym->st_shndx == SHN_COMMON)
		return false;
	*addr = sym->st_value;
	if (obj->rel && sym->st_shndx < obj->nr_sections)
		*addr += obj->sec_addr[sym->st_shndx];
	return true;
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
static bool resolve(struct object *obj, Elf_Data *symtab, const GElf_Rela *rela,
		    __u64 *value)
{
	GElf_Sym sym;

	if (!gelf_getsym(symtab, GELF_R_SYM(rela->r_info), &sym))
		die(obj->name, "a relocation names symbol %lu, which is not there",
		    (unsigned long)GELF_R_SYM(rela->r_info));
	if (!sym_addr(obj, &sym, value)) {
		*value = 0;
		return false;
	}
	*value += rela->r_addend;
	return true;
}

typedef void (*rela_fn)(struct object *obj, Elf_Data *symtab, const GElf_Rela *rela,
			void *arg);

/* Call a function for each relocation of a section */
static void visit_relas(struct object *obj, size_t section, rela_fn fn, void *arg)
{
	GElf_Shdr shdr, symhdr;
	Elf_Scn *scn = NULL, *symscn;
	Elf_Data *data, *symtab;
	GElf_Rela rela;
	size_t i;

	if (!obj->rel)
		return;
	while ((scn = elf_nextscn(obj->elf, scn))) {
		if (!gelf_getshdr(scn, &shdr) || shdr.sh_type != SHT_RELA ||
		    shdr.sh_info != section)
			continue;
		symtab = symbol_table(obj, &symscn, &symhdr);
		if (shdr.sh_link != elf_ndxscn(symscn))
			die(obj->name, "relocations of section %zu are not by .symtab's symbols",
			    section);
		data = elf_getdata(scn, NULL);
		if (!data)
			die(obj->name, "relocations of section %zu: %s", section, elf_errmsg(-1));
		for (i = 0; gelf_getrela(data, i, &rela); i++)
			fn(obj, symtab, &rela, arg);
	}
}

struct contents {
	__u8 *data;
	size_t size;
	__u64 addr;
	const char *name;
};

/* Data relocations; those of instructions are for text_rela() */
static void data_rela(struct object *obj, Elf_Data *symtab, const GElf_Rela *rela, void *arg)
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
	if (!resolve(obj, symtab, rela, &value)) {
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

/**
 * section_data - a section's contents, relocated
 * @obj: the file
 * @name: the section's name
 * @size: its size in bytes
 * @addr: its address, made up in a relocatable file
 *
 * Return: a copy, to be freed, or NULL when there is no such section.
 */
void *section_data(struct object *obj, const char *name, size_t *size, __u64 *addr)
{
	struct contents c = { .name = name };
	GElf_Shdr shdr;
	Elf_Scn *scn = find_section(obj, name, &shdr);

	if (!scn || shdr.sh_type == SHT_NOBITS)
		return NULL;
	c.data = copy_section(obj, scn, &c.size);
	c.addr = obj->rel ? obj->sec_addr[elf_ndxscn(scn)] : shdr.sh_addr;
	visit_relas(obj, elf_ndxscn(scn), data_rela, &c);
	*size = c.size;
	*addr = c.addr;
	return c.data;
}

static void text_rela(struct object *obj, Elf_Data *symtab, const GElf_Rela *rela, void *arg)
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
	resolve(obj, symtab, rela, &value);
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
	GElf_Shdr shdr;
	Elf_Scn *scn;
	GElf_Sym sym;

	*external = NULL;
	if (!t)
		return behind_veneer(obj, text->addr + 4ULL * index + rel);
	if (!t->addr) {
		*external = "?";
		if (gelf_getsym(symbol_table((struct object *)obj, &scn, &shdr), t->symbol, &sym))
			*external = elf_strptr(obj->elf, shdr.sh_link, sym.st_name) ?: "?";
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

/* "$x" and "$d" say what is code and what is data, from there on */
static void apply_mappings(struct object *obj, struct mapping *map, size_t nr)
{
	__u64 end;
	struct text *text;
	size_t i, t;
	__u32 k;

	if (nr)
		qsort(map, nr, sizeof(*map), by_mapping);
	for (t = 0; t < obj->nr_texts; t++) {
		text = &obj->text[t];
		for (i = 0; i < nr; i++) {
			if (map[i].section != text->section || !map[i].data ||
			    map[i].addr < text->addr)
				continue;
			end = i + 1 < nr && map[i + 1].section == text->section ?
				map[i + 1].addr : UINT64_MAX;
			for (k = (map[i].addr - text->addr) / 4;
			     k < text->nr && text->addr + 4ULL * k < end; k++)
				text->slot[k].flags |= SLOT_DATA;
		}
	}
}

static void read_symbols(struct object *obj)
{
	struct mapping *map = NULL;
	size_t nr_map = 0, i;
	GElf_Shdr shdr;
	struct symbol *s;
	struct slot *slot;
	const char *name;
	Elf_Data *data;
	GElf_Sym sym;
	Elf_Scn *scn;
	__u64 addr;

	data = symbol_table(obj, &scn, &shdr);
	for (i = 0; gelf_getsym(data, i, &sym); i++) {
		if (sym.st_shndx >= obj->nr_sections && sym.st_shndx < SHN_LORESERVE)
			die(obj->name, "symbol %zu is in section %u, which is not there", i,
			    sym.st_shndx);
		if (!sym_addr(obj, &sym, &addr))
			continue;
		/* The string table may have nothing that the symbols of sections need */
		name = sym.st_name ? elf_strptr(obj->elf, shdr.sh_link, sym.st_name) : "";
		if (!name)
			die(obj->name, "symbol %zu has no name", i);
		if (GELF_ST_TYPE(sym.st_info) == STT_NOTYPE && name[0] == '$' &&
		    (name[1] == 'x' || name[1] == 'd') && (!name[2] || name[2] == '.')) {
			map = grow(map, nr_map, sizeof(*map));
			map[nr_map].addr = addr;
			map[nr_map].section = sym.st_shndx;
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
		s->section = sym.st_shndx;
		s->func = GELF_ST_TYPE(sym.st_info) == STT_FUNC;
		/* GCC's ".cold"; Clang's ".cold.1" is a function */
		s->cold = strlen(name) > 5 && !strcmp(name + strlen(name) - 5, ".cold");
	}
	if (obj->nr_symbols)
		qsort(obj->symbol, obj->nr_symbols, sizeof(*s), by_addr);
	apply_mappings(obj, map, nr_map);
	free(map);
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
__u64 symbol_value(struct object *obj, const char *name)
{
	size_t i;

	for (i = 0; i < obj->nr_symbols; i++)
		if (!strcmp(obj->symbol[i].name, name))
			return obj->symbol[i].addr;
	return 0;
}

/* The name of a global symbol at the start of a section, NULL if there is none */
const char *start_symbol(struct object *obj, const struct text *text)
{
	GElf_Shdr shdr;
	Elf_Data *data;
	GElf_Sym sym;
	Elf_Scn *scn;
	int i;

	data = symbol_table(obj, &scn, &shdr);
	for (i = shdr.sh_info; gelf_getsym(data, i, &sym); i++)
		if (sym.st_shndx == text->section && sym.st_value == text->addr &&
		    GELF_ST_BIND(sym.st_info) == STB_GLOBAL)
			return elf_strptr(obj->elf, shdr.sh_link, sym.st_name);
	return NULL;
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

/* struct exception_table_entry: insn, fixup, type and data */
static void read_ex_table(struct object *obj)
{
	__u64 addr;
	size_t size, i;
	__u8 *p = section_data(obj, "__ex_table", &size, &addr);

	for (i = 0; p && i + 12 <= size; i += 12)
		add_edge(obj, prel32(p + i, addr + i), prel32(p + i + 4, addr + i + 4),
			 EDGE_EXTABLE);
	free(p);
}

/* A table that has become a part of another section of a linked kernel */
static __u8 *table_data(struct object *obj, const char *section, const char *start_symbol,
			const char *stop_symbol, size_t *size, __u64 *addr)
{
	__u8 *p = section_data(obj, section, size, addr);
	Elf_Scn *scn = NULL;
	__u64 start, stop;
	GElf_Shdr shdr;
	Elf_Data *data;

	if (p || obj->rel)
		return p;
	start = symbol_value(obj, start_symbol);
	stop = symbol_value(obj, stop_symbol);
	while (start && stop > start && (scn = elf_nextscn(obj->elf, scn))) {
		if (!gelf_getshdr(scn, &shdr) || shdr.sh_type != SHT_PROGBITS ||
		    !(shdr.sh_flags & SHF_ALLOC) || start < shdr.sh_addr ||
		    stop - shdr.sh_addr > shdr.sh_size)
			continue;
		data = elf_rawdata(scn, NULL);
		if (!data || !data->d_buf || stop - shdr.sh_addr > data->d_size)
			die(obj->name, "%s: %s", section, elf_errmsg(-1));
		*size = stop - start;
		*addr = start;
		p = xcalloc(*size, 1);
		memcpy(p, (__u8 *)data->d_buf + (start - shdr.sh_addr), *size);
		break;
	}
	return p;
}

/* Entries of @entry bytes that begin with two places, relative to themselves */
static void read_edge_table(struct object *obj, const char *name, const char *start,
			    const char *stop, size_t entry, enum edge_kind kind)
{
	__u64 addr;
	size_t size, i;
	__u8 *p = table_data(obj, name, start, stop, &size, &addr);

	for (i = 0; p && i + entry <= size; i += entry)
		add_edge(obj, prel32(p + i, addr + i), prel32(p + i + 4, addr + i + 4), kind);
	free(p);
}

/* struct jump_entry: code, target, key */
static void read_jump_table(struct object *obj)
{
	read_edge_table(obj, "__jump_table", "__start___jump_table", "__stop___jump_table",
			16, EDGE_JUMP_LABEL);
}

/* struct kvm_exception_table_entry: insn, fixup */
static void read_kvm_ex_table(struct object *obj)
{
	read_edge_table(obj, "__kvm_ex_table", "__start___kvm_ex_table",
			"__stop___kvm_ex_table", 8, EDGE_EXTABLE);
}

/* struct alt_instr: orig, alt, capability, lengths */
static void read_alternatives(struct object *obj)
{
	struct alternative *alt;
	struct slot *slot;
	__u64 addr;
	size_t size, i, k;
	__u8 *p = section_data(obj, ".altinstructions", &size, &addr);

	for (i = 0; p && i + 12 <= size; i += 12) {
		obj->alt = grow(obj->alt, obj->nr_alts, sizeof(*alt));
		alt = &obj->alt[obj->nr_alts];
		alt->orig = prel32(p + i, addr + i);
		alt->repl = prel32(p + i + 4, addr + i + 4);
		alt->orig_len = p[i + 10];
		alt->repl_len = p[i + 11];
		slot = slot_at(obj, alt->orig, NULL);
		if (!slot)
			continue;
		/* A callback writes the instructions: a branch may become a NOP */
		if (!alt->repl_len) {
			for (k = 0; k < alt->orig_len; k += 4)
				add_edge(obj, alt->orig + k, alt->orig + k + 4, EDGE_CALLBACK);
			continue;
		}
		slot->flags |= SLOT_ALT;
		for (k = 0; k < alt->repl_len; k += 4) {
			slot = slot_at(obj, alt->repl + k, NULL);
			if (slot)
				slot->flags |= SLOT_REPLACEMENT;
		}
		obj->nr_alts++;
	}
	free(p);
}

/*
 * struct bug_entry, whose size depends on CONFIG_DEBUG_BUGVERBOSE: the one with
 * which every entry is about a BRK.
 */
static void read_bug_table(struct object *obj)
{
	static const unsigned int sizes[] = { 12, 8 };
	enum { BUGFLAG_WARNING = 1 };
	unsigned int k, entry;
	struct slot *slot;
	struct insn insn;
	__u64 addr;
	size_t size, i;
	__u8 *p = section_data(obj, "__bug_table", &size, &addr);

	for (k = 0; p && k < 2; k++) {
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
	free(p);
}

static void refuse(struct object *obj, __u64 start, __u64 end)
{
	struct text *text;
	struct slot *slot;

	for (; start < end; start += 4) {
		slot = slot_at(obj, start, &text);
		if (!slot)
			break;
		slot->flags |= SLOT_REFUSED;
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
			refuse(obj, text->addr, text_end);
		else if (!obj->rel && start >= text->addr && start < text_end && end > start) {
			refuse(obj, text->addr, start);
			refuse(obj, end, text_end);
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
		refuse(obj, s->addr, next ? next->addr : s->addr + s->size);
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
	read_text(obj);
	read_symbols(obj);
	find_linker_code(obj);
	read_ex_table(obj);
	read_kvm_ex_table(obj);
	read_jump_table(obj);
	read_alternatives(obj);
	read_bug_table(obj);
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
	free(obj->finding);
	elf_end(obj->elf);
	munmap(obj->file, obj->file_size);
}
