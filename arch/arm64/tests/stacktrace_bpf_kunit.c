// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the reliable stack walk: BPF programs and trampolines.
 *
 * The programs are made from BPF instructions directly, as lib/test_bpf.c does
 * it: what matters is the code that the JIT makes of them, and not what the
 * verifier thinks of a program which calls a function of this file.
 */

#include <linux/bpf.h>
#include <linux/fdtable.h>
#include <linux/filter.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

#include <asm/insn.h>
#include <asm/unwind_text.h>

#include "stacktrace_kunit.h"

/* In kallsyms: no program that went through the verifier has an empty tag. */
#define PROGRAM		"bpf_prog_0000000000000000_known"

/* The key of the trampoline. Those of attached programs have bit 31 set. */
#define KEY		1
#define TRAMPOLINE	"bpf_trampoline_1"

/* What the programs call. Their context is the arguments of known_middle(). */
static noinline u64 bpf_walk(u64 context, u64 r2, u64 r3, u64 r4, u64 r5)
{
	known_walk((struct known *)*(u64 *)context);
	barrier();
	return 0;
}

static noinline u64 bpf_block(u64 context, u64 r2, u64 r3, u64 r4, u64 r5)
{
	known_block((struct known *)*(u64 *)context);
	barrier();
	return 0;
}

static noinline u64 bpf_pass(u64 context, u64 r2, u64 r3, u64 r4, u64 r5)
{
	return 0;
}

typedef u64 (*bpf_function)(u64 r1, u64 r2, u64 r3, u64 r4, u64 r5);

/* What is in known->situation when the program does the work */
static void pass(struct known *known)
{
}

static void delete_program(void *arg)
{
	struct bpf_prog *prog = arg;

	bpf_prog_kallsyms_del(prog);
	/* For those who look up an address in it */
	synchronize_rcu();
	bpf_prog_free(prog);
}

/* A program that calls @function, and returns 0 */
static struct bpf_prog *make_program(struct kunit *test, bpf_function function,
				     enum bpf_attach_type type, bool sleepable)
{
	const struct bpf_insn insns[] = {
		BPF_EMIT_CALL(function),
		BPF_MOV64_IMM(BPF_REG_0, 0),
		BPF_EXIT_INSN(),
	};
	struct bpf_prog *prog;
	int err;

	prog = bpf_prog_alloc(bpf_prog_size(ARRAY_SIZE(insns)), 0);
	KUNIT_ASSERT_NOT_NULL(test, prog);

	prog->len = ARRAY_SIZE(insns);
	memcpy(prog->insnsi, insns, sizeof(insns));
	prog->type = BPF_PROG_TYPE_TRACING;
	prog->expected_attach_type = type;
	prog->sleepable = sleepable;
	strscpy(prog->aux->name, "known", sizeof(prog->aux->name));
	prog = bpf_prog_select_runtime(prog, &err);
	if (err || !prog->jited) {
		bpf_prog_free(prog);
		if (err)
			KUNIT_FAIL_AND_ABORT(test, "no BPF program: error %d", err);
		kunit_skip(test, "BPF programs are not compiled: net.core.bpf_jit_enable is 0");
	}

	bpf_prog_kallsyms_add(prog);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, delete_program, prog));
	return prog;
}

struct attachment {
	struct bpf_tramp_link link;
	struct bpf_trampoline *trampoline;
};

static bool attach(struct kunit *test, struct attachment *a, struct bpf_prog *prog)
{
	struct bpf_attach_target_info info = {
		.fmodel = { .nr_args = 1, .arg_size = { sizeof(struct known *) } },
		.tgt_addr = (long)known_middle,
		.tgt_name = "known_middle",
	};
	int err;

	memset(a, 0, sizeof(*a));
	a->link.link.prog = prog;
	a->trampoline = bpf_trampoline_get(KEY, &info);
	KUNIT_ASSERT_NOT_NULL(test, a->trampoline);

	err = bpf_trampoline_link_prog(&a->link, a->trampoline, NULL);
	if (err) {
		KUNIT_FAIL(test, "the program cannot be attached: error %d", err);
		bpf_trampoline_put(a->trampoline);
	}
	return !err;
}

