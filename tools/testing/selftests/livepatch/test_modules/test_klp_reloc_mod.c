// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module that the relocations of test_klp_reloc and test_klp_reloc_far
 * refer to. Neither symbol is exported; the livepatches find them by name.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/init.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/random.h>
#include <linux/types.h>

/* Clang drops what it sees no use of, and livepatches find these by name. */
static u64 test_klp_reloc_var __used;

/*
 * Far from both ends of this module's text, for the arithmetic in
 * test_klp_reloc_sites.S: aligned in a section behind .text, and with the pad
 * after it.
 */
static noinline __noclone __used __aligned(0x20000) __section(".test_klp.fn")
u64 test_klp_reloc_fn(void)
{
	return READ_ONCE(test_klp_reloc_var);
}

asm(".pushsection .test_klp.pad, \"ax\", %nobits; .skip 0x20000; .popsection");

/* Patched by the livepatches, which know both addresses from relocations. */
static noinline __noclone __used void test_klp_reloc_check(u64 (*fn)(void), u64 *var)
{
	/* Clang passes no argument that is not used. */
	barrier_data(fn);
	barrier_data(var);
	pr_info("not patched\n");
}

static int test_klp_reloc_mod_init(void)
{
	/* A value left over from the last load is noticed. */
	WRITE_ONCE(test_klp_reloc_var, get_random_u64());
	test_klp_reloc_check(test_klp_reloc_fn, &test_klp_reloc_var);
	return 0;
}

static void test_klp_reloc_mod_exit(void)
{
}

module_init(test_klp_reloc_mod_init);
module_exit(test_klp_reloc_mod_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Livepatch test: target of late relocations");
