// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the reliable stack walk: BPF programs and trampolines.
 *
 * The programs are made from BPF instructions directly, as lib/test_bpf.c does
 * it: what matters is the code that the JIT makes of them, and not what the
 * verifier thinks of a program which calls a function of this file.
 */

#include <linux/bpf.h>
#include <linux/delay.h>
#include <linux/fdtable.h>
#include <linux/filter.h>
#include <linux/kthread.h>
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

static void free_program(void *arg)
{
	/* For those who look up an address in it */
	synchronize_rcu();
	bpf_prog_free(arg);
}

static void delete_symbol(void *arg)
{
	bpf_prog_kallsyms_del(arg);
}

static void skip_without_jit(struct kunit *test)
{
	kunit_skip(test, "BPF programs are not compiled: net.core.bpf_jit_enable is 0");
}

/* A program that calls @function, and returns 0, and has no symbol yet */
static struct bpf_prog *make_program_of(struct kunit *test, bpf_function function,
					enum bpf_prog_type prog_type,
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
	prog->type = prog_type;
	prog->expected_attach_type = type;
	prog->sleepable = sleepable;
	strscpy(prog->aux->name, "known", sizeof(prog->aux->name));
	prog = bpf_prog_select_runtime(prog, &err);
	if (err || !prog->jited) {
		bpf_prog_free(prog);
		if (err)
			KUNIT_FAIL_AND_ABORT(test, "no BPF program: error %d", err);
		skip_without_jit(test);
	}

	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, free_program, prog));
	return prog;
}

static void add_symbol(struct kunit *test, struct bpf_prog *prog)
{
	bpf_prog_kallsyms_add(prog);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, delete_symbol, prog));
}

static struct bpf_prog *make_program(struct kunit *test, bpf_function function,
				     enum bpf_attach_type type, bool sleepable)
{
	struct bpf_prog *prog = make_program_of(test, function, BPF_PROG_TYPE_TRACING,
						type, sleepable);

