// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tasks that call functions in a tight loop while these are livepatched, and judge
 * the version of the function that each call reached.
 *
 * On each CPU a kthread calls with interrupts on, and never sleeps, and another one
 * calls with interrupts off, and sleeps now and then. A task that reads from
 * /sys/kernel/debug/test_klp_fire/call calls with interrupts on, too. The PMU
 * interrupts them: where its interrupt is a pseudo-NMI, calls are made from NMI, and
 * from hard interrupts otherwise.
 *
 * The test says in the module parameter "phase" what is going on:
 *
 *	U P F N
 *
 *  U: the version that a task has to get which is "unpatched", for livepatch
 *  P: the version that a task has to get which is "patched"
 *  F: the version that all tasks got before
 *  N: how often one task may change between versions: 1 if a transition is
 *     under way, 2 if it is going to be reversed
 *
 * Between transitions U, P and F are the same, and N is 0. The judgement:
 *
 *  - A call that began and ended in a phase got U or P. That is: once a transition
 *    is said to be complete, no call reaches the old function.
 *  - No sequence of calls by one task, from one context, changed more often than N.
 *  - It got what it had to get by the task's patch state, if that was the same before
 *    and after the call. (With interrupts on, it may have been another one in between if
 *    a transition is reversed.)
 *
 * Calls that are under way when the phase changes are judged with care: see judge().
 * The files beside "call": "stats" has the counts, and 1 in "direct" attaches a
 * direct call to the functions, 0 detaches it (there is no such file if the kernel
 * has no direct calls).
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bitfield.h>
#include <linux/cpumask.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/ftrace.h>
#include <linux/gcd.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "test_klp_fire.h"

static unsigned int burst = 64;
module_param(burst, uint, 0400);
MODULE_PARM_DESC(burst, "Calls of each function in a row (default=64)");

static unsigned int period = 2000000;
module_param(period, uint, 0400);
MODULE_PARM_DESC(period, "CPU cycles between interrupts by the PMU (default=2000000)");

enum fire_target {
	TARGET_LOW,
	TARGET_HIGH,
	TARGET_BUILTIN,
	NR_TARGETS,
};

static const char * const target_names[] = {
	[TARGET_LOW] = "test_klp_fire_low",
	[TARGET_HIGH] = "test_klp_fire_high",
	[TARGET_BUILTIN] = "gcd",
};

enum fire_context {
	CONTEXT_ON,
	CONTEXT_OFF,
	CONTEXT_IRQ,
	CONTEXT_NMI,
	NR_CONTEXTS,
};

static const char * const context_names[] = {
	[CONTEXT_ON] = "interrupts on",
	[CONTEXT_OFF] = "interrupts off",
	[CONTEXT_IRQ] = "interrupt",
	[CONTEXT_NMI] = "NMI",
};

/*
 * All of it in one word, so that it is read at once. The number of a phase is the
 * one of the last phase, plus one.
 */
#define PHASE_NUMBER	GENMASK_ULL(63, 32)
#define PHASE_CHANGES	GENMASK_ULL(31, 24)
#define PHASE_FROM	GENMASK_ULL(23, 16)
#define PHASE_UNPATCHED	GENMASK_ULL(15, 8)
#define PHASE_PATCHED	GENMASK_ULL(7, 0)

static u64 phase;

enum fire_fault {
	FAULT_COMPLETE,
	FAULT_ORDER,
	FAULT_STATE,
	NR_FAULTS,
};

static const char * const fault_names[] = {
	[FAULT_COMPLETE] = "the old version after the transition, or none of both",
	[FAULT_ORDER] = "the task went back and forth",
	[FAULT_STATE] = "not the version that goes with the task's patch state",
};

static atomic_t faults[NR_FAULTS];

static unsigned int report = 20;
module_param(report, uint, 0400);
MODULE_PARM_DESC(report, "How many faults of a kind are printed (default=20)");

