// SPDX-License-Identifier: GPL-2.0-only
/*
 * The compiler's CFI, as one row for each instruction.
 *
 * libdw reads it. As libdw neither relocates nor knows .init.eh_frame, it is
 * given an ELF file of one section, made in memory: the CFI, relocated, under
 * the name that libdw looks for. Only the ranges of the FDEs are read here,
 * because libdw does not tell them, and two FDEs for one instruction are wrong.
 */

#if !__has_include("elfutils/libdw.h")
#error "unwindtool needs the headers of libdw: install libdw-dev or elfutils-devel"
#endif

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>

#include "insn.h"
#include "object.h"

/*
 * More CFI than any function has: looking up a row runs all of its FDE up to
 * there, and a damaged file should not take forever.
 */
#define MAX_FDE_SIZE	0x10000

/* States that are remembered at once: libdw copies each of them */
#define MAX_REMEMBERED	64

/*
 * DWARF for the Arm 64-bit Architecture has numbers up to 127 for registers. libdw
 * allocates room for as many as CFI names, up to 2 GB.
 */
#define MAX_REGISTER	127

/* DWARF for the Arm 64-bit Architecture, 2024: newer than the headers of most elfutils */
#ifndef DW_CFA_AARCH64_negate_ra_state_with_pc
#define DW_CFA_AARCH64_negate_ra_state_with_pc	0x2c
#endif

/* At most one 16-bit number per row, and they start at ROW_NONE */
#define MAX_ROWS	0xffff

/* A power of two, with room to spare */
#define HASH_SIZE	(2 * (MAX_ROWS + 1))

struct image {
	char *mem;
	size_t size;
	Elf *elf;
	Dwarf *dwarf;
	Dwarf_CFI *cfi;
	bool eh;
	__u8 *data;
	size_t data_size;
	__u64 addr;
	const char *name;
	size_t nr_unreadable;
};

/* An ELF file with a symbol-less .eh_frame or .debug_frame, and nothing else */
static void make_image(struct image *im)
{
	static const char names[] = "\0.eh_frame\0.debug_frame\0.shstrtab";
	size_t data = sizeof(Elf64_Ehdr), str = data + im->data_size;
	size_t sh = (str + sizeof(names) + 7) & ~7UL;
	Elf64_Ehdr ehdr = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			     EV_CURRENT },
		.e_type = ET_EXEC, .e_machine = EM_AARCH64, .e_version = EV_CURRENT,
		.e_shoff = sh, .e_ehsize = sizeof(Elf64_Ehdr),
		.e_shentsize = sizeof(Elf64_Shdr), .e_shnum = 3, .e_shstrndx = 2,
	};
	Elf64_Shdr shdr[3] = {
		{ 0 },
		{ .sh_name = im->eh ? 1 : 11, .sh_type = SHT_PROGBITS,
		  .sh_flags = im->eh ? SHF_ALLOC : 0, .sh_addr = im->eh ? im->addr : 0,
		  .sh_offset = data, .sh_size = im->data_size, .sh_addralign = 1 },
		{ .sh_name = 24, .sh_type = SHT_STRTAB, .sh_offset = str,
		  .sh_size = sizeof(names), .sh_addralign = 1 },
	};

	im->size = sh + sizeof(shdr);
	im->mem = xcalloc(im->size, 1);
	memcpy(im->mem, &ehdr, sizeof(ehdr));
	memcpy(im->mem + data, im->data, im->data_size);
	memcpy(im->mem + str, names, sizeof(names));
	memcpy(im->mem + sh, shdr, sizeof(shdr));
}

static __u64 le(const __u8 *p, int size)
{
	__u64 value = 0;

	while (size--)
		value = value << 8 | p[size];
	return value;
}

/*
 * How the FDEs of a CIE spell addresses, as far as compilers do on arm64; -1: nobody can
 * tell. @unknown: set for a letter of the augmentation that is not known here.
 */
