// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does the build vouch for an address that is on a stack?
 *
 * There is an unwind table for the kernel image, and each module has its own, for as
 * long as it is there. What BPF's JIT has made has none.
 */

#include <linux/init_task.h>
#include <linux/kernel.h>
#include <linux/module.h>

#include <asm/insn.h>
#include <asm/sections.h>
#include <asm/unwind_map.h>

#include <kunit/visibility.h>

#ifdef CONFIG_MODULES
static const struct unwind_table_state *find_in_module(unsigned long addr)
{
	enum mod_mem_type type = MOD_RODATA;
	const struct unwind_map *map;
	const struct module *mod;

	mod = __module_text_address(addr);
	if (!mod)
		return NULL;
	if (within_module_mem_type(addr, mod, MOD_INIT_TEXT))
		type = MOD_INIT_RODATA;

	for (int i = 0; i < ARRAY_SIZE(mod->arch.unwind); i++) {
		map = &mod->arch.unwind[i];
		/* A table of init code is gone with it, but not its map */
		if (!within_module_mem_type((unsigned long)map->range, mod, type))
			continue;
		if (unwind_map_range(map, addr))
			return unwind_map_find(map, addr);
	}

	return NULL;
}
#else
static const struct unwind_table_state *find_in_module(unsigned long addr)
{
	return NULL;
}
#endif

/*
 * .init.text is as good as .text while it is there. When it is gone, the return
 * address into start_kernel() is still on the stack of swapper/0, and always will be.
 * Its range is never used again.
 */
static bool init_text_ok(const struct task_struct *task, unsigned long addr)
{
	return addr < (unsigned long)_sinittext || addr >= (unsigned long)_einittext ||
	       system_state < SYSTEM_FREEING_INITMEM || task == &init_task;
}

/**
 * unwind_map_lookup() - Does the build vouch for an address, and how to go on from it?
 * @task:	the task on whose stack the address is
 * @pc:		the address: one that a call returns to, or the PC of an exception
 * @called:	true if @pc is one that a call returns to
 *
 * For a return address the question is for the call before it, which may be the last
 * instruction of its function. What the build vouches for has made its frame record
 * there, with x29 pointing to it, and the caller is in it.
 *
 * For the PC of an exception the question is for the instruction that was to be
 * executed next. unwind_table_state::ra says where the return address is (see enum
 * unwind_where), and unwind_table_state::fp where the caller's x29, which points to
 * the caller's frame record. Their offsets are in units of 8 bytes.
 *
 * The address may be anything. Only what code it is in is looked up, and not whether
 * the stack is right: a return address may have been replaced, by a return trampoline
 * or by mistake.
 *
 * Context: Any, including NMI. Preemption must be off or RCU watching, until the last
 * use of what is returned.
 *
 * Return: the state, which is that of the kernel's or of a module's unwind table; or
 * NULL if the build does not vouch for the instruction, or if there is none.
 */
const struct unwind_table_state *unwind_map_lookup(const struct task_struct *task,
						   unsigned long pc, bool called)
{
	unsigned long addr = called ? pc - AARCH64_INSN_SIZE : pc;

	if (!init_text_ok(task, addr))
		return NULL;
	if (unwind_map_range(&unwind_kernel_map, addr))
		return unwind_map_find(&unwind_kernel_map, addr);

	return find_in_module(addr);
}
EXPORT_SYMBOL_IF_KUNIT(unwind_map_lookup);
