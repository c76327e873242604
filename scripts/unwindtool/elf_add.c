// SPDX-License-Identifier: GPL-2.0-only
/*
 * Add a section, with relocations, to a relocatable ELF file, in place.
 *
 * New sections come last, so that no section changes its number. A relocation is
 * against the symbol of the section that it refers to. Compilers leave out the
 * section symbols they do not need: one that is missing becomes the last local
 * symbol, and whatever names a global symbol by number is renumbered.
 */

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "elf_add.h"
#include "object.h"

#ifndef SHT_LLVM_ADDRSIG
#define SHT_LLVM_ADDRSIG	0x6fff4c03
#endif

/* The file while it is changed, and what libelf must find until it is written */
struct editor {
	const char *path;
	Elf *elf;
	Elf_Scn *symscn;
	Elf64_Sym *sym;
	size_t nr_syms;
	size_t nr_locals;
	size_t *symbol_of;	/* by section: the number of its symbol, 0: it has none */
	size_t nr_sections;
	char *names;
	Elf64_Rela *rela;
};

#define elf_failed(ed, what)	die((ed)->path, "%s: %s", what, elf_errmsg(-1))

static void get_header(const struct editor *ed, Elf_Scn *scn, GElf_Shdr *shdr)
{
	if (!scn || !gelf_getshdr(scn, shdr))
		elf_failed(ed, "a section header cannot be read");
}

static void put_header(const struct editor *ed, Elf_Scn *scn, GElf_Shdr *shdr)
{
	if (!gelf_update_shdr(scn, shdr))
		elf_failed(ed, "a section header cannot be changed");
}

static void put_data(const struct editor *ed, Elf_Scn *scn, Elf_Type type, void *buf,
		     size_t size)
{
	Elf_Data *data = elf_getdata(scn, NULL) ?: elf_newdata(scn);

	if (!data)
		elf_failed(ed, "no room for a section");
	data->d_type = type;
	data->d_version = EV_CURRENT;
	data->d_off = 0;
	data->d_align = 1;
	data->d_buf = buf;
	data->d_size = size;
	elf_flagdata(data, ELF_C_SET, ELF_F_DIRTY);
}

static void open_file(struct editor *ed, int fd)
{
	GElf_Ehdr ehdr;

	elf_version(EV_CURRENT);
	ed->elf = elf_begin(fd, ELF_C_RDWR, NULL);
	if (!ed->elf || elf_kind(ed->elf) != ELF_K_ELF || !gelf_getehdr(ed->elf, &ehdr))
		die(ed->path, "not an ELF file, or its header is damaged");
	if (ehdr.e_ident[EI_CLASS] != ELFCLASS64 || ehdr.e_machine != EM_AARCH64 ||
	    ehdr.e_ident[EI_DATA] != ELFDATA2LSB)
		die(ed->path, "not for arm64, or big endian");
	if (ehdr.e_type != ET_REL)
		die(ed->path, "is linked: sections can be added to object files and modules");
}

static void find_section_symbols(struct editor *ed)
{
	size_t i;

	for (i = ed->nr_locals; --i; )
		if (GELF_ST_TYPE(ed->sym[i].st_info) == STT_SECTION && !ed->sym[i].st_value &&
		    ed->sym[i].st_shndx < ed->nr_sections)
			ed->symbol_of[ed->sym[i].st_shndx] = i;
}

