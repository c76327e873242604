/* SPDX-License-Identifier: GPL-2.0-only */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM stack_walk

#if !defined(_TRACE_STACK_WALK_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_STACK_WALK_H

#include <linux/sched.h>
#include <linux/stack_walk_error.h>
#include <linux/tracepoint.h>

/*
 * A reliable walk of @task's stack failed.
 *
 * To be called by whoever asked for the walk, after it: the walk itself may
 * run with a runqueue locked, and must not be traced half-way.
 */
TRACE_EVENT(stack_walk_unreliable,
	    TP_PROTO(const struct task_struct *task, const struct stack_walk_error *err),

	    TP_ARGS(task, err),

	    TP_STRUCT__entry(__array(char, comm, TASK_COMM_LEN)
			     __field(pid_t, pid)
			     __field(unsigned int, reason)
			     __field(void *, pc)
			     __string(text, stack_walk_reason_text(err->reason))
			     ),

	    TP_fast_assign(memcpy(__entry->comm, task->comm, TASK_COMM_LEN);
			   __entry->pid = task->pid;
			   __entry->reason = err->reason;
			   __entry->pc = (void *)err->pc;
			   __assign_str(text);
			   ),

	    TP_printk("comm=%s pid=%d reason=%u pc=%pS: %s",
		      __entry->comm, __entry->pid, __entry->reason,
		      __entry->pc, __get_str(text))
);

#endif /* _TRACE_STACK_WALK_H */

/* This part must be outside protection */
#include <trace/define_trace.h>
