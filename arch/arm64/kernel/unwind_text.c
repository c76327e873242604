// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which text may be unwound through.
 *
 * A reliable unwind must know that the code of each function on the stack
 * keeps frame records by the rules. So the question is not whether an address
 * looks like text, but whether it is in text which is known to follow the
 * AAPCS. This is decided by section: code that does not is in .entry.text,
 * the hypervisor's and identity mapped text, .nounwind.text of the kernel and
 * of modules, and in the PLT and ftrace trampoline sections of modules.
 */

#include <linux/bpf.h>
#include <linux/context_tracking.h>
#include <linux/filter.h>
#include <linux/init_task.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>

#include <asm/unwind_text.h>

static bool between(unsigned long addr, const char *start, const char *end)
{
	return addr - (unsigned long)start < (unsigned long)(end - start);
}

/*
 * .init.text is as good as .text while it is there. When it is gone, the return
 * addresses into start_kernel() and __primary_switched() are still on the
 * stack of swapper/0, and always will be. Its range is never used again.
 */
static bool init_text_ok(const struct task_struct *task)
{
	return system_state < SYSTEM_FREEING_INITMEM || task == &init_task;
}

static enum stack_walk_reason image_reason(unsigned long addr)
{
	/* An unwind stops in entry text because of the exception behind it. */
	if (between(addr, __entry_text_start, __entry_text_end))
		return STACK_WALK_EXCEPTION;

	if (between(addr, _stext, _etext) ||
	    between(addr, __idmap_text_start, __idmap_text_end))
		return STACK_WALK_SECTION;

	return STACK_WALK_NOT_TEXT;
}

#ifdef CONFIG_MODULES
/*
 * Find the text around @addr that ends, on either side, at code which cannot
 * be unwound or at the end of the module's text.
 */
static enum stack_walk_reason find_module_text(unsigned long addr,
					       struct unwind_text *text)
{
	const struct module_memory *mem;
	unsigned long start, end;
	struct module *mod;

	mod = __module_text_address(addr);
	if (!mod)
		return STACK_WALK_NOT_TEXT;

	mem = &mod->mem[MOD_TEXT];
	if (!within_module_mem_type(addr, mod, MOD_TEXT))
		mem = &mod->mem[MOD_INIT_TEXT];

	start = (unsigned long)mem->base;
	end = start + mem->size;

	for (int i = 0; i < ARRAY_SIZE(mod->arch.nounwind); i++) {
		const struct mod_nounwind *nounwind = &mod->arch.nounwind[i];

		if (addr >= nounwind->end)
			start = max(start, nounwind->end);
		else if (addr < nounwind->start)
			end = min(end, nounwind->start);
		else
			return STACK_WALK_SECTION;
	}

	*text = (struct unwind_text){ .start = start, .size = end - start };
	return STACK_WALK_OK;
}
#else
static enum stack_walk_reason find_module_text(unsigned long addr,
					       struct unwind_text *text)
{
	return STACK_WALK_NOT_TEXT;
}
#endif

/**
 * unwind_text_find() - Find the text that an address is in, if it may be
 *			unwound through.
 * @task:	the task on whose stack the address was found
 * @addr:	address of an instruction. For a return address, that of the call.
 * @text:	upon success, a range around @addr for which the answer is the
 *		same for the rest of this unwind
 *
 * This is the slow path for what is not in unwind_text_kernel(). The text of
 * a module or of a BPF program that is on @task's stack does not go away under
 * the unwind; any other address may be wrong, but is not dereferenced.
 *
 * Context: Any, including NMI and places where RCU is not watching.
 *
 * Return: STACK_WALK_OK if the text may be unwound through, otherwise
 * STACK_WALK_EXCEPTION for entry text, STACK_WALK_SECTION for other text that
 * must not be unwound through, STACK_WALK_NOT_TEXT for all that is not text.
 */
enum stack_walk_reason unwind_text_find(const struct task_struct *task,
					unsigned long addr,
					struct unwind_text *text)
{
	enum stack_walk_reason reason;
	bool no_rcu;

	if (between(addr, _sinittext, _einittext) && init_text_ok(task)) {
		*text = (struct unwind_text) {
			.start = (unsigned long)_sinittext,
			.size = _einittext - _sinittext,
		};
		return STACK_WALK_OK;
	}

	/* As in kernel_text_address(): the look-ups below need RCU. */
	preempt_disable_notrace();
	no_rcu = !rcu_is_watching();
	if (no_rcu)
		ct_nmi_enter();

	reason = find_module_text(addr, text);

	/*
	 * The JIT keeps frame records for programs and trampolines. Ask again
	 * for each address: the size of a program is not worth looking up.
	 */
	if (reason == STACK_WALK_NOT_TEXT && is_bpf_text_address(addr)) {
		*text = (struct unwind_text){ .start = addr, .size = 1 };
		reason = STACK_WALK_OK;
	}

	if (no_rcu)
		ct_nmi_exit();
	preempt_enable_notrace();

	return reason == STACK_WALK_NOT_TEXT ? image_reason(addr) : reason;
}