/* The calls of one function by one task from one context, one after the other */
struct fire_seq {
	u32 phase;		/* the number of the last call's phase */
	u8 last;		/* the version it reached */
	u8 changes;		/* how often the version changed in that phase */
	u64 calls;
	u64 complete;		/* of which began and ended between transitions */
	u64 moving;		/* of which began and ended in one transition ... */
	u64 moved;		/* ... and which reached the new version */
};

struct fire_caller {
	struct task_struct *task;
	enum fire_context context;
	struct fire_seq seqs[NR_CONTEXTS][NR_TARGETS];
};

static struct fire_caller *callers;
static unsigned int nr_callers;

static void found(enum fire_fault what, enum fire_context context,
		  enum fire_target target, unsigned int version, u64 now)
{
	/* The first ones are interesting, there may be millions. */
	if (atomic_inc_return(&faults[what]) > report)
		return;
	pr_err("fault: %s from %s in %s/%d: version %u: %s (phase %llu %llu %llu %llu, patch state %d)\n",
	       target_names[target], context_names[context], current->comm, current->pid,
	       version, fault_names[what], FIELD_GET(PHASE_UNPATCHED, now),
	       FIELD_GET(PHASE_PATCHED, now), FIELD_GET(PHASE_FROM, now),
	       FIELD_GET(PHASE_CHANGES, now), current->patch_state);
}

static noinline unsigned int call_builtin(void)
{
	unsigned long a = FIRE_GCD, b = 0, ret;

	/* The compiler knows that gcd() is a function of its arguments. */
	OPTIMIZER_HIDE_VAR(a);
	OPTIMIZER_HIDE_VAR(b);
	/* Nor may this be one, or it is called before fire() has read the state. */
	barrier();
	ret = gcd(a, b);
	return ret == FIRE_GCD ? 0 : ret;
}

static __always_inline unsigned int call(enum fire_target target)
{
	switch (target) {
	case TARGET_LOW:
		return test_klp_fire_low();
	case TARGET_HIGH:
		return test_klp_fire_high();
	default:
		return call_builtin();
	}
}

/*
 * A call got @version. It began in phase @then, with the task in @state, which is
 * KLP_TRANSITION_IDLE (-1) between transitions.
 */
static void judge(struct fire_seq *seq, enum fire_context context,
		  enum fire_target target, u64 then, int state, unsigned int version)
{
	unsigned int unpatched, patched;
	bool during;
	u32 number;
	u64 now;

	/* What the call saw of a transition comes after the phase that announced it. */
	smp_rmb();
	now = READ_ONCE(phase);
	number = FIELD_GET(PHASE_NUMBER, now);
	unpatched = FIELD_GET(PHASE_UNPATCHED, now);
	patched = FIELD_GET(PHASE_PATCHED, now);
	during = FIELD_GET(PHASE_CHANGES, now);

	seq->calls++;

	/* This took so long that the version could be of any of the phases. */
	if (number - FIELD_GET(PHASE_NUMBER, then) > 1)
		return;

	if (seq->phase != number) {
		seq->phase = number;
		seq->last = FIELD_GET(PHASE_FROM, now);
		seq->changes = 0;
	}

	if (version != unpatched && version != patched) {
		/* Called before a transition was complete, and recorded after that? */
		if (then == now)
			found(FAULT_COMPLETE, context, target, version, now);
		return;
	}

	/*
	 * If the phases differ by one, then it may be a call of the last moment
	 * before a transition, which is one of the old version, or one of the new
	 * version at the beginning of it. Either is in its place in the sequence.
	 */
	if (version != seq->last) {
		seq->last = version;
		seq->changes++;
	}
	if (then != now)
		return;

	if (during) {
		seq->moving++;
		seq->moved += version != FIELD_GET(PHASE_FROM, now);
	} else {
		seq->complete++;
	}

	if (seq->changes > FIELD_GET(PHASE_CHANGES, now))
		found(FAULT_ORDER, context, target, version, now);
	if (context == CONTEXT_ON && FIELD_GET(PHASE_CHANGES, now) > 1)
		return;
	if (state >= 0 && state == READ_ONCE(current->patch_state) &&
	    version != (state ? patched : unpatched))
		found(FAULT_STATE, context, target, version, now);
}

