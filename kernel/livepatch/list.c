// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/livepatch: which tasks a transition waits for, and what each of them is held up
 * by. See Documentation/ABI/testing/procfs-livepatch.
 *
 * It is read while something is wrong, and by monitoring all the time. So it takes no lock
 * for longer than a look at one task, waits for nothing, and looks at no stack. What it
 * prints is what the last attempt to switch a task over has left in patch_blocker.
 */

#include <linux/init.h>
#include <linux/jiffies.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/proc_fs.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/seq_file.h>
#include <linux/stack_walk_error.h>
#include <linux/string_helpers.h>
#include <linux/threads.h>
#include "list.h"
#include "transition.h"

/* Who reads this wants to know when livepatch has not looked at the tasks for so long. */
#define STALE	(5 * HZ)

/*
 * A position is 0 for the first line, then a PID, and the idle tasks and the tasks that
 * exit come behind them.
 */
#define POS_IDLE	((loff_t)PID_MAX_LIMIT + 1)
#define POS_EXITING	(POS_IDLE + nr_cpu_ids)

struct klp_list {
	struct klp_progress progress;	/* of the first line */
	char reason[KLP_REASON_LEN];
};

/**
 * klp_blocker_pc() - where a task is held up, for people to read
 * @blocker:	from its patch_blocker
 *
 * %pS prints an address that has no name as a number, which is nobody's business.
 *
 * Context: Any.
 * Return: the address, or NULL if there is no name for it.
 */
void *klp_blocker_pc(const struct klp_blocker *blocker)
{
	unsigned long pc = blocker->pc, size, offset;

	/* A return address may be the end of the function: %pB */
	if (blocker->kind != KLP_IN_FUNCTION && !blocker->exact)
		pc--;

	return kallsyms_lookup_size_offset(pc, &size, &offset) ? (void *)blocker->pc : NULL;
}

/**
 * klp_describe_blocker() - say what a task is held up by
 * @buf:	where to
 * @size:	its size; KLP_REASON_LEN is enough
 * @task:	the task
 * @blocker:	from its patch_blocker
 * @state:	which state it is to be switched to
 *
 * Context: Any.
 */
void klp_describe_blocker(char *buf, size_t size, struct task_struct *task,
			  const struct klp_blocker *blocker, int state)
{
	void *pc = klp_blocker_pc(blocker);
	const char *text;

	switch (blocker->kind) {
	case KLP_NOT_TRIED:
		snprintf(buf, size, klp_have_reliable_stack() ? "not tried yet" :
			 "no reliable stack, is switched when it returns to user mode");
		return;
	case KLP_RUNNING:
		if (!task->pid)
			text = "is switched when it goes idle again";
		else if (task->flags & (PF_KTHREAD | PF_USER_WORKER))
			text = "is switched when it sleeps";
		else
			text = "is switched when it sleeps or returns to user mode";
		snprintf(buf, size, "running, %s", text);
		return;
	case KLP_IN_FUNCTION:
		text = state == KLP_TRANSITION_PATCHED ? "old" : "new";
		if (pc)
			snprintf(buf, size, "in %s function %ps", text, pc);
		else
			snprintf(buf, size, "in %s function", text);
		return;
	case KLP_IN_MODULE:
		text = "in a livepatch that is about to go";
		if (pc)
			snprintf(buf, size, "%s, %pB", text, pc);
		else
			snprintf(buf, size, "%s", text);
		return;
	}

	text = stack_walk_reason_text(blocker->reason);
	if (!pc)
		snprintf(buf, size, "unreliable stack, %s", text);
	else if (blocker->exact)
		snprintf(buf, size, "unreliable stack, %s at %pS", text, pc);
	else
		snprintf(buf, size, "unreliable stack, %s at %pB", text, pc);
}

static const char *klp_describe_phase(enum klp_phase phase)
{
	switch (phase) {
	case KLP_PHASE_STARTING:
		return ": starting, no task has been asked to switch yet";
	case KLP_PHASE_FINISHING:
		return ": all tasks are switched, waiting for ftrace and RCU";
	case KLP_PHASE_CALLBACKS:
		return ": all tasks are switched, waiting for the livepatch's callbacks";
	default:
		return "";
	}
}

static int klp_show_progress(struct seq_file *m, const struct klp_progress *progress)
{
	unsigned long age = jiffies - progress->tried;

	seq_printf(m, "%s: %s%s", progress->name,
		   progress->state == KLP_TRANSITION_PATCHED ? "patching" : "unpatching",
		   klp_describe_phase(progress->phase));
	if (age > STALE)
		seq_printf(m, progress->phase == KLP_PHASE_SWITCHING ?
			   ": last tried %lu s ago" : ", for %lu s", age / HZ);
	seq_putc(m, '\n');

	return 0;
}

