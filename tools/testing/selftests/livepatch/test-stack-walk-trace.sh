#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A tracer that is to see functions return puts an address of its own in place
# of the return address. The original has to be found: in the old function,
# where a task is to be held back, as well as elsewhere.

# shellcheck source=functions.sh
. "$(dirname "$0")"/functions.sh
# shellcheck source=functions-stack-walk.sh
. "$(dirname "$0")"/functions-stack-walk.sh

# From the function that sleeps to one of the core kernel, all of them on the
# stack of the tasks below.
FUNCTIONS="test_klp_sleep test_klp_sleep_old test_klp_sleep_other test_klp_sleep_read vfs_read"

function start_graph() {
	echo "$FUNCTIONS" > $TRACE_DIR/set_ftrace_filter
	echo function_graph > $TRACE_DIR/current_tracer
}

function start_kretprobes() {
	local func

	# vfs_read() is where other tasks sleep, too, so ask for room for 100.
	for func in $FUNCTIONS; do
		echo "r100:test_klp/$func $func" >> $TRACE_DIR/kprobe_events
	done
	echo 1 > $TRACE_DIR/events/test_klp/enable
}

function stop_tracing() {
	echo nop > $TRACE_DIR/current_tracer
	echo > $TRACE_DIR/set_ftrace_filter
	if [[ -d $TRACE_DIR/events/test_klp ]]; then
		echo 0 > $TRACE_DIR/events/test_klp/enable
		echo > $TRACE_DIR/kprobe_events
	fi
}

# check_graph() - the tracer has seen the beginning of the functions
function check_graph() {
	local func

	for func in $FUNCTIONS; do
		grep -q " $func\( \[.*\]\)\?() {" $TRACE_DIR/trace ||
			die "$func() is not traced"
	done
}

# check_kretprobes() - the kretprobes have seen the end of the functions
function check_kretprobes() {
	local func

	for func in $FUNCTIONS; do
		grep -q " $func: (.* <- $func" $TRACE_DIR/trace ||
			die "$func() has no kretprobe"
	done
}

# test_tracing(name, tracers, end) - test with what makes functions return to
#	somewhere else
#	name - of the test
#	tracers - "graph", "kretprobes"
#	end - when to stop tracing: "before" the transition, or "after" it
function test_tracing() {
	local name="$1"
	local tracers="$2"
	local end="$3"
	local tracer other

	start_test "$name"

	load_mod $MOD_SLEEP
	echo > $TRACE_DIR/trace
	for tracer in $tracers; do
		start_$tracer
	done
	start_holdout
	start cat $SLEEP_DIR/other
	other=$PID
	wait_asleep "$other" test_klp_sleep_other
	[[ $tracers != *graph* ]] || check_graph
	[[ $end != before ]] || stop_tracing

	start_transition
	check_switched_asleep "sleeps in another function" "$other"
	wake
	end_transition
	wait "$other"
	[[ $tracers != *kretprobes* || $end == before ]] || check_kretprobes
	[[ $end == before ]] || stop_tracing
	remove_modules

	check_result "% insmod test_modules/$MOD_SLEEP.ko
$STARTED
test_klp: sleeps in another function: switched over
$WOKEN
$REMOVED"
}

function cleanup_stack_walk_trace() {
	stop_tracing
	cleanup_stack_walk
}

setup_stack_walk
trap cleanup_stack_walk_trace EXIT

test_tracing "function graph tracing" "graph" after
test_tracing "function graph tracing that was stopped" "graph" before
test_tracing "kretprobes" "kretprobes" after
test_tracing "kretprobes that were removed" "kretprobes" before
test_tracing "function graph tracing and kretprobes" "graph kretprobes" after
test_tracing "kretprobes and function graph tracing" "kretprobes graph" after

exit 0