static void detach(struct attachment *a)
{
	bpf_trampoline_unlink_prog(&a->link, a->trampoline, NULL);
	bpf_trampoline_put(a->trampoline);
}

struct kind {
	const char *name;
	enum bpf_attach_type type;
	bool sleepable;
	bool calls;		/* the trampoline calls the function */
};

static const struct kind kinds[] = {
	{ "fentry",		BPF_TRACE_FENTRY,	false,	false },
	{ "fexit",		BPF_TRACE_FEXIT,	false,	true },
	{ "fmod_ret",		BPF_MODIFY_RETURN,	false,	true },
	{ "sleepable fentry",	BPF_TRACE_FENTRY,	true,	false },
	{ "sleepable fexit",	BPF_TRACE_FEXIT,	true,	true },
	{ "sleepable fmod_ret",	BPF_MODIFY_RETURN,	true,	true },
};

static void describe_kind(const struct kind *kind, char *desc)
{
	strscpy(desc, kind->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kind, kinds, describe_kind);

static const struct kind sleepable_kinds[] = {
	{ "fentry",		BPF_TRACE_FENTRY,	true,	false },
	{ "fexit",		BPF_TRACE_FEXIT,	true,	true },
	{ "fmod_ret",		BPF_MODIFY_RETURN,	true,	true },
};

KUNIT_ARRAY_PARAM(sleepable_kind, sleepable_kinds, describe_kind);

/*
 * The trampoline makes a frame record for the traced function, which called it
 * before it did anything else, and one for that function's caller. So when the
 * trampoline calls the function it is there twice.
 */
static void current_task_in_program(struct kunit *test)
{
	const struct kind *kind = test->param_value;
	struct known *known = known_new(test, pass);
	struct bpf_prog *prog = make_program(test, bpf_walk, kind->type, kind->sleepable);
	struct attachment a;

	if (!attach(test, &a, prog))
		return;
	if (known_run(test, known))
		expect_trace(test, &known->trace, "trace_walk", "known_walk", "bpf_walk",
			     PROGRAM, TRAMPOLINE, "known_middle", "known_outer",
			     "known_thread", "kthread", "ret_from_fork");
	detach(&a);
}

static void task_blocked_in_program(struct kunit *test)
{
	const struct kind *kind = test->param_value;
	struct known *known = known_new(test, pass);
	struct bpf_prog *prog = make_program(test, bpf_block, kind->type, kind->sleepable);
	struct attachment a;

	if (!attach(test, &a, prog))
		return;
	if (known_start(test, known)) {
		known_wait_blocked(known);
		trace_walk_task(&known->trace, known->task);
		known_leave(known);
		known_stop(known);
		expect_blocked(test, &known->trace, "known_block", "bpf_block", PROGRAM,
			       TRAMPOLINE, "known_middle", "known_outer",
			       "known_thread", "kthread", "ret_from_fork");
	}
	detach(&a);
}

static void task_in_traced_function(struct kunit *test)
{
	const struct kind *kind = test->param_value;
	struct known *known = known_new(test, known_block);
	struct bpf_prog *prog = make_program(test, bpf_pass, kind->type, kind->sleepable);
	struct attachment a;

	if (!attach(test, &a, prog))
		return;
	if (known_start(test, known)) {
		known_wait_blocked(known);
		trace_walk_task(&known->trace, known->task);
		known_leave(known);
		known_stop(known);
		if (kind->calls)
			expect_blocked(test, &known->trace, "known_block", "known_inner",
				       "known_middle", TRAMPOLINE, "known_middle",
				       "known_outer", "known_thread", "kthread",
				       "ret_from_fork");
		else
			expect_known_blocked(test, &known->trace, "known_block");
	}
	detach(&a);
}

/* Without a trampoline: a program that the kernel calls, as for a socket */
static struct bpf_prog *called;

noinline void known_call_program(struct known *known)
{
	u64 context = (u64)known;

	bpf_prog_run_pin_on_cpu(called, &context);
}

static void program_that_is_called(struct kunit *test)
{
	struct known *known = known_new(test, known_call_program);

	called = make_program(test, bpf_walk, BPF_TRACE_FENTRY, false);
	if (known_run(test, known))
		expect_known(test, &known->trace, "trace_walk", "known_walk", "bpf_walk",
			     PROGRAM, "known_call_program");
}

/* For the sweep: a program that calls a function which does nothing */
void known_make_program(struct kunit *test)
{
	called = make_program(test, bpf_pass, BPF_TRACE_FENTRY, false);
}

static void put_program(void *arg)
{
	bpf_prog_put(arg);
}

/* The verifier takes programs apart into functions, so this one goes the whole way. */
void known_make_program_with_subprogram(struct kunit *test)
{
	const struct bpf_insn insns[] = {
		BPF_MOV64_IMM(BPF_REG_1, 1),
		BPF_CALL_REL(1),
		BPF_EXIT_INSN(),
		BPF_MOV64_REG(BPF_REG_0, BPF_REG_1),
		BPF_EXIT_INSN(),
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insns = (u64)insns,
		.insn_cnt = ARRAY_SIZE(insns),
		.license = (u64)"GPL",
		.prog_name = "known",
	};
	int fd = kern_sys_bpf(BPF_PROG_LOAD, &attr, sizeof(attr));

	if (fd < 0)
		KUNIT_FAIL_AND_ABORT(test, "the program cannot be loaded: error %d", fd);
	called = bpf_prog_get(fd);
	close_fd(fd);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, called);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, put_program, called));
	if (!called->jited)
		kunit_skip(test, "BPF programs are not compiled: net.core.bpf_jit_enable is 0");
}

