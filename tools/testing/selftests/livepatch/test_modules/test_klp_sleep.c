// SPDX-License-Identifier: GPL-2.0-only
/*
 * Functions for tasks to sleep in, until the test wakes them up.
 *
 * test_klp_sleep_patch patches test_klp_sleep_old(), and no other. A read from
 * one of the files in /sys/kernel/debug/test_klp_sleep/ calls a function:
 *
 *  old:	test_klp_sleep_old(), which calls test_klp_sleep()
 *  other:	test_klp_sleep_other(), which does the same
 *  nounwind:	test_klp_sleep_nounwind(), the same, in a section for code that an
 *		unwinder must refuse on arm64
 *  busy:	test_klp_sleep_busy(), which does not sleep but keeps the CPU busy
 *  wake:	wakes up all who sleep, for good
 *
 * "access" is for mmap(). A read from the memory by something else than the
 * task's own load instructions, process_vm_readv() for example, sleeps too.
 *
 * "fault", on arm64 only, is for a read into a page that is not there: the first
 * instruction of test_klp_sleep_fault(), which is marked as code that cannot be unwound,
 * takes the page fault.
 *
 * With kthreads=1 there are kthreads test_klp_kold and test_klp_kother. With
 * init=1 the module's init function sleeps. With busy_old=1 test_klp_sleep_old()
 * keeps the CPU busy instead. With busy_cpu=N there is a kthread test_klp_kbusy which
 * does that on CPU N, as a real-time task.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#ifdef CONFIG_ARM64
#include <linux/unwind_mark.h>

#include <asm/asm-extable.h>
#endif

static bool kthreads;
module_param(kthreads, bool, 0400);
MODULE_PARM_DESC(kthreads, "Have kthreads sleep, too (default=false)");

static bool init;
module_param(init, bool, 0400);
MODULE_PARM_DESC(init, "Sleep in the module's init function (default=false)");

static bool busy_old;
module_param(busy_old, bool, 0400);
MODULE_PARM_DESC(busy_old, "Do not sleep in the old function (default=false)");

static int busy_cpu = -1;
module_param(busy_cpu, int, 0400);
MODULE_PARM_DESC(busy_cpu, "Keep this CPU busy with a kthread (default=-1, none)");

static DECLARE_WAIT_QUEUE_HEAD(wait);
static bool awake;

/*
 * Livepatch wakes up interruptible tasks that hold up a transition. These here
 * are not to run until the test says so.
 */
static noinline void test_klp_sleep(void)
{
	wait_event_idle(wait, READ_ONCE(awake));
}

static __always_inline void keep_busy(void)
{
	while (!READ_ONCE(awake))
		cpu_relax();
}

static noinline void test_klp_sleep_busy(void)
{
	keep_busy();
}

static noinline void test_klp_sleep_old(void)
{
	if (busy_old)
		keep_busy();
	test_klp_sleep();
}

static noinline void test_klp_sleep_other(void)
{
	test_klp_sleep();
}

static noinline void __section(".nounwind.text") test_klp_sleep_nounwind(void)
{
	test_klp_sleep();
}

static noinline void test_klp_sleep_wake(void)
{
	WRITE_ONCE(awake, true);
	wake_up_all(&wait);
}

struct test_klp_file {
	const char *name;
	void (*func)(void);
};

static const struct test_klp_file files[] = {
	{ "old", test_klp_sleep_old },
	{ "other", test_klp_sleep_other },
	{ "nounwind", test_klp_sleep_nounwind },
	{ "busy", test_klp_sleep_busy },
	{ "wake", test_klp_sleep_wake },
};

static ssize_t test_klp_sleep_read(struct file *file, char __user *buf,
				   size_t count, loff_t *pos)
{
	const struct test_klp_file *f = file->private_data;

	f->func();
	return 0;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = test_klp_sleep_read,
};

