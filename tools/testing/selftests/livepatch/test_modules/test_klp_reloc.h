/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEST_KLP_RELOC_H
#define TEST_KLP_RELOC_H

#include <linux/types.h>

/* Sites in text: each returns the target's variable, or its address. */
u64 call26(void);
u64 call26_high(void);
u64 call26_many(void);
u64 jump26(void);
u64 adrp_add(void);
u64 adrp_ldst8(void);
u64 adrp_ldst16(void);
u64 adrp_ldst32(void);
u64 adrp_ldst64(void);
u64 adrp_843419(void);
u64 movw_uabs(void);
u64 movw_prel(void);

/* The BL in the functions of that name */
extern const __le32 call26_insn;
extern const __le32 call26_high_insn;

/* Sites in read-only data: the address, or its distance from the site */
extern const u64 abs64;
extern const u8 abs64_split[sizeof(u64)];
extern const s64 prel64;
extern const s32 prel32;

#endif
