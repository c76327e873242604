/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why a stack walk was not reliable.
 *
 * A reliable stack walk that fails holds up a livepatch transition, and "which
 * task, and why" is what people ask first. Architectures fill in a struct
 * stack_walk_error; everybody else prints it.
 */
#ifndef _LINUX_STACK_WALK_ERROR_H
#define _LINUX_STACK_WALK_ERROR_H

#include <linux/types.h>

/**
 * enum stack_walk_reason - what a reliable stack walk failed at
 * @STACK_WALK_OK:		it did not fail
 * @STACK_WALK_UNKNOWN:		the architecture does not say
 * @STACK_WALK_EXCEPTION:	an exception was taken in kernel code, and cannot be
 *				crossed
 * @STACK_WALK_SECTION:		a trampoline, or other code in a section that
 *				must not be unwound through
 * @STACK_WALK_METADATA:	code for which the build has not proved that it can be
 *				unwound
 * @STACK_WALK_NOT_TEXT:	a return address which is not in kernel text
 * @STACK_WALK_FGRAPH:		the original of a return address which the
 *				function graph tracer replaced was not found
 * @STACK_WALK_KRETPROBE:	the same for a kretprobe
 * @STACK_WALK_STACK:		a frame record which is not on a stack that the
 *				task may use
 * @STACK_WALK_MISALIGNED:	a frame record at an address which is not aligned
 * @STACK_WALK_ORDER:		a frame record at or below the one before it
 * @STACK_WALK_NOT_FINAL:	the stack does not end where it has to, or is
 *				damaged there
 * @STACK_WALK_OVERFLOW:	more functions than the caller has room for
 * @STACK_WALK_NR_REASONS:	the number of reasons
 */
enum stack_walk_reason {
	STACK_WALK_OK,
	STACK_WALK_UNKNOWN,
	STACK_WALK_EXCEPTION,
	STACK_WALK_SECTION,
	STACK_WALK_METADATA,
	STACK_WALK_NOT_TEXT,
	STACK_WALK_FGRAPH,
	STACK_WALK_KRETPROBE,
	STACK_WALK_STACK,
	STACK_WALK_MISALIGNED,
	STACK_WALK_ORDER,
	STACK_WALK_NOT_FINAL,
	STACK_WALK_OVERFLOW,
	STACK_WALK_NR_REASONS
};

/**
 * struct stack_walk_error - why and where a reliable stack walk failed
 * @reason:	the first check that failed
 * @pc:		the program counter of the frame that failed it: an address in
 *		the function, or the return address into it; 0 if not known
 * @exact:	@pc is not behind a call, but where an exception was taken, or a return
 *		trampoline. So print it by %pS: %pB may name the function before it.
 */
struct stack_walk_error {
	enum stack_walk_reason reason;
	unsigned long pc;
	bool exact;
};

#if defined(CONFIG_STACKTRACE) && defined(CONFIG_ARCH_STACKWALK)
const char *stack_walk_reason_text(enum stack_walk_reason reason);
#else
static inline const char *stack_walk_reason_text(enum stack_walk_reason reason)
{
	return "unknown reason";
}
#endif

#endif /* _LINUX_STACK_WALK_ERROR_H */
