// SPDX-License-Identifier: GPL-2.0-only
/*
 * Complete a linked test module with what compiler and linker cannot make.
 *
 * Usage: klp_post_link <module.ko>...
 *
 * Livepatch relocations (Documentation/livepatch/module-elf-format.rst): what
 * the linker leaves for a section "<any>.klp.rela.<object>.<name>" is a section
 * ".rela<any>.klp.rela.<object>.<name>" with ordinary relocations. If these
 * refer to symbols ".klp.sym.<object>.<symbol>,<sympos>" only, it is enough to
 * cut the front off the section's name, set two flags, and move the symbols to
 * SHN_LIVEPATCH.
 *
 * Holes: a section "<any>.hole.0x<size>" gets that size, and no contents. The
 * linker would move a section without contents behind those that have some.
 *
 * All of that is done in place, and to do it again changes nothing.
 */
#include <elf.h>
#include <err.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHF_RELA_LIVEPATCH	0x00100000
#define SHN_LIVEPATCH		0xff20

#define KLP_RELA		".klp.rela."
#define KLP_SYM			".klp.sym."
#define HOLE			".hole.0x"

static const char *path;
static unsigned char *file;
static size_t file_size;

/* @count objects of @size bytes at @offset of the file */
static void *at(uint64_t offset, uint64_t count, size_t size)
{
	if (offset > file_size || count > (file_size - offset) / size)
		errx(1, "%s: is cut short or not a module", path);
	return file + offset;
}

static const char *str(const Elf64_Shdr *strtab, uint32_t offset)
{
	const char *s = at(strtab->sh_offset, strtab->sh_size, 1);

	if (offset >= strtab->sh_size || s[strtab->sh_size - 1])
		errx(1, "%s: has a broken string table", path);
	return s + offset;
}

static Elf64_Shdr *get_shdr(const Elf64_Ehdr *ehdr, uint32_t index)
{
	Elf64_Shdr *shdrs = at(ehdr->e_shoff, ehdr->e_shnum, sizeof(*shdrs));

	if (index >= ehdr->e_shnum)
		errx(1, "%s: is broken: section number %u", path, index);
	return &shdrs[index];
}

static void move_symbols(const Elf64_Ehdr *ehdr, const Elf64_Shdr *rela,
			 const char *name)
{
	const Elf64_Shdr *symtab = get_shdr(ehdr, rela->sh_link);
	const Elf64_Shdr *strtab = get_shdr(ehdr, symtab->sh_link);
	uint64_t nr_syms = symtab->sh_size / sizeof(Elf64_Sym);
	uint64_t nr_relas = rela->sh_size / sizeof(Elf64_Rela);
	Elf64_Sym *syms = at(symtab->sh_offset, nr_syms, sizeof(*syms));
	Elf64_Rela *relas = at(rela->sh_offset, nr_relas, sizeof(*relas));
	uint64_t i;

	for (i = 0; i < nr_relas; i++) {
		uint64_t index = ELF64_R_SYM(relas[i].r_info);
		Elf64_Sym *sym = &syms[index];
		const char *sym_name;

		if (index >= nr_syms)
			errx(1, "%s: %s uses a symbol that is not there",
			     path, name);
		sym_name = str(strtab, sym->st_name);
		if (strncmp(sym_name, KLP_SYM, strlen(KLP_SYM)))
			errx(1, "%s: %s refers to \"%s\", not to %s* symbols only",
			     path, name, sym_name, KLP_SYM);
		sym->st_shndx = SHN_LIVEPATCH;
		sym->st_info = ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE);
	}
}

static void complete(void)
{
	Elf64_Ehdr *ehdr = at(0, 1, sizeof(*ehdr));
	unsigned int i, nr_klp = 0, nr_holes = 0;

	if (memcmp(ehdr->e_ident, ELFMAG, SELFMAG) ||
	    ehdr->e_ident[EI_CLASS] != ELFCLASS64 || ehdr->e_type != ET_REL)
		errx(1, "%s: is not a 64-bit module of this byte order", path);

	for (i = 0; i < ehdr->e_shnum; i++) {
		Elf64_Shdr *shdr = get_shdr(ehdr, i);
		const char *name = str(get_shdr(ehdr, ehdr->e_shstrndx),
				       shdr->sh_name);
		const char *klp = strstr(name, KLP_RELA);
		const char *hole = strstr(name, HOLE);

		if (hole && shdr->sh_type == SHT_PROGBITS) {
			shdr->sh_type = SHT_NOBITS;
			shdr->sh_size = strtoul(hole + strlen(HOLE), NULL, 16);
		}
		nr_holes += !!hole;

		if (klp && shdr->sh_type == SHT_RELA) {
			move_symbols(ehdr, shdr, name);
			shdr->sh_name += klp - name;
			shdr->sh_flags |= SHF_RELA_LIVEPATCH | SHF_ALLOC;
			nr_klp++;
		}
	}

	if (!nr_klp && !nr_holes)
		errx(1, "%s: has no relocations for a *%s* section, and no *%s* section",
		     path, KLP_RELA, HOLE);
}

int main(int argc, char **argv)
{
	struct stat st;
	int fd;

	if (argc < 2)
		errx(1, "usage: klp_post_link <module.ko>...");

	while ((path = *++argv)) {
		fd = open(path, O_RDWR);
		if (fd < 0 || fstat(fd, &st))
			err(1, "%s", path);
		file_size = st.st_size;
		file = mmap(NULL, file_size, PROT_READ | PROT_WRITE, MAP_PRIVATE,
			    fd, 0);
		if (file == MAP_FAILED)
			err(1, "%s", path);
		complete();
		if (pwrite(fd, file, file_size, 0) != (ssize_t)file_size)
			err(1, "%s: write", path);
		munmap(file, file_size);
		close(fd);
	}

	return 0;
}
