// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an A64 instruction does to registers, to the stack and to the flow of control.
 *
 * A word that nothing here knows may write every register, store anywhere and go
 * anywhere: see FLOW_UNKNOWN. An encoding is known by its own mask and value, not as one
 * of a larger class, because a later architecture fills the gaps of a class with what
 * this program cannot foresee. Bits that "should be" 0 or 1 may be either.
 *
 * The names are those of the Arm Architecture Reference Manual, DDI 0487, chapter C4 "A64
 * Instruction Set Encoding". tests/34-decoder.sh holds all of it against LLVM's tables.
 */

#include <string.h>

#include "insn.h"

/* What an instruction does, where its encoding tells that without more ado */
enum {
	/* The registers that it writes are named by these bits of the word, and 31 is XZR */
	RD		= 1 << 0,	/* 4:0 */
	RN		= 1 << 1,	/* 9:5 */
	RT2		= 1 << 2,	/* 14:10 */
	RS		= 1 << 3,	/* 20:16 */
	NEXT		= 1 << 4,	/* RD or RS, and the register that comes next */
	RD_SP		= 1 << 5,	/* 4:0, and 31 is SP */
	PAC		= 1 << 6,	/* 4:0, but x30 keeps the return address */
	EIGHT		= 1 << 7,	/* 4:0 is the first of eight: even, and at most 22 */
	/* It stores at the register that bits 9:5 name, and 31 is SP: so many bytes */
	STORE		= 1 << 8,
	SIZE_31		= 1 << 9,	/* 1, 2, 4 or 8, as bits 31:30 say */
	SIZE_30		= 1 << 10,	/* 4, or with bit 30 set 8 */
	PAIR		= 1 << 11,	/* twice as many */
	LOG_SIZE	= 7 << 12,	/* SIZE(n): 2 to the power of n */
	/* It adds an immediate to the base, and may write that back */
	IMM9		= 1 << 15,	/* bits 20:12 */
	TAG9		= 1 << 16,	/* bits 20:12 in units of 16 bytes */
	PRE		= 1 << 17,	/* write-back before the access */
	POST		= 1 << 18,	/* write-back after the access */
	PUSH		= 1 << 19,	/* before, of minus the size */
	POP		= 1 << 20,	/* after, of the size */
	/* Nobody but the CPU knows how far it stores, or where */
	VL4		= 1 << 21,	/* from bits 19:16 on, in units of a vector */
	VL9		= 1 << 22,	/* from bits 21:16 and 12:10 on, in units of a vector */
	PL9		= 1 << 23,	/* from these bits on, in units of a predicate */
	BLOCK		= 1 << 24,	/* in an aligned block */
	INDEX		= 1 << 25,	/* anywhere: another register is added */
	VECTOR		= 1 << 26,	/* anywhere: bits 9:5 name a vector of addresses */
	/* Not every such word is one */
	NOT_RD_31	= 1 << 27,	/* bits 4:0 are not 31 */
	NOT_RS_31	= 1 << 28,	/* bits 20:16 are not 31 */
	BITMASK		= 1 << 29,	/* bits 17:5 encode a bit mask */
};

#define SIZE(n)		((n) << 12)

struct encoding {
	__u32 mask;
	__u32 value;
	int how;
};

/* One that does nothing of interest */
struct plain_encoding {
	__u32 mask;
	__u32 value;
};

#include "insn_vector.h"

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

/* At least so many bytes has a vector of SVE; a predicate has an eighth of it */
enum { MIN_VL = 16 };

/*
 * Further away than this is nothing that a store of unknown size hits: 256 is the greatest
 * immediate, a vector has up to 256 bytes, and the block of DC ZVA up to 2048.
 */
enum { MAX_EXTENT = 0x11000 };

static __u32 bits(__u32 word, int high, int low)
{
	return (word >> low) & ((1U << (high - low + 1)) - 1);
}

static bool bit(__u32 word, int n)
{
	return (word >> n) & 1;
}

static __s32 sign_extend(__u32 value, int width)
{
	__s32 sign = 1 << (width - 1);

	return ((__s32)value ^ sign) - sign;
}

static __s32 sbits(__u32 word, int high, int low)
{
	return sign_extend(bits(word, high, low), high - low + 1);
}

/* A general purpose register is written, number 31 being XZR */
static void write_reg(struct insn *insn, unsigned int reg)
{
	if (reg == REG_SP)
		return;
	insn->written |= 1U << reg;
	if (reg == REG_FP)
		insn->fp = SET_OTHER;
}

/* The same, number 31 being SP */
static void write_reg_sp(struct insn *insn, unsigned int reg)
{
	write_reg(insn, reg);
	if (reg == REG_SP) {
		insn->written |= 1U << REG_SP;
		insn->sp = SET_OTHER;
	}
}

/* Write-back of a load or store */
static void write_back(struct insn *insn, unsigned int reg, __s32 imm)
{
	write_reg_sp(insn, reg);
	if (reg == REG_SP) {
		insn->sp = SET_SP;
		insn->sp_imm = imm;
	} else if (reg == REG_X18) {
		insn->x18_step = imm;
	}
}

static void mem(struct insn *insn, unsigned int base, unsigned int reg, __u32 size, __s32 off)
{
	insn->base = base;
	insn->mem[insn->nr_mem].reg = reg;
	insn->mem[insn->nr_mem].size = size;
	insn->mem[insn->nr_mem].off = off;
	insn->nr_mem++;
}

static void store(struct insn *insn, unsigned int base, unsigned int reg, __u32 size, __s32 off)
{
	insn->store = true;
	mem(insn, base, reg, size, off);
}

