// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an A64 instruction does to SP, x29, x30, x18 and the flow of control.
 *
 * The names are those of the Arm Architecture Reference Manual, DDI 0487,
 * chapter C4 "A64 Instruction Set Encoding". A register that an instruction
 * may write is taken as written: a class that is not told apart any further
 * here (SVE, for one) errs to that side.
 */

#include <string.h>

#include "insn.h"

static __u32 bits(__u32 word, int high, int low)
{
	return (word >> low) & ((1U << (high - low + 1)) - 1);
}

static __s64 sbits(__u32 word, int high, int low)
{
	int width = high - low + 1;
	__s64 sign = 1LL << (width - 1);

	return ((__s64)bits(word, high, low) ^ sign) - sign;
}

/* A general purpose register is written, number 31 being XZR */
static void write_reg(struct insn *insn, unsigned int reg)
{
	if (reg == REG_FP)
		insn->fp = SET_OTHER;
	else if (reg == REG_LR)
		insn->lr_written = true;
	else if (reg == REG_X18)
		insn->x18_written = true;
}

/* The same, number 31 being SP */
static void write_reg_sp(struct insn *insn, unsigned int reg)
{
	if (reg == REG_SP)
		insn->sp = SET_OTHER;
	else
		write_reg(insn, reg);
}

/* Write-back of a load or store */
static void write_back(struct insn *insn, unsigned int reg, __s32 imm)
{
	if (reg == REG_SP) {
		insn->sp = SET_SP;
		insn->sp_imm = imm;
	} else if (reg == REG_X18) {
		insn->x18_step = imm;
	} else {
		write_reg(insn, reg);
	}
}

static void mem(struct insn *insn, bool load, unsigned int base,
		unsigned int reg, unsigned int size, __s32 off)
{
	insn->load = load;
	insn->base = base;
	insn->mem[insn->nr_mem].reg = reg;
	insn->mem[insn->nr_mem].size = size;
	insn->mem[insn->nr_mem].off = off;
	insn->nr_mem++;
}

/* ADD (immediate), SUB (immediate), ADDS, SUBS; MOV (to/from SP) is an ADD */
static void add_sub_immediate(__u32 word, struct insn *insn)
{
	unsigned int rd = bits(word, 4, 0), rn = bits(word, 9, 5);
	__s32 imm = bits(word, 21, 10);
	enum insn_set from = SET_OTHER;

	if (bits(word, 22, 22))
		imm <<= 12;
	if (bits(word, 30, 30))
		imm = -imm;
	if (bits(word, 29, 29)) {		/* S: Rd 31 is XZR */
		write_reg(insn, rd);
		return;
	}
	if (bits(word, 31, 31))
		from = rn == REG_SP ? SET_SP : rn == REG_FP ? SET_FP : SET_OTHER;
	if (rd == REG_SP) {
		insn->sp = from;
		insn->sp_imm = imm;
	} else if (rd == REG_FP) {
		insn->fp = from;
		insn->fp_imm = imm;
	} else {
		write_reg(insn, rd);
	}
}

/* C4.1.86 "Data Processing -- Immediate" */
static void dp_immediate(__u32 word, struct insn *insn)
{
	unsigned int rd = bits(word, 4, 0);

	switch (bits(word, 25, 23)) {
	case 2:
		add_sub_immediate(word, insn);
		break;
	case 3:			/* ADDG, SUBG; MIN, MAX (immediate) */
		if (bits(word, 22, 22))
			write_reg(insn, rd);
		else
			write_reg_sp(insn, rd);
		break;
	case 4:			/* AND, ORR, EOR (immediate) write SP, ANDS does not */
		if (bits(word, 30, 29) == 3)
			write_reg(insn, rd);
		else
			write_reg_sp(insn, rd);
		break;
	default:
		write_reg(insn, rd);
	}
}

/* "Hints". PACIASP and its like leave the return address in x30, signed or not */
static void hint(__u32 word, struct insn *insn)
{
	switch (bits(word, 11, 5)) {
	case 0:			/* NOP */
		insn->is_nop = true;
		break;
	case 32:		/* BTI */
	case 34:		/* BTI c */
	case 36:		/* BTI j */
	case 38:		/* BTI jc */
		insn->is_landing = true;
		break;
	}
}

