// SPDX-License-Identifier: GPL-2.0-only
/*
 * Code that the linker has made, and the compiler late: no source has it, so
 * nobody can annotate it. It is known by its name and by its instructions, none
 * of which is a call: it is on no stack as a return address. Itself it stays
 * unreliable, because it has no CFI.
 *
 * A branch to a range veneer is one to the veneer's target. A veneer for a Cortex-A53
 * erratum is one instruction that was moved: it is put back where it was.
 */

#include <stdlib.h>
#include <string.h>

#include "insn.h"
#include "object.h"

enum { REG_IP0 = 16, REG_IP1 = 17 };

#define WORD_BR_IP0	(0xd61f0000U | REG_IP0 << 5)
#define WORD_DSB_SY	0xd5033f9fU
#define WORD_ISB	0xd5033fdfU
#define WORD_SB		0xd50330ffU

static bool starts(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

static bool ends(const char *s, const char *suffix)
{
	size_t len = strlen(s), n = strlen(suffix);

	return len > n && !strcmp(s + len - n, suffix);
}

static bool is_range_veneer(const char *name)
{
	return (starts(name, "__") && ends(name, "_veneer")) ||
	       (starts(name, "__AArch64") && strstr(name, "Thunk_"));
}

static bool is_erratum_veneer(const char *name)
{
	return starts(name, "e843419@") || starts(name, "e835769@") ||
	       starts(name, "__CortexA53843419_");
}

static __u32 word_at(struct object *obj, __u64 addr)
{
	const struct slot *slot = slot_at(obj, addr, NULL);

	return slot ? slot->word : 0;
}

static __s64 sign_extend(__u64 value, int bits)
{
	return (__s64)(value << (64 - bits)) >> (64 - bits);
}

/* The 64-bit literal that "ldr x16" at an address loads, and that comes last */
static bool literal(struct object *obj, __u64 addr, __u64 *value, __u64 *end)
{
	__u32 word = word_at(obj, addr);
	__u64 from = addr + sign_extend(word >> 5 & 0x7ffff, 19) * 4;

	if ((word & 0xff00001f) != (0x58000000 | REG_IP0) || !slot_at(obj, from + 4, NULL))
		return false;
	*value = word_at(obj, from) | (__u64)word_at(obj, from + 4) << 32;
	*end = from + 8;
	return true;
}

/* Where a range veneer goes, by the few ways that linkers spell it; 0: it is none */
static __u64 veneer_target(struct object *obj, __u64 addr, __u64 *end)
{
	struct insn insn;
	__u32 word, next;
	__u64 value;

	insn_decode(word_at(obj, addr), &insn);
	if (insn.is_landing)
		addr += 4;
	word = word_at(obj, addr);
	next = word_at(obj, addr + 4);
	insn_decode(word, &insn);
	*end = addr + 4;
	if (insn.flow == FLOW_B)
		return addr + insn.target;
	/* adrp x16, page; add x16, x16, offset; br x16 */
	if ((word & 0x9f00001f) == (0x90000000 | REG_IP0)) {
		value = (word >> 29 & 3) | (word >> 5 & 0x7ffff) << 2;
		value = (addr & ~0xfffULL) + sign_extend(value, 21) * 0x1000;
		if ((next & 0xffc003ff) != (0x91000000 | REG_IP0 << 5 | REG_IP0) ||
		    word_at(obj, addr + 8) != WORD_BR_IP0)
			return 0;
		*end = addr + 12;
		return value + (next >> 10 & 0xfff);
	}
	if (!literal(obj, addr, &value, end))
		return 0;
	/* ldr x16, literal; br x16 */
	if (next == WORD_BR_IP0)
		return value;
	/* ldr x16, literal; adr x17, .; add x16, x16, x17; br x16 */
	if (next == (0x10000000 | REG_IP1) &&
	    word_at(obj, addr + 8) == (0x8b000000 | REG_IP1 << 16 | REG_IP0 << 5 | REG_IP0) &&
	    word_at(obj, addr + 12) == WORD_BR_IP0)
		return value + addr + 4;
	return 0;
}

/* Does an instruction do the same wherever it is */
static bool can_move(__u32 word)
{
	struct insn insn;

	insn_decode(word, &insn);
	return insn.flow == FLOW_NEXT && (word & 0x1f000000) != 0x10000000 &&	/* ADR, ADRP */
	       (word & 0x3b000000) != 0x18000000;				/* LDR (literal) */
}

/* An instruction and a branch back: the place that branches there is as if it had both */
static bool put_back(struct object *obj, __u64 addr)
{
	struct slot *from;
	struct insn insn;
	__u64 back;

	insn_decode(word_at(obj, addr + 4), &insn);
	back = addr + 4 + insn.target;
	from = slot_at(obj, back - 4, NULL);
	if (insn.flow != FLOW_B || !from || !can_move(word_at(obj, addr)))
		return false;
	insn_decode(from->word, &insn);
	if (insn.flow != FLOW_B || back - 4 + insn.target != addr)
		return false;
	from->word = word_at(obj, addr);
	return true;
}

static void made_by_linker(struct object *obj, __u64 start, __u64 end)
{
	struct slot *slot;

	for (; start < end; start += 4) {
		slot = slot_at(obj, start, NULL);
		if (!slot)
			break;
		slot->flags |= SLOT_LINKER;
	}
}

/* Clang's __hwasan_check_* have no size, and end with the branch that reports */
static void find_hwasan_check(struct object *obj, __u64 start)
{
	struct slot *slot;
	struct insn insn;
	__u64 addr;

	for (addr = start; (slot = slot_at(obj, addr, NULL)); addr += 4) {
		insn_decode(slot->word, &insn);
		if (insn.flow == FLOW_BL || insn.flow == FLOW_BLR ||
		    (addr != start && (slot->flags & SLOT_ENTRY)))
			return;
		if (insn.flow == FLOW_B || insn.flow == FLOW_BR)
			break;
	}
	if (slot)
		made_by_linker(obj, start, addr + 4);
}

/* "dsb sy; isb" or "sb", which -mharden-sls has behind branches: how many instructions */
static unsigned int barriers_at(struct object *obj, __u64 addr)
{
	if (word_at(obj, addr) == WORD_SB)
		return 1;
	return word_at(obj, addr) == WORD_DSB_SY && word_at(obj, addr + 4) == WORD_ISB ? 2 : 0;
}

/**
 * is_speculation_barrier - is an instruction only there to stop speculation
 * @obj: the file
 * @addr: its address
 *
 * With -mharden-sls there are barriers behind each return and branch by a register, for
 * CPUs that go on behind it until they know better. No other way leads there.
 */
bool is_speculation_barrier(struct object *obj, __u64 addr)
{
	const struct slot *slot = slot_at(obj, addr, NULL), *before;
	struct insn insn;

	if (!slot || (slot->flags & SLOT_REACHED))
		return false;
	if (slot->word == WORD_ISB)
		addr -= 4;
	before = slot_at(obj, addr - 4, NULL);
	if (!barriers_at(obj, addr) || !before || (before->flags & SLOT_DATA))
		return false;
	insn_decode(before->word, &insn);
	return insn.flow == FLOW_RET || insn.flow == FLOW_BR;
}

/**
 * blr_thunk_end - is this what -mharden-sls calls in the place of "blr"
 * @obj: the file
 * @addr: an address
 *
 * Return: the end of "mov x16, xn; br x16", more of these with other registers, and the
 * barriers behind the last, 0: it is none.
 */
__u64 blr_thunk_end(struct object *obj, __u64 addr)
{
	unsigned int nr;
	struct insn insn;

	for (;; addr += 8) {
		insn_decode(word_at(obj, addr), &insn);
		if (insn.is_landing)
			addr += 4;
		insn_decode(word_at(obj, addr), &insn);
		if (insn.moved == REG_NONE || insn.moved_to != REG_IP0 ||
		    word_at(obj, addr + 4) != WORD_BR_IP0)
			return 0;
		nr = barriers_at(obj, addr + 8);
		if (nr)
			return addr + 8 + 4 * nr;
	}
}

static int by_veneer(const void *a, const void *b)
{
	const struct veneer *x = a, *y = b;

	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

/**
 * find_linker_code - find what the linker has made
 * @obj: the file; sets SLOT_LINKER
 */
void find_linker_code(struct object *obj)
{
	const struct symbol *s;
	__u64 to, end = 0;
	size_t i;

	for (i = 0; i < obj->nr_symbols; i++) {
		s = &obj->symbol[i];
		if (s->func && starts(s->name, "__hwasan_check_"))
			find_hwasan_check(obj, s->addr);
		if (s->func && (starts(s->name, "__llvm_slsblr_thunk_") ||
				starts(s->name, "__call_indirect_")))
			made_by_linker(obj, s->addr, blr_thunk_end(obj, s->addr));
		/* In a relocatable file there are no veneers yet */
		if (!s->func || !s->size || obj->rel)
			continue;
		if (is_erratum_veneer(s->name) && s->size == 8 && put_back(obj, s->addr))
			made_by_linker(obj, s->addr, s->addr + s->size);
		to = is_range_veneer(s->name) ? veneer_target(obj, s->addr, &end) : 0;
		if (!to || s->addr + s->size > end)
			continue;
		made_by_linker(obj, s->addr, s->addr + s->size);
		if (!slot_at(obj, to, NULL))
			continue;
		obj->veneer = grow(obj->veneer, obj->nr_veneers, sizeof(*obj->veneer));
		obj->veneer[obj->nr_veneers].addr = s->addr;
		obj->veneer[obj->nr_veneers++].to = to;
	}
	if (obj->nr_veneers)
		qsort(obj->veneer, obj->nr_veneers, sizeof(*obj->veneer), by_veneer);
}

/* Where control is in the end, when it goes to an address */
__u64 behind_veneer(const struct object *obj, __u64 addr)
{
	struct veneer key = { .addr = addr }, *v = NULL;

	if (obj->nr_veneers)
		v = bsearch(&key, obj->veneer, obj->nr_veneers, sizeof(key), by_veneer);
	return v ? v->to : addr;
}