/* From an offset on, nobody knows how far */
static void store_extent(struct insn *insn, unsigned int base, __s32 off)
{
	store(insn, base, REG_NONE, MAX_EXTENT - off, off);
}

/* The offset is not known either */
static void store_anywhere(struct insn *insn, unsigned int base)
{
	insn->store = true;
	insn->base = base;
}

/* A 64-bit register is loaded */
static void load(struct insn *insn, unsigned int base, unsigned int reg, __s32 off)
{
	insn->load = true;
	if (reg != REG_SP)
		insn->written |= 1U << reg;
	mem(insn, base, reg, 8, off);
}

/* "Decode immediate bitmask": N, immr, imms of 1, 6 and 6 bits */
static bool is_bitmask(__u32 imm)
{
	__u32 len = 5, levels;

	if (bit(imm, 12))
		len = 6;
	else
		while (len && bit(imm, len))
			len--;
	levels = (1U << len) - 1;
	return len && (imm & levels) != levels;
}

static bool has_hole(__u32 word, int how)
{
	unsigned int rd = bits(word, 4, 0);

	return ((how & NOT_RD_31) && rd == 31) ||
	       ((how & NOT_RS_31) && bits(word, 20, 16) == 31) ||
	       ((how & EIGHT) && (rd > 22 || rd % 2)) ||
	       ((how & BITMASK) && !is_bitmask(bits(word, 17, 5)));
}

static void write_registers(__u32 word, struct insn *insn, int how)
{
	unsigned int rd = bits(word, 4, 0), rs = bits(word, 20, 16), i;

	if (how & RD)
		write_reg(insn, rd);
	if (how & RD_SP)
		write_reg_sp(insn, rd);
	if ((how & PAC) && rd != REG_LR)
		write_reg(insn, rd);
	if (how & RN)
		write_reg(insn, bits(word, 9, 5));
	if (how & RT2)
		write_reg(insn, bits(word, 14, 10));
	if (how & RS)
		write_reg(insn, rs);
	if ((how & NEXT) && (how & RD))
		write_reg(insn, rd + 1);
	if ((how & NEXT) && (how & RS))
		write_reg(insn, rs + 1);
	if ((how & EIGHT) && (how & RD))
		for (i = 1; i < 8; i++)
			write_reg(insn, rd + i);
}

static void access_memory(__u32 word, struct insn *insn, int how)
{
	__s32 vl9 = sign_extend(bits(word, 21, 16) << 3 | bits(word, 12, 10), 9);
	__s32 imm = 0, vl4 = sbits(word, 19, 16);
	__u32 size = 1U << (how & LOG_SIZE) / SIZE(1);
	unsigned int base = bits(word, 9, 5);

	if (how & SIZE_31)
		size = 1U << bits(word, 31, 30);
	else if (how & SIZE_30)
		size = 4U << bit(word, 30);
	if (how & PAIR)
		size *= 2;
	if (how & IMM9)
		imm = sbits(word, 20, 12);
	else if (how & TAG9)
		imm = sbits(word, 20, 12) * 16;
	else if (how & PUSH)
		imm = -(__s32)size;
	else if (how & POP)
		imm = size;
	if (how & (PRE | POST | PUSH | POP))
		write_back(insn, base, imm);
	if (how & (POST | POP))
		imm = 0;
	if (!(how & STORE))
		return;
	if (how & VECTOR)
		store_anywhere(insn, REG_NONE);
	else if (how & INDEX)
		store_anywhere(insn, base);
	else if (how & BLOCK)
		store_extent(insn, base, -MAX_EXTENT);
	else if (how & VL4)
		store_extent(insn, base, vl4 < 0 ? -MAX_EXTENT : vl4 * MIN_VL);
	else if (how & VL9)
		store_extent(insn, base, vl9 < 0 ? -MAX_EXTENT : vl9 * MIN_VL);
	else if (how & PL9)
		store_extent(insn, base, vl9 < 0 ? -MAX_EXTENT : vl9 * MIN_VL / 8);
	else
		store(insn, base, REG_NONE, size, imm);
}

/* One of several encodings; false: none of them */
static bool one_of(__u32 word, struct insn *insn, const struct encoding *e, size_t nr)
{
	for (; nr--; e++) {
		if ((word & e->mask) != e->value)
			continue;
		if (e->how == RD) {		/* most are, and this is quick */
			write_reg(insn, bits(word, 4, 0));
			return true;
		}
		if (has_hole(word, e->how))
			return false;
		write_registers(word, insn, e->how);
		access_memory(word, insn, e->how);
		return true;
	}
	return false;
}

static bool is_plain(__u32 word, const struct plain_encoding *e, size_t nr)
{
	for (; nr--; e++)
		if ((word & e->mask) == e->value)
			return true;
	return false;
}

/* ADD (immediate), SUB (immediate), ADDS, SUBS; MOV (to/from SP) is an ADD */
static bool add_sub_immediate(__u32 word, struct insn *insn)
{
	unsigned int rd = bits(word, 4, 0), rn = bits(word, 9, 5);
	__s32 imm = bits(word, 21, 10);
	enum insn_set from = SET_OTHER;

	if (bit(word, 22))
		imm <<= 12;
	if (bit(word, 30))
		imm = -imm;
	if (bit(word, 29)) {			/* S: Rd 31 is XZR */
		write_reg(insn, rd);
		return true;
	}
	write_reg_sp(insn, rd);
	if (bit(word, 31))
		from = rn == REG_SP ? SET_SP : rn == REG_FP ? SET_FP : SET_OTHER;
	if (rd == REG_SP) {
		insn->sp = from;
		insn->sp_imm = imm;
	} else if (rd == REG_FP) {
		insn->fp = from;
		insn->fp_imm = imm;
	}
	return true;
}