static __always_inline void fire(struct fire_caller *caller, enum fire_context context,
				 enum fire_target target)
{
	/* Pairs with set_phase(): what was complete by then is so for this call. */
	u64 then = smp_load_acquire(&phase);
	int state = READ_ONCE(current->patch_state);
	unsigned int version = call(target);

	judge(&caller->seqs[context][target], context, target, then, state, version);
}

static __always_inline void fire_all(struct fire_caller *caller, enum fire_context context)
{
	fire(caller, context, TARGET_LOW);
	fire(caller, context, TARGET_HIGH);
	fire(caller, context, TARGET_BUILTIN);
}

static int fire_thread(void *data)
{
	struct fire_caller *caller = data;
	unsigned long flags;

	/* The test has something to do, too. */
	set_user_nice(current, 10);

	while (!kthread_should_stop()) {
		for (unsigned int i = 0; i < burst; i++) {
			if (caller->context == CONTEXT_OFF) {
				local_irq_save(flags);
				fire_all(caller, CONTEXT_OFF);
				local_irq_restore(flags);
			} else {
				fire_all(caller, CONTEXT_ON);
			}
		}
		if (caller->context == CONTEXT_OFF)
			usleep_range(20, 200);
		else
			cond_resched_tasks_rcu_qs();
	}
	return 0;
}

/* The first caller is the task that has the file "call" open. */
static DEFINE_MUTEX(user_mutex);

static int fire_open(struct inode *inode, struct file *file)
{
	if (!mutex_trylock(&user_mutex))
		return -EBUSY;

	/* It goes on counting where the last one ended, with a sequence of its own. */
	for (int i = 0; i < NR_CONTEXTS; i++)
		for (int j = 0; j < NR_TARGETS; j++)
			callers[0].seqs[i][j].phase = 0;
	WRITE_ONCE(callers[0].task, current);
	return 0;
}

static int fire_release(struct inode *inode, struct file *file)
{
	WRITE_ONCE(callers[0].task, NULL);
	mutex_unlock(&user_mutex);
	return 0;
}

static ssize_t fire_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	char byte = 0;

	if (callers[0].task != current)
		return -EBUSY;
	for (unsigned int i = 0; i < burst; i++)
		fire_all(&callers[0], CONTEXT_ON);
	return simple_read_from_buffer(buf, count, &(loff_t){ 0 }, &byte, sizeof(byte));
}

static const struct file_operations fire_fops = {
	.owner = THIS_MODULE,
	.open = fire_open,
	.release = fire_release,
	.read = fire_read,
};

static struct perf_event **events;

/* From NMI or from a hard interrupt, and only on top of a caller */
static void fire_overflow(struct perf_event *event, struct perf_sample_data *data,
			  struct pt_regs *regs)
{
	for (unsigned int i = 0; i < nr_callers; i++)
		if (READ_ONCE(callers[i].task) == current)
			fire_all(&callers[i], in_nmi() ? CONTEXT_NMI : CONTEXT_IRQ);
}

static void destroy_events(void)
{
	unsigned int cpu;

	if (!events)
		return;
	for_each_online_cpu(cpu)
		if (!IS_ERR_OR_NULL(events[cpu]))
			perf_event_release_kernel(events[cpu]);
	kfree(events);
}

/* Without them there are no calls from NMI, and the test sees that. */
static int create_events(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE,
		.config = PERF_COUNT_HW_CPU_CYCLES,
		.size = sizeof(attr),
		.sample_period = period,
		.pinned = 1,
	};
	unsigned int cpu;

	events = kcalloc(nr_cpu_ids, sizeof(*events), GFP_KERNEL);
	if (!events)
		return -ENOMEM;
	for_each_online_cpu(cpu) {
		events[cpu] = perf_event_create_kernel_counter(&attr, cpu, NULL,
							       fire_overflow, NULL);
		if (IS_ERR(events[cpu])) {
			pr_info("no interrupts by the PMU: error %ld\n",
				PTR_ERR(events[cpu]));
			break;
		}
	}
	return 0;
}

static DEFINE_PER_CPU(u64, direct_calls);
static bool direct_on;

