/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an A64 instruction does to registers, to memory at SP, x29 or x18, and to the
 * flow of control. Nothing else of an instruction is decoded.
 */
#ifndef UNWINDTOOL_INSN_H
#define UNWINDTOOL_INSN_H

#include <linux/types.h>
#include <stdbool.h>

enum {
	REG_X18 = 18,
	REG_FP = 29,
	REG_LR = 30,
	REG_SP = 31,		/* or XZR: the decoder says which */
	REG_NONE = 0xff,
};

/* Where control goes */
enum insn_flow {
	FLOW_UNKNOWN,		/* anywhere: the word is no instruction known here */
	FLOW_NEXT,
	FLOW_B,			/* B */
	FLOW_BCOND,		/* B.cond, BC.cond, CBZ, CBNZ, TBZ, TBNZ, CBGT, ... */
	FLOW_BL,		/* BL */
	FLOW_BLR,		/* BLR, BLRAA, ... */
	FLOW_BR,		/* BR, BRAA, ... */
	FLOW_RET,		/* RET, RETAA, RETAB, RETAASPPC, ... */
	FLOW_ERET,		/* ERET, ERETAA, ERETAB, DRPS */
	FLOW_BRK,		/* BRK */
	FLOW_UDF,		/* UDF */
};

/* How SP or x29 gets its new value */
enum insn_set {
	SET_NO,
	SET_SP,			/* SP + imm, as it was before the instruction */
	SET_FP,			/* x29 + imm, as it was before the instruction */
	SET_OTHER,
};

/* One register loaded or stored, at base + off before any write-back */
struct insn_mem {
	__u8 reg;		/* REG_NONE: not one that has 64 bits */
	__u32 size;		/* bytes, at most */
	__s32 off;
};

/**
 * struct insn - one decoded instruction
 * @word: what was decoded
 * @flow: where control goes
 * @target: byte offset of a direct branch, relative to the instruction
 * @ret_reg: register of RET, BR and BLR
 * @imm: immediate of BRK
 * @is_nop: NOP, and nothing else
 * @is_landing: BTI, which does nothing
 * @written: bit n: xn is written, or may be; bit 31: SP. PAC instructions leave the return
 *	address in x30, and do not count as a write
 * @sp: how SP is set, with @sp_imm
 * @fp: how x29 is set, when not loaded, with @fp_imm
 * @moved: general purpose register that is copied to @moved_to, whole; REG_NONE: none is
 * @x18_step: write-back to x18, in bytes
 * @store: something is stored
 * @base: base register of what is loaded to @mem, or stored; REG_NONE: there is none, or it
 *	is not a general purpose register
 * @load: the registers in @mem are loaded, otherwise stored
 * @nr_mem: accesses in @mem. None, and @store: it may be anywhere, because of an index
 * @mem: what is loaded to a 64-bit register from @base plus an immediate, and every store
 *	to @base plus an immediate
 */
struct insn {
	__u32 word;
	enum insn_flow flow;
	__s64 target;
	__u8 ret_reg;
	__u16 imm;
	bool is_nop;
	bool is_landing;
	__u32 written;
	enum insn_set sp;
	__s32 sp_imm;
	enum insn_set fp;
	__s32 fp_imm;
	__u8 moved;
	__u8 moved_to;
	__s32 x18_step;
	bool store;
	__u8 base;
	bool load;
	__u8 nr_mem;
	struct insn_mem mem[2];
};

void insn_decode(__u32 word, struct insn *insn);

#endif
