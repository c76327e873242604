/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tool's ways to the outside, led into the harness. The compiler includes this
 * before each file of the tool, which is otherwise built as it is.
 */
#ifndef FUZZ_WRAP_H
#define FUZZ_WRAP_H

#include <elfutils/libdw.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int unwindtool_main(int argc, char **argv);

_Noreturn void fuzz_exit(int status);

void *fuzz_malloc(size_t size);
void *fuzz_calloc(size_t nr, size_t size);
void *fuzz_realloc(void *p, size_t size);
void fuzz_free(void *p);

int fuzz_open(const char *name, int flags);
int fuzz_close(int fd);
int fuzz_fstat(int fd, struct stat *st);
void *fuzz_mmap(void *addr, size_t size, int prot, int flags, int fd, off_t off);
int fuzz_munmap(void *addr, size_t size);
FILE *fuzz_fopen(const char *name, const char *mode);
int fuzz_fclose(FILE *file);

Elf *fuzz_elf_begin(int fd, Elf_Cmd cmd, Elf *ref);
Elf *fuzz_elf_memory(char *image, size_t size);
int fuzz_elf_end(Elf *elf);
Dwarf_CFI *fuzz_dwarf_getcfi_elf(Elf *elf);
int fuzz_dwarf_cfi_end(Dwarf_CFI *cfi);
Dwarf *fuzz_dwarf_begin_elf(Elf *elf, Dwarf_Cmd cmd, Elf_Scn *group);
int fuzz_dwarf_end(Dwarf *dwarf);

#ifndef FUZZ_HARNESS

#define main				unwindtool_main
#define exit				fuzz_exit
#undef stderr
#define stderr				stdout

#define malloc				fuzz_malloc
#define calloc				fuzz_calloc
#define realloc				fuzz_realloc
#define free				fuzz_free

#define open				fuzz_open
#define close				fuzz_close
#define fstat				fuzz_fstat
#define mmap				fuzz_mmap
#define munmap				fuzz_munmap
#define fopen				fuzz_fopen
#define fclose				fuzz_fclose

#define elf_begin			fuzz_elf_begin
#define elf_memory			fuzz_elf_memory
#define elf_end				fuzz_elf_end
#define dwarf_getcfi_elf		fuzz_dwarf_getcfi_elf
#define dwarf_cfi_end			fuzz_dwarf_cfi_end
#define dwarf_begin_elf			fuzz_dwarf_begin_elf
#define dwarf_end			fuzz_dwarf_end

#endif /* FUZZ_HARNESS */
#endif
