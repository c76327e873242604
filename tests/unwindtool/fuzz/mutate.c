// SPDX-License-Identifier: GPL-2.0-only
/*
 * Change an ELF file where it matters.
 *
 * Flat changes hardly ever leave an ELF file that is read further than its headers.
 * So one member of a header, a symbol or a relocation is changed at a time, or an
 * instruction, an operation of the CFI or a number in a table, and only now and then
 * any byte.
 */

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* libFuzzer's own: flat, in place. Return: the new size */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define MEMBER(type, member)	{ offsetof(type, member), sizeof(((type *)0)->member) }

struct field {
	size_t offset;
	size_t size;
};

struct input {
	uint8_t *data;
	size_t size;
	size_t max;
};

static uint64_t state;

static uint32_t any(uint32_t below)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (state >> 32) % below;
}

static uint64_t get(const uint8_t *p, size_t size)
{
	uint64_t value = 0;

	while (size--)
		value = value << 8 | p[size];
	return value;
}

static void put(uint8_t *p, uint64_t value, size_t size)
{
	for (; size--; value >>= 8)
		*p++ = value;
}

/* Another number: a little more or less, a bound, one bit, or anything */
static void change(uint8_t *p, size_t size)
{
	static const uint64_t bounds[] = {
		0, 1, 2, 3, 4, 7, 8, 24, 255, 256, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff,
		0x80000000, 0xffffffff, 0x100000000, 0x7fffffffffffffff, 0x8000000000000000,
		-1ULL, -2ULL, -4ULL, -8ULL, 0xffffffff00000000,
		SHT_REL, SHT_GROUP, 0x6fff4c03,	/* SHT_LLVM_ADDRSIG */
	};
	uint64_t value = get(p, size);

	switch (any(6)) {
	case 0:
		value += 1 + any(8);
		break;
	case 1:
		value -= 1 + any(8);
		break;
	case 2:
		value = bounds[any(ARRAY_SIZE(bounds))];
		break;
	case 3:
		value ^= 1ULL << any(8 * size);
		break;
	case 4:
		value = any(64);
		break;
	case 5:
		value += 4 * (int64_t)any(256) - 512;
		break;
	}
	put(p, value, size);
}

static const struct field header_members[] = {
	MEMBER(Elf64_Ehdr, e_type), MEMBER(Elf64_Ehdr, e_machine), MEMBER(Elf64_Ehdr, e_shoff),
	MEMBER(Elf64_Ehdr, e_shentsize), MEMBER(Elf64_Ehdr, e_shnum),
	MEMBER(Elf64_Ehdr, e_shstrndx), { 0, EI_NIDENT },
};

static const struct field section_members[] = {
	MEMBER(Elf64_Shdr, sh_name), MEMBER(Elf64_Shdr, sh_type), MEMBER(Elf64_Shdr, sh_flags),
	MEMBER(Elf64_Shdr, sh_addr), MEMBER(Elf64_Shdr, sh_offset), MEMBER(Elf64_Shdr, sh_size),
	MEMBER(Elf64_Shdr, sh_link), MEMBER(Elf64_Shdr, sh_info),
	MEMBER(Elf64_Shdr, sh_addralign), MEMBER(Elf64_Shdr, sh_entsize),
};

static const struct field symbol_members[] = {
	MEMBER(Elf64_Sym, st_name), MEMBER(Elf64_Sym, st_info), MEMBER(Elf64_Sym, st_shndx),
	MEMBER(Elf64_Sym, st_value), MEMBER(Elf64_Sym, st_size),
};

static const struct field rela_members[] = {
	MEMBER(Elf64_Rela, r_offset), MEMBER(Elf64_Rela, r_addend),
	{ offsetof(Elf64_Rela, r_info), 4 },		/* type */
	{ offsetof(Elf64_Rela, r_info) + 4, 4 },	/* symbol */
};

#define ANY_MEMBER(p, members) do {					\
	const struct field *m_ = &(members)[any(ARRAY_SIZE(members))];	\
	change((p) + m_->offset, m_->size > 8 ? 8 : m_->size);		\
} while (0)

static uint64_t ehdr(const struct input *in, struct field m)
{
	return get(in->data + m.offset, m.size);
}

#define EHDR(in, member)	ehdr(in, (struct field)MEMBER(Elf64_Ehdr, member))

