// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an instruction is to the flow of control, from the encodings in the Arm
 * Architecture Reference Manual. All that is not known here is plain: the emulator
 * executes it, or says that it cannot.
 */

#include "execute.h"

/* A branch offset of @bits bits from bit @low on, in words */
static uint64_t offset(uint32_t word, unsigned int low, unsigned int bits)
{
	int64_t value = (int64_t)((uint64_t)(word >> low) << (64 - bits));

	return value >> (64 - bits) << 2;
}

static void decode_register_branch(uint32_t word, struct decoded *d)
{
	d->reg = word >> 5 & 31;
	switch (word >> 21 & 15) {
	case 0:
	case 8:
		d->kind = KIND_INDIRECT;
		break;
	case 1:
	case 9:
		d->kind = KIND_INDIRECT_CALL;
		break;
	case 2:
		d->kind = KIND_RETURN;
		/* With authentication, it is by x30, and no register is named */
		if (d->reg == 31)
			d->reg = 30;
		break;
	default:
		d->kind = KIND_EXCEPTION_RETURN;
	}
}

static void decode_system(uint32_t word, struct decoded *d)
{
	d->kind = KIND_SYSTEM;
	if ((word & 0xfffff0ff) == 0xd50040bf) {
		d->kind = KIND_STACK_SELECT;
	} else if (word & 0x00200000) {
		d->kind = KIND_SYSTEM_READ;
		d->reg = word & 31;
		d->nr_regs = word & 0x00400000 ? 2 : 1;
	}
}

/**
 * decode - what an instruction is
 * @word: the instruction
 * @address: where it is
 * @d: filled in
 */
void decode(uint32_t word, uint64_t address, struct decoded *d)
{
	d->kind = KIND_PLAIN;
	d->to = 0;
	d->reg = 31;
	d->nr_regs = 0;
	if ((word & 0x7c000000) == 0x14000000) {
		d->kind = word >> 31 ? KIND_CALL : KIND_BRANCH;
		d->to = address + offset(word, 0, 26);
	} else if ((word & 0xff000000) == 0x54000000) {
		d->kind = (word & 14) == 14 ? KIND_BRANCH : KIND_CONDITIONAL;
		d->to = address + offset(word, 5, 19);
	} else if ((word & 0x7e000000) == 0x34000000) {
		d->kind = KIND_CONDITIONAL;
		d->to = address + offset(word, 5, 19);
	} else if ((word & 0x7e000000) == 0x36000000) {
		d->kind = KIND_CONDITIONAL;
		d->to = address + offset(word, 5, 14);
	} else if ((word & 0x7e000000) == 0x74000000) {
		d->kind = KIND_CONDITIONAL;
		d->to = address + offset(word, 5, 9);
	} else if ((word & 0xffc0001f) == 0x5500001f) {
		d->kind = KIND_RETURN;
		d->reg = 30;
	} else if ((word & 0xfe000000) == 0xd6000000) {
		decode_register_branch(word, d);
	} else if ((word & 0xff000000) == 0xd4000000) {
		d->kind = (word & 0x00e0001f) == 0x00200000 ? KIND_BRK : KIND_TRAP;
	} else if ((word & 0xff800000) == 0xd5000000) {
		decode_system(word, d);
	}
}

/**
 * addressed_by_frame - is an address that of SP or x29, but for a constant
 * @word: an instruction that loads or stores
 */
bool addressed_by_frame(uint32_t word)
{
	unsigned int base = word >> 5 & 31;
	bool register_offset = (word & 0x3b200c00) == 0x38200800;

	return (base == 31 || base == 29) && !register_offset;
}
