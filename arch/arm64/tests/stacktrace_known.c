// SPDX-License-Identifier: GPL-2.0-only
/*
 * The known call chain for the KUnit tests of the reliable stack walk, and the
 * checker.
 *
 * Every situation is entered through the same functions, in a kthread of its
 * own, such that all of the stack is known from the situation down to
 * ret_from_fork:
 *
 *   situation, known_inner(), known_middle(), known_outer(), known_thread(),
 *   kthread(), ret_from_fork
 *
 * The checker compares entry by entry. A missing entry is as wrong as one too
 * many. The trace is printed when, and only when, it is not what is expected.
 */

#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/kallsyms.h>
#include <linux/kthread.h>
#include <linux/panic.h>
#include <linux/sched/debug.h>
#include <linux/sched/task.h>
#include <linux/sched/task_stack.h>
#include <linux/stacktrace.h>
#include <linux/wait.h>

#include <asm/insn.h>
#include <asm/unwind_text.h>

#include <kunit/visibility.h>

#include "stacktrace_kunit.h"

static notrace bool trace_consume(void *cookie, unsigned long pc)
{
	struct trace *trace = cookie;

	if (trace->nr == (trace->size ?: TRACE_MAX))
		return false;

	trace->pcs[trace->nr++] = pc;
	return true;
}

noinline notrace void trace_walk(struct trace *trace, struct task_struct *task)
{
	trace->nr = 0;
	/* Not to be touched if the walk is reliable */
	trace->err = (struct stack_walk_error){
		.reason = STACK_WALK_NR_REASONS,
		.pc = 1,
	};
	trace->ret = arch_stack_walk_reliable_reason(trace_consume, trace, task,
						     &trace->err);
}

int trace_walk_pinned(struct task_struct *task, void *arg)
{
	if (task_curr(task))
		return -EBUSY;
	/* The stack of a task that has exited may be gone. */
	if (!try_get_task_stack(task))
		return -ENOENT;

	trace_walk(arg, task);
	put_task_stack(task);
	return 0;
}

/* As livepatch does it. Returns false for a task on a CPU, or without a stack. */
bool trace_walk_task(struct trace *trace, struct task_struct *task)
{
	return !task_call_func(task, trace_walk_pinned, trace);
}

notrace void trace_walk_from(struct trace *trace, struct task_struct *copy,
			     unsigned long ra, unsigned long fp, unsigned long sp)
{
	*copy = *current;
	copy->thread.cpu_context.pc = ra;
	copy->thread.cpu_context.fp = fp;
	copy->thread.cpu_context.sp = sp;
	trace_walk(trace, copy);
}

noinline notrace void known_walk(struct known *known)
{
	trace_walk(&known->trace, current);
	barrier();
}

noinline notrace void known_block(struct known *known)
{
	complete(&known->blocked);
	wait_for_completion(&known->leave);
	barrier();
}

noinline __noclone void known_inner(struct known *known)
{
	if (known->recursion) {
		known->recursion--;
		known_inner(known);
	} else {
		known->situation(known);
	}
	barrier();
}
EXPORT_SYMBOL_IF_KUNIT(known_inner);

noinline __noclone void known_middle(struct known *known)
{
	known_inner(known);
	barrier();
}

noinline __noclone void known_replacement(struct known *known)
{
	known_inner(known);
	barrier();
}

noinline __noclone void known_outer(struct known *known)
{
	known_middle(known);
	barrier();
}

noinline __noclone int known_thread(void *data)
{
	struct known *known = data;

	complete(&known->started);
	known_outer(known);
	barrier();
	return 0;
}

/* A chain that goes with the test */
struct known *known_new(struct kunit *test, void (*situation)(struct known *))
{
	struct known *known = kunit_kzalloc(test, sizeof(*known), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, known);
	known->situation = situation;
	known->cpu = -1;
	/* Nothing that could be taken for a walk */
	known->trace.ret = -ENODATA;
	return known;
}