const void *known_trampoline_gen_params(const void *prev, char *desc)
{
	const struct kind *kind = prev;

	/* A sweep does not sleep. */
	do {
		kind = kind_gen_params(kind, desc);
	} while (kind && kind->sleepable);

	return kind;
}

static void detach_program(void *arg)
{
	detach(arg);
}

void known_attach_program(struct kunit *test, const void *param)
{
	const struct kind *kind = param;
	struct bpf_prog *prog = make_program(test, bpf_pass, kind->type, kind->sleepable);
	struct attachment *a = kunit_kzalloc(test, sizeof(*a), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, a);
	if (!attach(test, a, prog))
		kunit_skip(test, "there is no trampoline");
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, detach_program, a));
}

/* The text is all of the program, and nothing but the program. */
static void text_of_a_program(struct kunit *test)
{
	struct bpf_prog *prog = make_program(test, bpf_pass, BPF_TRACE_FENTRY, false);
	unsigned long start = (unsigned long)prog->bpf_func;
	unsigned long end = start + prog->jited_len;
	struct unwind_text text;

	KUNIT_EXPECT_EQ(test, STACK_WALK_OK, unwind_text_find(current, start, &text));
	KUNIT_EXPECT_TRUE(test, unwind_text_contains(&text, start));
	KUNIT_EXPECT_FALSE(test, unwind_text_contains(&text, end));
	KUNIT_EXPECT_EQ(test, STACK_WALK_OK,
			unwind_text_find(current, end - AARCH64_INSN_SIZE, &text));
	KUNIT_EXPECT_TRUE(test, unwind_text_contains(&text, end - AARCH64_INSN_SIZE));
	KUNIT_EXPECT_FALSE(test, unwind_text_contains(&text, end));
	/* The look-up takes the end itself for part of the program. */
	KUNIT_EXPECT_EQ(test, STACK_WALK_NOT_TEXT,
			unwind_text_find(current, end + AARCH64_INSN_SIZE, &text));
	KUNIT_EXPECT_EQ(test, STACK_WALK_NOT_TEXT,
			unwind_text_find(current, start - AARCH64_INSN_SIZE, &text));
}

static struct kunit_case stacktrace_bpf_cases[] = {
	KUNIT_CASE(program_that_is_called),
	KUNIT_CASE(text_of_a_program),
	KUNIT_CASE_PARAM(current_task_in_program, kind_gen_params),
	KUNIT_CASE_PARAM(task_blocked_in_program, sleepable_kind_gen_params),
	KUNIT_CASE_PARAM(task_in_traced_function, kind_gen_params),
	{}
};

static struct kunit_suite stacktrace_bpf_suite = {
	.name = "arm64_stacktrace_bpf",
	.init = no_warning_init,
	.exit = no_warning_exit,
	.test_cases = stacktrace_bpf_cases,
};

kunit_test_suite(stacktrace_bpf_suite);