/* AND, ORR, EOR (immediate) write SP, ANDS does not */
static bool logical_immediate(__u32 word, struct insn *insn)
{
	if ((bit(word, 22) && !bit(word, 31)) || !is_bitmask(bits(word, 22, 10)))
		return false;
	if (bits(word, 30, 29) == 3)
		write_reg(insn, bits(word, 4, 0));
	else
		write_reg_sp(insn, bits(word, 4, 0));
	return true;
}

/* "Data Processing -- Immediate" */
static bool dp_immediate(__u32 word, struct insn *insn)
{
	static const struct encoding encodings[] = {
		{ 0x1f000000, 0x10000000, RD },			/* ADR, ADRP */
		{ 0xdf800000, 0xd2800000, RD },			/* MOVZ, MOVK */
		{ 0xdfc00000, 0x52800000, RD },			/* the same, 32-bit */
		{ 0xff800000, 0x92800000, RD },			/* MOVN */
		{ 0xffc00000, 0x12800000, RD },
		{ 0xbfc00000, 0x93400000, RD },			/* SBFM, UBFM */
		{ 0xbfe08000, 0x13000000, RD },
		{ 0xffc00000, 0xb3400000, RD },			/* BFM */
		{ 0xffe08000, 0x33000000, RD },
		{ 0xffe00000, 0x93c00000, RD },			/* EXTR */
		{ 0xffe08000, 0x13800000, RD },
		{ 0x7ff00000, 0x11c00000, RD },			/* SMAX, UMAX, SMIN, UMIN */
		{ 0xbfc00000, 0x91800000, RD_SP },		/* ADDG, SUBG */
		{ 0xffc0001f, 0xf380001f, 0 },			/* AUTIASPPC, AUTIBSPPC */
	};

	switch (bits(word, 28, 23)) {
	case 0x22:
		return add_sub_immediate(word, insn);
	case 0x24:
		return logical_immediate(word, insn);
	default:
		return one_of(word, insn, encodings, ARRAY_SIZE(encodings));
	}
}

/*
 * "Hints", by number. Every number executes as NOP where it has no meaning yet, so only
 * those are known that have one. PACIASP and its like leave the return address in x30,
 * signed or not.
 */
static bool hint(unsigned int number, struct insn *insn)
{
	static const __u64 known =
		0x1ffULL |			/* NOP to SEVL, DGH, XPACLRI, PACIA1716 */
		1ULL << 10 | 1ULL << 12 | 1ULL << 14 |	/* PACIB1716, AUTIA1716, AUTIB1716 */
		0x1fULL << 16 | 1ULL << 22 |	/* ESB, PSB, TSB, GCSB, CSDB; CLRBHB */
		0xffULL << 24 |			/* PACIAZ to AUTIBSP */
		0x55ULL << 32 |			/* BTI */
		1ULL << 39 | 1ULL << 40 |	/* PACM, CHKFEAT */
		0x1fULL << 48;			/* STSHH, SHUH, STCPH */

	if (number > 63 || !(known >> number & 1))
		return false;
	insn->is_nop = number == 0;
	insn->is_landing = (number & ~6U) == 32;
	if (number >= 8 && number <= 14)
		write_reg(insn, 17);
	else if (number == 40)
		write_reg(insn, 16);
	return true;
}

/* "Exception generation", "System instructions" and their neighbours */
static bool system_instruction(__u32 word, struct insn *insn)
{
	static const struct encoding encodings[] = {
		{ 0xfff00000, 0xd5300000, RD },			/* MRS */
		{ 0xfff00000, 0xd5100000, 0 },			/* MSR (register) */
		{ 0xfff80000, 0xd5080000, 0 },			/* SYS */
		{ 0xfff80000, 0xd5280000, RD },			/* SYSL */
		{ 0xfffff0bf, 0xd503309f, 0 },			/* DSB, ISB */
		{ 0xfffff0ff, 0xd50330bf, 0 },			/* DMB */
		{ 0xfffff3ff, 0xd503323f, 0 },			/* DSB nXS */
		{ 0xfffff0ff, 0xd50330ff, 0 },			/* SB */
		{ 0xfffff0ff, 0xd503305f, 0 },			/* CLREX */
		{ 0xfffff0df, 0xd50340df, 0 },			/* MSR DAIFSet, DAIFClr */
		{ 0xfffff0ff, 0xd500409f, 0 },			/* MSR PAN */
		{ 0xfffff0ff, 0xd500407f, 0 },			/* MSR UAO */
		{ 0xfffff0ff, 0xd50040bf, 0 },			/* MSR SPSel */
		{ 0xfffff0ff, 0xd503403f, 0 },			/* MSR SSBS */
		{ 0xfffff0ff, 0xd503405f, 0 },			/* MSR DIT */
		{ 0xfffff0ff, 0xd503409f, 0 },			/* MSR TCO */
		{ 0xfffffcff, 0xd501401f, 0 },			/* MSR ALLINT, PM */
		{ 0xfffffeff, 0xd503427f, 0 },			/* MSR SVCRSM */
		{ 0xfffffcff, 0xd503447f, 0 },			/* MSR SVCRZA, SVCRSMZA */
		{ 0xfffff0df, 0xd500401f, 0 },			/* CFINV, XAFLAG */
		{ 0xfffff0ff, 0xd500405f, 0 },			/* AXFLAG */
		{ 0xffffffc0, 0xd5031000, 0 },			/* WFET, WFIT */
		{ 0xffe0001f, 0xd4000001, 0 },			/* SVC */
		{ 0xffe0001e, 0xd4000002, 0 },			/* HVC, SMC */
		{ 0xffe0001f, 0xd4400000, 0 },			/* HLT */
		{ 0xffe0001f, 0xd4a00001, 0 },			/* DCPS1 */
		{ 0xffe0001e, 0xd4a00002, 0 },			/* DCPS2, DCPS3 */
		{ 0xfff00001, 0xd5700000, RD | NEXT },		/* MRRS */
		{ 0xfff00001, 0xd5500000, 0 },			/* MSRR */
		{ 0xfff80001, 0xd5480000, 0 },			/* SYSP */
		{ 0xfff8001f, 0xd548001f, 0 },
	};
	unsigned int rt = bits(word, 4, 0);

	if ((word & 0xfffff01f) == 0xd503201f)
		return hint(bits(word, 11, 5), insn);
	if (!one_of(word, insn, encodings, ARRAY_SIZE(encodings)))
		return false;
	/* MSR SPSel (immediate and register): SP is another one */
	if ((word & 0xfffff0ff) == 0xd50040bf || (word & 0xffffffe0) == 0xd5184200)
		write_reg_sp(insn, REG_SP);
	/* DC ZVA stores, DC IVAC makes older stores undone; both are at Xt */
	if ((word & 0xfff8fd00) == 0xd5087400 && rt != 31)
		store_extent(insn, rt, -MAX_EXTENT);
	else if ((word & 0xfff8ff00) == 0xd5087700)	/* GCSPUSHM and its like: on that stack */
		store_anywhere(insn, REG_NONE);
	return true;
}

