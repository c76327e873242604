// SPDX-License-Identifier: GPL-2.0-only
/*
 * Read the code of an ELF file, its unwind tables, its functions, and what else says
 * where control may go: relocations, jump labels, exception tables and the kernel's
 * list of BUG() and WARN().
 */

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "execute.h"

/* Where the sections of a relocatable file are put */
#define MADE_UP		0xffff800080000000ULL
#define PAGE		0x1000ULL
/* No kernel has as much code */
#define MAX_CODE	0x20000000ULL

void die(const char *file, const char *fmt, ...)
{
	va_list args;

	fflush(stdout);
	fprintf(stderr, "%s: error: %s: ", program_invocation_short_name, file);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(2);
}

void *zalloc(size_t nr, size_t size)
{
	void *p = calloc(nr ? nr : 1, size);

	if (!p)
		die("memory", "no room for %zu times %zu bytes", nr, size);
	return p;
}

/* One element more: @nr is how many there are. The room doubles at powers of two. */
void *grow(void *array, size_t nr, size_t size)
{
	if (nr & (nr - 1))
		return array;
	array = realloc(array, (nr ? 2 * nr : 1) * size);
	if (!array)
		die("memory", "no room for %zu times %zu bytes", 2 * nr, size);
	return array;
}

static uint64_t get(const uint8_t *p, unsigned int size)
{
	uint64_t value = 0;

	while (size--)
		value = value << 8 | p[size];
	return value;
}

uint64_t image_address(const struct image *img, uint32_t index)
{
	return img->base + 4ULL * index;
}

uint32_t image_index(const struct image *img, uint64_t address)
{
	uint64_t index = (address - img->base) / 4;

	return address < img->base || address % 4 || index >= img->nr ? OUTSIDE : index;
}

bool image_reliable(const struct image *img, uint32_t index)
{
	return img->state[index] != NO_TABLE &&
		img->states[img->state[index]].ra != UNWIND_UNRELIABLE;
}

