/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The witness: reliable stack walks against the shadow call stack.
 *
 * See arch/arm64/kernel/stacktrace_witness.c, and stacktrace_witness_compare.c for
 * what has to agree with what.
 */
#ifndef __ASM_STACKTRACE_WITNESS_H
#define __ASM_STACKTRACE_WITNESS_H

#include <linux/types.h>

/* More than any stack has */
#define WITNESS_MAX_ENTRIES	160
#define WITNESS_MAX_REGS	8

/**
 * struct witness_regs - what an exception interrupted, PAC stripped
 * @pc:		where it will return to
 * @lr:		x30
 * @record:	the return address in the frame record at x29, 0 if there is none
 */
struct witness_regs {
	unsigned long pc;
	unsigned long lr;
	unsigned long record;
};

/**
 * struct witness_list - addresses, the innermost first, PAC stripped
 * @nr:	how many
 * @pc:	the addresses
 */
struct witness_list {
	unsigned int nr;
	unsigned long pc[WITNESS_MAX_ENTRIES];
};

/**
 * struct witness_evidence - one reliable walk, and what is known from elsewhere
 * @trace:	what the walk found
 * @shadow:	the shadow call stack: that of interrupts, and the task's
 * @fgraph:	the return addresses that the function graph tracer replaced
 * @kretprobe:	the same for kretprobes
 * @stale:	some of these may be of functions that never returned
 * @nr_regs:	how many exceptions were taken from the kernel
 * @regs:	their registers
 */
struct witness_evidence {
	struct witness_list trace;
	struct witness_list shadow;
	struct witness_list fgraph;
	struct witness_list kretprobe;
	bool stale;
	unsigned int nr_regs;
	struct witness_regs regs[WITNESS_MAX_REGS];
};

/**
 * enum witness_push - where a function has its return address at an instruction
 * @WITNESS_PUSHED:	on the shadow call stack
 * @WITNESS_NOT_PUSHED:	not there: the function pushes it later, or has popped it
 * @WITNESS_NEVER:	not there: the function has no instruction that pushes
 * @WITNESS_SOMEWHERE:	one of the first two: its instructions do not tell
 * @WITNESS_UNKNOWN:	nothing is known of the function
 */
enum witness_push {
	WITNESS_PUSHED,
	WITNESS_NOT_PUSHED,
	WITNESS_NEVER,
	WITNESS_SOMEWHERE,
	WITNESS_UNKNOWN,
};

/**
 * struct witness_code - what the comparison needs to know of the kernel's code
 * @push:		of the function at an instruction, before that is executed
 * @is_exception:	is it the code from which exceptions call out?
 * @calls:		can the instruction @from have called the function that @to is in?
 * @fgraph:		where functions return to in place of their callers because of
 *			the function graph tracer
 * @kretprobe:		the same because of a kretprobe
 */
struct witness_code {
	enum witness_push (*push)(unsigned long pc);
	bool (*is_exception)(unsigned long pc);
	bool (*calls)(unsigned long from, unsigned long to);
	unsigned long fgraph;
	unsigned long kretprobe;
};

/**
 * enum witness_finding - what the comparison found
 * @WITNESS_AGREE:	nothing
 * @WITNESS_DIFFERS:	an entry of the trace is not that of the shadow call stack
 *			which has to be there
 * @WITNESS_MISSING:	the trace ends before the shadow call stack does
 * @WITNESS_NOT_X30:	the entry after an interrupted PC is not on the shadow call
 *			stack, nor was it in x30
 * @WITNESS_NOT_PC:	the entry after an exception's is not the interrupted PC
 * @WITNESS_TRAMPOLINE:	an entry is a return trampoline, and not what that stands for
 * @WITNESS_TWICE:	an entry that is not on the shadow call stack is that before it
 *			once more
 * @WITNESS_NO_CALL:	an entry that is not on the shadow call stack is not behind a call
 *			of the function before it
 * @WITNESS_REGS:	there are more exceptions in the trace than on the stack, or
 *			fewer
 * @WITNESS_REWRITTEN:	there are more return addresses that were replaced than
 *			there are places for them
 * @WITNESS_NR_FINDINGS: the number of findings
 */
enum witness_finding {
	WITNESS_AGREE,
	WITNESS_DIFFERS,
	WITNESS_MISSING,
	WITNESS_NOT_X30,
	WITNESS_NOT_PC,
	WITNESS_TRAMPOLINE,
	WITNESS_TWICE,
	WITNESS_NO_CALL,
	WITNESS_REGS,
	WITNESS_REWRITTEN,
	WITNESS_NR_FINDINGS
};

/**
 * struct witness_verdict - the outcome of a comparison
 * @finding:	the first thing that was wrong
 * @trace:	which entry of the trace it was
 * @shadow:	which entry of the shadow call stack was next
 * @undecided:	it is not known where a function has its return address, so that may be
 *		missing from the trace
 */
struct witness_verdict {
	enum witness_finding finding;
	unsigned int trace;
	unsigned int shadow;
	bool undecided;
};

struct witness_verdict witness_compare(const struct witness_evidence *evidence,
				       const struct witness_code *code);
const char *witness_finding_text(enum witness_finding finding);

#ifdef CONFIG_ARM64_STACKTRACE_WITNESS
void stacktrace_witness_ipi(void);
void stacktrace_witness_send_ipi(unsigned int cpu);
#else
static inline void stacktrace_witness_ipi(void) { }
#endif

#endif /* __ASM_STACKTRACE_WITNESS_H */