/* CB<cc>, CBB<cc>, CBH<cc>: there are six conditions each */
static bool compare_branch(__u32 word, struct insn *insn)
{
	unsigned int width = bits(word, 15, 14);

	if ((bits(word, 23, 21) & 6) == 4)
		return false;
	/* An immediate; or else two registers, of 8 or 16 bits only without sf */
	if (bit(word, 24) ? bit(word, 14) : width == 1 || (width && bit(word, 31)))
		return false;
	insn->flow = FLOW_BCOND;
	insn->target = sbits(word, 13, 5) * 4;
	return true;
}

/* BR, BLR, RET, ERET, BRK and their variants */
static bool branch_register(__u32 word, struct insn *insn)
{
	static const struct {
		__u32 mask;
		__u32 value;
		enum insn_flow flow;
	} branches[] = {
		{ 0xfffffc1f, 0xd65f0000, FLOW_RET },
		{ 0xfffffbe0, 0xd65f0be0, FLOW_RET },	/* RETAA, RETAASPPC; RETAB, RETABSPPC */
		{ 0xffc0001f, 0x5500001f, FLOW_RET },	/* RETAASPPC, RETABSPPC (immediate) */
		{ 0xfffffc1f, 0xd63f0000, FLOW_BLR },
		{ 0xfffff81f, 0xd63f081f, FLOW_BLR },	/* BLRAAZ, BLRABZ */
		{ 0xfffff800, 0xd73f0800, FLOW_BLR },	/* BLRAA, BLRAB */
		{ 0xfffffc1f, 0xd61f0000, FLOW_BR },
		{ 0xfffff81f, 0xd61f081f, FLOW_BR },	/* BRAAZ, BRABZ */
		{ 0xfffff800, 0xd71f0800, FLOW_BR },	/* BRAA, BRAB */
		{ 0xffffffff, 0xd69f03e0, FLOW_ERET },
		{ 0xfffffbff, 0xd69f0bff, FLOW_ERET },	/* ERETAA, ERETAB */
		{ 0xffffffff, 0xd6bf03e0, FLOW_ERET },	/* DRPS */
		{ 0xffe0001f, 0xd4200000, FLOW_BRK },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(branches); i++) {
		if ((word & branches[i].mask) != branches[i].value)
			continue;
		insn->flow = branches[i].flow;
		insn->imm = bits(word, 20, 5);
		insn->ret_reg = bits(word, 9, 5);
		if ((word & 0xfffffc1f) != 0xd65f0000 && insn->flow == FLOW_RET)
			insn->ret_reg = REG_LR;
		if (insn->flow == FLOW_BLR)
			write_reg(insn, REG_LR);
		return true;
	}
	return false;
}

/* "Branches, Exception Generating and System instructions" */
static bool branch_system(__u32 word, struct insn *insn)
{
	switch (bits(word, 30, 24)) {
	case 0x14 ... 0x17:				/* B, BL */
		insn->flow = bit(word, 31) ? FLOW_BL : FLOW_B;
		insn->target = sbits(word, 25, 0) * 4LL;
		if (insn->flow == FLOW_BL)
			write_reg(insn, REG_LR);
		return true;
	case 0x34 ... 0x35:				/* CBZ, CBNZ */
		insn->flow = FLOW_BCOND;
		insn->target = sbits(word, 23, 5) * 4;
		return true;
	case 0x36 ... 0x37:				/* TBZ, TBNZ */
		insn->flow = FLOW_BCOND;
		insn->target = sbits(word, 18, 5) * 4;
		return true;
	case 0x74 ... 0x75:
		return compare_branch(word, insn);
	}
	if (bits(word, 31, 24) == 0x54) {		/* B.cond, BC.cond */
		/* "Always" is spelled as two conditions, AL and NV */
		insn->flow = bits(word, 3, 1) == 7 ? FLOW_B : FLOW_BCOND;
		insn->target = sbits(word, 23, 5) * 4;
		return true;
	}
	return branch_register(word, insn) || system_instruction(word, insn);
}

