// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which text a reliable unwind may go through.
 *
 * A reliable unwind must know that the code of each function on the stack keeps frame
 * records. So the question is not whether an address looks like text, but whether it is in
 * text that is known to follow the AAPCS. This is decided by section. The code that does not
 * is in .entry.text, the hypervisor's and identity mapped text, .nounwind.text of the kernel
 * and of modules, and in the PLT and ftrace trampoline sections of modules.
 */

#include <linux/filter.h>
#include <linux/init_task.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/rcupdate.h>

#include <asm/stacktrace/text.h>
#include <asm/traps.h>

/*
 * .init.text is as good as .text while it is there. When it is gone, the return address into
 * start_kernel() still is on the stack of the boot CPU's idle task, and always will be. The
 * range is never used for anything else.
 */
static bool in_init_text(const struct task_struct *task, unsigned long addr)
{
	return is_kernel_inittext(addr) &&
	       (system_state < SYSTEM_FREEING_INITMEM || task == &init_task);
}

#ifdef CONFIG_MODULES
static bool in_module_text(unsigned long addr)
{
	const struct module *mod = __module_text_address(addr);

	if (!mod)
		return false;

	for (int i = 0; i < ARRAY_SIZE(mod->arch.nounwind); i++) {
		if (addr >= mod->arch.nounwind[i].start && addr < mod->arch.nounwind[i].end)
			return false;
	}

	return true;
}
#else
static bool in_module_text(unsigned long addr)
{
	return false;
}
#endif

/* What stacktrace_text() does for what is not in the range of .text */
enum stacktrace_text stacktrace_text_elsewhere(const struct task_struct *task,
					       unsigned long addr)
{
	if (in_entry_text(addr))
		return STACKTRACE_TEXT_ENTRY;

	if (in_init_text(task, addr))
		return STACKTRACE_TEXT_AAPCS;

	/* The look-ups below are of no use then. */
	if (!rcu_is_watching())
		return STACKTRACE_TEXT_REFUSED;

	guard(rcu)();

	/* The BPF JIT makes frame records, for programs and for trampolines. */
	if (in_module_text(addr) || is_bpf_jit_address(addr))
		return STACKTRACE_TEXT_AAPCS;

	return STACKTRACE_TEXT_REFUSED;
}