static int address_encoding(struct object *obj, const Dwarf_CIE *cie, const char **unknown)
{
	const char *aug = cie->augmentation;
	const __u8 *p = cie->augmentation_data, *end = p + cie->augmentation_data_size;
	int encoding = -1;

	if (!aug[0])
		return DW_EH_PE_absptr;
	if (*aug++ != 'z')
		return -1;
	for (; *aug; aug++) {
		switch (*aug) {
		case 'R':
			if (p >= end)
				return -1;
			encoding = *p++;
			break;
		case 'L':
			p++;
			break;
		case 'S':
		case 'B':
			break;
		default:
			*unknown = keep_text(obj,
					     "its CFI has an augmentation, '%c', that is not known here",
					     (unsigned char)*aug);
			return encoding;
		}
	}
	return encoding < 0 ? DW_EH_PE_absptr : encoding;
}

static __u64 leb128(const __u8 **p, const __u8 *end)
{
	unsigned int shift = 0;
	__u64 value = 0;

	for (; *p < end; shift += 7) {
		if (shift < 64)
			value |= (__u64)(**p & 0x7f) << shift;
		if (!(*(*p)++ & 0x80))
			return value;
	}
	return UINT64_MAX;
}

/*
 * What libdw may execute: it believes every number that is in there.
 * Return: an operation that is not known here, in words, or NULL.
 */
static const char *check_operations(struct object *obj, const struct image *im,
				    const __u8 *p, const __u8 *end)
{
	/* r: register, n: number, b: block behind its length; a digit: so many bytes */
	static const char * const operands[0x40] = {
		[DW_CFA_nop] = "", [DW_CFA_advance_loc1] = "1", [DW_CFA_advance_loc2] = "2",
		[DW_CFA_advance_loc4] = "4", [DW_CFA_offset_extended] = "rn",
		[DW_CFA_restore_extended] = "r", [DW_CFA_undefined] = "r",
		[DW_CFA_same_value] = "r", [DW_CFA_register] = "rr",
		[DW_CFA_remember_state] = "", [DW_CFA_restore_state] = "",
		[DW_CFA_def_cfa] = "rn", [DW_CFA_def_cfa_register] = "r",
		[DW_CFA_def_cfa_offset] = "n", [DW_CFA_def_cfa_expression] = "b",
		[DW_CFA_expression] = "rb", [DW_CFA_offset_extended_sf] = "rn",
		[DW_CFA_def_cfa_sf] = "rn", [DW_CFA_def_cfa_offset_sf] = "n",
		[DW_CFA_val_offset] = "rn", [DW_CFA_val_offset_sf] = "rn",
		[DW_CFA_val_expression] = "rb",
		[DW_CFA_GNU_window_save] = "",	/* here: the return address is signed */
		[DW_CFA_GNU_args_size] = "n",
	};
	unsigned int remembered = 0;
	const char *operand;
	__u64 value;
	__u8 op;

	while (p < end) {
		op = *p++;
		if (op == DW_CFA_remember_state && ++remembered > MAX_REMEMBERED)
			return keep_text(obj, "its CFI remembers more than %u states at once",
					 MAX_REMEMBERED);
		if (op == DW_CFA_restore_state && remembered)
			remembered--;
		/* With an operand in its low bits: a step, or a register */
		operand = (op & 0xc0) == DW_CFA_offset ? "n" : op & 0xc0 ? "" : operands[op];
		/* Another way to say that the return address is signed, or not; newer than libdw */
		if (op == DW_CFA_AARCH64_negate_ra_state_with_pc) {
			im->data[p - 1 - im->data] = DW_CFA_nop;
			operand = "";
		}
		if (!operand)
			return keep_text(obj,
					 "its CFI has an operation, 0x%x, that is not known here",
					 op);
		for (; *operand; operand++) {
			value = *operand - '0';
			if (*operand >= 'a')
				value = leb128(&p, end);
			if (value == UINT64_MAX)
				die(obj->name, "%s+0x%zx: a number is cut off", im->name,
				    p - im->data);
			if (*operand == 'r' && value > MAX_REGISTER)
				return keep_text(obj,
						 "its CFI has a register, %u, that is not known here",
						 (unsigned int)value);
			if (*operand == 'r' || *operand == 'n')
				continue;
			if (value > (size_t)(end - p))
				die(obj->name, "%s+0x%zx: an operation is cut off", im->name,
				    p - im->data);
			p += value;
		}
	}
	return NULL;
}

