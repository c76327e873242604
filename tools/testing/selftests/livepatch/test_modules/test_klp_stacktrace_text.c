// SPDX-License-Identifier: GPL-2.0-only
/*
 * Has kthreads sleep in text of this module, and prints whether their stacks are reliable.
 * Then asks arm64's stacktrace_text_elsewhere() about text in which nothing sleeps: that of
 * the sections which an unwinder must refuse, and the slot of a kprobe.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/stacktrace.h>

#include <asm/insn.h>
#include <asm/stacktrace/text.h>

static typeof(stacktrace_text_elsewhere) *find_text;
static typeof(stack_trace_save_tsk_reliable) *save_reliable;

/*
 * Not exported, and no module but a test has a reason to call them. A kprobe has
 * to know where its function is; a disabled one does nothing else.
 */
static void *find_function(const char *name)
{
	struct kprobe kp = {
		.symbol_name = name,
		.flags = KPROBE_FLAG_DISABLED,
	};
	void *addr;

	if (register_kprobe(&kp)) {
		pr_err("no %s()\n", name);
		return NULL;
	}
	addr = kp.addr;
	unregister_kprobe(&kp);
	return addr;
}

static const char *answer(unsigned long addr)
{
	switch (find_text(current, addr)) {
	case STACKTRACE_TEXT_AAPCS:
		return "accepted";
	case STACKTRACE_TEXT_REFUSED:
		return "refused";
	default:
		return "unexpected";
	}
}

static DECLARE_COMPLETION(leave);

static noinline void test_klp_text(void)
{
	wait_for_completion(&leave);
	barrier();
}

/* Marked as code that makes no frame records, for this test. */
static noinline void __section(".nounwind.text") test_klp_nounwind_text(void)
{
	wait_for_completion(&leave);
	barrier();
}

static noinline void __init test_klp_init_text(void)
{
	wait_for_completion(&leave);
	barrier();
}

static int test_klp_thread(void *func)
{
	((void (*)(void))func)();
	return 0;
}

/* Have a thread sleep in @func, and save its stack. */
static int __ref print_stack(const char *what, void (*func)(void))
{
	unsigned long pcs[32];
	struct task_struct *task;
	int ret;

	reinit_completion(&leave);
	task = kthread_run(test_klp_thread, func, "test_klp_text");
	if (IS_ERR(task))
		return PTR_ERR(task);

	/* Until it sleeps, and is off its CPU */
	do {
		usleep_range(1000, 2000);
	} while (READ_ONCE(task->__state) != TASK_UNINTERRUPTIBLE || READ_ONCE(task->on_cpu));
	ret = save_reliable(task, pcs, ARRAY_SIZE(pcs));
	pr_info("task in %s: %s\n", what, ret > 0 ? "reliable" : "unreliable");

	complete(&leave);
	kthread_stop(task);
	return 0;
}

static void print_refused_text(void)
{
	static const char * const names[] = {
		".nounwind.text", ".plt", ".init.plt",
		".text.ftrace_trampoline", ".init.text.ftrace_trampoline",
	};

	BUILD_BUG_ON(ARRAY_SIZE(names) != ARRAY_SIZE(THIS_MODULE->arch.nounwind));

	for (int i = 0; i < ARRAY_SIZE(names); i++) {
		const struct mod_nounwind *n = &THIS_MODULE->arch.nounwind[i];

		pr_info("%s: first instruction %s, last instruction %s\n", names[i],
			answer(n->start), answer(n->end - AARCH64_INSN_SIZE));
	}
}

/* An instruction that a kprobe single-steps in a slot. */
static noinline void test_klp_probed(void)
{
	asm volatile("test_klp_probed_insn: add x9, x9, #1" : : : "x9");
}

extern kprobe_opcode_t test_klp_probed_insn[];

static int print_kprobe_slot(void)
{
	struct kprobe kp = { .addr = test_klp_probed_insn };
	int ret;

	ret = register_kprobe(&kp);
	if (ret) {
		pr_err("no kprobe: %d\n", ret);
		return ret;
	}
	test_klp_probed();
	pr_info("kprobe slot: %s\n", answer((unsigned long)kp.ainsn.xol_insn));
	unregister_kprobe(&kp);
	return 0;
}

static int __init test_klp_stacktrace_text_init(void)
{
	int ret;

	find_text = find_function("stacktrace_text_elsewhere");
	save_reliable = find_function("stack_trace_save_tsk_reliable");
	if (!find_text || !save_reliable)
		return -ENOENT;

	ret = print_stack("text", test_klp_text) ?:
	      print_stack("init text", test_klp_init_text) ?:
	      print_stack(".nounwind.text", test_klp_nounwind_text);
	if (ret)
		return ret;

	pr_info("text: %s\n", answer((unsigned long)test_klp_probed_insn));
	pr_info("init text: %s\n", answer((unsigned long)test_klp_init_text));
	print_refused_text();
	pr_info("data: %s\n", answer((unsigned long)&leave));
	return print_kprobe_slot();
}

static void __exit test_klp_stacktrace_text_exit(void)
{
}

module_init(test_klp_stacktrace_text_init);
module_exit(test_klp_stacktrace_text_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Livepatch test: which text of modules arm64 unwinds through");