#ifdef CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS

void notrace test_klp_fire_direct(void)
{
	this_cpu_inc(direct_calls);
}

/* It returns to the function, or to where livepatch sends it instead. */
asm("	.pushsection	.nounwind.text, \"ax\", @progbits\n"
"	.type		test_klp_fire_direct_tramp, @function\n"
"	.globl		test_klp_fire_direct_tramp\n"
"test_klp_fire_direct_tramp:\n"
"	hint	34\n"	/* bti c */
"	sub	sp, sp, #32\n"
"	stp	x9, x30, [sp]\n"
"	stp	x0, x1, [sp, #16]\n"	/* the arguments of gcd() */
"	bl	test_klp_fire_direct\n"
"	ldp	x0, x1, [sp, #16]\n"
"	ldp	x30, x9, [sp]\n"
"	add	sp, sp, #32\n"
"	ret	x9\n"
"	.size		test_klp_fire_direct_tramp, . - test_klp_fire_direct_tramp\n"
"	.popsection\n"
);

/* The trampoline does not care what it returns to, so livepatch is welcome. */
static int direct_share(struct ftrace_ops *ops, enum ftrace_ops_cmd cmd)
{
	return 0;
}

static struct ftrace_ops direct = {
	.ops_func = direct_share,
};

static DEFINE_MUTEX(direct_mutex);

static int set_direct(void *unused, u64 on)
{
	unsigned long addr = (unsigned long)test_klp_fire_direct_tramp;
	int ret = 0;

	mutex_lock(&direct_mutex);
	if (direct_on == !!on)
		goto unlock;

	/* The filter stays: what ftrace_free_filter() frees can still be found. */
	if (on)
		ret = register_ftrace_direct(&direct, addr);
	else
		ret = unregister_ftrace_direct(&direct, addr, false);
	if (!ret)
		direct_on = on;
unlock:
	mutex_unlock(&direct_mutex);
	return ret;
}

static int init_direct(void)
{
	unsigned long ips[NR_TARGETS] = {
		[TARGET_LOW] = (unsigned long)test_klp_fire_low,
		[TARGET_HIGH] = (unsigned long)test_klp_fire_high,
		[TARGET_BUILTIN] = (unsigned long)gcd,
	};

	return ftrace_set_filter_ips(&direct, ips, NR_TARGETS, 0, 1);
}

static void exit_direct(void)
{
	set_direct(NULL, 0);
	ftrace_free_filter(&direct);
}

#else

static int set_direct(void *unused, u64 on)
{
	return on ? -EOPNOTSUPP : 0;
}

static int init_direct(void)
{
	return 0;
}

static void exit_direct(void) { }

#endif /* CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS */

static int get_direct(void *unused, u64 *on)
{
	*on = direct_on;
	return 0;
}

DEFINE_DEBUGFS_ATTRIBUTE(direct_fops, get_direct, set_direct, "%llu\n");

static int set_phase(const char *val, const struct kernel_param *kp)
{
	u64 next = FIELD_PREP(PHASE_NUMBER, FIELD_GET(PHASE_NUMBER, phase) + 1);
	u8 unpatched, patched, from, changes;

	if (sscanf(val, "%hhu %hhu %hhu %hhu", &unpatched, &patched, &from, &changes) != 4)
		return -EINVAL;

	next |= FIELD_PREP(PHASE_UNPATCHED, unpatched) | FIELD_PREP(PHASE_PATCHED, patched) |
		FIELD_PREP(PHASE_FROM, from) | FIELD_PREP(PHASE_CHANGES, changes);
	/* Pairs with fire(). */
	smp_store_release(&phase, next);
	return 0;
}

static const struct kernel_param_ops phase_ops = {
	.set = set_phase,
};

module_param_cb(phase, &phase_ops, NULL, 0200);
MODULE_PARM_DESC(phase, "What is going on: see the source");

/* A branch does not reach it: the call goes through the PLT. */
static bool is_far(unsigned int (*target)(void))
{
	return abs((long)target - (long)fire_thread) >= SZ_128M;
}