bool known_start(struct kunit *test, struct known *known)
{
	init_completion(&known->started);
	init_completion(&known->blocked);
	init_completion(&known->leave);

	known->task = kthread_create(known_thread, known, "known");
	if (IS_ERR(known->task)) {
		KUNIT_FAIL(test, "no kthread: error %ld", PTR_ERR(known->task));
		return false;
	}

	get_task_struct(known->task);
	if (known->cpu >= 0)
		kthread_bind(known->task, known->cpu);
	wake_up_process(known->task);
	return true;
}

/* Wait until the task is in known_block(), and off its CPU. */
void known_wait_blocked(struct known *known)
{
	wait_for_completion(&known->blocked);
	/* It may still be on the way from complete() to schedule(). */
	while (!wait_task_inactive(known->task, TASK_UNINTERRUPTIBLE))
		schedule_timeout_uninterruptible(1);
}

void known_leave(struct known *known)
{
	complete(&known->leave);
}

/* Wait until the task has left the chain, and is gone. */
void known_stop(struct known *known)
{
	/* A kthread that is stopped before it has started never does. */
	wait_for_completion(&known->started);
	kthread_stop(known->task);
	put_task_struct(known->task);
	known->task = NULL;
}

bool known_run(struct kunit *test, struct known *known)
{
	if (!known_start(test, known))
		return false;

	known_stop(known);
	return true;
}

/*
 * The name of the function that a PC is in. The PC is a return address, which
 * is one instruction behind the call. ret_from_fork itself is where a new task
 * starts.
 */
static const char *function_at(unsigned long pc, char *buf)
{
	unsigned long size, offset;
	const char *name;
	char *module;

	name = kallsyms_lookup(pc, &size, &offset, &module, buf);
	if (name && !offset && !strcmp(name, "ret_from_fork"))
		return name;

	return kallsyms_lookup(pc - AARCH64_INSN_SIZE, &size, &offset, &module, buf);
}

static bool is_bpf(unsigned long addr)
{
	guard(rcu)();
	return bpf_text_find(addr);
}

/* "function" is also known as "function.part.0" */
static bool is_function(const char *name, const char *function)
{
	size_t len = strlen(function);

	return name && !strncmp(name, function, len) &&
	       (!name[len] || name[len] == '.');
}

bool in_function(unsigned long pc, const char *function)
{
	char buf[KSYM_NAME_LEN];
	const char *name = function_at(pc, buf);

	if (!strcmp(function, BPF_WITHOUT_SYMBOL))
		return !name && is_bpf(pc - AARCH64_INSN_SIZE);

	return is_function(name, function);
}

static bool is_exception(const struct trace *trace, unsigned int entry)
{
	return unwind_text_exception(trace->pcs[entry] - AARCH64_INSN_SIZE);
}

/* The PC of an exception is that of the instruction itself. */
static bool entry_in_function(const struct trace *trace, unsigned int entry,
			      const char *function)
{
	bool interrupted = entry && is_exception(trace, entry - 1);

	return in_function(trace->pcs[entry] + (interrupted ? AARCH64_INSN_SIZE : 0),
			   function);
}

static void print_reason(struct kunit *test, const struct trace *trace)
{
	char buf[KSYM_NAME_LEN];

	if (trace->ret)
		kunit_err(test, "error %d, %s, in %s at %pS\n", trace->ret,
			  stack_walk_reason_text(trace->err.reason),
			  function_at(trace->err.pc, buf) ?: "no function",
			  (void *)trace->err.pc);
}

void print_trace(struct kunit *test, const struct trace *trace)
{
	kunit_err(test, "the trace:\n");
	for (unsigned int i = 0; i < trace->nr; i++)
		kunit_err(test, "  %pS\n", (void *)trace->pcs[i]);
	print_reason(test, trace);
}

static bool check_functions(struct kunit *test, const struct trace *trace,
			    unsigned int *entry, const char * const *functions)
{
	for (; *functions; functions++) {
		bool optional = **functions == '?';

		if (*entry < trace->nr &&
		    entry_in_function(trace, *entry, *functions + optional)) {
			(*entry)++;
		} else if (!optional) {
			KUNIT_FAIL(test, "entry %u is not in %s()", *entry, *functions);
			return false;
		}
	}

	return true;
}