static void read_symtab(struct editor *ed)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr shdr;
	Elf_Data *data;

	while ((scn = elf_nextscn(ed->elf, scn))) {
		get_header(ed, scn, &shdr);
		if (shdr.sh_type == SHT_SYMTAB_SHNDX)
			die(ed->path, "has more sections than can be changed here");
		if (shdr.sh_type != SHT_SYMTAB)
			continue;
		if (ed->symscn)
			die(ed->path, "has two symbol tables");
		ed->symscn = scn;
	}
	if (!ed->symscn)
		die(ed->path, "no symbol table: was it stripped?");
	get_header(ed, ed->symscn, &shdr);
	data = elf_getdata(ed->symscn, NULL);
	if (!data || data->d_type != ELF_T_SYM || !data->d_size ||
	    data->d_size % sizeof(*ed->sym))
		elf_failed(ed, ".symtab cannot be read");
	ed->nr_syms = data->d_size / sizeof(*ed->sym);
	ed->nr_locals = shdr.sh_info;
	if (!ed->nr_locals || ed->nr_locals > ed->nr_syms)
		die(ed->path, ".symtab has %zu symbols, of which %zu are local", ed->nr_syms,
		    ed->nr_locals);
	ed->sym = xcalloc(ed->nr_syms, sizeof(*ed->sym));
	memcpy(ed->sym, data->d_buf, data->d_size);
	if (elf_getshdrnum(ed->elf, &ed->nr_sections) || ed->nr_sections >= SHN_LORESERVE)
		die(ed->path, "has more sections than can be changed here");
	ed->symbol_of = xcalloc(ed->nr_sections, sizeof(*ed->symbol_of));
	find_section_symbols(ed);
}

static __u64 moved(size_t symbol, size_t first, size_t by)
{
	return symbol < first ? symbol : symbol + by;
}

/* Whatever names a symbol by number, when those from @first on are moved */
static void renumber(struct editor *ed, size_t first, size_t by)
{
	size_t symtab = elf_ndxscn(ed->symscn), i;
	Elf_Scn *scn = NULL;
	GElf_Shdr shdr;
	GElf_Rela rela;
	Elf_Data *data;
	GElf_Rel rel;

	while ((scn = elf_nextscn(ed->elf, scn))) {
		get_header(ed, scn, &shdr);
		if (shdr.sh_link != symtab)
			continue;
		switch (shdr.sh_type) {
		case SHT_GROUP:
			shdr.sh_info = moved(shdr.sh_info, first, by);
			break;
		case SHT_LLVM_ADDRSIG:
			/* Helps --icf alone, and linkers ignore one that has no link */
			shdr.sh_link = 0;
			break;
		case SHT_RELA:
		case SHT_REL:
			data = elf_getdata(scn, NULL);
			if (!data)
				elf_failed(ed, "relocations cannot be read");
			for (i = 0; shdr.sh_type == SHT_RELA && gelf_getrela(data, i, &rela); i++) {
				rela.r_info = GELF_R_INFO(moved(GELF_R_SYM(rela.r_info), first, by),
							  GELF_R_TYPE(rela.r_info));
				gelf_update_rela(data, i, &rela);
			}
			for (i = 0; shdr.sh_type == SHT_REL && gelf_getrel(data, i, &rel); i++) {
				rel.r_info = GELF_R_INFO(moved(GELF_R_SYM(rel.r_info), first, by),
							 GELF_R_TYPE(rel.r_info));
				gelf_update_rel(data, i, &rel);
			}
			elf_flagdata(data, ELF_C_SET, ELF_F_DIRTY);
			continue;
		default:
			die(ed->path, "section %zu, of type 0x%x, may name symbols by number",
			    elf_ndxscn(scn), shdr.sh_type);
		}
		put_header(ed, scn, &shdr);
	}
}

/* Each section that is referred to gets a symbol */
static void add_symbols(struct editor *ed, const struct added_rela *rela, size_t nr)
{
	size_t first = ed->nr_locals, by = 0, i;
	GElf_Shdr shdr;
	Elf64_Sym *sym;

	for (i = 0; i < nr; i++) {
		if (!rela[i].section || rela[i].section >= ed->nr_sections)
			die(ed->path, "there is no section %u to refer to", rela[i].section);
		if (!ed->symbol_of[rela[i].section])
			ed->symbol_of[rela[i].section] = first + by++;
	}
	if (!by)
		return;
	sym = xcalloc(ed->nr_syms + by, sizeof(*sym));
	memcpy(sym, ed->sym, first * sizeof(*sym));
	memcpy(sym + first + by, ed->sym + first, (ed->nr_syms - first) * sizeof(*sym));
	for (i = 0; i < nr; i++) {
		if (ed->symbol_of[rela[i].section] < first)
			continue;
		sym[ed->symbol_of[rela[i].section]] = (Elf64_Sym) {
			.st_info = GELF_ST_INFO(STB_LOCAL, STT_SECTION),
			.st_shndx = rela[i].section,
		};
	}
	free(ed->sym);
	ed->sym = sym;
	ed->nr_syms += by;
	ed->nr_locals += by;
	renumber(ed, first, by);
	get_header(ed, ed->symscn, &shdr);
	shdr.sh_info = ed->nr_locals;
	put_header(ed, ed->symscn, &shdr);
	put_data(ed, ed->symscn, ELF_T_SYM, ed->sym, ed->nr_syms * sizeof(*ed->sym));
}