/* For the test to read into variables: a name, '=' and a number */
static int fire_stats_show(struct seq_file *m, void *unused)
{
	static const char * const names[] = {
		[CONTEXT_ON] = "calls_on",
		[CONTEXT_OFF] = "calls_off",
		[CONTEXT_IRQ] = "calls_irq",
		[CONTEXT_NMI] = "calls_nmi",
	};
	u64 calls[NR_CONTEXTS] = { }, all = 0, complete = 0, moving = 0, moved = 0;
	u64 user = 0, direct_sum = 0;
	int cpu;

	for (unsigned int i = 0; i < nr_callers; i++) {
		for (int j = 0; j < NR_CONTEXTS; j++) {
			for (int k = 0; k < NR_TARGETS; k++) {
				struct fire_seq *seq = &callers[i].seqs[j][k];

				calls[j] += READ_ONCE(seq->calls);
				user += i ? 0 : READ_ONCE(seq->calls);
				complete += READ_ONCE(seq->complete);
				moving += READ_ONCE(seq->moving);
				moved += READ_ONCE(seq->moved);
			}
		}
	}
	for (int i = 0; i < NR_CONTEXTS; i++) {
		seq_printf(m, "%s=%llu\n", names[i], calls[i]);
		all += calls[i];
	}
	for_each_possible_cpu(cpu)
		direct_sum += READ_ONCE(*per_cpu_ptr(&direct_calls, cpu));

	seq_printf(m, "calls=%llu\ncomplete=%llu\nmoving=%llu\nmoved=%llu\n",
		   all, complete, moving, moved);
	seq_printf(m, "calls_user=%llu\n", user);
	seq_printf(m, "direct_calls=%llu\n", direct_sum);
	seq_printf(m, "plt=%d\n", is_far(test_klp_fire_low) + is_far(test_klp_fire_high));
	seq_printf(m, "faults_complete=%d\nfaults_order=%d\nfaults_state=%d\n",
		   atomic_read(&faults[FAULT_COMPLETE]), atomic_read(&faults[FAULT_ORDER]),
		   atomic_read(&faults[FAULT_STATE]));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(fire_stats);

static struct dentry *dir;

static void stop_all(void)
{
	debugfs_remove(dir);
	destroy_events();
	for (unsigned int i = 1; i < nr_callers; i++) {
		if (!IS_ERR_OR_NULL(callers[i].task)) {
			kthread_stop(callers[i].task);
			put_task_struct(callers[i].task);
		}
	}
	exit_direct();
	kfree(callers);
}

static int __init test_klp_fire_init(void)
{
	unsigned int cpu;
	int ret;

	callers = kcalloc(1 + 2 * num_online_cpus(), sizeof(*callers), GFP_KERNEL);
	if (!callers)
		return -ENOMEM;
	nr_callers = 1;
	ret = create_events() ?: init_direct();
	if (ret) {
		stop_all();
		return ret;
	}

	dir = debugfs_create_dir(KBUILD_MODNAME, NULL);
	debugfs_create_file("call", 0400, dir, NULL, &fire_fops);
	debugfs_create_file("stats", 0400, dir, NULL, &fire_stats_fops);
	if (IS_ENABLED(CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS))
		debugfs_create_file("direct", 0600, dir, NULL, &direct_fops);

	for_each_online_cpu(cpu) {
		for (int off = 0; off <= 1; off++) {
			struct fire_caller *caller = &callers[nr_callers];
			struct task_struct *task;

			caller->context = off ? CONTEXT_OFF : CONTEXT_ON;
			task = kthread_create_on_cpu(fire_thread, caller, cpu,
						     off ? "test_klp_off/%u" : "test_klp_on/%u");
			if (IS_ERR(task)) {
				stop_all();
				return PTR_ERR(task);
			}
			WRITE_ONCE(caller->task, get_task_struct(task));
			nr_callers++;
			wake_up_process(task);
		}
	}
	return 0;
}

static void __exit test_klp_fire_exit(void)
{
	stop_all();
}

module_init(test_klp_fire_init);
module_exit(test_klp_fire_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Livepatch test: call functions while they are livepatched");