/* Has an earlier section an FDE for exactly this range */
static bool have_fde(const struct object *obj, size_t nr_earlier, __u64 start, __u64 end)
{
	size_t i = nr_below(obj->fde, nr_earlier, sizeof(*obj->fde), start);

	for (; i < nr_earlier && obj->fde[i].start == start; i++)
		if (obj->fde[i].end == end)
			return true;
	return false;
}

/* @unknown: what its CIE has that is not known here */
static void add_fde(struct object *obj, struct image *im, const Dwarf_FDE *fde,
		    Dwarf_CIE *cie, const char *unknown, size_t nr_earlier)
{
	int encoding = address_encoding(obj, cie, &unknown);
	const char *operation;
	const __u8 *p = fde->start;
	size_t left = fde->end - fde->start;
	__u64 start, size, augmentation;
	int width;

	switch (encoding & ~DW_EH_PE_pcrel) {
	case DW_EH_PE_absptr:
	case DW_EH_PE_udata8:
	case DW_EH_PE_sdata8:
		width = 8;
		break;
	case DW_EH_PE_udata4:
	case DW_EH_PE_sdata4:
		width = 4;
		break;
	default:
		im->nr_unreadable++;
		return;
	}
	if (left < 2 * (size_t)width)
		die(obj->name, "%s: an FDE is too short for its range", im->name);
	if (left > MAX_FDE_SIZE)
		die(obj->name, "%s: an FDE has %zu bytes, more than any function needs",
		    im->name, left);
	start = le(p, width);
	if (width == 4 && (encoding & 0x0f) == DW_EH_PE_sdata4)
		start = (__s32)start;
	if (encoding & DW_EH_PE_pcrel)
		start += im->addr + (p - im->data);
	size = le(p + width, width);
	p += 2 * width;
	augmentation = cie->augmentation[0] == 'z' ? leb128(&p, fde->end) :
		cie->fde_augmentation_data_size;
	if (augmentation > (size_t)(fde->end - p))
		die(obj->name, "%s: an FDE is too short for its augmentation", im->name);
	operation = check_operations(obj, im, p + augmentation, fde->end);
	/* What the linker leaves behind of functions that it dropped, or of other files */
	if (!size || !slot_at(obj, start & ~3ULL, NULL))
		return;
	if (have_fde(obj, nr_earlier, start, start + size))
		return;
	obj->fde = grow(obj->fde, obj->nr_fdes, sizeof(*obj->fde));
	obj->fde[obj->nr_fdes].start = start;
	obj->fde[obj->nr_fdes].unknown = unknown ? unknown : operation;
	obj->fde[obj->nr_fdes++].end = start + size;
}

static int by_start(const void *a, const void *b)
{
	const struct fde *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->end < y->end ? -1 : x->end > y->end;
}