/* LDP, STP, LDNP, STNP, LDPSW, STGP, LDTP, STTP, LDTNP, STTNP */
static bool load_store_pair(__u32 word, struct insn *insn)
{
	static const __u8 simd_size[] = { 4, 8, 16, 16 }, size[] = { 4, 4, 8, 8 };
	unsigned int opc = bits(word, 31, 30), mode = bits(word, 24, 23);
	unsigned int rt = bits(word, 4, 0), rn = bits(word, 9, 5), rt2 = bits(word, 14, 10);
	bool simd = bit(word, 26), is_load = bit(word, 22), stgp = opc == 1 && !simd && !is_load;
	__s32 each = simd ? simd_size[opc] : stgp ? 8 : size[opc];
	__s32 imm = sbits(word, 21, 15) * (stgp ? 16 : each);

	if (opc == 1 && !simd && !mode)		/* LDPSW and STGP have no such form */
		return false;
	if (mode & 1)				/* post- or pre-indexed */
		write_back(insn, rn, imm);
	if (mode == 1)				/* post-indexed: accesses Rn itself */
		imm = 0;
	if (!is_load) {
		store(insn, rn, simd || each < 8 ? REG_NONE : rt, each, imm);
		store(insn, rn, simd || each < 8 ? REG_NONE : rt2, each, imm + each);
	} else if (!simd && each == 8) {
		load(insn, rn, rt, imm);
		load(insn, rn, rt2, imm + 8);
	} else if (!simd) {
		write_reg(insn, rt);
		write_reg(insn, rt2);
	}
	return true;
}

/* "Atomic memory operations", LDRAA, LDRAB and their like */
static bool atomic(__u32 word, struct insn *insn)
{
	static const struct encoding encodings[] = {
		{ 0x3f208c00, 0x38200000, STORE | SIZE_31 | RD },	/* LDADD, ..., STADD, ... */
		{ 0x3f20fc00, 0x38208000, STORE | SIZE_31 | RD },	/* SWP */
		{ 0x3ffffc00, 0x38bfc000, RD },				/* LDAPR */
		{ 0xbf20dc00, 0x38209000, STORE | SIZE(3) | RD },	/* RCWCLR, RCWSET */
		{ 0xbf20ec00, 0x3820a000, STORE | SIZE(3) | RD },	/* RCWSWP, RCWSET */
		{ 0xfffffc00, 0xf83f9000, STORE | SIZE(6) | EIGHT },	/* ST64B */
		{ 0xffe0ec00, 0xf820a000, STORE | SIZE(6) | EIGHT | RS },	/* ST64BV */
		{ 0xfffffc00, 0xf83fd000, RD | EIGHT },			/* LD64B */
		{ 0xff20bc00, 0x3c200000, STORE | SIZE(1) },		/* LDBFADD, ... */
		{ 0xff20cc00, 0x3c204000, STORE | SIZE(1) },		/* LDBFMAX, ... */
		{ 0xffa0bc1f, 0x3c20801f, STORE | SIZE(1) },		/* STBFADD, ... */
		{ 0xffa0cc1f, 0x3c20c01f, STORE | SIZE(1) },		/* STBFMAX, ... */
		{ 0x3f20bc00, 0x3c200000, STORE | SIZE_31 },		/* LDFADD, ... */
		{ 0x3f20cc00, 0x3c204000, STORE | SIZE_31 },		/* LDFMAX, ... */
		{ 0x3fa0bc1f, 0x3c20801f, STORE | SIZE_31 },		/* STFADD, ... */
		{ 0x3fa0cc1f, 0x3c20c01f, STORE | SIZE_31 },		/* STFMAX, ... */
	};

	if ((word & 0xff200400) != 0xf8200400)
		return one_of(word, insn, encodings, ARRAY_SIZE(encodings));
	if (bit(word, 11))				/* LDRAA, LDRAB, pre-indexed */
		write_back(insn, bits(word, 9, 5),
			   sign_extend(bit(word, 22) << 9 | bits(word, 20, 12), 10) * 8);
	write_reg(insn, bits(word, 4, 0));
	return true;
}

/* LDR, STR, LDUR, STUR, LDTR, STTR, PRFM and what shares their encodings */
static bool load_store_register(__u32 word, struct insn *insn)
{
	unsigned int size = bits(word, 31, 30), opc = bits(word, 23, 22);
	unsigned int rt = bits(word, 4, 0), rn = bits(word, 9, 5), mode = bits(word, 11, 10);
	bool simd = bit(word, 26), is_load = simd ? opc & 1 : opc != 0;
	bool prefetch = !simd && size == 3 && opc == 2;
	bool index = !bit(word, 24) && bit(word, 21);
	__u32 bytes = simd && opc > 1 ? 16 : 1U << size;
	__s32 imm = sbits(word, 20, 12);

	if (index && mode != 2)
		return atomic(word, insn);
	if (simd ? opc > 1 && size : opc + size > 4 && !prefetch)
		return false;
	if (index) {
		if (!bit(word, 14))			/* of 64 or 32 bits */
			return false;
	} else if (bit(word, 24)) {			/* unsigned immediate */
		imm = bits(word, 21, 10) * bytes;
	} else if (mode) {			/* post-indexed, unprivileged, pre-indexed */
		if (prefetch || (simd && mode == 2))
			return false;
		if (mode != 2)
			write_back(insn, rn, imm);
		if (mode == 1)
			imm = 0;
	}
	if (prefetch)
		return true;
	if (!is_load && index)
		store_anywhere(insn, rn);
	else if (!is_load)
		store(insn, rn, simd || bytes < 8 ? REG_NONE : rt, bytes, imm);
	else if (!simd && size == 3 && !index)
		load(insn, rn, rt, imm);
	else if (!simd)
		write_reg(insn, rt);
	return true;
}

