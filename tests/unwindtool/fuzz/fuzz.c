// SPDX-License-Identifier: GPL-2.0-only
/*
 * Feed unwindtool whatever a file may have in it.
 *
 * The tool is linked in whole, and run by its command line, as often as libFuzzer
 * likes: wrap.h leads its files into memory and its exit() back here. The last byte of
 * the ELF identification, which is padding, says which command it is: so every input
 * is a file for the tool itself as well.
 *
 * Apart from what the sanitizers see, these must hold: a refusal has exit status 2,
 * a run that ends by itself has released everything, and a table that was written
 * is one that "verify" accepts.
 */

#define FUZZ_HARNESS
#include <errno.h>
#include <getopt.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>

#include "object.h"
#include "wrap.h"

enum { FINE, FOUND, REFUSED };		/* exit status of the tool */

/* The only file there is to read: the input, or what the tool has made of it */
static const uint8_t *file;
static size_t file_size;
static uint8_t *rewritten;

enum { READ_FD = 1 << 20 };		/* of no file of the system's */

/* What the tool has to release, and what does it when it ends by exit() */
static struct held {
	void *p;
	void (*release)(void *p);
} *held;
static size_t nr_held, max_held;

static jmp_buf back;
static size_t nr_runs, nr_read, nr_tables;

static void broken(const char *what)
{
	fprintf(stderr, "fuzz: %s\n", what);
	abort();
}

static void *hold(void *p, void (*release)(void *))
{
	if (!p)
		return NULL;
	if (nr_held == max_held) {
		max_held = 2 * max_held + 64;
		held = realloc(held, max_held * sizeof(*held));
		if (!held)
			broken("out of memory");
	}
	held[nr_held].p = p;
	held[nr_held++].release = release;
	return p;
}

/* What is not held comes from libdw, or belongs to what is held */
static void drop(const void *p)
{
	for (size_t i = nr_held; p && i--;) {
		if (held[i].p != p)
			continue;
		memmove(&held[i], &held[i + 1], (--nr_held - i) * sizeof(*held));
		return;
	}
}

static void release_all(void)
{
	struct held last;

	while (nr_held) {
		last = held[--nr_held];
		last.release(last.p);
	}
}

void fuzz_exit(int status)
{
	longjmp(back, status + 1);
}

void *fuzz_malloc(size_t size)
{
	return hold(malloc(size), free);
}

void *fuzz_calloc(size_t nr, size_t size)
{
	return hold(calloc(nr, size), free);
}

void *fuzz_realloc(void *p, size_t size)
{
	void *new = realloc(p, size);

	if (new)
		drop(p);
	return hold(new, free);
}

void fuzz_free(void *p)
{
	drop(p);
	free(p);
}

static void release_fd(void *fd)
{
	close((intptr_t)fd);
}

/* To be changed in place it has to be a file of the system's, for libelf */
int fuzz_open(const char *name, int flags)
{
	int fd;

	if (strcmp(name, "in")) {
		errno = ENOENT;
		return -1;
	}
	if ((flags & O_ACCMODE) == O_RDONLY)
		return READ_FD;
	fd = memfd_create("in", MFD_CLOEXEC);
	if (fd < 0 || write(fd, file, file_size) != (ssize_t)file_size)
		broken("a file in memory cannot be made");
	hold((void *)(intptr_t)fd, release_fd);
	return fd;
}

int fuzz_close(int fd)
{
	struct stat st;
	uint8_t *new;

	if (fd == READ_FD)
		return 0;
	if (fstat(fd, &st))
		broken("a file in memory has no size");
	new = malloc(st.st_size);
	if (!new || pread(fd, new, st.st_size, 0) != st.st_size)
		broken("a file in memory cannot be read");
	free(rewritten);
	rewritten = new;
	file = new;
	file_size = st.st_size;
	drop((void *)(intptr_t)fd);
	return close(fd);
}

int fuzz_fstat(int fd, struct stat *st)
{
	(void)fd;
	memset(st, 0, sizeof(*st));
	st->st_mode = S_IFREG | 0644;
	st->st_size = file_size;
	return 0;
}

/* From the heap, where a sanitizer sees what is read behind its end */
void *fuzz_mmap(void *addr, size_t size, int prot, int flags, int fd, off_t off)
{
	void *p = fuzz_malloc(size);

	(void)addr, (void)prot, (void)flags, (void)fd, (void)off;
	return p ? memcpy(p, file, size) : MAP_FAILED;
}

int fuzz_munmap(void *addr, size_t size)
{
	(void)size;
	fuzz_free(addr);
	return 0;
}

