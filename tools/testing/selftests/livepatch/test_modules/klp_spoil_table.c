// SPDX-License-Identifier: GPL-2.0-only
/*
 * Make a copy of a module for arm64 whose unwind table is missing or wrong.
 *
 * Usage: klp_spoil_table none|damaged|moved <module.ko> <copy.ko>
 *
 *  none:	the section has another name
 *  damaged:	its first byte is another one
 *  moved:	it is well-formed, but about code 4 bytes further back
 */
#include <elf.h>
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TABLE	".unwind_table"

static const char *path;
static unsigned char *file;
static long file_size;

/* @count objects of @size bytes at @offset of the file */
static void *at(uint64_t offset, uint64_t count, size_t size)
{
	if (offset > (uint64_t)file_size || count > (file_size - offset) / size)
		errx(1, "%s: is cut short or not a module", path);
	return file + offset;
}

static void read_file(void)
{
	FILE *f = fopen(path, "rb");

	if (!f || fseek(f, 0, SEEK_END))
		err(1, "%s", path);
	file_size = ftell(f);
	if (file_size < 0 || fseek(f, 0, SEEK_SET))
		err(1, "%s", path);
	file = malloc(file_size + 1);
	if (!file || fread(file, 1, file_size, f) != (size_t)file_size)
		err(1, "%s", path);
	fclose(f);
}

static void write_file(const char *to)
{
	FILE *f = fopen(to, "wb");

	if (!f || fwrite(file, 1, file_size, f) != (size_t)file_size || fclose(f))
		err(1, "%s", to);
}

static Elf64_Shdr *find(const char *name)
{
	const Elf64_Ehdr *ehdr = at(0, 1, sizeof(*ehdr));
	Elf64_Shdr *shdr, *names;

	if (memcmp(ehdr->e_ident, ELFMAG, SELFMAG) || ehdr->e_shstrndx >= ehdr->e_shnum)
		errx(1, "%s: is not a module", path);
	shdr = at(ehdr->e_shoff, ehdr->e_shnum, sizeof(*shdr));
	names = &shdr[ehdr->e_shstrndx];
	for (int i = 0; i < ehdr->e_shnum; i++)
		if (!strcmp(at(names->sh_offset + shdr[i].sh_name, strlen(name) + 1, 1), name))
			return &shdr[i];
	errx(1, "%s: has no section %s: was it built with CONFIG_ARM64_UNWIND_TABLE?", path,
	     name);
}

int main(int argc, char **argv)
{
	const Elf64_Ehdr *ehdr;
	Elf64_Shdr *table, *shdr;
	Elf64_Rela *rela;

	if (argc != 4)
		errx(1, "usage: klp_spoil_table none|damaged|moved <module.ko> <copy.ko>");
	path = argv[2];
	read_file();
	table = find(TABLE);

	if (!strcmp(argv[1], "none")) {
		ehdr = at(0, 1, sizeof(*ehdr));
		shdr = at(ehdr->e_shoff, ehdr->e_shnum, sizeof(*shdr));
		*(char *)at(shdr[ehdr->e_shstrndx].sh_offset + table->sh_name + 1, 1, 1) = 'U';
	} else if (!strcmp(argv[1], "damaged")) {
		*(char *)at(table->sh_offset, 1, 1) ^= 1;
	} else if (!strcmp(argv[1], "moved")) {
		shdr = find(".rela" TABLE);
		rela = at(shdr->sh_offset, 1, sizeof(*rela));
		rela->r_addend -= 4;
	} else {
		errx(1, "%s is neither none nor damaged nor moved", argv[1]);
	}

	write_file(argv[3]);
	return 0;
}