/* LD1, ST1, ... of structures, whole or in one lane */
static bool load_store_structures(__u32 word, struct insn *insn)
{
	static const __u8 registers[16] = {		/* by opcode */
		[0] = 4, [2] = 4, [4] = 3, [6] = 3, [7] = 1, [8] = 2, [10] = 2,
	};
	unsigned int opcode = bits(word, 15, 12), size = bits(word, 11, 10);
	unsigned int rm = bits(word, 20, 16), rn = bits(word, 9, 5);
	bool is_load = bit(word, 22), post = bit(word, 23), q = bit(word, 30);
	__u32 bytes;

	if (bit(word, 31))
		return false;
	if (!bit(word, 24)) {
		bytes = registers[opcode] * (q ? 16 : 8);
		if (!bytes || bit(word, 21) || (!(opcode & 3) && size == 3 && !q))
			return false;
	} else {
		/* Bits 15:14 are the size of an element, bits 13 and 21 count the elements */
		switch (opcode >> 2) {
		case 0:
			bytes = 1;
			break;
		case 1:
			if (size & 1)
				return false;
			bytes = 2;
			break;
		case 2:
			if (size & 2 || (size && opcode & 1))
				return false;
			bytes = size ? 8 : 4;
			break;
		default:			/* LD1R, ... */
			if (!is_load || opcode & 1)
				return false;
			bytes = 1U << size;
		}
		bytes *= (opcode & 2 ? 2 : 0) + bit(word, 21) + 1;
	}
	/* LDAP1, STL1 */
	if (!post && rm && (word & 0xbfbffc00) != 0x0d018400)
		return false;
	if (post && rm == 31)
		write_back(insn, rn, bytes);
	else if (post)
		write_reg_sp(insn, rn);
	if (!is_load)
		store(insn, rn, REG_NONE, bytes, 0);
	return true;
}

/* "Memory Copy and Memory Set": three different registers, and all of them change */
static bool memory_copy(__u32 word, struct insn *insn)
{
	unsigned int rd = bits(word, 4, 0), rn = bits(word, 9, 5), rs = bits(word, 20, 16);
	bool set = bits(word, 23, 22) == 3, set_one = set && !bit(word, 10);

	if (rd == 31 || rd == rn || (!set_one && (rs == rd || rs == rn)) ||
	    (set && bits(word, 15, 14) == 3))
		return false;
	if (set_one ? rs != 31 || !bit(word, 26) : !set && rs == 31)
		return false;
	write_reg(insn, rd);
	write_reg(insn, rn);
	if (!set)
		write_reg(insn, rs);
	/* Not at SP, which is no base, and x29 and x18 would be other ones from here on */
	store_anywhere(insn, REG_NONE);
	return true;
}

