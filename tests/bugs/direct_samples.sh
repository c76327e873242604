#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs in the guest. my_tramp() of samples/ftrace/ftrace-direct.c is called directly from
# wake_up_process(), and calls my_direct_func(). In a stack trace from there,
# wake_up_process() and its caller come next.

set -eu
cd /sys/kernel/tracing

modprobe ftrace-direct
echo my_direct_func >set_ftrace_filter
echo 1 >options/func_stack_trace
echo function >current_tracer
sleep 1
echo 0 >tracing_on
# The first that is complete
awk '/=> my_direct_func/ { seen = 1 } seen && !/=>/ { exit } seen' trace >/root/stack
echo nop >current_tracer
modprobe -r ftrace-direct

cat /root/stack
if ! [ -s /root/stack ]; then
	echo "FAIL: my_direct_func() was not called"
	exit 1
fi
if ! grep -q '=> wake_up_process' /root/stack; then
	echo "FAIL: the trace of my_direct_func() leaves out wake_up_process()"
	exit 1
fi
echo "PASS: the trace of my_direct_func() has wake_up_process()"
