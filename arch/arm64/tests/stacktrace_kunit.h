/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the KUnit tests of the reliable stack walk share: a call chain that is
 * known, and a checker that knows what a walk must find on it.
 *
 * See arch/arm64/tests/stacktrace_known.c.
 */
#ifndef __ARM64_TESTS_STACKTRACE_KUNIT_H
#define __ARM64_TESTS_STACKTRACE_KUNIT_H

#include <kunit/test.h>

#include <linux/completion.h>
#include <linux/sched.h>
#include <linux/stack_walk_error.h>

union bpf_attr;

/* More than any stack that is walked here has */
#define TRACE_MAX	64

/**
 * struct trace - the outcome of one reliable stack walk
 * @ret:	what arch_stack_walk_reliable_reason() returned
 * @err:	what it filled in
 * @nr:		number of entries in @pcs
 * @size:	how many entries the walk may report, 0 for all that @pcs can take
 * @pcs:	the entries that the walk reported, of a failed walk as well
 */
struct trace {
	int ret;
	struct stack_walk_error err;
	unsigned int nr;
	unsigned int size;
	unsigned long pcs[TRACE_MAX];
};

/*
 * Walk @task, which must not run meanwhile if it is not current: use
 * trace_walk_task() for that, which also refuses a task that is on a CPU.
 */
void trace_walk(struct trace *trace, struct task_struct *task);
bool trace_walk_task(struct trace *trace, struct task_struct *task);

/* What trace_walk_task() has task_call_func() call; @trace is a struct trace. */
int trace_walk_pinned(struct task_struct *task, void *trace);

/*
 * Walk current as if it had been scheduled out in a function that will return
 * to @ra with @fp as its caller's frame pointer, at stack pointer @sp. @copy is
 * room for the task_struct that says so.
 */
void trace_walk_from(struct trace *trace, struct task_struct *copy,
		     unsigned long ra, unsigned long fp, unsigned long sp);

/**
 * struct known - a task in the known call chain
 * @situation:	what the innermost function of the chain does. It calls
 *		known_walk() or known_block() sooner or later.
 * @recursion:	how often known_inner() calls itself
 * @cpu:	the CPU to run on, or -1
 * @trace:	the walk from inside of the chain
 * @task:	the task, until known_stop()
 */
struct known {
	void (*situation)(struct known *known);
	unsigned int recursion;
	int cpu;
	struct trace trace;
	struct task_struct *task;

	/* private: how far it is */
	struct completion started;
	struct completion blocked;
	struct completion leave;
};

/* The chain: known_thread() calls known_outer(), and so on. */
int known_thread(void *data);
void known_outer(struct known *known);
void known_middle(struct known *known);
void known_inner(struct known *known);

/* What a trace of it ends with, and NULL */
extern const char * const known_chain[7];

/* Does what known_middle() does, for when that is replaced. */
void known_replacement(struct known *known);

/* What is done in the chain: walk, or wait to be walked. */
void known_walk(struct known *known);
void known_block(struct known *known);

struct known *known_new(struct kunit *test, void (*situation)(struct known *));
bool known_start(struct kunit *test, struct known *known);
void known_wait_blocked(struct known *known);
void known_leave(struct known *known);
void known_stop(struct known *known);

/* A BPF program that does nothing but to call a function, and to be called itself */
void known_make_program(struct kunit *test);
/* One that calls a function of its own */
void known_make_program_with_subprogram(struct kunit *test);
/* A classic one, as a socket has it for a filter */
void known_make_classic_program(struct kunit *test);
void known_call_program(struct known *known);

/* The same by a trampoline, as a struct_ops has it */
void known_make_struct_ops(struct kunit *test);
void known_call_struct_ops(struct known *known);

/*
 * Attach a program to known_middle(), until the test ends: with each kind of trampoline
 * whose programs do not sleep
 */
const void *known_trampoline_gen_params(const void *prev, char *desc);
void known_attach_program(struct kunit *test, const void *param);

/* For light skeletons, which have a declaration of their own */
int kern_sys_bpf(int cmd, union bpf_attr *attr, unsigned int size);

/* From start to stop, for a situation that does not block */
bool known_run(struct kunit *test, struct known *known);

/*
 * Expect a reliable trace of exactly these functions, from the innermost out.
 *
 * "?name" may be missing, because the compiler may have inlined it. BPF_WITHOUT_SYMBOL
 * is code that a BPF JIT has generated, and for which there is no name. The
 * scheduler's own functions on top of a blocked task are no matter of these
 * tests: expect_blocked() takes any. expect_known() and expect_known_blocked()
 * end with the known chain.
 */
#define expect_trace(test, trace, ...)					\
	check_trace(test, trace, 0,					\
		    (const char * const []){ __VA_ARGS__, NULL })
#define expect_blocked(test, trace, ...)				\
	check_trace(test, trace, TRACE_BLOCKED,				\
		    (const char * const []){ __VA_ARGS__, NULL })
#define expect_known(test, trace, ...)					\
	check_trace(test, trace, TRACE_KNOWN,				\
		    (const char * const []){ __VA_ARGS__, NULL })
#define expect_known_blocked(test, trace, ...)				\
	check_trace(test, trace, TRACE_BLOCKED | TRACE_KNOWN,		\
		    (const char * const []){ __VA_ARGS__, NULL })

/*
 * The same for what an exception interrupted, whatever it has called. Without
 * CONFIG_ARM64_UNWIND_EXCEPTIONS it is the error that ends such a walk there.
 */
#define expect_interrupted(test, trace, ...)				\
	check_trace(test, trace, TRACE_INTERRUPTED,			\
		    (const char * const []){ __VA_ARGS__, NULL })
#define expect_known_interrupted(test, trace, ...)			\
	check_trace(test, trace, TRACE_INTERRUPTED | TRACE_KNOWN,	\
		    (const char * const []){ __VA_ARGS__, NULL })

#define BPF_WITHOUT_SYMBOL	"BPF without a symbol"

#define TRACE_BLOCKED	BIT(0)	/* begins with the scheduler's functions */
#define TRACE_KNOWN	BIT(1)	/* ends with the known chain */
#define TRACE_INTERRUPTED BIT(2) /* begins with the exception's functions */

bool check_trace(struct kunit *test, const struct trace *trace,
		 unsigned int flags, const char * const *functions);

/* Expect an error with this reason at a PC in this function. */
bool expect_error(struct kunit *test, const struct trace *trace,
		  enum stack_walk_reason reason, const char *function);

/* Expect an error with this reason at exactly this PC. */
bool expect_error_at(struct kunit *test, const struct trace *trace,
		     enum stack_walk_reason reason, unsigned long pc);

void print_trace(struct kunit *test, const struct trace *trace);

/* Whether a return address is in a function, as a compiler may have named it */
bool in_function(unsigned long pc, const char *function);

/* The address of a function which may be static; fails the test if unknown. */
unsigned long known_address(struct kunit *test, const char *function);

/* For each suite's .init and .exit: no test may make the kernel warn. */
int no_warning_init(struct kunit *test);
void no_warning_exit(struct kunit *test);

#endif /* __ARM64_TESTS_STACKTRACE_KUNIT_H */
