// SPDX-License-Identifier: GPL-2.0-only
/*
 * Livepatches the function that is named by parameters. The new function does nothing.
 *
 * With helper=1 there is a kthread test_klp_khelper, which sleeps in a function of this
 * module that replaces none, until it is told to go on by "wake". With block=pre_patch or
 * block=post_unpatch that callback sleeps until then.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/wait.h>

static char *object;
module_param(object, charp, 0400);
MODULE_PARM_DESC(object, "The module that the function is in (default: vmlinux)");

static char *func = "";
module_param(func, charp, 0400);
MODULE_PARM_DESC(func, "The function to be patched");

static bool helper;
module_param(helper, bool, 0400);
MODULE_PARM_DESC(helper, "Have a kthread sleep in this module (default=false)");

static char *block = "";
module_param(block, charp, 0400);
MODULE_PARM_DESC(block, "The callback that sleeps (default: none)");

static bool replace;
module_param(replace, bool, 0400);
MODULE_PARM_DESC(replace, "Replace other livepatches (default=false)");

static DECLARE_WAIT_QUEUE_HEAD(wait);
static bool awake;

static int wake_set(const char *val, const struct kernel_param *kp)
{
	int ret = param_set_bool(val, kp);

	wake_up_all(&wait);
	return ret;
}

static const struct kernel_param_ops wake_ops = {
	.set = wake_set,
	.get = param_get_bool,
};
module_param_cb(wake, &wake_ops, &awake, 0600);
MODULE_PARM_DESC(wake, "Wake up what sleeps (default=false)");

static void test_klp_target_patch_func(void)
{
}

static noinline void test_klp_target_patch_helper(void)
{
	wait_event_idle(wait, READ_ONCE(awake));
}

static int test_klp_target_patch_kthread(void *unused)
{
	test_klp_target_patch_helper();
	return 0;
}

static int pre_patch(struct klp_object *obj)
{
	if (!strcmp(block, "pre_patch"))
		test_klp_target_patch_helper();
	return 0;
}

static void post_unpatch(struct klp_object *obj)
{
	if (!strcmp(block, "post_unpatch"))
		test_klp_target_patch_helper();
}

static struct klp_func funcs[] = {
	{
		.new_func = test_klp_target_patch_func,
	}, {}
};

static struct klp_object objs[] = {
	{
		.funcs = funcs,
		.callbacks = {
			.pre_patch = pre_patch,
			.post_unpatch = post_unpatch,
		},
	}, {}
};

static struct klp_patch patch = {
	.mod = THIS_MODULE,
	.objs = objs,
};

static int __init test_klp_target_patch_init(void)
{
	struct task_struct *task;
	int ret;

	funcs[0].old_name = func;
	objs[0].name = object;
	patch.replace = replace;

	ret = klp_enable_patch(&patch);
	if (ret || !helper)
		return ret;

	task = kthread_run(test_klp_target_patch_kthread, NULL, "test_klp_khelper");
	return PTR_ERR_OR_ZERO(task);
}

static void test_klp_target_patch_exit(void)
{
}

module_init(test_klp_target_patch_init);
module_exit(test_klp_target_patch_exit);
MODULE_LICENSE("GPL");
MODULE_INFO(livepatch, "Y");
MODULE_DESCRIPTION("Livepatch test: patch a function by name");
