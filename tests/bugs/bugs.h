/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the modules in this directory share. Each has functions call each other, walks the
 * stack when something is going on, and says which function is missing from the trace.
 */
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/stacktrace.h>
#include <linux/string.h>

#define NR_PCS	64

/* The walk that livepatch relies on; not exported to modules. */
static int (*save_reliable)(struct task_struct *task, unsigned long *pcs, unsigned int nr);

static inline int find_save_reliable(void)
{
	struct kprobe kp = { .symbol_name = "stack_trace_save_tsk_reliable" };
	int ret = register_kprobe(&kp);

	if (ret)
		return ret;
	save_reliable = (void *)kp.addr;
	unregister_kprobe(&kp);
	return 0;
}

static inline bool is_in(unsigned long pc, const char *function)
{
	char name[KSYM_NAME_LEN + MODULE_NAME_LEN];

	/* A return address is behind its call, which may be a function's last. */
	snprintf(name, sizeof(name), "%ps", (void *)(pc - 1));
	name[strcspn(name, " ")] = '\0';
	return !strcmp(name, function);
}

/* verdict() - is @function in the trace of @nr entries, or was it an error? Prints which. */
static inline void verdict(const char *what, const char *function,
			   const unsigned long *pcs, int nr)
{
	int i;

	if (nr < 0) {
		pr_info("PASS: %s is refused (%d)\n", what, nr);
		return;
	}
	for (i = 0; i < nr; i++) {
		if (is_in(pcs[i], function)) {
			pr_info("PASS: %s has %s()\n", what, function);
			return;
		}
	}
	pr_info("FAIL: %s leaves out %s()\n", what, function);
	for (i = 0; i < nr; i++)
		pr_info("  %pB\n", (void *)pcs[i]);
}
