#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tasks that are in the kernel, and were taken out of what they did there by an
# exception: a page fault, or an interrupt after which another task runs. Their
# stacks tell whether they can be switched over, like those of others.

# shellcheck source=functions.sh
. "$(dirname "$0")"/functions.sh
# shellcheck source=functions-stack-walk.sh
. "$(dirname "$0")"/functions-stack-walk.sh

crosses_exceptions ||
	skip "no reliable stack walk across exceptions"

NO_PROOF="in code without proof that it can be unwound"
NPROC=$(nproc)
CPU=$((NPROC - 1))

setup_stack_walk

# start_fault([file]) - start a task that is blocked in a page fault which kernel code
#	took, until it gets SIGUSR1
#	file - what it reads from
function start_fault() {
	start ./test_klp-fault "$@"
	FAULT_PID=$PID
	wait_asleep "$FAULT_PID" handle_userfault
}

# resolve_fault() - let it go, and see that it got what it wanted
function resolve_fault() {
	log "% kill -USR1 test_klp-fault"
	kill -USR1 "$FAULT_PID"
	wait "$FAULT_PID" ||
		die "test_klp-fault failed"
}


# - The transition completes while a task is blocked in a page fault, although
#   that is the only task it could have to wait for.
# - The task goes on when the fault is resolved, after the transition.

start_test "transition during a page fault taken by the kernel"

load_mod $MOD_SLEEP
start_fault

load_lp $MOD_PATCH
is_asleep_in "$FAULT_PID" handle_userfault ||
	die "the fault was resolved"
[[ -z $(errors "$FAULT_PID") ]] ||
	die "unreliable: $(errors "$FAULT_PID" | tail -n 1)"
[[ $(switches "$FAULT_PID") == "${SWITCHES[$FAULT_PID]}" ]] ||
	die "the task ran meanwhile"
resolve_fault
remove_modules

check_result "% insmod test_modules/$MOD_SLEEP.ko
$LOADED
$COMPLETED
% kill -USR1 test_klp-fault
$REMOVED"


# - Such a task is switched over at the first attempt, whatever others do.

start_test "task in a page fault taken by the kernel"

load_mod $MOD_SLEEP
start_holdout
start_fault

start_transition
check_switched_asleep "in a page fault" "$FAULT_PID"
resolve_fault
wake
end_transition
remove_modules

check_result "% insmod test_modules/$MOD_SLEEP.ko
$STARTED
test_klp: in a page fault: switched over
% kill -USR1 test_klp-fault
$WOKEN
$REMOVED"


# - A task that faulted at the first instruction of a function which is refused: it is
#   held back, and that function is named, not the one before it.

if is_arm64; then
start_test "task in a page fault at the start of a function"

load_mod $MOD_SLEEP
start_fault $SLEEP_DIR/fault

load_lp_nowait $MOD_PATCH
check_unreliable "at the start of a function" "$FAULT_PID" 4 \
	"$NO_PROOF" test_klp_sleep_fault
resolve_fault
end_transition
remove_modules

check_result "% insmod test_modules/$MOD_SLEEP.ko
$LOADED
test_klp: at the start of a function: unreliable
% kill -USR1 test_klp-fault
$COMPLETED
$REMOVED"
fi


[[ $NPROC -gt 1 ]] ||
	skip "needs two CPUs, to keep one from a task that was preempted"

[[ $(uname -v) == *PREEMPT* ]] &&
	! grep -qsE '\((none|voluntary)\)' /sys/kernel/debug/sched/preempt ||
	skip "needs a kernel that preempts tasks in the kernel"

# This script is to run elsewhere.
taskset -cp 0-$((CPU - 1)) $$ > /dev/null

# read_busy(file) - read a file of the module, as a task that only those with more
#	real-time priority preempt
function read_busy() {
	chrt -f -p 1 $BASHPID
	taskset -cp "$CPU" $BASHPID > /dev/null
	exec cat "$SLEEP_DIR/$1"
}

# preempt(pid, func) - take the CPU from a task that keeps it busy in the kernel,
#	for good
#	pid - process ID
#	func - the function that it is busy in
function preempt() {
	local pid="$1"
	local func="$2"

	loop_until 'has_been_busy $pid' ||
		die "not busy in the kernel: $(cat "/proc/$pid/stat")"
	starve "$CPU"
	has_on_stack "$pid" "$func" ||
		die "not preempted in $func: $(cat "/proc/$pid/stack")"
	count_switches "$pid"
}


# - A task that was preempted in a system call is switched over by its stack.
# - If that was in the old function, it is held back.

start_test "user tasks preempted in the kernel"

load_mod $MOD_SLEEP
start_holdout
start read_busy busy
BUSY_PID=$PID
preempt "$BUSY_PID" test_klp_sleep_busy

start_transition
check_switched_asleep "preempted in another function" "$BUSY_PID"
wake
stop "$STARVE_PID"
wait "$BUSY_PID"
end_transition
remove_modules

check_result "% insmod test_modules/$MOD_SLEEP.ko
$STARTED
test_klp: preempted in another function: switched over
$WOKEN
$REMOVED"

start_test "user task preempted in the old function"

load_mod $MOD_SLEEP busy_old=1
start read_busy old
BUSY_PID=$PID
preempt "$BUSY_PID" test_klp_sleep_old

load_lp_nowait $MOD_PATCH
check_held "preempted in the old function" "$BUSY_PID"
wake
stop "$STARVE_PID"
wait "$BUSY_PID"
end_transition
remove_modules

check_result "% insmod test_modules/$MOD_SLEEP.ko busy_old=1
$LOADED
test_klp: preempted in the old function: $HELD_OLD
$WOKEN
$REMOVED"


# - A kthread that never sleeps, and so is only ever preempted.

start_test "kthread that is preempted"

load_mod $MOD_SLEEP busy_cpu=$CPU
start_holdout
BUSY_PID=$(pgrep -x test_klp_kbusy)
preempt "$BUSY_PID" test_klp_sleep_busy

start_transition
check_switched_asleep "preempted kthread" "$BUSY_PID"
wake
stop "$STARVE_PID"
end_transition
remove_modules

check_result "% insmod test_modules/$MOD_SLEEP.ko busy_cpu=$CPU
$STARTED
test_klp: preempted kthread: switched over
$WOKEN
$REMOVED"

exit 0
