/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an A64 instruction does to SP, x29, x30, the shadow call stack and the
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
	FLOW_NEXT,
	FLOW_B,			/* B */
	FLOW_BCOND,		/* B.cond, BC.cond, CBZ, CBNZ, TBZ, TBNZ */
	FLOW_BL,		/* BL */
	FLOW_BLR,		/* BLR, BLRAA, ... */
	FLOW_BR,		/* BR, BRAA, ... */
	FLOW_RET,		/* RET, RETAA, RETAB */
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
	__u8 reg;
	__u8 size;		/* bytes */
	__s32 off;
};

/**
 * struct insn - one decoded instruction
 * @flow: where control goes
 * @target: byte offset of a direct branch, relative to the instruction
 * @ret_reg: register of RET
 * @imm: immediate of BRK
 * @is_nop: NOP, and nothing else
 * @is_landing: BTI, which does nothing
 * @sp: how SP is set, with @sp_imm
 * @fp: how x29 is set, when not loaded, with @fp_imm
 * @lr_written: x30 is written, by other than a load in @mem or a PAC instruction
 * @x18_written: x18 is written, by other than write-back
 * @x18_step: write-back to x18, in bytes
 * @load: the registers in @mem are loaded, otherwise stored
 * @base: base register of @mem, REG_NONE when there is no such access
 * @nr_mem: registers in @mem
 * @mem: 64-bit registers loaded or stored with an immediate offset
 */
struct insn {
	enum insn_flow flow;
	__s64 target;
	__u8 ret_reg;
	__u16 imm;
	bool is_nop;
	bool is_landing;
	enum insn_set sp;
	__s32 sp_imm;
	enum insn_set fp;
	__s32 fp_imm;
	bool lr_written;
	bool x18_written;
	__s32 x18_step;
	bool load;
	__u8 base;
	__u8 nr_mem;
	struct insn_mem mem[2];
};

void insn_decode(__u32 word, struct insn *insn);

#endif
