// SPDX-License-Identifier: GPL-2.0-only
/*
 * traced() is seen by the function graph tracer, and ends with a tail call of probed(),
 * which has a kretprobe. So the return address that the kretprobe saves is
 * return_to_handler, and the original is that of traced(): in caller().
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/fprobe.h>

#include "bugs.h"

static unsigned long pcs[NR_PCS];
static int nr;

static noinline __noclone void probed(void)
{
	nr = save_reliable(current, pcs, NR_PCS);
	barrier();
}

static noinline __noclone void traced(void)
{
	probed();
}

static noinline __noclone void caller(void)
{
	traced();
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
	.kp.addr = (kprobe_opcode_t *)probed,
};

static int __init kretprobe_tail_init(void)
{
	unsigned long addr = (unsigned long)traced;
	int ret;

	ret = find_save_reliable() ?: register_fprobe_ips(&fprobe, &addr, 1);
	if (ret)
		return ret;
	ret = register_kretprobe(&kretprobe);
	if (!ret) {
		caller();
		unregister_kretprobe(&kretprobe);
		verdict("the reliable trace of a task in a probed function", "caller", pcs, nr);
	}
	unregister_fprobe(&fprobe);
	return ret;
}

static void __exit kretprobe_tail_exit(void)
{
}

module_init(kretprobe_tail_init);
module_exit(kretprobe_tail_exit);
MODULE_DESCRIPTION("A reliable stack trace with a kretprobe behind a tail call");
MODULE_LICENSE("GPL");