/* A section's header, NULL when the file is not that good */
static uint8_t *section(const struct input *in, uint64_t index)
{
	uint64_t off = EHDR(in, e_shoff);

	if (index >= EHDR(in, e_shnum) || off > in->size ||
	    (in->size - off) / sizeof(Elf64_Shdr) <= index)
		return NULL;
	return in->data + off + index * sizeof(Elf64_Shdr);
}

#define SHDR(p, member)	\
	get((p) + offsetof(Elf64_Shdr, member), sizeof(((Elf64_Shdr *)0)->member))

static uint8_t *contents(const struct input *in, const uint8_t *shdr, size_t *size)
{
	uint64_t off = SHDR(shdr, sh_offset);

	*size = SHDR(shdr, sh_size);
	if (SHDR(shdr, sh_type) == SHT_NOBITS || !*size || off > in->size ||
	    in->size - off < *size)
		return NULL;
	return in->data + off;
}

static const char *section_name(const struct input *in, const uint8_t *shdr)
{
	uint8_t *names = section(in, EHDR(in, e_shstrndx)), *p;
	uint64_t name = SHDR(shdr, sh_name);
	size_t size;

	p = names ? contents(in, names, &size) : NULL;
	if (!p || name >= size || !memchr(p + name, 0, size - name))
		return "";
	return (const char *)p + name;
}

/* What a section is to be changed as */
enum kind { ANY, SYMBOLS, RELAS, CODE, CFI, ENTRIES, TABLE, NR_KINDS };

static bool is_kind(const struct input *in, const uint8_t *shdr, enum kind kind)
{
	const char *name = section_name(in, shdr);

	switch (kind) {
	case SYMBOLS:
		return SHDR(shdr, sh_type) == SHT_SYMTAB;
	case RELAS:
		return SHDR(shdr, sh_type) == SHT_RELA;
	case CODE:
		return SHDR(shdr, sh_flags) & SHF_EXECINSTR;
	case CFI:
		return strstr(name, "eh_frame") || strstr(name, "debug_frame");
	case ENTRIES:
		return strstr(name, "table") || !strcmp(name, ".altinstructions");
	case TABLE:
		return strstr(name, ".unwind_table");
	default:
		return true;
	}
}

/* One of the sections of a kind that have contents */
static uint8_t *any_section(const struct input *in, enum kind kind)
{
	uint8_t *shdr, *found = NULL;
	uint32_t seen = 0;
	size_t size;

	for (uint32_t i = 0; (shdr = section(in, i)); i++)
		if (contents(in, shdr, &size) && is_kind(in, shdr, kind) && !any(++seen))
			found = shdr;
	return found;
}

/* Each of these returns whether there was something to change */

static bool flat(struct input *in)
{
	in->size = LLVMFuzzerMutate(in->data, in->size, in->max);
	return true;
}

static bool change_header(struct input *in)
{
	ANY_MEMBER(in->data, header_members);
	return true;
}

static bool change_section_header(struct input *in)
{
	uint8_t *shdr = section(in, any(EHDR(in, e_shnum) + 1)), *other;
	const struct field *m = &section_members[any(ARRAY_SIZE(section_members))];

	if (!shdr)
		return false;
	other = section(in, any(EHDR(in, e_shnum) + 1));
	if (other && !any(2))
		memmove(shdr + m->offset, other + m->offset, m->size);
	else
		change(shdr + m->offset, m->size);
	return true;
}

static bool change_entry(struct input *in)
{
	bool symbols = any(2);
	uint8_t *shdr = any_section(in, symbols ? SYMBOLS : RELAS), *p;
	size_t size;

	p = shdr ? contents(in, shdr, &size) : NULL;
	if (!p || size < sizeof(Elf64_Sym))
		return false;
	_Static_assert(sizeof(Elf64_Sym) == sizeof(Elf64_Rela), "entries of 24 bytes");
	p += any(size / sizeof(Elf64_Sym)) * sizeof(Elf64_Sym);
	if (symbols)
		ANY_MEMBER(p, symbol_members);
	else
		ANY_MEMBER(p, rela_members);
	return true;
}

