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

#include <linux/align.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/init_task.h>
#include <linux/kernel.h>
#include <linux/module.h>

#include <asm/insn.h>
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

extern const char start_kernel_called[], secondary_start_kernel_called[];

/**
 * unwind_text_begins_idle() - Is an address where an idle task begins?
 * @pc:		a return address
 *
 * The boot CPU's is in .init.text, which may be gone; its address is enough.
 *
 * Context: Any.
 *
 * Return: true if @pc is that of one of the two calls in head.S behind which there is
 * nothing on the stack.
 */
bool __ref unwind_text_begins_idle(unsigned long pc)
{
	return pc == (unsigned long)start_kernel_called ||
	       pc == (unsigned long)secondary_start_kernel_called;
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

#ifdef CONFIG_ARM64_UNWIND_TABLE
/* Narrow @text, around @addr, down to what a table is about. False: not @addr. */
static bool narrow_to_map(struct unwind_text *text, unsigned long addr,
			  const struct unwind_map *map)
{
	const struct unwind_table_range *range = unwind_map_range(map, addr);
	unsigned long end = text->start + text->size;

	if (!range || !unwind_map_has_index(map, range))
		return false;

	text->map = map;
	text->index = map->index + range->index;
	text->base = unwind_range_start(range);
	text->start = max(text->start, text->base);
	end = min(end, text->base + range->size);
	/* Unless init text has just gone */
	if (text->start >= end)
		return false;
	text->size = end - text->start;
	return true;
}
#endif

static enum stack_walk_reason find_kernel_map(unsigned long addr, struct unwind_text *text)
{
#ifdef CONFIG_ARM64_UNWIND_TABLE
	if (!narrow_to_map(text, addr, &unwind_kernel_map))
		return STACK_WALK_METADATA;
#endif
	return STACK_WALK_OK;
}

#ifdef CONFIG_MODULES
/* One of the module's unwind tables has to be about @addr, and to be there still. */
static enum stack_walk_reason find_module_map(const struct module *mod,
					      unsigned long addr,
					      struct unwind_text *text)
{
#ifdef CONFIG_ARM64_UNWIND_TABLE
	enum mod_mem_type type = MOD_RODATA;
	unsigned long table;

	if (within_module_mem_type(addr, mod, MOD_INIT_TEXT))
		type = MOD_INIT_RODATA;

	for (int i = 0; i < ARRAY_SIZE(mod->arch.unwind); i++) {
		/* Tables of init code are gone with it, but their maps are not */
		table = (unsigned long)mod->arch.unwind[i].range;
		if (!within_module_mem_type(table, mod, type))
			continue;
		if (narrow_to_map(text, addr, &mod->arch.unwind[i]))
			return STACK_WALK_OK;
	}

	return STACK_WALK_METADATA;
#else
	return STACK_WALK_OK;
#endif
}

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
	return find_module_map(mod, addr, text);
}

/* adrp x16, ...; add x16, x16, #...; br x16 */
static bool is_plt_entry(const struct plt_entry *plt)
{
	return (le32_to_cpu(READ_ONCE(plt->adrp)) & 0x9f00001f) == 0x90000010 &&
	       (le32_to_cpu(READ_ONCE(plt->add)) & 0xffc003ff) == 0x91000210 &&
	       le32_to_cpu(READ_ONCE(plt->br)) == 0xd61f0200;
}

/**
 * unwind_text_called_plt() - Is an address in a PLT entry that was called?
 * @addr:	the PC of an exception
 * @ra:		x30 at that time
 *
 * A plain entry uses nothing but x16. So if the instruction before @ra is the call of
 * that entry, x29 and x30 are as they were at the call. With any other @ra it is not
 * known what has branched there: a function that is not on the stack any more, if at
 * all, but may be one that a livepatch is about to remove, with the PLT.
 *
 * A veneer for erratum 843419 is in the middle of a function, and not plain. Where the
 * function tracer is called is another section.
 *
 * Context: Any, including NMI. Preemption must be off and RCU watching.
 *
 * Return: true if the return address is @ra and x29 that of the caller.
 */
bool unwind_text_called_plt(unsigned long addr, unsigned long ra)
{
	unsigned long call = ra - AARCH64_INSN_SIZE;
	const struct plt_entry *plt;
	unsigned long start;
	struct module *mod;
	u32 insn;

	mod = __module_text_address(addr);
	/* What is text of a module can be read. */
	if (!mod || !IS_ALIGNED(call, AARCH64_INSN_SIZE) || __module_text_address(call) != mod)
		return false;

	insn = le32_to_cpu(READ_ONCE(*(__le32 *)call));
	if (!aarch64_insn_is_bl(insn))
		return false;

	for (int i = MOD_NOUNWIND_PLT; i <= MOD_NOUNWIND_INIT_PLT; i++) {
		start = mod->arch.nounwind[i].start;
		if (addr < start || addr >= mod->arch.nounwind[i].end)
			continue;

		plt = (struct plt_entry *)start + (addr - start) / sizeof(*plt);
		return call + aarch64_get_branch_offset(insn) == (unsigned long)plt &&
		       is_plt_entry(plt);
	}

	return false;
}
#else
static enum stack_walk_reason find_module_text(unsigned long addr,
					       struct unwind_text *text)
{
	return STACK_WALK_NOT_TEXT;
}
#endif

/* One instruction of text that needs no table */
static struct unwind_text unwind_text_jit(unsigned long addr)
{
#ifdef CONFIG_ARM64_UNWIND_TABLE
	static const u32 nothing_unreliable;

	return (struct unwind_text) {
		.start = addr,
		.size = AARCH64_INSN_SIZE,
		.index = &nothing_unreliable,
		.base = addr,
	};
#else
	return (struct unwind_text){ .start = addr, .size = AARCH64_INSN_SIZE };
#endif
}

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
 * the unwind. Any other address may be wrong, and then RCU keeps the module and its
 * unwind table.
 *
 * Context: Any, including NMI. Preemption must be off and RCU watching, until the
 * last use of @text.
 *
 * Return: STACK_WALK_OK if the text may be unwound through and, if it has an unwind
 * table, that says so; otherwise STACK_WALK_EXCEPTION for entry text,
 * STACK_WALK_SECTION for other text that must not be unwound through,
 * STACK_WALK_METADATA for text that no table vouches for, STACK_WALK_NOT_TEXT for all
 * that is not text.
 */
enum stack_walk_reason unwind_text_find(const struct task_struct *task,
					unsigned long addr,
					struct unwind_text *text)
{
	enum stack_walk_reason reason;

	if (!IS_ALIGNED(addr, AARCH64_INSN_SIZE))
		return STACK_WALK_NOT_TEXT;

	if (between(addr, _sinittext, _einittext) && init_text_ok(task)) {
		*text = (struct unwind_text) {
			.start = (unsigned long)_sinittext,
			.size = _einittext - _sinittext,
		};
		reason = find_kernel_map(addr, text);
	} else {
		reason = find_module_text(addr, text);
	}

	/*
	 * The JIT keeps frame records for programs and trampolines. Ask again
	 * for each address: the size of a program is not worth looking up.
	 */
	if (reason == STACK_WALK_NOT_TEXT && bpf_text_find(addr)) {
		*text = unwind_text_jit(addr);
		reason = STACK_WALK_OK;
	}

	if (reason == STACK_WALK_OK && !unwind_text_reliable(text, addr))
		return STACK_WALK_METADATA;

	return reason == STACK_WALK_NOT_TEXT ? image_reason(addr) : reason;
}