/* Names for two new sections. Return: where the first is, "rela" before the second */
static size_t add_names(struct editor *ed, const char *name)
{
	size_t len = strlen(name) + 1, index;
	Elf_Data *data;
	size_t size;
	Elf_Scn *scn;

	if (elf_getshdrstrndx(ed->elf, &index))
		elf_failed(ed, "no section names");
	scn = elf_getscn(ed->elf, index);
	data = scn ? elf_getdata(scn, NULL) : NULL;
	if (!data)
		elf_failed(ed, "section names cannot be read");
	size = data->d_size;
	ed->names = xcalloc(size + strlen(".rela") + len, 1);
	if (size)
		memcpy(ed->names, data->d_buf, size);
	memcpy(ed->names + size, ".rela", strlen(".rela"));
	memcpy(ed->names + size + strlen(".rela"), name, len);
	put_data(ed, scn, ELF_T_BYTE, ed->names, size + strlen(".rela") + len);
	return size;
}

static Elf_Scn *named(struct editor *ed, const char *name)
{
	Elf_Scn *scn = NULL, *found = NULL;
	GElf_Shdr shdr;
	const char *s;
	size_t strings;

	if (elf_getshdrstrndx(ed->elf, &strings))
		elf_failed(ed, "no section names");
	while ((scn = elf_nextscn(ed->elf, scn))) {
		get_header(ed, scn, &shdr);
		s = elf_strptr(ed->elf, strings, shdr.sh_name);
		/* It might get one from the names that are added */
		if (!s)
			die(ed->path, "section %zu has no name", elf_ndxscn(scn));
		if (!found && !strcmp(s, name))
			found = scn;
	}
	return found;
}

/* The relocations that a section has, NULL: none */
static Elf_Scn *relas_of(struct editor *ed, size_t section)
{
	Elf_Scn *scn = NULL, *found = NULL;
	GElf_Shdr shdr;

	while ((scn = elf_nextscn(ed->elf, scn))) {
		get_header(ed, scn, &shdr);
		if (shdr.sh_type != SHT_RELA || shdr.sh_info != section)
			continue;
		if (found)
			die(ed->path, "sections %zu and %zu both relocate section %zu",
			    elf_ndxscn(found), elf_ndxscn(scn), section);
		found = scn;
	}
	return found;
}

static Elf_Scn *new_section(struct editor *ed)
{
	Elf_Scn *scn = elf_newscn(ed->elf);

	if (!scn)
		elf_failed(ed, "no room for a section");
	if (elf_ndxscn(scn) >= SHN_LORESERVE)
		die(ed->path, "has more sections than can be changed here");
	return scn;
}

/*
 * Write it. A wrong alignment or size in a header would make libelf fill up what it
 * takes for a gap, for hours.
 */
static void write_file(struct editor *ed, int fd, size_t added)
{
	enum { MAX_ALIGN = 0x10000 };
	struct stat st;
	size_t nr;
	off_t size;

	if (fstat(fd, &st))
		die(ed->path, "%s", strerror(errno));
	/* Or it writes the section headers from an array that has room for the old ones */
	elf_flagelf(ed->elf, ELF_C_SET, ELF_F_DIRTY);
	size = elf_update(ed->elf, ELF_C_NULL);
	if (size < 0 || elf_getshdrnum(ed->elf, &nr))
		elf_failed(ed, "cannot be written");
	if ((size_t)size > st.st_size + added + nr * MAX_ALIGN)
		die(ed->path, "would grow from %lld to %lld bytes: a size or alignment is wrong",
		    (long long)st.st_size, (long long)size);
	if (elf_update(ed->elf, ELF_C_WRITE) < 0)
		elf_failed(ed, "cannot be written");
}