const char * const known_chain[] = {
	"known_inner", "known_middle", "known_outer", "known_thread",
	"kthread", "ret_from_fork", NULL
};

static bool check_entries(struct kunit *test, const struct trace *trace,
			  unsigned int flags, const char * const *functions)
{
	unsigned int entry = 0;

	if (trace->ret) {
		KUNIT_FAIL(test, "the walk is not reliable");
		return false;
	}
	if (trace->err.reason != STACK_WALK_NR_REASONS || trace->err.pc != 1) {
		KUNIT_FAIL(test, "the walk is reliable, and an error was filled in");
		return false;
	}

	if (flags & TRACE_BLOCKED) {
		if (!trace->nr || !in_function(trace->pcs[0], "__switch_to")) {
			KUNIT_FAIL(test, "entry 0 is not in __switch_to()");
			return false;
		}
		while (entry < trace->nr && in_sched_functions(trace->pcs[entry]))
			entry++;
	}

	if (flags & TRACE_INTERRUPTED) {
		while (entry < trace->nr && !is_exception(trace, entry))
			entry++;
		if (entry++ == trace->nr) {
			KUNIT_FAIL(test, "there is no exception");
			return false;
		}
	}

	if (!check_functions(test, trace, &entry, functions))
		return false;
	if (flags & TRACE_KNOWN && !check_functions(test, trace, &entry, known_chain))
		return false;

	if (entry != trace->nr) {
		KUNIT_FAIL(test, "the trace should end before entry %u", entry);
		return false;
	}

	return true;
}

static bool check_reason(struct kunit *test, const struct trace *trace,
			 enum stack_walk_reason reason)
{
	if (trace->ret != -EINVAL) {
		KUNIT_FAIL(test, "the walk returned %d, not -EINVAL", trace->ret);
		return false;
	}
	if (trace->err.reason != reason) {
		KUNIT_FAIL(test, "the reason is %u, not %u", trace->err.reason, reason);
		return false;
	}

	return true;
}

bool check_trace(struct kunit *test, const struct trace *trace,
		 unsigned int flags, const char * const *functions)
{
	bool good;

	if ((flags & TRACE_INTERRUPTED) && !IS_ENABLED(CONFIG_ARM64_UNWIND_EXCEPTIONS))
		good = check_reason(test, trace, STACK_WALK_EXCEPTION);
	else
		good = check_entries(test, trace, flags, functions);
	if (good)
		return true;

	print_trace(test, trace);
	return false;
}

bool expect_error(struct kunit *test, const struct trace *trace,
		  enum stack_walk_reason reason, const char *function)
{
	if (check_reason(test, trace, reason)) {
		if (in_function(trace->err.pc, function))
			return true;
		KUNIT_FAIL(test, "the error is not in %s()", function);
	}

	print_trace(test, trace);
	return false;
}

bool expect_error_at(struct kunit *test, const struct trace *trace,
		     enum stack_walk_reason reason, unsigned long pc)
{
	if (check_reason(test, trace, reason)) {
		if (trace->err.pc == pc)
			return true;
		KUNIT_FAIL(test, "the error is not at %pS", (void *)pc);
	}

	print_trace(test, trace);
	return false;
}

unsigned long known_address(struct kunit *test, const char *function)
{
	unsigned long address = kallsyms_lookup_name(function);

	if (!address)
		KUNIT_FAIL(test, "there is no %s", function);
	return address;
}

int no_warning_init(struct kunit *test)
{
	test->priv = (void *)(get_taint() & BIT(TAINT_WARN));
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(no_warning_init);

void no_warning_exit(struct kunit *test)
{
	if (!test->priv && test_taint(TAINT_WARN))
		KUNIT_FAIL(test, "the kernel warned, see the log");
}
EXPORT_SYMBOL_IF_KUNIT(no_warning_exit);