	add_symbol(test, prog);
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

/*
 * The kernel does not know all programs by name: no classic one, none that was loaded
 * without CAP_BPF, and no other any more when the last reference to it has gone.
 */
struct unnamed {
	const char *name;
	enum bpf_prog_type type;
	bool had_symbol;
};

static const struct unnamed unnamed[] = {
	{ "classic",			BPF_PROG_TYPE_UNSPEC,	false },
	{ "loaded without CAP_BPF",	BPF_PROG_TYPE_TRACING,	false },
	{ "no reference left",		BPF_PROG_TYPE_TRACING,	true },
};

static void describe_unnamed(const struct unnamed *unnamed, char *desc)
{
	strscpy(desc, unnamed->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(unnamed, unnamed, describe_unnamed);

static struct bpf_prog *make_unnamed(struct kunit *test, bpf_function function)
{
	const struct unnamed *unnamed = test->param_value;
	struct bpf_prog *prog = make_program_of(test, function, unnamed->type,
						BPF_TRACE_FENTRY, false);

	/* There is a name for one that is not classic, if it is asked for. */
	if (unnamed->had_symbol || unnamed->type == BPF_PROG_TYPE_UNSPEC)
		add_symbol(test, prog);
	return prog;
}

static void program_without_symbol(struct kunit *test)
{
	const struct unnamed *unnamed = test->param_value;
	struct known *known = known_new(test, known_call_program);

	called = make_unnamed(test, bpf_walk);
	if (unnamed->had_symbol)
		kunit_release_action(test, delete_symbol, called);
	if (known_run(test, known))
		expect_known(test, &known->trace, "trace_walk", "known_walk", "bpf_walk",
			     BPF_WITHOUT_SYMBOL, "known_call_program");
}

static void task_blocked_in_program_without_symbol(struct kunit *test)
{
	const struct unnamed *unnamed = test->param_value;
	struct known *known = known_new(test, known_call_program);

	called = make_unnamed(test, bpf_block);
	if (!known_start(test, known))
		return;
	known_wait_blocked(known);
	/* As close() of the last file descriptor does, while the program runs */
	if (unnamed->had_symbol)
		kunit_release_action(test, delete_symbol, called);
	trace_walk_task(&known->trace, known->task);
	known_leave(known);
	known_stop(known);
	expect_known_blocked(test, &known->trace, "known_block", "bpf_block",
			     BPF_WITHOUT_SYMBOL, "known_call_program");
}

/*
 * A struct_ops has a trampoline for each of its functions, several of them in a page,
 * which have no symbol when they are called first.
 */
struct struct_ops {
	struct bpf_tramp_links links[BPF_TRAMP_MAX];
	struct bpf_tramp_link link;
	void *image;
};

/* The first one of a page, and the second one */
static unsigned long struct_ops_first;
static void (*struct_ops_call)(struct known *known);

noinline __nocfi void known_call_struct_ops(struct known *known)
{
	struct_ops_call(known);
	barrier();
}

static void free_struct_ops(void *arg)
{
	bpf_struct_ops_image_free(arg);
}

static void struct_ops_stub(struct known *known)
{
}

/* The second one in the page is called. */
static void make_struct_ops(struct kunit *test, struct bpf_prog *prog)
{
	static const struct btf_func_model model = {
		.nr_args = 1, .arg_size = { sizeof(struct known *) },
	};
	struct struct_ops *ops = kunit_kzalloc(test, sizeof(*ops), GFP_KERNEL);
	u32 first, end = 0;

	KUNIT_ASSERT_NOT_NULL(test, ops);
	ops->link.link.type = BPF_LINK_TYPE_STRUCT_OPS;
	ops->link.link.prog = prog;
	KUNIT_ASSERT_EQ(test, 0, bpf_struct_ops_prepare_trampoline(ops->links, &ops->link, &model,
								   struct_ops_stub, &ops->image,
								   &end, true));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, free_struct_ops, ops->image));
	struct_ops_first = (unsigned long)ops->image;
	first = end;
	KUNIT_ASSERT_EQ(test, 0, bpf_struct_ops_prepare_trampoline(ops->links, &ops->link, &model,
								   struct_ops_stub, &ops->image,
								   &end, false));
	struct_ops_call = ops->image + first;
}

static void struct_ops_trampoline(struct kunit *test)
{
	struct known *known = known_new(test, known_call_struct_ops);

	make_struct_ops(test, make_program(test, bpf_walk, BPF_TRACE_FENTRY, false));
	if (known_run(test, known))
		expect_known(test, &known->trace, "trace_walk", "known_walk", "bpf_walk",
			     PROGRAM, BPF_WITHOUT_SYMBOL, "known_call_struct_ops");
}

static enum stack_walk_reason find_text(unsigned long addr, struct unwind_text *text)
{
	guard(preempt)();
	return unwind_text_find(current, addr, text);
}

static bool is_text(unsigned long addr)
{
	struct unwind_text text;

	return find_text(addr, &text) == STACK_WALK_OK;
}

/* What is in a page goes with the page. */
static void text_of_struct_ops(struct kunit *test)
{
	struct bpf_prog *prog = make_program(test, bpf_pass, BPF_TRACE_FENTRY, false);
	unsigned long first, second;

	make_struct_ops(test, prog);
	first = struct_ops_first;
	second = (unsigned long)struct_ops_call;
	KUNIT_EXPECT_TRUE(test, is_text(first));
	KUNIT_EXPECT_TRUE(test, is_text(second - AARCH64_INSN_SIZE));
	KUNIT_EXPECT_TRUE(test, is_text(second));
	kunit_release_action(test, free_struct_ops, (void *)first);
	KUNIT_EXPECT_FALSE(test, is_text(first));
	KUNIT_EXPECT_FALSE(test, is_text(second - AARCH64_INSN_SIZE));
	KUNIT_EXPECT_FALSE(test, is_text(second));
}

/* For the sweep: a trampoline with a program that calls a function which does nothing */
void known_make_struct_ops(struct kunit *test)
{
	make_struct_ops(test, make_program(test, bpf_pass, BPF_TRACE_FENTRY, false));
}

static struct bpf_prog *make_classic_program(void)
{
	static struct sock_filter insns[] = {
		/* A call, which each classic program may make */
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, SKF_AD_OFF + SKF_AD_RANDOM),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};
	struct sock_fprog_kern filter = { .len = ARRAY_SIZE(insns), .filter = insns };
	struct bpf_prog *prog;
	int err = bpf_prog_create(&prog, &filter);

	return err ? ERR_PTR(err) : prog;
}

static void destroy_classic_program(void *arg)
{
	bpf_prog_destroy(arg);
}

/* For the sweep as well */
void known_make_classic_program(struct kunit *test)
{
	called = make_classic_program();
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, called);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, destroy_classic_program, called));
	if (!called->jited)
		skip_without_jit(test);
}