/* C4.1.87 "Branches, Exception Generating and System instructions" */
static void branch_system(__u32 word, struct insn *insn)
{
	if (bits(word, 30, 26) == 5) {			/* B, BL */
		insn->flow = bits(word, 31, 31) ? FLOW_BL : FLOW_B;
		insn->target = sbits(word, 25, 0) * 4;
		insn->lr_written = insn->flow == FLOW_BL;
	} else if (bits(word, 30, 25) == 0x1a) {	/* CBZ, CBNZ */
		insn->flow = FLOW_BCOND;
		insn->target = sbits(word, 23, 5) * 4;
	} else if (bits(word, 30, 25) == 0x1b) {	/* TBZ, TBNZ */
		insn->flow = FLOW_BCOND;
		insn->target = sbits(word, 18, 5) * 4;
	} else if (bits(word, 31, 25) == 0x2a) {	/* B.cond, BC.cond */
		/* "Always" is spelled as two conditions, AL and NV */
		insn->flow = bits(word, 3, 1) == 7 ? FLOW_B : FLOW_BCOND;
		insn->target = sbits(word, 23, 5) * 4;
	} else if (bits(word, 31, 25) == 0x6b) {	/* BR, BLR, RET, ERET, ... */
		insn->ret_reg = bits(word, 9, 5);
		switch (bits(word, 24, 21)) {
		case 0:
		case 8:
			insn->flow = FLOW_BR;
			break;
		case 1:
		case 9:
			insn->flow = FLOW_BLR;
			insn->lr_written = true;
			break;
		case 2:
			insn->flow = FLOW_RET;
			if (bits(word, 11, 11))		/* RETAA, RETAB */
				insn->ret_reg = REG_LR;
			break;
		case 4:
		case 5:
			insn->flow = FLOW_ERET;
			break;
		default:
			insn->flow = FLOW_UDF;
		}
	} else if (bits(word, 31, 24) == 0xd4) {	/* SVC, HVC, SMC, BRK, HLT, DCPS */
		if (bits(word, 23, 21) == 1) {
			insn->flow = FLOW_BRK;
			insn->imm = bits(word, 20, 5);
		}
	} else if (bits(word, 31, 12) == 0xd5032) {
		hint(word, insn);
	} else if (bits(word, 31, 22) == 0x354 || bits(word, 31, 22) == 0x355) {
		if (bits(word, 21, 21))			/* SYSL, MRS */
			write_reg(insn, bits(word, 4, 0));
	}
}

/* C4.1.88 "Loads and Stores" */
static void load_store(__u32 word, struct insn *insn)
{
	unsigned int rt = bits(word, 4, 0), rn = bits(word, 9, 5);
	unsigned int rt2 = bits(word, 14, 10), rs = bits(word, 20, 16);
	unsigned int size = bits(word, 31, 30), opc = bits(word, 23, 22);
	bool simd = bits(word, 26, 26), load;
	__s32 imm;

	switch (bits(word, 29, 27)) {
	case 1:
		if (simd) {		/* LD1, ST1, ...: bit 23 is "post-indexed" */
			if (bits(word, 23, 23))
				write_reg_sp(insn, rn);
			break;
		}
		if (bits(word, 24, 24)) {	/* LDIAPP, STILP, GCS: only by name */
			write_reg(insn, rt);
			write_reg(insn, rt2);
			write_reg_sp(insn, rn);
			break;
		}
		/* "Load/store exclusive", "ordered", "Compare and swap" */
		write_reg(insn, rs);
		if (!bits(word, 23, 23) && bits(word, 21, 21) && !bits(word, 31, 31))
			write_reg(insn, rs + 1);	/* CASP */
		if (bits(word, 22, 22)) {
			write_reg(insn, rt);
			if (bits(word, 21, 21))
				write_reg(insn, rt2);
		}
		break;
	case 3:
		if (!bits(word, 24, 24)) {	/* LDR (literal) */
			if (!simd)
				write_reg(insn, rt);
			break;
		}
		if (!bits(word, 21, 21) && !bits(word, 11, 10)) {
			if (opc && !simd)	/* LDAPUR; otherwise STLUR */
				write_reg(insn, rt);
			break;
		}
		/* Memory tags, CPY, SET: only by name */
		write_reg(insn, rt);
		write_reg(insn, rs);
		write_reg_sp(insn, rn);
		break;
	case 5:				/* LDP, STP, LDNP, STNP, LDPSW, STGP */
		load = bits(word, 22, 22);
		imm = sbits(word, 21, 15) * (simd ? 4 << size : size == 2 ? 8 : 4);
		if (!simd && size == 1 && !load)	/* STGP */
			imm *= 4;
		if (bits(word, 23, 23))		/* post- or pre-indexed */
			write_back(insn, rn, imm);
		if (bits(word, 24, 23) == 1)	/* post-indexed: accesses Rn itself */
			imm = 0;
		if (simd)
			break;
		if (size == 2 || (size == 1 && !load)) {
			mem(insn, load, rn, rt, 8, imm);
			mem(insn, load, rn, rt2, 8, imm + 8);
		}
		if (load) {
			if (rt == REG_X18 || rt2 == REG_X18)
				insn->x18_written = true;
			if (size != 2) {
				write_reg(insn, rt);
				write_reg(insn, rt2);
			}
		}
		break;
	case 7:
		load = opc != 0 && !(size == 3 && opc == 2);	/* that is PRFM */
		if (bits(word, 24, 24)) {	/* unsigned immediate */
			imm = bits(word, 21, 10) << size;
		} else if (!bits(word, 21, 21)) {
			imm = sbits(word, 20, 12);
			if (bits(word, 10, 10)) {	/* post- or pre-indexed */
				write_back(insn, rn, imm);
				if (!bits(word, 11, 11))
					imm = 0;
			}
		} else {
			/* Register offset; LDRAA, LDRAB; LDADD, SWP, ..., LDAPR, LD64B */
			if (bits(word, 11, 10) != 2) {
				write_reg(insn, rt);
				if (bits(word, 11, 10) == 3)
					write_reg_sp(insn, rn);
			} else if (!simd && load) {
				write_reg(insn, rt);
			}
			break;
		}
		if (simd)
			break;
		if (size == 3 && opc < 2) {
			mem(insn, load, rn, rt, 8, imm);
			if (load && rt == REG_X18)
				insn->x18_written = true;
		} else if (load) {
			write_reg(insn, rt);
		} else if (!opc) {
			mem(insn, false, rn, REG_NONE, 1 << size, imm);
		}
		break;
	}
}

