// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tries to have kprobes in a livepatch with late relocations, and says whether there
 * was one. It tries two when the livepatch is being loaded, as soon as others are told
 * of it; it keeps the one that is beside a relocation. It can be made to hold one up in
 * register_kprobe(), until the relocation is written.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/ftrace.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/sysfs.h>

/* BTI, STP, MOV, and the BL that is relocated */
#define CALL	"call26+12"
#define BESIDE	"call26+8"

static atomic_t nr_hits;

static int hit(struct kprobe *kp, struct pt_regs *regs)
{
	atomic_inc(&nr_hits);
	return 0;
}

static char beside_name[KSYM_NAME_LEN];
static struct kprobe beside = { .symbol_name = beside_name, .pre_handler = hit };
static bool has_beside;

static char lp[MODULE_NAME_LEN];
module_param_string(lp, lp, sizeof(lp), 0444);
MODULE_PARM_DESC(lp, "The livepatch");

/* @place is SYMBOL+OFFSET; @name is room for the symbol, as that of the livepatch */
static int set_place(struct kprobe *kp, const char *place, char *name)
{
	char symbol[64];

	if (sscanf(place, "%63[^+]+%u", symbol, &kp->offset) != 2)
		return -EINVAL;
	snprintf(name, KSYM_NAME_LEN, "%s:%s", lp, symbol);
	kp->symbol_name = name;
	return 0;
}

static void report(const char *place, int ret)
{
	if (ret)
		pr_info("a kprobe at %s: error %d\n", place, ret);
	else
		pr_info("a kprobe at %s: registered\n", place);
}

static int try_probe(const char *val, const struct kernel_param *param)
{
	static char name[KSYM_NAME_LEN];
	struct kprobe kp = {};
	unsigned long addr;
	char place[64];
	int ret = 0;

	if (sscanf(val, "plt %lx", &addr) == 1) {
		kp.addr = (kprobe_opcode_t *)addr;
		strscpy(place, "plt", sizeof(place));
	} else {
		strscpy(place, val, sizeof(place));
		ret = set_place(&kp, strim(place), name);
	}
	if (ret)
		return ret;

	ret = register_kprobe(&kp);
	if (!ret)
		unregister_kprobe(&kp);
	/* Where no symbol is before the PLT, nobody gets as far as to ask. */
	if (ret == -ENOENT && kp.addr)
		ret = -EINVAL;
	report(place, ret);
	return 0;
}

static const struct kernel_param_ops probe_ops = { .set = try_probe };
module_param_cb(probe, &probe_ops, NULL, 0200);
MODULE_PARM_DESC(probe, "Try a kprobe at SYMBOL+OFFSET of the livepatch, or at \"plt ADDRESS\"");

/*
 * register_kprobe() calls cpus_read_unlock() when it has read the instruction, and has let
 * go of text_mutex. The kprobe cannot be found then.
 */
static struct task_struct *held_task;
static struct kprobe held_kprobe;

static void notrace hold_up(unsigned long ip, unsigned long parent_ip,
			    struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	kprobe_opcode_t insn;

	if (current != READ_ONCE(held_task))
		return;

	WRITE_ONCE(held_task, NULL);
	insn = READ_ONCE(*held_kprobe.addr);
	pr_info("held up in register_kprobe()\n");
	/* Not for as long as those wait who look for lockups */
	for (int i = 0; i < 10000 && READ_ONCE(*held_kprobe.addr) == insn; i++)
		mdelay(1);
}

static struct ftrace_ops holder = { .func = hold_up };

static int try_held(const char *val, const struct kernel_param *param)
{
	static char name[KSYM_NAME_LEN];
	char place[64];
	int ret;

	strscpy(place, val, sizeof(place));
	held_kprobe = (struct kprobe){};
	ret = set_place(&held_kprobe, strim(place), name) ?:
	      ftrace_set_filter(&holder, "cpus_read_unlock", strlen("cpus_read_unlock"), 1) ?:
	      register_ftrace_function(&holder);
	if (ret)
		return ret;

	WRITE_ONCE(held_task, current);
	ret = register_kprobe(&held_kprobe);
	WRITE_ONCE(held_task, NULL);
	unregister_ftrace_function(&holder);
	if (!ret)
		unregister_kprobe(&held_kprobe);
	return ret;
}

static const struct kernel_param_ops held_ops = { .set = try_held };
module_param_cb(held, &held_ops, NULL, 0200);
MODULE_PARM_DESC(held, "Try a kprobe at SYMBOL+OFFSET, held up until the instruction changes");

static int get_hit(char *buf, const struct kernel_param *param)
{
	return sysfs_emit(buf, "%c\n", atomic_read(&nr_hits) ? 'Y' : 'N');
}

static const struct kernel_param_ops hit_ops = { .get = get_hit };
module_param_cb(hit, &hit_ops, NULL, 0444);
MODULE_PARM_DESC(hit, "Was the kprobe hit that is beside a relocation?");

static int module_callback(struct notifier_block *nb, unsigned long state, void *data)
{
	static char name[KSYM_NAME_LEN];
	struct kprobe late = {};
	struct module *mod = data;
	int ret;

	if (state != MODULE_STATE_COMING || strcmp(mod->name, lp))
		return NOTIFY_DONE;

	ret = set_place(&beside, BESIDE, beside_name) ?: register_kprobe(&beside);
	has_beside = !ret;
	report(BESIDE, ret);

	ret = set_place(&late, CALL, name) ?: register_kprobe(&late);
	if (!ret)
		unregister_kprobe(&late);
	report(CALL, ret);
	return NOTIFY_DONE;
}

static struct notifier_block module_nb = { .notifier_call = module_callback };

static int test_klp_reloc_probe_init(void)
{
	return register_module_notifier(&module_nb);
}

static void test_klp_reloc_probe_exit(void)
{
	unregister_module_notifier(&module_nb);
	if (has_beside)
		unregister_kprobe(&beside);
}

module_init(test_klp_reloc_probe_init);
module_exit(test_klp_reloc_probe_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Livepatch test: kprobes where late relocations are written");
