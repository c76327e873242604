/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the return address and the caller's x29 are, for every instruction.
 *
 * scripts/unwindtool makes this table from the compiler's CFI. It is read by the
 * kernel and by the tool itself, so only plain types are used here. All fields
 * are little endian, in this order and without gaps:
 *
 *	struct unwind_table		one
 *	struct unwind_table_range	nr_ranges, ascending and disjoint
 *	struct unwind_table_state	nr_states
 *	__u32 index			nr_index
 *	__u16 change			nr_changes
 *
 * A range is divided into blocks of 1 << block_shift bytes, which is
 * UNWIND_BLOCK_SHIFT in all tables that the kernel reads; the last block may be
 * short. Each block has one index word, and one more ends the range: the
 * changes of a block go from its own index word to the next one. A change is an
 * instruction's number within its block, above the number of the state in force
 * from there on. The first change of every block is for its instruction 0.
 */
#ifndef __ASM_UNWIND_TABLE_H
#define __ASM_UNWIND_TABLE_H

#include <linux/types.h>

#define UNWIND_TABLE_MAGIC		0x54574e55	/* "UNWT" */
#define UNWIND_TABLE_VERSION		1

/*
 * Smaller blocks cost more memory, and larger ones more steps in a look-up. With a
 * shadow call stack functions have more changes, so blocks are half as large. The
 * build tells the tool by --block-size, which is good for finding out what others
 * cost, too.
 */
#ifdef CONFIG_ARM64_UNWIND_SMALL_BLOCKS
#define UNWIND_BLOCK_SHIFT		8
#else
#define UNWIND_BLOCK_SHIFT		9
#endif
#define UNWIND_BLOCK_SHIFT_MIN		8
#define UNWIND_BLOCK_SHIFT_MAX		12

/* Index words: not every instruction of the block is reliable */
#define UNWIND_INDEX_UNRELIABLE		0x80000000U
#define UNWIND_INDEX_CHANGE		(UNWIND_INDEX_UNRELIABLE - 1)

/* State numbers that every table has */
#define UNWIND_STATE_UNRELIABLE		0
#define UNWIND_STATE_ENTRY		1

/**
 * enum unwind_where - where a value is
 * @UNWIND_UNRELIABLE: the build does not know
 * @UNWIND_REG: in x30 (return address) or x29 (caller's x29) itself
 * @UNWIND_SP: at SP + offset
 * @UNWIND_FP: at x29 + offset
 * @UNWIND_SCS: at x18 - 8, for the return address only
 */
enum unwind_where {
	UNWIND_UNRELIABLE,
	UNWIND_REG,
	UNWIND_SP,
	UNWIND_FP,
	UNWIND_SCS,
};

/**
 * struct unwind_table_state - where the two values are that lead to the caller
 * @ra: enum unwind_where of the return address, which may be signed
 * @fp: enum unwind_where of the caller's x29
 * @ra_off: offset of the return address, in units of 8 bytes
 * @fp_off: offset of the caller's x29, in units of 8 bytes
 * @reserved: 0
 */
struct unwind_table_state {
	__u8 ra;
	__u8 fp;
	__u16 ra_off;
	__u16 fp_off;
	__u16 reserved;
};

/**
 * struct unwind_table_range - text that the table is about
 * @start: address of the first instruction, relative to that of this field
 * @size: in bytes, a multiple of 4
 * @index: number of the first block's index word
 */
struct unwind_table_range {
	__s64 start;
	__u32 size;
	__u32 index;
};

/**
 * struct unwind_table - the table's header
 * @magic: UNWIND_TABLE_MAGIC
 * @version: UNWIND_TABLE_VERSION
 * @block_shift: log2 of the bytes of text per block
 * @reserved: 0
 * @nr_ranges: number of struct unwind_table_range
 * @nr_states: number of struct unwind_table_state
 * @nr_index: number of index words
 * @nr_changes: number of changes
 */
struct unwind_table {
	__u32 magic;
	__u16 version;
	__u8 block_shift;
	__u8 reserved;
	__u32 nr_ranges;
	__u32 nr_states;
	__u32 nr_index;
	__u32 nr_changes;
};

/**
 * unwind_state_bits - bits of a change that hold the state number
 * @block_shift: log2 of the bytes of text per block
 */
static inline unsigned int unwind_state_bits(unsigned int block_shift)
{
	return 16 - (block_shift - 2);
}

/**
 * unwind_block_state - the state in force at one instruction of a block
 * @change: first change of the block, which is for instruction 0
 * @nr: number of changes of the block, at least 1
 * @insn: the instruction's number within the block
 * @bits: unwind_state_bits() of the table
 *
 * Return: the state number, after at most log2(@nr) + 1 comparisons.
 */
static inline unsigned int unwind_block_state(const __u16 *change, unsigned int nr,
					      unsigned int insn, unsigned int bits)
{
	/* Below this are the changes up to that instruction, whatever their state. */
	const unsigned int end = (insn + 1) << bits;

	while (nr > 1) {
		const unsigned int half = nr / 2;

		change = change[half] < end ? change + half : change;
		nr -= half;
	}
	return *change & ((1U << bits) - 1);
}

#endif /* __ASM_UNWIND_TABLE_H */