/**
 * object_add_section - add a section to a relocatable file, in place
 * @file: the file's name, for errors
 * @path: where it is: a copy, most likely, as an error leaves it half changed
 * @name: the section's name. One of that name is replaced, with its relocations
 * @data: its contents
 * @size: size of @data in bytes
 * @flags: SHF_*
 * @align: its alignment in bytes
 * @rela: its relocations
 * @nr: number of @rela
 *
 * Ends the program with an error that names the file, when it is damaged or not
 * a relocatable file for arm64, or cannot be written.
 */
void object_add_section(const char *file, const char *path, const char *name,
			const void *data, size_t size, __u64 flags, __u64 align,
			const struct added_rela *rela, size_t nr)
{
	struct editor ed = { .path = file };
	int fd = open(path, O_RDWR | O_CLOEXEC);
	Elf_Scn *scn, *relscn;
	GElf_Shdr shdr;
	size_t names, i;

	if (fd < 0)
		die(file, "%s", strerror(errno));
	open_file(&ed, fd);
	read_symtab(&ed);
	if (named(&ed, ".symtab") != ed.symscn)
		die(file, ".symtab is not the symbol table");
	add_symbols(&ed, rela, nr);
	scn = named(&ed, name);
	relscn = scn ? relas_of(&ed, elf_ndxscn(scn)) : NULL;
	names = scn && relscn ? 0 : add_names(&ed, name);
	if (!scn) {
		scn = new_section(&ed);
		get_header(&ed, scn, &shdr);
		shdr.sh_name = names + strlen(".rela");
	} else {
		get_header(&ed, scn, &shdr);
		if (shdr.sh_type != SHT_PROGBITS || shdr.sh_flags != flags)
			die(file, "section %zu is another thing than its name %s says",
			    elf_ndxscn(scn), name);
	}
	shdr.sh_type = SHT_PROGBITS;
	shdr.sh_flags = flags;
	shdr.sh_addralign = align;
	shdr.sh_size = size;
	put_header(&ed, scn, &shdr);
	/* libelf only reads it */
	put_data(&ed, scn, ELF_T_BYTE, (void *)data, size);

	ed.rela = xcalloc(nr, sizeof(*ed.rela));
	for (i = 0; i < nr; i++) {
		ed.rela[i].r_offset = rela[i].offset;
		ed.rela[i].r_info = ELF64_R_INFO(ed.symbol_of[rela[i].section], rela[i].type);
		ed.rela[i].r_addend = rela[i].addend;
	}
	if (!relscn && nr) {
		relscn = new_section(&ed);
		get_header(&ed, relscn, &shdr);
		shdr.sh_name = names;
		put_header(&ed, relscn, &shdr);
	}
	/* Whatever was in the header of one that is replaced */
	if (relscn) {
		get_header(&ed, relscn, &shdr);
		shdr.sh_type = SHT_RELA;
		shdr.sh_flags = SHF_INFO_LINK;
		shdr.sh_link = elf_ndxscn(ed.symscn);
		shdr.sh_info = elf_ndxscn(scn);
		shdr.sh_entsize = sizeof(*ed.rela);
		shdr.sh_addralign = 8;
		put_header(&ed, relscn, &shdr);
	}
	if (relscn)
		put_data(&ed, relscn, ELF_T_RELA, ed.rela, nr * sizeof(*ed.rela));
	write_file(&ed, fd, size + nr * sizeof(*ed.rela));
	elf_end(ed.elf);
	if (close(fd))
		die(file, "%s", strerror(errno));
	free(ed.sym);
	free(ed.symbol_of);
	free(ed.names);
	free(ed.rela);
}
