// SPDX-License-Identifier: GPL-2.0-only
/*
 * redirected_old() is seen by the function graph tracer, and redirected to new(), in the
 * way that livepatch does it. That has a kretprobe. So the return address that the
 * kretprobe replaces is return_to_handler already, and the original one is in caller().
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/fprobe.h>
#include <linux/ftrace.h>

#include "bugs.h"

static unsigned long pcs[NR_PCS];
static int nr;

static noinline __noclone void new(void)
{
	nr = save_reliable(current, pcs, NR_PCS);
	barrier();
}

static noinline __noclone void redirected_old(void)
{
	barrier();
}

static noinline __noclone void caller(void)
{
	redirected_old();
	barrier();
}

/* With an exit handler, an fprobe uses the function graph tracer. */
static void on_exit(struct fprobe *fp, unsigned long entry_ip, unsigned long ret_ip,
		    struct ftrace_regs *fregs, void *entry_data)
{
}

static struct fprobe fprobe = { .exit_handler = on_exit };

static int on_return(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	return 0;
}

static struct kretprobe kretprobe = {
	.handler = on_return,
	.kp.addr = (kprobe_opcode_t *)new,
};

static void redirect(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
		     struct ftrace_regs *fregs)
{
	ftrace_regs_set_instruction_pointer(fregs, (unsigned long)new);
}

static struct ftrace_ops ops = {
	.func = redirect,
	.flags = FTRACE_OPS_FL_IPMODIFY,
};

static int __init kretprobe_redirected_init(void)
{
	unsigned long addr = (unsigned long)redirected_old;
	char name[] = "redirected_old";
	int ret;

	ret = find_save_reliable() ?: register_fprobe_ips(&fprobe, &addr, 1);
	if (ret)
		return ret;
	ret = register_kretprobe(&kretprobe);
	if (ret)
		goto no_kretprobe;
	ret = ftrace_set_filter(&ops, name, strlen(name), 1) ?:
		register_ftrace_function(&ops);
	if (ret)
		goto no_ops;
	caller();
	verdict("the reliable trace of a task in a function with a kretprobe", "caller", pcs, nr);
	unregister_ftrace_function(&ops);
no_ops:
	unregister_kretprobe(&kretprobe);
no_kretprobe:
	unregister_fprobe(&fprobe);
	return ret;
}

static void __exit kretprobe_redirected_exit(void)
{
}

module_init(kretprobe_redirected_init);
module_exit(kretprobe_redirected_exit);
MODULE_DESCRIPTION("A reliable stack trace with a graph-traced function and a kretprobe");
MODULE_LICENSE("GPL");
