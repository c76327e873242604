// SPDX-License-Identifier: GPL-2.0-only
/*
 * Asks arm64's unwind_text_find() about text that is not in the kernel image,
 * and prints the answers: text of this module, that of its sections which an
 * unwinder must refuse, the slot of a kprobe, and, at the addresses given by
 * parameters, BPF text.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/sched.h>

#include <asm/insn.h>
#include <asm/unwind_text.h>

static unsigned long bpf_prog;
module_param(bpf_prog, ulong, 0400);
MODULE_PARM_DESC(bpf_prog, "Address of a BPF program");

static unsigned long bpf_trampoline;
module_param(bpf_trampoline, ulong, 0400);
MODULE_PARM_DESC(bpf_trampoline, "Address of a BPF trampoline");

static typeof(unwind_text_find) *find_text;

/*
 * Not exported, and no module but a test has a reason to call it. A kprobe has
 * to know where its function is; a disabled one does nothing else.
 */
static int find_find_text(void)
{
	struct kprobe kp = {
		.symbol_name = "unwind_text_find",
		.flags = KPROBE_FLAG_DISABLED,
	};
	int ret;

	ret = register_kprobe(&kp);
	if (ret) {
		pr_err("no unwind_text_find(): %d\n", ret);
		return ret;
	}
	find_text = (void *)kp.addr;
	unregister_kprobe(&kp);
	return 0;
}

static const char *answer(unsigned long addr)
{
	enum stack_walk_reason reason;
	struct unwind_text text;

	preempt_disable();
	reason = find_text(current, addr, &text);
	preempt_enable();

	switch (reason) {
	case STACK_WALK_OK:
		break;
	case STACK_WALK_SECTION:
		return "refused";
	case STACK_WALK_NOT_TEXT:
		return "no text";
	default:
		return "unexpected";
	}

	/* The caller takes the range for as good as the address. */
	if (!unwind_text_contains(&text, addr))
		return "accepted, but not in the range";
	for (int i = 0; i < ARRAY_SIZE(THIS_MODULE->arch.nounwind); i++) {
		const struct mod_nounwind *n = &THIS_MODULE->arch.nounwind[i];

		if (n->start < n->end && n->start < text.start + text.size &&
		    n->end > text.start)
			return "accepted, with too large a range";
	}

	return "accepted";
}

/* Marked as code that makes no frame records, for this test. */
static void __section(".nounwind.text") __used test_klp_nounwind(void)
{
}

static void print_nounwind_text(void)
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
	pr_info("kprobe slot: %s\n", answer((unsigned long)kp.ainsn.api.insn));
	unregister_kprobe(&kp);
	return 0;
}

static int __init test_klp_unwind_text_init(void)
{
	int ret;

	ret = find_find_text();
	if (ret)
		return ret;

	pr_info("text: %s\n", answer((unsigned long)test_klp_probed_insn));
	pr_info("init text: %s\n",
		answer((unsigned long)test_klp_unwind_text_init));
	print_nounwind_text();
	pr_info("data: %s\n", answer((unsigned long)&bpf_prog));
	pr_info("nothing: %s\n", answer(0));
	pr_info("BPF program: %s\n", answer(bpf_prog));
	pr_info("BPF trampoline: %s\n", answer(bpf_trampoline));
	return print_kprobe_slot();
}

static void __exit test_klp_unwind_text_exit(void)
{
}

module_init(test_klp_unwind_text_init);
module_exit(test_klp_unwind_text_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Livepatch test: which text arm64 unwinds through");