/* C4.1.89 "Data Processing -- Register" */
static void dp_register(__u32 word, struct insn *insn)
{
	unsigned int rd = bits(word, 4, 0);

	/* PACIA, PACIB, AUTIA, AUTIB, their forms without modifier, XPACI: the same */
	if (rd == REG_LR && bits(word, 31, 16) == 0xdac1) {
		switch (bits(word, 15, 10)) {
		case 0:
		case 1:
		case 4:
		case 5:
		case 8:
		case 9:
		case 12:
		case 13:
		case 16:
			return;
		}
	}
	/* ADD, SUB (extended register): Rd 31 is SP, unless flags are set */
	if (bits(word, 28, 24) == 0x0b && bits(word, 21, 21) && !bits(word, 29, 29))
		write_reg_sp(insn, rd);
	else
		write_reg(insn, rd);
	/* CCMP, RMIF and SETF have NZCV there: a number below 16, so no harm */
}

/* C4.1.90 "Data Processing -- Scalar Floating-Point and Advanced SIMD" */
static void dp_simd(__u32 word, struct insn *insn)
{
	unsigned int opcode;

	if (bits(word, 30, 24) == 0x1e && !bits(word, 29, 29)) {
		/* "Conversion between floating-point and integer", "fixed-point" */
		if (bits(word, 21, 21) && bits(word, 15, 10))
			return;
		opcode = bits(word, 18, 16);
		if (opcode != 2 && opcode != 3 && opcode != 7)
			write_reg(insn, bits(word, 4, 0));
	} else if (!bits(word, 31, 31) && bits(word, 29, 21) == 0x70 &&
		   !bits(word, 15, 15) && bits(word, 10, 10)) {
		/* "Advanced SIMD copy": SMOV, UMOV */
		opcode = bits(word, 14, 11);
		if (opcode == 5 || opcode == 7)
			write_reg(insn, bits(word, 4, 0));
	}
}

/**
 * insn_decode - decode one instruction
 * @word: the instruction, in host byte order
 * @insn: filled in
 *
 * Every word decodes: one that the architecture does not know may write the
 * register that its lowest five bits name.
 */
void insn_decode(__u32 word, struct insn *insn)
{
	memset(insn, 0, sizeof(*insn));
	insn->base = REG_NONE;

	switch (bits(word, 28, 25)) {
	case 0x0:
		if (!bits(word, 31, 16))	/* UDF */
			insn->flow = FLOW_UDF;
		else
			write_reg_sp(insn, bits(word, 4, 0));
		break;
	case 0x2:			/* SVE */
		/* "SVE Memory" writes vectors and predicates: there is no write-back */
		if (!bits(word, 31, 31))
			write_reg_sp(insn, bits(word, 4, 0));
		break;
	case 0x1:
	case 0x3:
		write_reg_sp(insn, bits(word, 4, 0));
		break;
	case 0x8:
	case 0x9:
		dp_immediate(word, insn);
		break;
	case 0xa:
	case 0xb:
		branch_system(word, insn);
		break;
	case 0x4:
	case 0x6:
	case 0xc:
	case 0xe:
		load_store(word, insn);
		break;
	case 0x5:
	case 0xd:
		dp_register(word, insn);
		break;
	case 0x7:
	case 0xf:
		dp_simd(word, insn);
		break;
	}
}
