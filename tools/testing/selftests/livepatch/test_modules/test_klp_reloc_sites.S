/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One site for each kind of relocation that compilers emit for a symbol of
 * another module. All that is in a section "<any>.klp.rela.<object>.<name>"
 * refers to symbols of <object>, so that klp_post_link can make livepatch
 * relocations of it.
 */
#include <linux/linkage.h>

#define FN	".klp.sym.test_klp_reloc_mod.test_klp_reloc_fn,0"
#define VAR	".klp.sym.test_klp_reloc_mod.test_klp_reloc_var,0"

	/* They do not exist at link time, modpost accepts that of weak ones. */
	.weak	FN
	.weak	VAR

	.section .text..klp.rela.test_klp_reloc_mod.text, "ax"

SYM_FUNC_START(call26)
	stp	x29, x30, [sp, #-16]!
	mov	x29, sp
SYM_INNER_LABEL(call26_insn, SYM_L_GLOBAL)
	bl	FN
	ldp	x29, x30, [sp], #16
	ret
SYM_FUNC_END(call26)

/* More calls than there are PLT entries if the kernel expects one for all. */
SYM_FUNC_START(call26_many)
	stp	x29, x30, [sp, #-16]!
	mov	x29, sp
	.rept	32
	bl	FN
	.endr
	ldp	x29, x30, [sp], #16
	ret
SYM_FUNC_END(call26_many)

SYM_FUNC_START(jump26)
	b	FN
SYM_FUNC_END(jump26)

SYM_FUNC_START(adrp_add)
	adrp	x0, VAR
	add	x0, x0, :lo12:VAR
	ret
SYM_FUNC_END(adrp_add)

SYM_FUNC_START(adrp_ldst8)
	adrp	x0, VAR
	ldrb	w0, [x0, :lo12:VAR]
	ret
SYM_FUNC_END(adrp_ldst8)

SYM_FUNC_START(adrp_ldst16)
	adrp	x0, VAR
	ldrh	w0, [x0, :lo12:VAR]
	ret
SYM_FUNC_END(adrp_ldst16)

SYM_FUNC_START(adrp_ldst32)
	adrp	x0, VAR
	ldr	w0, [x0, :lo12:VAR]
	ret
SYM_FUNC_END(adrp_ldst32)

SYM_FUNC_START(adrp_ldst64)
	adrp	x0, VAR
	ldr	x0, [x0, :lo12:VAR]
	ret
SYM_FUNC_END(adrp_ldst64)

/* Where erratum 843419 has the kernel replace ADRP by ADR or by a veneer. */
SYM_FUNC_START(adrp_843419)
	b	1f
	.balign	4096
	.skip	0xff8
1:	adrp	x1, VAR
	mov	x0, x1
	add	x0, x0, :lo12:VAR
	ret
SYM_FUNC_END(adrp_843419)

SYM_FUNC_START(movw_uabs)
	movz	x0, #:abs_g3:VAR
	movk	x0, #:abs_g2_nc:VAR
	movk	x0, #:abs_g1_nc:VAR
	movk	x0, #:abs_g0_nc:VAR
	ret
SYM_FUNC_END(movw_uabs)

/* The kernel makes a MOVZ or MOVN of the first, by the distance's sign. */
SYM_FUNC_START(movw_prel)
1:	movz	x0, #:prel_g2:VAR
	movk	x0, #:prel_g1_nc:VAR + 4
	movk	x0, #:prel_g0_nc:VAR + 8
	adr	x1, 1b
	add	x0, x0, x1
	ret
SYM_FUNC_END(movw_prel)

	.section .rodata..klp.rela.test_klp_reloc_mod.rodata, "a"

	.balign	8
SYM_DATA(abs64,		.quad VAR)
SYM_DATA(prel64,	.quad VAR - .)
SYM_DATA(prel32,	.long VAR - .)
	/* unaligned, and on two pages */
	.balign	4096
	.skip	4093
SYM_DATA(abs64_split,	.quad VAR)

#ifdef TEST_KLP_RELOC_FAR
/*
 * A branch reaches 128M = 0x8000000. Wherever this livepatch's text and that of
 * the target are, one of two calls is out of reach if this text has a call at
 * either end and makes 128M together with the 128K that the target has before
 * and after its function. This text's PLT is in reach of both calls: everything
 * here but the hole takes less than 64K.
 */
	.section .test_klp.hole.0x7ff0000, "ax"
	.byte	0

	.section .text..klp.rela.test_klp_reloc_mod.far, "ax"

SYM_FUNC_START(call26_high)
	stp	x29, x30, [sp, #-16]!
	mov	x29, sp
SYM_INNER_LABEL(call26_high_insn, SYM_L_GLOBAL)
	bl	FN
	ldp	x29, x30, [sp], #16
	ret
SYM_FUNC_END(call26_high)
#endif