static void read_fdes(struct object *obj, struct image *im)
{
	unsigned char ident[EI_NIDENT] = {
		ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT
	};
	Elf_Data data = {
		.d_buf = im->data, .d_size = im->data_size, .d_type = ELF_T_BYTE,
		.d_version = EV_CURRENT, .d_align = 1,
	};
	Dwarf_CFI_Entry entry, cie;
	Dwarf_Off off = 0, next, unused, cie_off = (Dwarf_Off)-1;
	size_t nr_earlier = obj->nr_fdes;
	const char *unknown = NULL;
	int ret;

	while (!(ret = dwarf_next_cfi(ident, &data, im->eh, off, &next, &entry))) {
		if (!dwarf_cfi_cie_p(&entry)) {
			if (entry.fde.CIE_pointer != cie_off) {
				if (dwarf_next_cfi(ident, &data, im->eh, entry.fde.CIE_pointer,
						   &unused, &cie) || !dwarf_cfi_cie_p(&cie))
					die(obj->name, "%s+0x%lx: FDE without a CIE", im->name,
					    (unsigned long)off);
				cie_off = entry.fde.CIE_pointer;
				unknown = check_operations(obj, im, cie.cie.initial_instructions,
							   cie.cie.initial_instructions_end);
			}
			add_fde(obj, im, &entry.fde, &cie.cie, unknown, nr_earlier);
		}
		if (next <= off)
			break;
		off = next;
	}
	if (ret < 0)
		die(obj->name, "%s+0x%lx: %s", im->name, (unsigned long)off, dwarf_errmsg(-1));
	if (im->nr_unreadable)
		fprintf(stderr,
			"%s: warning: %s: %zu FDEs spell addresses in a way that is not known here: what they describe has no CFI\n",
			obj->name, im->name, im->nr_unreadable);
}

/* Where a register of the caller is, in one row */
static void read_rule(Dwarf_Frame *frame, int reg, __u8 *rule, __s32 *off)
{
	Dwarf_Op mem[3], *ops = NULL;
	size_t nr = 0;
	__s64 n = 0;

	*off = 0;
	*rule = RULE_OTHER;
	if (dwarf_frame_register(frame, reg, mem, &ops, &nr))
		return;
	/* "Undefined" is what binutils and libdw make of a register never named */
	if (!nr) {
		*rule = RULE_SAME;
		return;
	}
	if (ops[0].atom != DW_OP_call_frame_cfa || nr > 2)
		return;
	if (nr == 2) {
		if (ops[1].atom != DW_OP_plus_uconst)
			return;
		n = (__s64)ops[1].number;
	}
	if (n < INT16_MIN || n > INT16_MAX || n % 8)
		return;
	*rule = RULE_CFA;
	*off = n;
}

static void read_cfa(Dwarf_Frame *frame, struct row *row)
{
	Dwarf_Op *ops = NULL;
	size_t nr = 0;
	__s64 n;

	row->cfa_reg = CFA_OTHER;
	if (dwarf_frame_cfa(frame, &ops, &nr) || nr != 1)
		return;
	if (ops[0].atom == DW_OP_bregx) {
		if (ops[0].number > REG_SP)
			return;
		row->cfa_reg = ops[0].number;
		n = (__s64)ops[0].number2;
	} else if (ops[0].atom >= DW_OP_breg0 && ops[0].atom <= DW_OP_breg31) {
		row->cfa_reg = ops[0].atom - DW_OP_breg0;
		n = (__s64)ops[0].number;
	} else {
		return;
	}
	if (n < -MAX_CFA_OFF || n > MAX_CFA_OFF)
		row->cfa_reg = CFA_OTHER;
	else
		row->cfa_off = n;
}

static __u16 intern(struct object *obj, const struct row *row)
{
	static __u16 hash[HASH_SIZE];
	static const struct object *owner;
	__u32 h = 0;
	size_t i;

	if (owner != obj || !obj->nr_rows) {
		memset(hash, 0, sizeof(hash));
		owner = obj;
	}
	for (i = 0; i < sizeof(*row); i++)
		h = h * 31 + ((const __u8 *)row)[i];
	h ^= h >> 15;
	for (;; h++) {
		h &= HASH_SIZE - 1;
		if (!hash[h])
			break;
		if (!memcmp(&obj->row[hash[h]], row, sizeof(*row)))
			return hash[h];
	}
	if (obj->nr_rows >= MAX_ROWS)
		die(obj->name, "more than %d distinct rows of CFI", MAX_ROWS);
	obj->row = grow(obj->row, obj->nr_rows, sizeof(*row));
	obj->row[obj->nr_rows] = *row;
	hash[h] = obj->nr_rows;
	return obj->nr_rows++;
}