/* What is found is what is there, and it is found until it has gone. */
static void text_of_a_classic_program(struct kunit *test)
{
	unsigned long start, end, timeout;

	known_make_classic_program(test);
	start = (unsigned long)called->bpf_func;
	end = start + called->jited_len;
	KUNIT_EXPECT_TRUE(test, is_text(start));
	KUNIT_EXPECT_TRUE(test, is_text(end - AARCH64_INSN_SIZE));
	KUNIT_EXPECT_FALSE(test, is_text(start - AARCH64_INSN_SIZE));
	KUNIT_EXPECT_FALSE(test, is_text(end));

	kunit_release_action(test, destroy_classic_program, called);
	/* A work frees it. */
	timeout = jiffies + 10 * HZ;
	while (is_text(start) && time_before(jiffies, timeout))
		msleep(20);
	KUNIT_EXPECT_FALSE(test, is_text(start));
	KUNIT_EXPECT_FALSE(test, is_text(end - AARCH64_INSN_SIZE));
}

/* Makes programs, and lets go of each a little later, when its address is known. */
#define CHURN_MIN	20

static struct {
	unsigned long addr;
	unsigned int nr;
} churn;

static int churn_thread(void *data)
{
	struct bpf_prog *prog, *last = NULL;

	while (!kthread_should_stop()) {
		prog = make_classic_program();
		if (IS_ERR(prog))
			break;
		WRITE_ONCE(churn.addr, (unsigned long)prog->bpf_func);
		WRITE_ONCE(churn.nr, churn.nr + 1);
		if (last)
			bpf_prog_destroy(last);
		last = prog;
		cond_resched();
	}
	if (last)
		bpf_prog_destroy(last);
	while (!kthread_should_stop())
		schedule_timeout_uninterruptible(1);
	return 0;
}

/* Others come and go, those that are looked up among them. */
static void text_while_programs_come_and_go(struct kunit *test)
{
	unsigned long addr, end = jiffies + HZ, timeout = jiffies + 60 * HZ;
	unsigned int nr = 0, found = 0, lost = 0;
	struct task_struct *task;

	known_make_classic_program(test);
	memset(&churn, 0, sizeof(churn));
	task = kthread_run(churn_thread, NULL, "churn");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	while (time_before(jiffies, end) ||
	       (READ_ONCE(churn.nr) < CHURN_MIN && time_before(jiffies, timeout))) {
		addr = READ_ONCE(churn.addr);
		if (addr)
			found += is_text(addr);
		lost += !is_text((unsigned long)called->bpf_func);
		nr++;
		cond_resched();
	}
	kthread_stop(task);

	kunit_info(test, "%u look-ups, %u were of %u programs that came and went\n",
		   nr, found, churn.nr);
	KUNIT_EXPECT_GE(test, churn.nr, CHURN_MIN);
	KUNIT_EXPECT_GT(test, found, 0);
	KUNIT_EXPECT_EQ(test, lost, 0);
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
		skip_without_jit(test);
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

	KUNIT_EXPECT_EQ(test, STACK_WALK_OK, find_text(start, &text));
	KUNIT_EXPECT_TRUE(test, unwind_text_contains(&text, start));
	KUNIT_EXPECT_FALSE(test, unwind_text_contains(&text, end));
	KUNIT_EXPECT_EQ(test, STACK_WALK_OK, find_text(end - AARCH64_INSN_SIZE, &text));
	KUNIT_EXPECT_TRUE(test, unwind_text_contains(&text, end - AARCH64_INSN_SIZE));
	KUNIT_EXPECT_FALSE(test, unwind_text_contains(&text, end));
	KUNIT_EXPECT_EQ(test, STACK_WALK_NOT_TEXT, find_text(end, &text));
	KUNIT_EXPECT_EQ(test, STACK_WALK_NOT_TEXT, find_text(start - AARCH64_INSN_SIZE, &text));
}

static struct kunit_case stacktrace_bpf_cases[] = {
	KUNIT_CASE(program_that_is_called),
	KUNIT_CASE_PARAM(program_without_symbol, unnamed_gen_params),
	KUNIT_CASE_PARAM(task_blocked_in_program_without_symbol, unnamed_gen_params),
	KUNIT_CASE(struct_ops_trampoline),
	KUNIT_CASE(text_of_a_program),
	KUNIT_CASE(text_of_a_classic_program),
	KUNIT_CASE(text_of_struct_ops),
	KUNIT_CASE(text_while_programs_come_and_go),
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