static void release_file(void *p)
{
	fclose(p);
}

/* Nobody reads what is written by this way */
FILE *fuzz_fopen(const char *name, const char *mode)
{
	(void)name;
	return hold(fopen("/dev/null", mode), release_file);
}

int fuzz_fclose(FILE *p)
{
	drop(p);
	return fclose(p);
}

struct new_file new_file(const char *name)
{
	return (struct new_file){ .name = name, .file = fuzz_fopen(name, "we") };
}

/* The only file is changed in place: an input that ends the tool in between is over */
struct new_file copy_file(const char *name)
{
	return (struct new_file){ .name = name, .path = (char *)name };
}

void replace_file(struct new_file *new)
{
	if (new->file)
		fuzz_fclose(new->file);
}

static void release_elf(void *elf)
{
	elf_end(elf);
}

Elf *fuzz_elf_begin(int fd, Elf_Cmd cmd, Elf *ref)
{
	return hold(elf_begin(fd, cmd, ref), release_elf);
}

Elf *fuzz_elf_memory(char *image, size_t size)
{
	return hold(elf_memory(image, size), release_elf);
}

int fuzz_elf_end(Elf *elf)
{
	drop(elf);
	return elf_end(elf);
}

static void release_cfi(void *cfi)
{
	dwarf_cfi_end(cfi);
}

Dwarf_CFI *fuzz_dwarf_getcfi_elf(Elf *elf)
{
	return hold(dwarf_getcfi_elf(elf), release_cfi);
}

int fuzz_dwarf_cfi_end(Dwarf_CFI *cfi)
{
	drop(cfi);
	return dwarf_cfi_end(cfi);
}

static void release_dwarf(void *dwarf)
{
	dwarf_end(dwarf);
}

Dwarf *fuzz_dwarf_begin_elf(Elf *elf, Dwarf_Cmd cmd, Elf_Scn *group)
{
	return hold(dwarf_begin_elf(elf, cmd, group), release_dwarf);
}

int fuzz_dwarf_end(Dwarf *dwarf)
{
	drop(dwarf);
	return dwarf_end(dwarf);
}

/* Run the tool. Return: its exit status */
static int run(const char *const *words)
{
	char *argv[12] = { "unwindtool" };
	int argc = 1, status;

	while (*words)
		argv[argc++] = (char *)*words++;
	optind = 0;		/* glibc: from the beginning */
	status = setjmp(back);
	if (!status) {
		status = 1 + unwindtool_main(argc, argv);
		if (nr_held)
			broken("the tool has ended, and something is not released");
	} else if (status != 1 + REFUSED) {
		broken("exit() with another status than that of a refusal");
	}
	release_all();
	return status - 1;
}

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* A table that was written into the file has to be right */
static int make_table(const char *size, const char *how)
{
	bool linked = file_size <= offsetof(Elf64_Ehdr, e_type) ||
		file[offsetof(Elf64_Ehdr, e_type)] != ET_REL;
	int status;

	if (linked)
		return run(WORDS("table", "in", "-o", "out", "--block-size", size, how));
	status = run(WORDS("table", "in", "--block-size", size, how));
	if (status != FINE)
		return status;
	nr_tables++;
	/* Without CFI nobody can tell, and that is a refusal */
	if (run(WORDS("verify", "in")) == FOUND)
		broken("verify does not accept the table that was written");
	return FINE;
}

static int run_command(unsigned int which)
{
	switch (which % 8) {
	case 0:
		return run(WORDS("check", "--stats", "--werror", "in"));
	case 1:
		return run(WORDS("dump", "in"));
	case 2:
		return run(WORDS("dump", "--rows", "in"));
	case 3:
		return run(WORDS("dump", "in", "f"));
	case 4:
		return run(WORDS("verify", "in"));
	case 5:
		return make_table("1024", "--quiet");
	case 6:
		return make_table("256", NULL);
	default:
		return make_table("4096", "--literal");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	file = data;
	file_size = size;
	nr_runs++;
	nr_read += run_command(size < EI_NIDENT ? 0 : data[EI_NIDENT - 1]) != REFUSED;
	free(rewritten);
	rewritten = NULL;
	return 0;
}

/* If hardly any is, the fuzzer tests nothing but the first check of an ELF header */
static void tell(void)
{
	fprintf(stderr, "fuzz: %zu inputs, %zu of them read to the end, %zu tables written\n",
		nr_runs, nr_read, nr_tables);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	stdout = fopen("/dev/null", "w");
	if (!stdout)
		broken("/dev/null cannot be opened");
	atexit(tell);
	return 0;
}