static void read_rows(struct object *obj, struct image *im, const struct fde *fde)
{
	Dwarf_Frame *frame = NULL;
	Dwarf_Addr start, end;
	struct row row;
	struct text *text;
	struct slot *slot;
	__u64 addr = fde->start, stop;
	__u16 number;

	slot = slot_at(obj, addr, &text);
	if (slot)
		slot->flags |= SLOT_FDE;
	while (addr < fde->end && slot_at(obj, addr, &text)) {
		if (fde->unknown) {
			slot = slot_at(obj, addr, NULL);
			if (slot->row)
				slot->flags |= SLOT_OVERLAP;
			slot->row = ROW_UNKNOWN;
			addr += 4;
			continue;
		}
		if (dwarf_cfi_addrframe(im->cfi, addr, &frame))
			die(obj->name, "%s: CFI for 0x%lx: %s", im->name, (unsigned long)addr,
			    dwarf_errmsg(-1));
		memset(&row, 0, sizeof(row));
		read_cfa(frame, &row);
		read_rule(frame, REG_LR, &row.ra, &row.ra_off);
		/* The CIE may name another register for the return address */
		if (dwarf_frame_info(frame, &start, &end, NULL) != REG_LR)
			row.ra = RULE_OTHER;
		read_rule(frame, REG_FP, &row.fp, &row.fp_off);
		free(frame);
		number = intern(obj, &row);
		stop = end < fde->end ? end : fde->end;
		if (stop <= addr)
			stop = addr + 4;
		for (; addr < stop; addr += 4) {
			slot = slot_at(obj, addr, NULL);
			if (!slot)
				return;
			if (slot->row)
				slot->flags |= SLOT_OVERLAP;
			slot->row = number;
		}
	}
	/* A range that ends within an instruction covers it for nobody */
	if (slot)
		slot->flags |= SLOT_FDE_END;
}

/* Only what is executed before the FDE begins: landing pads and patchable NOPs */
static void fill_gap(struct text *text, __u32 index)
{
	__u32 first = index;
	struct insn insn;

	while (first && !(text->slot[first].flags & SLOT_ENTRY)) {
		struct slot *slot = &text->slot[first - 1];

		insn_decode(slot->word, &insn);
		if (slot->row || (slot->flags & SLOT_DATA) || !(insn.is_nop || insn.is_landing))
			return;
		first--;
	}
	if (!(text->slot[first].flags & SLOT_ENTRY))
		return;
	for (; first < index; first++) {
		text->slot[first].row = ROW_ENTRY;
		text->slot[first].flags |= SLOT_GAP;
	}
}

/* Does control go from an instruction without CFI to the one behind it */
static bool runs_on(const struct slot *slot)
{
	struct insn insn;

	if (slot->row || (slot->flags & (SLOT_DATA | SLOT_REPLACEMENT)))
		return false;
	insn_decode(slot->word, &insn);
	switch (insn.flow) {
	case FLOW_B:
	case FLOW_BR:
	case FLOW_RET:
	case FLOW_ERET:
	case FLOW_BRK:
	case FLOW_UDF:
		return false;
	default:
		return true;
	}
}

/*
 * Before a function there may be NOPs, for alignment or to be made the literal of
 * DYNAMIC_FTRACE_WITH_CALL_OPS, and a kCFI hash. Whatever executed them would be
 * at the entry of that function: but not what others run through or patch.
 */
