#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A task that was preempted at the end of klp_ftrace_handler() has been redirected
# to the new function, and runs it next. The function is not on its stack. When
# the patch is disabled in that moment, the task must not be switched over: the
# transition would complete, and the module could be unloaded.

# shellcheck source=functions.sh
. "$(dirname "$0")"/functions.sh
# shellcheck source=functions-stack-walk.sh
. "$(dirname "$0")"/functions-stack-walk.sh

is_arm64 || skip "a stack with ftrace's trampoline on it is unreliable on arm64 only"

NPROC=$(nproc)
[[ $NPROC -gt 1 ]] ||
	skip "needs two CPUs, to keep one from a task that was preempted"

[[ $(uname -v) == *PREEMPT* ]] &&
	! grep -qsE '\((none|voluntary)\)' /sys/kernel/debug/sched/preempt ||
	skip "needs a kernel that preempts tasks in the kernel"

MOD_REDIRECT=test_klp_redirect
CPU=$((NPROC - 1))

setup_stack_walk

# This script is to run elsewhere.
taskset -cp 0-$((CPU - 1)) $$ > /dev/null

# calls() - print how often the new function was called
function calls() {
	cat /sys/module/$MOD_PATCH/parameters/calls
}

# call_old() - call the patched function. Tells test_klp_redirect who does only when
#	there is no other livepatched function to come by before that one.
function call_old() {
	chrt -f -p 1 $BASHPID
	taskset -cp "$CPU" $BASHPID > /dev/null
	echo $BASHPID > /sys/module/$MOD_REDIRECT/parameters/pid
	exec cat $SLEEP_DIR/old
}

# disable() - disable the livepatch. In the background: if the transition completed
#	too early, then unregistering the ftrace handler would wait for the task.
function disable() {
	echo 0 > $KLP_SYSFS_DIR/$MOD_PATCH/enabled
}

function stack() {
	cat "/proc/$1/stack" 2> /dev/null || echo "it has ended"
}

function is_in_handler() {
	grep -qs ' klp_ftrace_handler+0x' "/proc/$1/stack"
}

# is_redirected(pid) - was a task preempted where klp_ftrace_handler() enables
#	preemption again? /proc/PID/stack leaves out the scheduler, so the handler
#	comes first. An interrupt's functions would come before it.
function is_redirected() {
	sed 1q "/proc/$1/stack" 2> /dev/null | grep -q ' klp_ftrace_handler+0x'
}

# redirect() - start a task that is preempted at the end of klp_ftrace_handler()
#	REDIRECTED - set to its process ID
#	SPIN - set to the process ID of the one that keeps its CPU busy
#
# What is there to save tasks from starvation does not help real-time tasks
# against each other.
function redirect() {
	start chrt -f 2 ./test_klp-spin "$CPU" /sys/kernel/debug/$MOD_REDIRECT/wait
	SPIN=$PID
	wait_asleep "$SPIN" test_klp_redirect_read

	start call_old
	REDIRECTED=$PID
	loop_until 'is_in_handler $REDIRECTED || ! kill -0 $REDIRECTED 2> /dev/null'
	is_redirected "$REDIRECTED"
}


# - The task is held back for as long as it does not run, at each attempt.
# - When it runs, it calls the new function, and the transition completes.

start_test "task about to run a function that is being removed"

load_mod $MOD_SLEEP
load_mod $MOD_REDIRECT
load_lp $MOD_PATCH

# An interrupt that comes before the handler has disabled preemption preempts the
# task, too, but too early.
for _ in {1..10}; do
	redirect && break
	is_in_handler "$REDIRECTED" ||
		die "not preempted in klp_ftrace_handler: $(stack "$REDIRECTED")"
	stop "$SPIN"
	wait "$REDIRECTED"
done
is_redirected "$REDIRECTED" ||
	die "not preempted at the end of klp_ftrace_handler: $(stack "$REDIRECTED")"
count_switches "$REDIRECTED"
CALLS=$(calls)

log "% echo 0 > $KLP_SYSFS_DIR/$MOD_PATCH/enabled"
start disable
DISABLE=$PID
loop_until 'grep -qx 0 $KLP_SYSFS_DIR/$MOD_PATCH/enabled' ||
	die "failed to start the transition"
# Without CONFIG_DYNAMIC_FTRACE_WITH_CALL_OPS, the call has a name of its own.
TRAMPOLINE=$(grep -oE ' (ftrace_caller|ftrace_call)\+' "/proc/$REDIRECTED/stack" | tr -d ' +')
check_unreliable "about to run the new function" "$REDIRECTED" 3 \
	"in code that cannot be unwound" "$TRAMPOLINE"
loop_until '[[ $(messages "$REDIRECTED" | wc -l) -ge 3 ]]' ||
	die "no further attempt to switch the task over"
check_unreliable "at a later attempt" "$REDIRECTED" 3 \
	"in code that cannot be unwound" "$TRAMPOLINE"
grep -qx 1 $KLP_SYSFS_DIR/$MOD_PATCH/transition ||
	die "transition completed without the task"
is_redirected "$REDIRECTED" && [[ $(switches "$REDIRECTED") == "${SWITCHES[$REDIRECTED]}" ]] ||
	die "the task ran meanwhile: $(stack "$REDIRECTED")"
[[ $(calls) == "$CALLS" ]] ||
	die "somebody else called the new function"

stop "$SPIN"
wait "$DISABLE"
loop_until '[[ ! -e $KLP_SYSFS_DIR/$MOD_PATCH ]]' ||
	die "failed to disable livepatch $MOD_PATCH"
[[ $(calls) == $((CALLS + 1)) ]] ||
	die "calls of the new function: $CALLS before, $(calls) after the task ran"
wait "$REDIRECTED" || die "cat failed"
unload_lp $MOD_PATCH
unload_mod $MOD_REDIRECT
unload_mod $MOD_SLEEP

check_result "% insmod test_modules/$MOD_SLEEP.ko
% insmod test_modules/$MOD_REDIRECT.ko
$LOADED
$COMPLETED
% echo 0 > $KLP_SYSFS_DIR/$MOD_PATCH/enabled
livepatch: '$MOD_PATCH': initializing unpatching transition
livepatch: '$MOD_PATCH': starting unpatching transition
test_klp: about to run the new function: unreliable
test_klp: at a later attempt: unreliable
livepatch: '$MOD_PATCH': completing unpatching transition
livepatch: '$MOD_PATCH': unpatching complete
% rmmod $MOD_PATCH
% rmmod $MOD_REDIRECT
% rmmod $MOD_SLEEP"

exit 0