static bool change_code(struct input *in)
{
	static const uint32_t insns[] = {
		0xd503201f,	/* nop */
		0xd503245f,	/* bti c */
		0xd503233f,	/* paciasp */
		0xdac103fe,	/* pacia x30, sp */
		0x0e043c1d,	/* umov w29, v0.s[0] */
		0xd65f03c0,	/* ret */
		0xd61f0020,	/* br x1 */
		0xd63f0020,	/* blr x1 */
		0x94000001,	/* bl . + 4 */
		0x17ffffff,	/* b . - 4 */
		0x54000040,	/* b.eq . + 8 */
		0xd4210000,	/* brk #0x800 */
		0xd69f03e0,	/* eret */
		0xa9be7bfd,	/* stp x29, x30, [sp, #-32]! */
		0xa9017bfd,	/* stp x29, x30, [sp, #16] */
		0xa8c27bfd,	/* ldp x29, x30, [sp], #32 */
		0xf81f8fe0,	/* str x0, [sp, #-8]! */
		0xf800865e,	/* str x30, [x18], #8 */
		0xf85f8e5e,	/* ldr x30, [x18, #-8]! */
		0x910003fd,	/* mov x29, sp */
		0x910003bf,	/* mov sp, x29 */
		0xd1403fff,	/* sub sp, sp, #15, lsl #12 */
		0x917fffff,	/* add sp, sp, #0xfff, lsl #12 */
		0xd17fffff,	/* sub sp, sp, #0xfff, lsl #12 */
		0x910083ff,	/* add sp, sp, #32 */
		0xaa1e03fe,	/* mov x30, x30 */
		0x00000000,	/* udf */
	};
	uint8_t *shdr = any_section(in, CODE), *p;
	size_t size, at, from, n = any(8) ? 1 : 1 + any(256);

	p = shdr ? contents(in, shdr, &size) : NULL;
	if (!p || size < 4)
		return false;
	at = any(size / 4) * 4;
	from = any(size / 4) * 4;
	switch (any(4)) {
	case 0:
		p[at + any(4)] ^= 1 << any(8);
		break;
	case 1:
		memmove(p + at, p + from, 4);
		break;
	default:
		put(p + at, insns[any(ARRAY_SIZE(insns))], 4);
	}
	/* Now and then a lot of the same */
	for (; --n && at + 8 <= size; at += 4)
		memmove(p + at + 4, p + at, 4);
	return true;
}

static size_t put_leb(uint8_t *p, uint64_t value)
{
	size_t n = 0;

	do {
		p[n++] = (value & 0x7f) | (value > 0x7f ? 0x80 : 0);
		value >>= 7;
	} while (value);
	return n;
}

/* An operation with operands, over what is there; or a word, which may be a length */
static bool change_cfi(struct input *in)
{
	static const uint8_t registers[] = { 18, 29, 30, 31, 34, 35, 255 };
	uint8_t *shdr = any_section(in, CFI), *p, op[32];
	size_t size, at, n = 0;

	p = shdr ? contents(in, shdr, &size) : NULL;
	if (!p || size < sizeof(op))
		return false;
	at = any(size - sizeof(op) + 1);
	switch (any(3)) {
	case 0:
		change(p + (at & ~3ULL), 4);
		return true;
	case 1:
		change(p + at, 1);
		return true;
	}
	switch (any(4)) {
	case 0:		/* DW_CFA_advance_loc, _offset, _restore */
		op[n++] = (1 + any(3)) << 6 | (any(2) ? registers[any(7)] & 0x3f : any(64));
		break;
	default:
		op[n++] = any(0x31);
		if (any(2))
			op[n++] = registers[any(7)];
	}
	change(memset(op + n + 10, 0, 8), 8);
	n += put_leb(op + n, any(2) ? any(64) : get(op + n + 10, 8));
	memcpy(p + at, op, n);
	return true;
}

/* The tables of places, of relative words */
static bool change_words(struct input *in)
{
	uint8_t *shdr = any_section(in, ENTRIES), *p;
	size_t size;

	p = shdr ? contents(in, shdr, &size) : NULL;
	if (!p || size < 4)
		return false;
	change(p + any(size / 4) * 4, 1 << any(3));
	return true;
}

/* A copy at the end of the file has room. Return: where, NULL when there is none */
static uint8_t *move_to_end(struct input *in, uint8_t *shdr, size_t *size, size_t room)
{
	uint8_t *p = contents(in, shdr, size);

	if (!p || in->max - in->size < *size + room)
		return NULL;
	put(shdr + offsetof(Elf64_Shdr, sh_offset), in->size, 8);
	return memcpy(in->data + in->size, p, *size);
}