/* "Loads and Stores" */
static bool load_store(__u32 word, struct insn *insn)
{
	static const struct encoding exclusive[] = {
		{ 0x3fe00000, 0x08400000, RD },				/* LDXR, LDAXR */
		{ 0x3fe00000, 0x08000000, STORE | SIZE_31 | RS },	/* STXR, STLXR */
		{ 0x3fe00000, 0x08c00000, RD },				/* LDLAR, LDAR */
		{ 0x3fe00000, 0x08800000, STORE | SIZE_31 },		/* STLLR, STLR */
		{ 0x3fa07c00, 0x08a07c00, STORE | SIZE_31 | RS },	/* CAS */
		{ 0xbfa17c01, 0x08207c00, STORE | SIZE_30 | PAIR | RS | NEXT },	/* CASP */
		{ 0xbfe00000, 0x88600000, RD | RT2 },			/* LDXP, LDAXP */
		{ 0xbfe00000, 0x88200000, STORE | SIZE_30 | PAIR | RS },	/* STXP, STLXP */
		{ 0xbfe00000, 0x89400000, RD },				/* LDTXR, LDATXR */
		{ 0xbfe00000, 0x89000000, STORE | SIZE_30 | RS },	/* STTXR, STLTXR */
		{ 0xffa00000, 0xc9800000, STORE | SIZE(3) | RS },	/* CAST */
		{ 0xffa10001, 0x49800000, STORE | SIZE(4) | RS | NEXT },	/* CASPT */
	};
	static const struct encoding others[] = {
		{ 0xbf000000, 0x18000000, RD },				/* LDR (literal) */
		{ 0xff000000, 0x98000000, RD },				/* LDRSW (literal) */
		{ 0xff000000, 0xd8000000, 0 },				/* PRFM (literal) */
		{ 0xbf000000, 0x1c000000, 0 },				/* LDR (literal, SIMD) */
		{ 0xff000000, 0x9c000000, 0 },
		{ 0x3fe00c00, 0x19000000, STORE | SIZE_31 | IMM9 },	/* STLUR */
		{ 0x3fe00c00, 0x19400000, RD },				/* LDAPUR */
		{ 0xbfa00c00, 0x19800000, RD },				/* LDAPURSB, LDAPURSH */
		{ 0xffe00c00, 0x99800000, RD },				/* LDAPURSW */
		{ 0x3fe00c00, 0x1d000800, STORE | SIZE_31 | IMM9 },	/* STLUR (SIMD) */
		{ 0xffe00c00, 0x1d800800, STORE | SIZE(4) | IMM9 },
		{ 0x3fe00c00, 0x1d400800, 0 },				/* LDAPUR (SIMD) */
		{ 0xffe00c00, 0x1dc00800, 0 },
		{ 0xbfe0fc00, 0x99000800, STORE | SIZE_30 | PAIR | PUSH },	/* STILP */
		{ 0xbfe0fc00, 0x99001800, STORE | SIZE_30 | PAIR },
		{ 0xbfe0fc00, 0x99400800, SIZE_30 | PAIR | POP | RD | RS },	/* LDIAPP */
		{ 0xbfe0fc00, 0x99401800, RD | RS },
		{ 0xffe0fc00, 0xd9005800, STORE | SIZE_30 | PAIR },	/* STLP */
		{ 0xffe0dc00, 0xd9405800, RD | RS },			/* LDAP, LDAPP */
		{ 0xbffffc00, 0x99800800, STORE | SIZE_30 | PUSH },	/* STLR, pre-indexed */
		{ 0xbffffc00, 0x99c00800, SIZE_30 | POP | RD },		/* LDAPR, post-indexed */
		/* LDTADD, SWPT; LDTCLR, LDTSET */
		{ 0xbf207c00, 0x19200400, STORE | SIZE_30 | RD },
		{ 0xbf20dc00, 0x19201400, STORE | SIZE_30 | RD },
		/* LDCLRP, LDSETP; SWPP; RCWCLRP, RCWSETP; RCWSWPP, RCWSETP */
		{ 0xff20dc00, 0x19201000, STORE | SIZE(4) | RD | RS | NOT_RD_31 | NOT_RS_31 },
		{ 0xff20fc00, 0x19208000, STORE | SIZE(4) | RD | RS | NOT_RD_31 | NOT_RS_31 },
		{ 0xbf20dc00, 0x19209000, STORE | SIZE(4) | RD | RS | NOT_RD_31 | NOT_RS_31 },
		{ 0xbf20ec00, 0x1920a000, STORE | SIZE(4) | RD | RS | NOT_RD_31 | NOT_RS_31 },
		{ 0xbf20fc00, 0x19200800, STORE | SIZE(3) | RS },	/* RCWCAS */
		{ 0xbf21fc01, 0x19200c00, STORE | SIZE(4) | RS | NEXT },	/* RCWCASP */
		{ 0xffa00c00, 0xd9200400, STORE | SIZE(4) | TAG9 | POST },	/* STG, STZG */
		{ 0xffa00c00, 0xd9200800, STORE | SIZE(4) | TAG9 },
		{ 0xffa00c00, 0xd9200c00, STORE | SIZE(4) | TAG9 | PRE },
		{ 0xffa00c00, 0xd9a00400, STORE | SIZE(5) | TAG9 | POST },	/* ST2G, STZ2G */
		{ 0xffa00c00, 0xd9a00800, STORE | SIZE(5) | TAG9 },
		{ 0xffa00c00, 0xd9a00c00, STORE | SIZE(5) | TAG9 | PRE },
		{ 0xffe00c00, 0xd9600000, RD },				/* LDG */
		{ 0xff7ffc00, 0xd9200000, STORE | BLOCK },		/* STZGM, STGM */
		{ 0xfffffc00, 0xd9e00000, RD },				/* LDGM */
		{ 0xffffec00, 0xd91f0c00, STORE | SIZE(3) },		/* GCSSTR, GCSSTTR */
	};

	switch (bits(word, 29, 27)) {
	case 1:
		if (bit(word, 26))
			return load_store_structures(word, insn);
		return one_of(word, insn, exclusive, ARRAY_SIZE(exclusive));
	case 3:
		if ((word & 0xfb200c00) == 0x19000400 || (word & 0xffff0c00) == 0x1ddf0000)
			return memory_copy(word, insn);
		return one_of(word, insn, others, ARRAY_SIZE(others));
	case 5:
		return load_store_pair(word, insn);
	default:
		return load_store_register(word, insn);
	}
}