static size_t nr_functions_up_to(const struct image *img, uint64_t address)
{
	size_t low = 0, high = img->nr_functions, middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (img->function[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The number of the word behind a function, 0: it is not in the code */
uint32_t function_end(const struct image *img, const struct function *f)
{
	uint32_t first = image_index(img, f->start);
	uint64_t nr = (f->end - f->start) / 4;

	if (first == OUTSIDE)
		return 0;
	return nr < img->nr - first ? first + nr : img->nr;
}

/* The innermost function that @address is in, or NULL */
const struct function *image_function(const struct image *img, uint64_t address)
{
	size_t i = nr_functions_up_to(img, address);
	int tries = 16;

	while (i-- && tries--)
		if (address < img->function[i].end)
			return &img->function[i];
	return NULL;
}

const struct link *image_link(const struct image *img, uint32_t index, enum link_kind kind)
{
	uint32_t i;

	for (i = img->links[index]; i; i = img->link[i].next)
		if (img->link[i].kind == kind)
			return &img->link[i];
	return NULL;
}

const char *image_place(const struct image *img, uint64_t address, char *buf, size_t size)
{
	const struct function *f = image_function(img, address);

	if (f)
		snprintf(buf, size, "%s()+0x%lx", f->name, (unsigned long)(address - f->start));
	else
		snprintf(buf, size, "0x%lx", (unsigned long)address);
	return buf;
}

static void add_link(struct image *img, uint64_t from, uint64_t to, const char *external,
		     enum link_kind kind)
{
	uint32_t index = image_index(img, from);
	struct link *link;

	if (index == OUTSIDE)
		return;
	img->link = grow(img->link, img->nr_links, sizeof(*img->link));
	link = &img->link[img->nr_links];
	link->to = to;
	link->external = external;
	link->kind = kind;
	link->next = img->links[index];
	img->links[index] = img->nr_links++;
}

static const char *section_name(struct image *img, const GElf_Shdr *shdr)
{
	const char *name;
	size_t strings;

	if (elf_getshdrstrndx(img->elf, &strings))
		die(img->name, "%s", elf_errmsg(-1));
	name = elf_strptr(img->elf, strings, shdr->sh_name);
	return name ? name : "";
}

static Elf_Scn *next_section(struct image *img, Elf_Scn *scn, GElf_Shdr *shdr)
{
	scn = elf_nextscn(img->elf, scn);
	if (scn && !gelf_getshdr(scn, shdr))
		die(img->name, "%s", elf_errmsg(-1));
	return scn;
}

static Elf_Data *section_data(struct image *img, Elf_Scn *scn)
{
	Elf_Data *data = elf_getdata(scn, NULL);

	if (!data)
		die(img->name, "%s", elf_errmsg(-1));
	return data;
}

static bool is_code(const GElf_Shdr *shdr)
{
	return shdr->sh_type == SHT_PROGBITS && shdr->sh_flags & SHF_ALLOC &&
		shdr->sh_flags & SHF_EXECINSTR && shdr->sh_size;
}

/* Pages with code; sections are by address */
static void add_span(struct image *img, uint64_t address, uint64_t size)
{
	struct span *last = img->nr_spans ? &img->span[img->nr_spans - 1] : NULL;
	uint64_t start = address & -PAGE, end = (address + size + PAGE - 1) & -PAGE;

	img->code = grow(img->code, img->nr_code, sizeof(*img->code));
	img->code[img->nr_code].start = address;
	img->code[img->nr_code++].end = address + size;
	if (last && start < last->start)
		die(img->name, "its sections are not by address");
	if (last && start <= last->end) {
		if (end > last->end)
			last->end = end;
		return;
	}
	img->span = grow(img->span, img->nr_spans, sizeof(*img->span));
	img->span[img->nr_spans].start = start;
	img->span[img->nr_spans++].end = end;
}

static void lay_out(struct image *img)
{
	uint64_t end = 0, next = MADE_UP;
	Elf_Scn *scn = NULL;
	GElf_Shdr shdr;
	Elf_Data *data;
	size_t nr;

	if (elf_getshdrnum(img->elf, &nr))
		die(img->name, "%s", elf_errmsg(-1));
	img->section = zalloc(nr, sizeof(*img->section));
	img->base = UINT64_MAX;
	while ((scn = next_section(img, scn, &shdr))) {
		uint64_t address = shdr.sh_addr;

		/* Data has an address as well, to be distinct */
		if (img->relocatable && shdr.sh_flags & SHF_ALLOC) {
			address = (next + 63) & -64ULL;
			if (is_code(&shdr))
				next = address + shdr.sh_size;
		}
		img->section[elf_ndxscn(scn)] = address;
		if (!is_code(&shdr))
			continue;
		if (address % 4 || address + shdr.sh_size < address)
			die(img->name, "section %s has an odd address", section_name(img, &shdr));
		if (address < img->base)
			img->base = address & -PAGE;
		if (address + shdr.sh_size > end)
			end = address + shdr.sh_size;
	}
	if (!end)
		img->base = MADE_UP;
	if (end > img->base + MAX_CODE)
		die(img->name, "its code is spread over %lu bytes", (unsigned long)(end - img->base));
	/* Behind the code is a page of nothing, not to run out of it */
	img->nr = ((end ? end - img->base + PAGE - 1 : 0) & -PAGE) / 4 + PAGE / 4;
	img->word = aligned_alloc(PAGE, img->nr * 4);
	if (!img->word)
		die("memory", "no room for %zu words", img->nr);
	memset(img->word, 0, img->nr * 4);
	img->links = zalloc(img->nr, sizeof(*img->links));
	img->link = zalloc(1, sizeof(*img->link));
	img->nr_links = 1;
	img->state = zalloc(img->nr, sizeof(*img->state));
	memset(img->state, 0xff, img->nr * sizeof(*img->state));
	while ((scn = next_section(img, scn, &shdr))) {
		if (!is_code(&shdr))
			continue;
		add_span(img, img->section[elf_ndxscn(scn)], shdr.sh_size);
		data = section_data(img, scn);
		memcpy((char *)img->word + (img->section[elf_ndxscn(scn)] - img->base), data->d_buf,
		       data->d_size < shdr.sh_size ? data->d_size : shdr.sh_size);
	}
}

static int by_address(const void *a, const void *b)
{
	const struct function *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->end > y->end ? -1 : x->end < y->end;
}

static void read_functions(struct image *img)
{
	Elf_Scn *scn = NULL, *in;
	GElf_Shdr shdr, code;
	struct function *f;
	Elf_Data *data;
	GElf_Sym sym;
	size_t i, nr;

	while ((scn = next_section(img, scn, &shdr)))
		if (shdr.sh_type == SHT_SYMTAB)
			break;
	if (!scn)
		die(img->name, "has no symbols");
	data = section_data(img, scn);
	for (i = 0; gelf_getsym(data, i, &sym); i++) {
		if (GELF_ST_TYPE(sym.st_info) != STT_FUNC || sym.st_shndx == SHN_UNDEF ||
		    sym.st_shndx >= SHN_LORESERVE)
			continue;
		in = elf_getscn(img->elf, sym.st_shndx);
		if (!in || !gelf_getshdr(in, &code) || !is_code(&code))
			continue;
		img->function = grow(img->function, img->nr_functions, sizeof(*f));
		f = &img->function[img->nr_functions++];
		memset(f, 0, sizeof(*f));
		f->start = sym.st_value + (img->relocatable ? img->section[sym.st_shndx] : 0);
		f->end = f->start + sym.st_size;
		f->name = elf_strptr(img->elf, shdr.sh_link, sym.st_name);
		if (!f->name)
			die(img->name, "symbol %zu has no name", i);
		f->part = strstr(f->name, ".cold");
		f->global = GELF_ST_BIND(sym.st_info) != STB_LOCAL;
	}
	if (!img->nr_functions)
		return;
	qsort(img->function, img->nr_functions, sizeof(*f), by_address);
	/* One name for each address: that of the largest one */
	for (i = nr = 1; i < img->nr_functions; i++) {
		f = &img->function[nr - 1];
		if (img->function[i].start == f->start)
			f->global |= img->function[i].global;
		else
			img->function[nr++] = img->function[i];
	}
	img->nr_functions = nr;
}

/* An instruction that has a relocation. Return: false if it is not one that matters */
static void relocated_code(struct image *img, uint64_t at, unsigned int type, uint64_t to,
			   const char *external)
{
	uint32_t index = image_index(img, at);

	switch (type) {
	case R_AARCH64_CALL26:
	case R_AARCH64_JUMP26:
	case R_AARCH64_CONDBR19:
	case R_AARCH64_TSTBR14:
		add_link(img, at, to, external, LINK_RELOCATION);
		break;
	case R_AARCH64_ADR_PREL_PG_HI21:
	case R_AARCH64_ADR_PREL_PG_HI21_NC:
	case R_AARCH64_ADR_GOT_PAGE:
		/* Data is not in the code: 256 MB further on nothing is */
		if (index != OUTSIDE)
			img->word[index] = (img->word[index] & 0x9f00001f) | 0x00080000 << 2;
		break;
	}
}

/* A word of data that has a relocation is set to what it refers to, relative to itself */
static void relocated_data(struct image *img, Elf_Scn *scn, uint64_t offset, unsigned int type,
			   uint64_t to)
{
	Elf_Data *data = section_data(img, scn);
	uint64_t value = to - img->section[elf_ndxscn(scn)] - offset;
	unsigned int size = type == R_AARCH64_PREL64 ? 8 : type == R_AARCH64_PREL32 ? 4 : 0;

	if (!size || offset > data->d_size || data->d_size - offset < size)
		return;
	memcpy((char *)data->d_buf + offset, &value, size);
}

static bool table_name(const char *name)
{
	return !strcmp(name, ".unwind_table") || !strcmp(name, ".init.unwind_table") ||
		!strcmp(name, ".exit.unwind_table");
}

static void relocate(struct image *img)
{
	Elf_Data *data, *symbols;
	GElf_Shdr shdr, target;
	Elf_Scn *scn = NULL, *to;
	const char *external;
	GElf_Rela rela;
	GElf_Sym sym;
	uint64_t value;
	size_t i;

	while ((scn = next_section(img, scn, &shdr))) {
		if (shdr.sh_type != SHT_RELA)
			continue;
		to = elf_getscn(img->elf, shdr.sh_info);
		if (!to || !gelf_getshdr(to, &target) || !(target.sh_flags & SHF_ALLOC))
			continue;
		data = section_data(img, scn);
		symbols = section_data(img, elf_getscn(img->elf, shdr.sh_link));
		for (i = 0; gelf_getrela(data, i, &rela); i++) {
			if (!gelf_getsym(symbols, GELF_R_SYM(rela.r_info), &sym))
				die(img->name, "relocation %zu of %s names no symbol", i,
				    section_name(img, &target));
			external = NULL;
			value = sym.st_value + rela.r_addend;
			if (sym.st_shndx == SHN_UNDEF) {
				GElf_Shdr names;

				gelf_getshdr(elf_getscn(img->elf, shdr.sh_link), &names);
				external = elf_strptr(img->elf, names.sh_link, sym.st_name);
			} else if (sym.st_shndx < SHN_LORESERVE) {
				value += img->section[sym.st_shndx];
			}
			if (is_code(&target))
				relocated_code(img, img->section[shdr.sh_info] + rela.r_offset,
					       GELF_R_TYPE(rela.r_info), value, external);
			else if (target.sh_type == SHT_PROGBITS && !external)
				relocated_data(img, to, rela.r_offset, GELF_R_TYPE(rela.r_info),
					       value);
		}
	}
}

/* The content of memory in a linked file, up to the end of the section. NULL: none */
static const uint8_t *memory(struct image *img, uint64_t address, size_t *size)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr shdr;
	Elf_Data *data;

	while ((scn = next_section(img, scn, &shdr))) {
		if (shdr.sh_type == SHT_NOBITS || !(shdr.sh_flags & SHF_ALLOC) ||
		    address < shdr.sh_addr || address - shdr.sh_addr >= shdr.sh_size)
			continue;
		data = section_data(img, scn);
		if (address - shdr.sh_addr >= data->d_size)
			continue;
		*size = data->d_size - (address - shdr.sh_addr);
		return (uint8_t *)data->d_buf + (address - shdr.sh_addr);
	}
	return NULL;
}

static bool symbol_value(struct image *img, const char *name, uint64_t *value)
{
	Elf_Scn *scn = NULL;
	const char *found;
	GElf_Shdr shdr;
	Elf_Data *data;
	GElf_Sym sym;
	size_t i;

	while ((scn = next_section(img, scn, &shdr))) {
		if (shdr.sh_type != SHT_SYMTAB)
			continue;
		data = section_data(img, scn);
		for (i = 0; gelf_getsym(data, i, &sym); i++) {
			found = elf_strptr(img->elf, shdr.sh_link, sym.st_name);
			if (sym.st_shndx == SHN_UNDEF || !found || strcmp(found, name))
				continue;
			*value = sym.st_value;
			if (img->relocatable && sym.st_shndx < SHN_LORESERVE)
				*value += img->section[sym.st_shndx];
			return true;
		}
	}
	return false;
}

typedef void (*array_fn)(struct image *img, const uint8_t *data, uint64_t address, size_t size);

/* What the kernel collects in a section, which may have become a part of another one */
static void read_array(struct image *img, const char *name, array_fn fn)
{
	uint64_t start, stop;
	Elf_Scn *scn = NULL;
	const uint8_t *p;
	bool any = false;
	char symbol[64];
	GElf_Shdr shdr;
	Elf_Data *data;
	size_t size;

	while ((scn = next_section(img, scn, &shdr))) {
		if (strcmp(section_name(img, &shdr), name))
			continue;
		data = section_data(img, scn);
		fn(img, data->d_buf, img->section[elf_ndxscn(scn)], data->d_size);
		any = true;
	}
	if (any || img->relocatable)
		return;
	snprintf(symbol, sizeof(symbol), "__start_%s", name);
	if (!symbol_value(img, symbol, &start))
		return;
	snprintf(symbol, sizeof(symbol), "__stop_%s", name);
	if (!symbol_value(img, symbol, &stop) || stop <= start)
		return;
	p = memory(img, start, &size);
	if (!p || size < stop - start)
		die(img->name, "what is between __start_%s and __stop_%s is not in it", name, name);
	fn(img, p, start, stop - start);
}

static uint64_t relative(const uint8_t *data, uint64_t address, size_t at)
{
	return address + at + (int64_t)(int32_t)get(data + at, 4);
}

static void jump_labels(struct image *img, const uint8_t *data, uint64_t address, size_t size)
{
	size_t i;

	for (i = 0; i + 16 <= size; i += 16)
		add_link(img, relative(data, address, i), relative(data, address, i + 4), NULL,
			 LINK_JUMP_LABEL);
}

static void fixups(struct image *img, const uint8_t *data, uint64_t address, size_t size)
{
	size_t i;

	for (i = 0; i + 12 <= size; i += 12)
		add_link(img, relative(data, address, i), relative(data, address, i + 4), NULL,
			 LINK_FIXUP);
}

/* KVM's are without a type */
static void kvm_fixups(struct image *img, const uint8_t *data, uint64_t address, size_t size)
{
	size_t i;

	for (i = 0; i + 8 <= size; i += 8)
		add_link(img, relative(data, address, i), relative(data, address, i + 4), NULL,
			 LINK_FIXUP);
}

static bool is_brk(const struct image *img, uint64_t address)
{
	uint32_t index = image_index(img, address);
	struct decoded d;

	if (index == OUTSIDE)
		return false;
	decode(img->word[index], address, &d);
	return d.kind == KIND_BRK;
}

static size_t nr_bugs(const struct image *img, const uint8_t *data, uint64_t address, size_t size,
		      size_t entry)
{
	size_t i, nr = 0;

	for (i = 0; i + entry <= size; i += entry)
		nr += is_brk(img, relative(data, address, i));
	return nr;
}

/* With CONFIG_DEBUG_BUGVERBOSE, there is the name of a file and a line before the flags */
static void bugs(struct image *img, const uint8_t *data, uint64_t address, size_t size)
{
	size_t entry, flags, i;

	if (2 * 8 * nr_bugs(img, data, address, size, 8) >= size) {
		entry = 8;
		flags = 4;
	} else {
		entry = 12;
		flags = 10;
	}
	if (2 * entry * nr_bugs(img, data, address, size, entry) < size)
		die(img->name, "__bug_table: its entries are not known");
	for (i = 0; i + entry <= size; i += entry)
		if (get(data + i + flags, 2) & 1)
			add_link(img, relative(data, address, i), 0, NULL, LINK_WARNING);
}

/* Where a direct branch goes that is copied to another place. Return: false if it is none */
static bool moved_branch(const struct image *img, uint32_t from, uint32_t to, uint32_t nr,
			 uint32_t at, struct decoded *d, const char **external)
{
	uint64_t start = img->base + 4ULL * from;

	decode(img->word[from + at], start + 4ULL * at, d);
	if (d->kind != KIND_BRANCH && d->kind != KIND_CONDITIONAL && d->kind != KIND_CALL)
		return false;
	image_target(img, from + at, d, &d->to, external);
	if (!*external && d->to - start <= 4ULL * nr)
		d->to += 4ULL * to - 4ULL * from;
	return true;
}

/*
 * Branches are there and not there, as with jump labels. What a callback makes is not
 * known, but it may well be no branch.
 */
static void alternatives(struct image *img, const uint8_t *data, uint64_t address, size_t size)
{
	const uint16_t is_callback = 0x8000;
	const char *external;
	uint32_t k, nr, from, to;
	struct decoded d;
	size_t i;

	for (i = 0; i + 12 <= size; i += 12) {
		to = image_index(img, relative(data, address, i));
		nr = data[i + 10] / 4;
		from = get(data + i + 8, 2) & is_callback ? to :
			image_index(img, relative(data, address, i + 4));
		if (to == OUTSIDE || from == OUTSIDE || nr > img->nr - to || nr > img->nr - from)
			continue;
		for (k = 0; k < nr; k++) {
			uint64_t place = img->base + 4ULL * (to + k);

			if (moved_branch(img, to, to, nr, k, &d, &external) &&
			    d.kind != KIND_CALL && !external)
				add_link(img, place, d.to, NULL, LINK_JUMP_LABEL);
			if (from == to)
				continue;
			if (moved_branch(img, from, to, nr, k, &d, &external)) {
				if (d.kind != KIND_CALL && !external)
					add_link(img, place, d.to, NULL, LINK_JUMP_LABEL);
				if (img->replaced)
					add_link(img, place, d.to, external, LINK_RELOCATION);
			}
			if (img->replaced)
				img->word[to + k] = img->word[from + k];
		}
	}
}

/* One block: the state of each instruction, by the changes */
static void read_block(struct image *img, const char *where, const uint8_t *change,
		       uint32_t nr, unsigned int bits, uint32_t first, uint32_t nr_words,
		       uint32_t nr_states)
{
	uint32_t i, k, from, to, state;

	for (i = 0; i < nr; i++) {
		from = get(change + 2 * i, 2) >> bits;
		to = i + 1 < nr ? get(change + 2 * i + 2, 2) >> bits : nr_words;
		state = get(change + 2 * i, 2) & ((1U << bits) - 1);
		if ((!i && from) || to <= from || to > nr_words || state >= nr_states)
			die(img->name, "%s: a change is not one", where);
		for (k = from; k < to; k++) {
			if (img->state[first + k] != NO_TABLE)
				die(img->name, "%s: an instruction is there twice", where);
			img->state[first + k] = img->nr_states + state;
		}
	}
}

/* A table whose relocations are done; @address is that of its first byte */
static void read_table(struct image *img, const char *where, const uint8_t *data, size_t size,
		       uint64_t address)
{
	const uint8_t *range, *state, *index, *change;
	struct unwind_table t;
	uint32_t i, k, first, nr, start, end, blocks, per_block;
	unsigned int bits;

	memcpy(&t, data, size < sizeof(t) ? size : sizeof(t));
	if (size < sizeof(t) || t.magic != UNWIND_TABLE_MAGIC ||
	    t.version != UNWIND_TABLE_VERSION || t.block_shift < UNWIND_BLOCK_SHIFT_MIN ||
	    t.block_shift > UNWIND_BLOCK_SHIFT_MAX)
		die(img->name, "%s: not an unwind table", where);
	bits = 16 - (t.block_shift - 2);
	per_block = 1U << (t.block_shift - 2);
	range = data + sizeof(t);
	state = range + (size_t)t.nr_ranges * sizeof(struct unwind_table_range);
	index = state + (size_t)t.nr_states * sizeof(struct unwind_table_state);
	change = index + (size_t)t.nr_index * 4;
	if (size != sizeof(t) + t.nr_ranges * sizeof(struct unwind_table_range) +
	    t.nr_states * sizeof(struct unwind_table_state) + t.nr_index * 4ULL +
	    t.nr_changes * 2ULL)
		die(img->name, "%s: of %zu bytes, and not what its header says", where, size);
	for (i = 0; i < t.nr_ranges; i++) {
		const uint8_t *r = range + i * sizeof(struct unwind_table_range);

		nr = get(r + 8, 4) / 4;
		first = image_index(img, address + (r - data) + get(r, 8));
		if (first == OUTSIDE || nr > img->nr - first)
			die(img->name, "%s: range %u is not in the code", where, i);
		blocks = (nr + per_block - 1) / per_block;
		for (k = 0; k < blocks; k++) {
			uint64_t at = (uint64_t)get(r + 12, 4) + k;

			if (at + 1 >= t.nr_index)
				die(img->name, "%s: range %u has no index", where, i);
			start = get(index + 4 * at, 4) & UNWIND_INDEX_CHANGE;
			end = get(index + 4 * at + 4, 4) & UNWIND_INDEX_CHANGE;
			if (start >= end || end > t.nr_changes)
				die(img->name, "%s: range %u has no changes", where, i);
			read_block(img, where, change + 2ULL * start, end - start, bits,
				   first + k * per_block,
				   nr - k * per_block < per_block ? nr - k * per_block : per_block,
				   t.nr_states);
		}
	}
	for (i = 0; i < t.nr_states; i++) {
		img->states = grow(img->states, img->nr_states, sizeof(*img->states));
		memcpy(&img->states[img->nr_states++], state + i * sizeof(*img->states),
		       sizeof(*img->states));
	}
	if (img->nr_states >= NO_TABLE)
		die(img->name, "has too many states");
}

/* A table that is not linked yet: its ranges begin at global symbols of @img */
static void read_other_table(struct image *img, const char *name)
{
	struct image other = { .name = name };
	GElf_Shdr shdr, names;
	Elf_Data *data, *symbols;
	Elf_Scn *scn = NULL;
	uint64_t value;
	GElf_Rela rela;
	GElf_Sym sym;
	size_t i;

	image_take(&other, name, NULL, 0);
	while ((scn = next_section(&other, scn, &shdr))) {
		if (shdr.sh_type != SHT_RELA)
			continue;
		data = section_data(&other, scn);
		gelf_getshdr(elf_getscn(other.elf, shdr.sh_link), &names);
		symbols = section_data(&other, elf_getscn(other.elf, shdr.sh_link));
		for (i = 0; gelf_getrela(data, i, &rela); i++) {
			const char *symbol;

			if (!gelf_getsym(symbols, GELF_R_SYM(rela.r_info), &sym))
				die(name, "relocation %zu names no symbol", i);
			symbol = elf_strptr(other.elf, names.sh_link, sym.st_name);
			if (!symbol || !symbol_value(img, symbol, &value))
				die(name, "%s has no symbol %s", img->name, symbol ? symbol : "");
			relocated_data(&other, elf_getscn(other.elf, shdr.sh_info), rela.r_offset,
				       GELF_R_TYPE(rela.r_info), value + rela.r_addend);
		}
	}
	while ((scn = next_section(&other, scn, &shdr))) {
		if (!table_name(section_name(&other, &shdr)))
			continue;
		data = section_data(&other, scn);
		read_table(img, name, data->d_buf, data->d_size, 0);
	}
	image_close(&other);
}

static void read_tables(struct image *img)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr shdr;
	Elf_Data *data;

	while ((scn = next_section(img, scn, &shdr))) {
		if (!table_name(section_name(img, &shdr)))
			continue;
		data = section_data(img, scn);
		read_table(img, section_name(img, &shdr), data->d_buf, data->d_size,
			   img->section[elf_ndxscn(scn)]);
	}
}

/**
 * image_take - a file's content as it is
 * @img: filled in
 * @name: the file
 * @data: its content, which is changed; NULL: read it
 * @size: of @data
 */
void image_take(struct image *img, const char *name, void *data, size_t size)
{
	struct stat st;
	GElf_Ehdr ehdr;
	ssize_t got;
	int fd;

	memset(img, 0, sizeof(*img));
	img->name = name;
	if (!data) {
		fd = open(name, O_RDONLY);
		if (fd < 0 || fstat(fd, &st))
			die(name, "%s", strerror(errno));
		data = zalloc(st.st_size, 1);
		for (size = 0; size < (size_t)st.st_size; size += got) {
			got = read(fd, (char *)data + size, st.st_size - size);
			if (got <= 0)
				die(name, "%s", got ? strerror(errno) : "has become shorter");
		}
		close(fd);
	}
	img->data = data;
	img->size = size;
	elf_version(EV_CURRENT);
	img->elf = elf_memory(data, size);
	if (!img->elf || elf_kind(img->elf) != ELF_K_ELF || !gelf_getehdr(img->elf, &ehdr) ||
	    ehdr.e_machine != EM_AARCH64 || ehdr.e_ident[EI_DATA] != ELFDATA2LSB)
		die(name, "is not an ELF file for arm64, little endian");
	img->relocatable = ehdr.e_type == ET_REL;
	if (elf_getshdrnum(img->elf, &size))
		die(name, "%s", elf_errmsg(-1));
	free(img->section);
	img->section = zalloc(size, sizeof(*img->section));
}

/**
 * image_open - read a file
 * @img: filled in
 * @name: the file
 * @table: an object file that has its table, if it has none itself, or NULL
 * @replaced: with all of its alternatives, in place of none
 */
void image_open(struct image *img, const char *name, const char *table, bool replaced)
{
	size_t i;

	image_take(img, name, NULL, 0);
	img->replaced = replaced;
	free(img->section);
	lay_out(img);
	read_functions(img);
	if (img->relocatable)
		relocate(img);
	read_array(img, "__jump_table", jump_labels);
	read_array(img, "__ex_table", fixups);
	read_array(img, "__kvm_ex_table", kvm_fixups);
	read_array(img, "__bug_table", bugs);
	read_array(img, ".altinstructions", alternatives);
	if (table)
		read_other_table(img, table);
	else
		read_tables(img);
	for (i = 0; i < img->nr; i++)
		img->shadow_stack |= img->word[i] == 0xf800865e;	/* str x30, [x18], #8 */
}

void image_close(struct image *img)
{
	elf_end(img->elf);
	free(img->data);
	free(img->section);
	free(img->word);
	free(img->span);
	free(img->code);
	free(img->state);
	free(img->links);
	free(img->link);
	free(img->states);
	free(img->function);
	memset(img, 0, sizeof(*img));
}