static int test_klp_sleep_access(struct vm_area_struct *vma, unsigned long addr,
				 void *buf, int len, int write)
{
	test_klp_sleep_other();
	memset(buf, 0, len);
	return len;
}

static const struct vm_operations_struct vm_ops = {
	.access = test_klp_sleep_access,
};

static int test_klp_sleep_mmap(struct file *file, struct vm_area_struct *vma)
{
	/* Nothing that get_user_pages() could get: it has to ask us. */
	vm_flags_set(vma, VM_IO | VM_PFNMAP);
	vma->vm_ops = &vm_ops;
	return 0;
}

static const struct file_operations access_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.mmap = test_klp_sleep_mmap,
};

#ifdef CONFIG_ARM64
asm(".pushsection .text\n"
	".type	test_klp_sleep_fault, %function\n"
	"test_klp_sleep_fault:\n"
	"1:	ldtrb	w0, [x0]\n"
	"2:	ret\n"
	".size	test_klp_sleep_fault, . - test_klp_sleep_fault\n"
	_ASM_EXTABLE_UACCESS(1b, 2b)
	".popsection\n");

asmlinkage void test_klp_sleep_fault(const char __user *buf);
UNWIND_NON_STANDARD(test_klp_sleep_fault);

static ssize_t test_klp_sleep_read_fault(struct file *file, char __user *buf,
					 size_t count, loff_t *pos)
{
	uaccess_ttbr0_enable();
	test_klp_sleep_fault(buf);
	uaccess_ttbr0_disable();
	return 0;
}

static const struct file_operations fault_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = test_klp_sleep_read_fault,
};

static void test_klp_sleep_create_fault(struct dentry *dir)
{
	debugfs_create_file("fault", 0400, dir, NULL, &fault_fops);
}
#else
static void test_klp_sleep_create_fault(struct dentry *dir)
{
}
#endif

static int test_klp_kthread(void *func)
{
	((void (*)(void))func)();

	/* Asleep elsewhere, until the module goes. */
	wait_event_idle(wait, kthread_should_stop());
	return 0;
}

static struct task_struct *kold, *kother, *kbusy;
static struct dentry *dir;

static void test_klp_sleep_exit(void)
{
	test_klp_sleep_wake();
	if (!IS_ERR_OR_NULL(kold))
		kthread_stop(kold);
	if (!IS_ERR_OR_NULL(kother))
		kthread_stop(kother);
	if (!IS_ERR_OR_NULL(kbusy))
		kthread_stop(kbusy);
	debugfs_remove(dir);
}

static int __init test_klp_sleep_init(void)
{
	dir = debugfs_create_dir(KBUILD_MODNAME, NULL);
	for (int i = 0; i < ARRAY_SIZE(files); i++)
		debugfs_create_file(files[i].name, 0400, dir, (void *)&files[i],
				    &fops);
	/* The other variant offers no mmap(). */
	debugfs_create_file_unsafe("access", 0400, dir, NULL, &access_fops);
	test_klp_sleep_create_fault(dir);

	if (kthreads) {
		kold = kthread_run(test_klp_kthread, test_klp_sleep_old,
				   "test_klp_kold");
		kother = kthread_run(test_klp_kthread, test_klp_sleep_other,
				     "test_klp_kother");
		if (IS_ERR(kold) || IS_ERR(kother)) {
			test_klp_sleep_exit();
			return -ENOMEM;
		}
	}

	if (busy_cpu >= 0) {
		kbusy = kthread_create_on_cpu(test_klp_kthread, test_klp_sleep_busy,
					      busy_cpu, "test_klp_kbusy");
		if (IS_ERR(kbusy)) {
			test_klp_sleep_exit();
			return PTR_ERR(kbusy);
		}
		sched_set_fifo_low(kbusy);
		wake_up_process(kbusy);
	}

	if (init)
		test_klp_sleep();

	return 0;
}

module_init(test_klp_sleep_init);
module_exit(test_klp_sleep_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Livepatch test: functions to sleep in");
