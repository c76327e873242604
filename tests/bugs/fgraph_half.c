// SPDX-License-Identifier: GPL-2.0-only
/*
 * Walks the stack at each instruction of function_graph_enter_regs(), by a kprobe. There,
 * an entry of the return stack is in use before it is filled in.
 *
 * At first, before() calls inner(), both traced, which leaves in the second entry the
 * frame of inner()'s caller, before(). Then caller(), not traced, whose frame is
 * in the same place, calls outer(), which calls inner(), both traced. While the second entry is
 * being made for inner(), it still has the frame of before(), which by now is that
 * of caller(). It must not be taken for the entry of outer().
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/fprobe.h>

#include "bugs.h"

static unsigned long pcs[NR_PCS];
static int nr;
static struct task_struct *walk;

static noinline __noclone void inner(void)
{
	barrier();
}

static noinline __noclone void outer(void)
{
	WRITE_ONCE(walk, current);
	inner();
	WRITE_ONCE(walk, NULL);
}

/* The same code twice, and so the same frame; but not for the compiler. */
static noinline __noclone void before(void (*fn)(void))
{
	fn();
	asm volatile("nop /* before */");
}

static noinline __noclone void caller(void (*fn)(void))
{
	fn();
	asm volatile("nop /* caller */");
}

static noinline __noclone void both(void)
{
	before(inner);
	caller(outer);
	barrier();
}

static void on_exit(struct fprobe *fp, unsigned long entry_ip, unsigned long ret_ip,
		    struct ftrace_regs *fregs, void *entry_data)
{
}

static struct fprobe fprobe = { .exit_handler = on_exit };

static int on_instruction(struct kprobe *kp, struct pt_regs *regs)
{
	if (READ_ONCE(walk) == current) {
		WRITE_ONCE(walk, NULL);
		nr = stack_trace_save(pcs, NR_PCS, 0);
	}
	return 0;
}

/* at() - walk at this instruction. Is caller() missing? Or was it not hit? */
static int at(unsigned int offset)
{
	struct kprobe kp = {
		.symbol_name = "function_graph_enter_regs",
		.offset = offset,
		.pre_handler = on_instruction,
	};
	int ret = register_kprobe(&kp);
	int i;

	if (ret)
		return ret;
	nr = 0;
	both();
	unregister_kprobe(&kp);
	if (!nr)
		return -ENOENT;
	for (i = 0; i < nr; i++) {
		if (is_in(pcs[i], "caller"))
			return 0;
	}
	return 1;
}

static int __init fgraph_half_init(void)
{
	unsigned long addrs[] = {
		(unsigned long)inner, (unsigned long)outer, (unsigned long)before,
	};
	unsigned int offset, hit = 0, wrong = 0;
	int ret;

	ret = register_fprobe_ips(&fprobe, addrs, ARRAY_SIZE(addrs));
	if (ret)
		return ret;
	/* Past the end of the function there is nothing to hit. */
	for (offset = 0; offset < 0x400; offset += 4) {
		ret = at(offset);
		if (ret >= 0)
			hit++;
		if (ret > 0 && !wrong++)
			verdict("the trace from within function_graph_enter_regs()", "caller",
				pcs, nr);
	}
	unregister_fprobe(&fprobe);
	if (!hit)
		pr_info("FAIL: no instruction of function_graph_enter_regs() was hit\n");
	else if (!wrong)
		pr_info("PASS: the trace is right at %u instructions\n", hit);
	else
		pr_info("wrong at %u of %u instructions\n", wrong, hit);
	return 0;
}

static void __exit fgraph_half_exit(void)
{
}

module_init(fgraph_half_init);
module_exit(fgraph_half_exit);
MODULE_DESCRIPTION("A stack trace while the function graph tracer makes an entry");
MODULE_LICENSE("GPL");
