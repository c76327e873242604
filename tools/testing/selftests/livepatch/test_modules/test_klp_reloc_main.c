// SPDX-License-Identifier: GPL-2.0-only
/*
 * A livepatch whose relocations are written when test_klp_reloc_mod is loaded,
 * long after the livepatch itself: into text and read-only data that nobody
 * can write to any more. The patched function compares what each site makes of
 * its relocations with what the target module says.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bits.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/uaccess.h>
#include <linux/unaligned.h>

#include "test_klp_reloc.h"

static int pre_patch_ret;
module_param(pre_patch_ret, int, 0644);
MODULE_PARM_DESC(pre_patch_ret, "pre_patch_ret (default=0)");

static unsigned long plt_in_use;
module_param_named(plt, plt_in_use, ulong, 0400);
MODULE_PARM_DESC(plt, "Address of a PLT entry that was written late, or 0");

static unsigned int nr_wrong;

static void expect(const char *site, u64 is, u64 should_be)
{
	if (is == should_be)
		return;
	pr_err("%s: 0x%llx instead of 0x%llx\n", site, is, should_be);
	nr_wrong++;
}

/* Try to write to @addr what is there anyway. */
static void expect_read_only(const char *what, const void *addr)
{
	pagefault_disable();
	__put_kernel_nofault((void *)addr, addr, u32, read_only);
	pagefault_enable();
	pr_err("%s can be written\n", what);
	nr_wrong++;
	return;
read_only:
	pagefault_enable();
}

/* Where does a BL go, if not to @fn? To a PLT entry. */
static const void *plt_entry(const __le32 *bl, u64 (*fn)(void))
{
	s64 offset = sign_extend64(le32_to_cpu(*bl) & GENMASK(25, 0), 25) * 4;
	const void *dest = (const void *)bl + offset;

	return dest == fn ? NULL : dest;
}

static void livepatch_reloc_check(u64 (*fn)(void), u64 *var)
{
	const void *plt = plt_entry(&call26_insn, fn);
	u64 addr = (u64)var;

	nr_wrong = 0;

	expect("call26", call26(), *var);
	expect("call26_many", call26_many(), *var);
	expect("jump26", jump26(), *var);
	expect("adrp_add", adrp_add(), addr);
	expect("adrp_ldst8", adrp_ldst8(), (u8)*var);
	expect("adrp_ldst16", adrp_ldst16(), (u16)*var);
	expect("adrp_ldst32", adrp_ldst32(), (u32)*var);
	expect("adrp_ldst64", adrp_ldst64(), *var);
	expect("adrp_843419", adrp_843419(), addr);
	expect("movw_uabs", movw_uabs(), addr);
	expect("movw_prel", movw_prel(), addr);
	expect("abs64", abs64, addr);
	expect("abs64_split", get_unaligned((u64 *)abs64_split), addr);
	expect("prel64", (u64)&prel64 + prel64, addr);
	expect("prel32", (u64)&prel32 + prel32, addr);
#ifdef TEST_KLP_RELOC_FAR
	expect("call26_high", call26_high(), *var);
	if (!plt)
		plt = plt_entry(&call26_high_insn, fn);
#endif

	expect_read_only("text", &call26_insn);
	expect_read_only("read-only data", &abs64);
	if (plt)
		expect_read_only("PLT", plt);

	plt_in_use = (unsigned long)plt;
	pr_info("%u relocations wrong, calls %s\n", nr_wrong,
		plt ? "through the PLT" : "direct");
}

static struct klp_func funcs[] = {
	{
		.old_name = "test_klp_reloc_check",
		.new_func = livepatch_reloc_check,
	}, {}
};

static int pre_patch_callback(struct klp_object *obj)
{
	return pre_patch_ret;
}

static struct klp_object objs[] = {
	{
		.name = "test_klp_reloc_mod",
		.funcs = funcs,
		.callbacks = {
			.pre_patch = pre_patch_callback,
		},
	}, {}
};

static struct klp_patch patch = {
	.mod = THIS_MODULE,
	.objs = objs,
};

static int test_klp_reloc_init(void)
{
	return klp_enable_patch(&patch);
}

static void test_klp_reloc_exit(void)
{
}

module_init(test_klp_reloc_init);
module_exit(test_klp_reloc_exit);
MODULE_LICENSE("GPL");
MODULE_INFO(livepatch, "Y");
MODULE_DESCRIPTION("Livepatch test: late relocations");