/* "Data Processing -- Register" */
static bool dp_register(__u32 word, struct insn *insn)
{
	static const struct encoding encodings[] = {
		{ 0x9f000000, 0x8a000000, RD },		/* AND, ORR, EOR, ANDS, BIC, ... */
		{ 0x9f008000, 0x0a000000, RD },		/* the same, 32-bit */
		{ 0x9fa00000, 0x8b000000, RD },		/* ADD, SUB, ADDS, SUBS */
		{ 0x9f600000, 0x8b000000, RD },		/* the same, shifted by ASR */
		{ 0x9fa08000, 0x0b000000, RD },		/* the two, 32-bit */
		{ 0x9f608000, 0x0b000000, RD },
		{ 0x3fe01000, 0x0b200000, RD_SP },	/* ADD, SUB (extended register) */
		{ 0x3fe01c00, 0x0b201000, RD_SP },
		{ 0x3fe01000, 0x2b200000, RD },		/* ADDS, SUBS (extended register) */
		{ 0x3fe01c00, 0x2b201000, RD },
		{ 0x3fe00800, 0x1a800000, RD },		/* CSEL, CSINC, CSINV, CSNEG */
		{ 0x3fe00410, 0x3a400000, 0 },		/* CCMN, CCMP */
		{ 0x7fe00000, 0x1b000000, RD },		/* MADD, MSUB */
		{ 0xff600000, 0x9b200000, RD },		/* SMADDL, SMSUBL, UMADDL, UMSUBL */
		{ 0xff608000, 0x9b400000, RD },		/* SMULH, UMULH */
		{ 0x7fe0f800, 0x1ac00800, RD },		/* UDIV, SDIV */
		{ 0x7fe0f000, 0x1ac02000, RD },		/* LSLV, LSRV, ASRV, RORV */
		{ 0x7ffff800, 0x5ac00000, RD },		/* RBIT, REV16 */
		{ 0x7ffffc00, 0x5ac00800, RD },		/* REV, REV32 */
		{ 0xfffffc00, 0xdac00c00, RD },		/* REV, 64-bit */
		{ 0x7ffff000, 0x5ac01000, RD },		/* CLZ, CLS, CTZ, CNT */
		{ 0x1fe0fc00, 0x1a000000, RD },		/* ADC, SBC, ADCS, SBCS */
		{ 0xffe0e800, 0x1ac04000, RD },		/* CRC32B, CRC32H, CRC32CB, CRC32CH */
		{ 0xffe0ec00, 0x1ac04800, RD },		/* CRC32W, CRC32CW */
		{ 0xffe0ec00, 0x9ac04c00, RD },		/* CRC32X, CRC32CX */
		/* PACIA, PACIB, AUTIA, AUTIB, with a zero modifier as well; XPACI */
		{ 0xffffe800, 0xdac10000, PAC },
		{ 0xffffebe0, 0xdac123e0, PAC },
		{ 0xffffffe0, 0xdac143e0, PAC },
		/* The same for data */
		{ 0xffffe800, 0xdac10800, RD },
		{ 0xffffebe0, 0xdac12be0, RD },
		{ 0xffffffe0, 0xdac147e0, RD },
		/* PACNBIASPPC, PACIASPPC, AUTIASPPC (register), and the same with B */
		{ 0xfffffbff, 0xdac183fe, 0 },
		{ 0xfffffbff, 0xdac1a3fe, 0 },
		{ 0xfffff81f, 0xdac1901e, 0 },
		{ 0xffe0fc00, 0x9ac01000, RD_SP },	/* IRG */
		{ 0xffe0fc00, 0x9ac01400, RD },		/* GMI */
		{ 0xffe0fc00, 0x9ac03000, RD },		/* PACGA */
		{ 0xdfe0fc00, 0x9ac00000, RD },		/* SUBP, SUBPS */
		{ 0x7fe0f000, 0x1ac06000, RD },		/* SMAX, UMAX, SMIN, UMIN */
		{ 0x7ffffc00, 0x5ac02000, RD },		/* ABS */
		{ 0xbfe0e000, 0x9a002000, RD_SP },	/* ADDPT, SUBPT */
		{ 0xffe00000, 0x9b600000, RD },		/* MADDPT, MSUBPT */
		{ 0xffe07c10, 0xba000400, 0 },		/* RMIF */
		{ 0xffffbc1f, 0x3a00080d, 0 },		/* SETF8, SETF16 */
	};

	if ((word & 0xffe0ffe0) == 0xaa0003e0) {	/* MOV (register), an ORR */
		insn->moved = bits(word, 20, 16);
		insn->moved_to = bits(word, 4, 0);
	}
	/* PACIA171615, PACIB171615; AUTIA171615, AUTIB171615 */
	if ((word & 0xfffffbff) == 0xdac18bfe || (word & 0xfffffbff) == 0xdac1bbfe) {
		write_reg(insn, 17);
		return true;
	}
	return one_of(word, insn, encodings, ARRAY_SIZE(encodings));
}

/* SME: what saves and restores its state, and nothing else */
static bool matrix(__u32 word, struct insn *insn)
{
	static const struct encoding encodings[] = {
		{ 0xffff9c10, 0xe1000000, 0 },			/* LDR (ZA) */
		{ 0xffff9c10, 0xe1200000, STORE | BLOCK },	/* STR (ZA) */
		{ 0xfffffc1f, 0xe11f8000, 0 },			/* LDR (ZT0) */
		{ 0xfffffc1f, 0xe13f8000, STORE | SIZE(6) },	/* STR (ZT0) */
	};

	if (!bits(word, 31, 16)) {
		insn->flow = FLOW_UDF;
		return true;
	}
	return one_of(word, insn, encodings, ARRAY_SIZE(encodings));
}

static bool is_known(__u32 word, struct insn *insn)
{
	switch (bits(word, 28, 25)) {
	case 0x0:
		return matrix(word, insn);
	case 0x2:
		return one_of(word, insn, sve, ARRAY_SIZE(sve)) ||
		       is_plain(word, sve_plain, ARRAY_SIZE(sve_plain));
	case 0x8:
	case 0x9:
		return dp_immediate(word, insn);
	case 0xa:
	case 0xb:
		return branch_system(word, insn);
	case 0x4:
	case 0x6:
	case 0xc:
	case 0xe:
		return load_store(word, insn);
	case 0x5:
	case 0xd:
		return dp_register(word, insn);
	case 0x7:
	case 0xf:
		return one_of(word, insn, simd, ARRAY_SIZE(simd)) ||
		       is_plain(word, simd_plain, ARRAY_SIZE(simd_plain));
	default:			/* not allocated */
		return false;
	}
}

/**
 * insn_decode - decode one instruction
 * @word: the instruction, in host byte order
 * @insn: filled in
 */
void insn_decode(__u32 word, struct insn *insn)
{
	memset(insn, 0, sizeof(*insn));
	insn->word = word;
	insn->flow = FLOW_NEXT;
	insn->base = REG_NONE;
	insn->moved = REG_NONE;
	if (is_known(word, insn))
		return;
	memset(insn, 0, sizeof(*insn));
	insn->word = word;
	insn->flow = FLOW_UNKNOWN;
	insn->written = ~0U;
	insn->sp = SET_OTHER;
	insn->fp = SET_OTHER;
	insn->store = true;
	insn->base = REG_NONE;
	insn->moved = REG_NONE;
}