/* A section of another size, at the end of the file */
static bool resize(struct input *in)
{
	enum { MORE = 256 };
	uint8_t *shdr = any_section(in, any(2) ? ANY : any(NR_KINDS)), *p;
	size_t size, from, n;

	p = shdr ? move_to_end(in, shdr, &size, MORE) : NULL;
	if (!p)
		return false;
	switch (any(3)) {
	case 0:		/* its end twice */
		from = any(size) & ~3ULL;
		n = size - from < MORE ? size - from : MORE;
		memmove(p + size, p + from, n);
		size += n;
		break;
	case 1:
		size -= any(size < 32 ? size : 32);
		break;
	default:
		size = LLVMFuzzerMutate(p, size, size + MORE);
	}
	put(shdr + offsetof(Elf64_Shdr, sh_size), size, 8);
	in->size += size;
	return true;
}

/* Of one section into another */
static bool splice(struct input *in)
{
	uint8_t *from = any_section(in, ANY), *to = any_section(in, ANY);
	size_t from_size, to_size, n, at;
	uint8_t *p, *q;

	p = from ? contents(in, from, &from_size) : NULL;
	q = to ? contents(in, to, &to_size) : NULL;
	if (!p || !q)
		return false;
	at = any(to_size) & ~3ULL;
	p += any(from_size) & ~3ULL;
	n = 1 + any(64);
	if (n > to_size - at)
		n = to_size - at;
	if (n > (size_t)(in->data + in->size - p))
		n = in->data + in->size - p;
	memmove(q + at, p, n);
	return true;
}

static bool flat_in_section(struct input *in)
{
	uint8_t *shdr = any_section(in, ANY), *p;
	size_t size;

	p = shdr ? contents(in, shdr, &size) : NULL;
	if (p)
		LLVMFuzzerMutate(p, size, size);
	return p;
}

/*
 * A number in the unwind table, or one entry more or less. As asm/unwind_table.h says:
 * four numbers, and so many entries of these sizes.
 */
static bool change_table(struct input *in)
{
	enum { COUNTS = 8, HEADER = 24, NR_ARRAYS = 4 };
	static const size_t sizes[NR_ARRAYS] = { 16, 8, 4, 2 };
	uint8_t *shdr = any_section(in, TABLE), *p, *count;
	unsigned int array = any(NR_ARRAYS), i;
	uint64_t at = HEADER, bytes = 0;
	size_t size, entry = sizes[array];

	p = shdr ? contents(in, shdr, &size) : NULL;
	if (!p || size < HEADER)
		return false;
	if (!any(8)) {
		change(p + 4 * any(HEADER / 4), 1 << any(3));
		return true;
	}
	for (i = 0; i <= array; i++) {
		at += bytes;
		bytes = get(p + COUNTS + 4 * i, 4) * sizes[i];
	}
	if (!bytes || at > size || size - at < bytes)
		return false;
	at += any(bytes / entry) * entry;
	if (any(4)) {
		i = 1 << any(4);
		change(p + at + (i < entry ? any(entry / i) * i : 0), i < entry ? i : entry);
		return true;
	}
	p = move_to_end(in, shdr, &size, entry);
	if (!p)
		return false;
	count = p + COUNTS + 4 * array;
	if (any(2)) {
		memmove(p + at + entry, p + at, size - at);
		put(count, get(count, 4) + 1, 4);
		size += entry;
	} else {
		memmove(p + at, p + at + entry, size - at - entry);
		put(count, get(count, 4) - 1, 4);
		size -= entry;
	}
	put(shdr + offsetof(Elf64_Shdr, sh_size), size, 8);
	in->size += size;
	return true;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed)
{
	static bool (*const ways[])(struct input *in) = {
		flat, change_header, change_section_header, change_section_header,
		change_entry, change_entry, change_entry, change_code, change_code,
		change_code, change_cfi, change_cfi, change_cfi, change_words, change_words,
		change_table, change_table, change_table, resize, splice, flat_in_section,
	};
	struct input in = { .data = data, .size = size, .max = max };
	unsigned int todo, tries = 32;

	state = seed;
	any(1);
	todo = any(2) ? 1 : 1 + any(4);
	while (todo && tries--) {
		if (in.size < sizeof(Elf64_Ehdr)) {
			flat(&in);
			break;
		}
		todo -= ways[any(ARRAY_SIZE(ways))](&in);
	}
	/* Which command gets it */
	if (in.size >= EI_NIDENT && !any(4))
		data[EI_NIDENT - 1] = any(256);
	return in.size;
}
