/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which text a reliable unwind may go through.
 *
 * See arch/arm64/kernel/stacktrace_text.c.
 */
#ifndef __ASM_STACKTRACE_TEXT_H
#define __ASM_STACKTRACE_TEXT_H

#include <linux/align.h>
#include <linux/compiler.h>

#include <asm/insn.h>
#include <asm/sections.h>

struct task_struct;

/**
 * enum stacktrace_text - what is known of an instruction, by where it is
 *
 * @STACKTRACE_TEXT_REFUSED: Nothing that helps: it is in no text, or in text whose frame
 *			     records do not tell where it returns to.
 * @STACKTRACE_TEXT_ENTRY:   It is entry code. If that calls C code with x29 at a metadata
 *			     record, it can be unwound through, and else it cannot.
 * @STACKTRACE_TEXT_AAPCS:   Its function follows the AAPCS: it has a frame record where it
 *			     calls another one, and x29 points there.
 */
enum stacktrace_text {
	STACKTRACE_TEXT_REFUSED,
	STACKTRACE_TEXT_ENTRY,
	STACKTRACE_TEXT_AAPCS,
};

enum stacktrace_text stacktrace_text_elsewhere(const struct task_struct *task,
					       unsigned long addr);

/**
 * stacktrace_text() - Find out about the text that an instruction is in
 * @task:	the task on whose stack its address, or the one behind it, was found
 * @addr:	its address. For a return address, that is the one of the call: the next
 *		instruction may belong to another function, if the call does not return.
 *
 * Context: Any, including NMI.
 *
 * Return: what is known of the text. An address that is on no stack may be that of text
 * which goes meanwhile.
 */
static __always_inline enum stacktrace_text
stacktrace_text(const struct task_struct *task, unsigned long addr)
{
	if (!IS_ALIGNED(addr, AARCH64_INSN_SIZE))
		return STACKTRACE_TEXT_REFUSED;

	if (likely(addr >= (unsigned long)__unwind_text_start &&
		   addr < (unsigned long)__unwind_text_end))
		return STACKTRACE_TEXT_AAPCS;

	return stacktrace_text_elsewhere(task, addr);
}

#endif /* __ASM_STACKTRACE_TEXT_H */