/* The name of a task as one field: anything may be in there. */
static void klp_show_name(struct seq_file *m, struct task_struct *task)
{
	char comm[TASK_COMM_LEN];

	get_task_comm(comm, task);
	if (comm[0])
		seq_escape_mem(m, comm, strlen(comm),
			       ESCAPE_NAP | ESCAPE_SPACE | ESCAPE_SPECIAL | ESCAPE_OCTAL |
			       ESCAPE_APPEND, " \\");
	else
		seq_puts(m, "\\000");
}

static int klp_list_show(struct seq_file *m, void *v)
{
	struct klp_list *list = m->private;
	struct task_struct *task = v;
	struct klp_blocker blocker;

	if (v == SEQ_START_TOKEN)
		return klp_show_progress(m, &list->progress);

	if (!klp_get_blocker(task, &blocker))
		return 0;

	seq_printf(m, "%d %d %c ", task->pid, task->tgid, task_state_to_char(task));
	if (task_curr(task))
		seq_printf(m, "%u ", task_cpu(task));
	else
		seq_puts(m, "- ");
	klp_show_name(m, task);

	klp_describe_blocker(list->reason, sizeof(list->reason), task, &blocker,
			     list->progress.state);
	seq_printf(m, ": %s\n", list->reason);

	return 0;
}

static bool klp_waits_for(struct task_struct *task)
{
	struct klp_blocker blocker;

	return klp_get_blocker(task, &blocker);
}

/* The task with that PID or the next one, whether the transition waits for it or not */
static struct task_struct *klp_list_task(loff_t *pos)
{
	struct task_struct *task;
	struct pid *pid;

	guard(rcu)();
	do {
		pid = find_ge_pid(*pos, &init_pid_ns);
		if (!pid) {
			*pos = POS_IDLE;
			return NULL;
		}
		*pos = pid_nr(pid);
		task = pid_task(pid, PIDTYPE_PID);
	} while (!task && ++*pos < POS_IDLE);

	return task ? get_task_struct(task) : NULL;
}

static struct task_struct *klp_list_find(struct seq_file *m, loff_t *pos)
{
	struct klp_list *list = m->private;
	struct klp_progress now;
	struct task_struct *task;

	klp_get_progress(&now);
	if (now.phase != KLP_PHASE_SWITCHING || now.number != list->progress.number)
		return NULL;

	for (; *pos < POS_IDLE; ++*pos) {
		task = klp_list_task(pos);
		if (!task)
			break;
		if (klp_waits_for(task))
			return task;
		put_task_struct(task);
		if (fatal_signal_pending(current))
			return NULL;
		cond_resched();
	}

	for (; *pos < POS_EXITING; ++*pos) {
		unsigned int cpu = *pos - POS_IDLE;

		if (cpu_online(cpu) && klp_waits_for(idle_task(cpu)))
			return get_task_struct(idle_task(cpu));
	}

	return klp_get_exiting_task(*pos - POS_EXITING);
}

static void *klp_list_start(struct seq_file *m, loff_t *pos)
{
	struct klp_list *list = m->private;

	if (*pos)
		return klp_list_find(m, pos);

	klp_get_progress(&list->progress);
	return list->progress.phase == KLP_PHASE_NONE ? NULL : SEQ_START_TOKEN;
}

static void klp_list_put(void *v)
{
	if (v && v != SEQ_START_TOKEN)
		put_task_struct(v);
}

static void *klp_list_next(struct seq_file *m, void *v, loff_t *pos)
{
	klp_list_put(v);
	++*pos;
	return klp_list_find(m, pos);
}

static void klp_list_stop(struct seq_file *m, void *v)
{
	klp_list_put(v);
}

static const struct seq_operations klp_list_ops = {
	.start = klp_list_start,
	.next = klp_list_next,
	.stop = klp_list_stop,
	.show = klp_list_show,
};

int klp_list_open(struct inode *inode, struct file *file)
{
	return seq_open_private(file, &klp_list_ops, sizeof(struct klp_list));
}

static const struct proc_ops klp_list_proc_ops = {
	.proc_open	= klp_list_open,
	.proc_read_iter	= seq_read_iter,
	.proc_lseek	= seq_lseek,
	.proc_release	= seq_release_private,
};

static int __init klp_list_init(void)
{
	proc_create("livepatch", 0400, NULL, &klp_list_proc_ops);
	return 0;
}
late_initcall(klp_list_init);