static void fill_padding(struct text *text, __u32 entry)
{
	enum { MAX_DATA = 2 };
	unsigned int nr_data = 0;
	__u32 first = entry;
	struct insn insn;
	struct slot *slot;

	for (; first; first--) {
		slot = &text->slot[first - 1];
		insn_decode(slot->word, &insn);
		if (slot->row || (slot->flags & (SLOT_ENTRY | SLOT_REPLACEMENT | SLOT_REPLACED |
						 SLOT_EDGE)))
			break;
		if (slot->flags & SLOT_DATA)
			nr_data++;
		else if (!insn.is_nop)
			break;
		if (nr_data > MAX_DATA)
			break;
	}
	if (first && runs_on(&text->slot[first - 1]))
		return;
	for (; first < entry; first++) {
		text->slot[first].row = ROW_ENTRY;
		text->slot[first].flags |= SLOT_PAD;
	}
}

static void fill_holes(struct object *obj)
{
	struct text *text;
	size_t t;
	__u32 i;

	for (t = 0; t < obj->nr_texts; t++) {
		text = &obj->text[t];
		for (i = 0; i < text->nr; i++)
			if ((text->slot[i].flags & SLOT_FDE) && text->slot[i].row == ROW_ENTRY)
				fill_gap(text, i);
		for (i = 0; i < text->nr; i++)
			if ((text->slot[i].flags & SLOT_ENTRY) && text->slot[i].row == ROW_ENTRY)
				fill_padding(text, i);
	}
}

static void read_section(struct object *obj, __u8 *data, size_t size, __u64 addr, void *arg)
{
	const char *name = arg;
	struct image im = {
		.name = name, .eh = strcmp(name, ".debug_frame"),
		.data = data, .data_size = size, .addr = addr,
	};
	size_t i = obj->nr_fdes;

	if (!size)
		return;
	read_fdes(obj, &im);
	make_image(&im);
	im.elf = elf_memory(im.mem, im.size);
	if (im.eh) {
		im.cfi = im.elf ? dwarf_getcfi_elf(im.elf) : NULL;
	} else {
		im.dwarf = im.elf ? dwarf_begin_elf(im.elf, DWARF_C_READ, NULL) : NULL;
		im.cfi = im.dwarf ? dwarf_getcfi(im.dwarf) : NULL;
	}
	if (!im.cfi)
		die(obj->name, "%s: %s", name, dwarf_errmsg(-1));
	for (; i < obj->nr_fdes; i++)
		read_rows(obj, &im, &obj->fde[i]);
	if (obj->nr_fdes)
		qsort(obj->fde, obj->nr_fdes, sizeof(*obj->fde), by_start);
	if (im.eh)
		dwarf_cfi_end(im.cfi);
	else
		dwarf_end(im.dwarf);
	elf_end(im.elf);
	free(im.mem);
}

/**
 * cfi_read - read the CFI of a file
 * @obj: the file
 *
 * A file may have several sections. Where two have an FDE for the same range, the
 * first counts, in this order; other ranges that overlap are a finding.
 */
void cfi_read(struct object *obj)
{
	static const struct row none = { .cfa_reg = CFA_OTHER },
		entry = { .cfa_reg = REG_SP, .ra = RULE_SAME, .fp = RULE_SAME },
		unknown = { .cfa_reg = CFA_OTHER, .ra = RULE_OTHER, .fp = RULE_OTHER };

	if (!obj->nr_texts)
		die(obj->name, "no code");
	obj->nr_rows = 0;
	intern(obj, &none);
	intern(obj, &entry);
	intern(obj, &unknown);
	visit_sections(obj, ".eh_frame", read_section, ".eh_frame");
	visit_sections(obj, ".init.eh_frame", read_section, ".init.eh_frame");
	visit_sections(obj, ".debug_frame", read_section, ".debug_frame");
	/* A module may have no functions, or none with CFI: then each of them is a finding */
	if (!obj->nr_fdes && !obj->rel)
		die(obj->name,
		    "no CFI: build it with -fasynchronous-unwind-tables, or with debug information");
	fill_holes(obj);
}
