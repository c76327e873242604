#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# BPF programs and trampolines on the stack of a task that sleeps: they make
# frame records, and the stack is reliable.

# shellcheck source=functions.sh
. "$(dirname "$0")"/functions.sh
# shellcheck source=functions-stack-walk.sh
. "$(dirname "$0")"/functions-stack-walk.sh

setup_stack_walk

function check_on_stack() {
	local pid="$1"
	local func="$2"

	grep -q " $func" "/proc/$pid/stack" ||
		die "no $func on the stack: $(cat "/proc/$pid/stack")"
}

# - Tasks in a system call to which BPF programs are attached. The programs do
#   not sleep. A trampoline that calls something after the function is on the
#   stack while the function runs. Each task attaches a program of its own, so
#   that the trampoline of the one before is out of use already, and kept for
#   that task only.

start_test "tasks below BPF trampolines"

load_mod $MOD_SLEEP
start_holdout
KINDS="fentry sleepable fexit fmod_ret"
PROG_PIDS=()
for kind in $KINDS; do
	start ./test_klp-bpf "$kind"
	PROG_PIDS+=("$PID")
	wait_asleep "$PID" do_sigtimedwait
	case $kind in
	fexit|fmod_ret)	check_on_stack "$PID" bpf_trampoline_ ;;
	esac
done

start_transition
set -- "${PROG_PIDS[@]}"
for kind in $KINDS; do
	check_switched_asleep "$kind" "$1"
	shift
done
wake
end_transition
kill -USR2 "${PROG_PIDS[@]}"
for pid in "${PROG_PIDS[@]}"; do
	wait "$pid" || die "test_klp-bpf failed"
done
remove_modules

check_result "% insmod test_modules/$MOD_SLEEP.ko
$STARTED
test_klp: fentry: switched over
test_klp: sleepable: switched over
test_klp: fexit: switched over
test_klp: fmod_ret: switched over
$WOKEN
$REMOVED"


# - A BPF program that sleeps, in a function that it has called. So does a function of
#   the program, which the kernel knows by the name F.

# sleeping(kind, what, frames) - a program that sleeps
#	kind - for test_klp-bpf
#	what - it is, for the log
#	frames - what has to be on the stack
function sleeping() {
	local kind="$1"
	local what="$2"
	local frames="$3"
	local frame

	start_test "task in $what that sleeps"

	load_mod $MOD_SLEEP
	start_holdout
	start ./test_klp-bpf "$kind"
	PROG_PID=$PID
	wait_asleep "$PROG_PID" test_klp_sleep_access
	for frame in $frames; do
		check_on_stack "$PROG_PID" "$frame"
	done

	start_transition
	check_switched_asleep "sleeps in $what" "$PROG_PID"
	wake
	end_transition
	kill -USR2 "$PROG_PID"
	wait "$PROG_PID" || die "test_klp-bpf failed"
	remove_modules

	check_result "% insmod test_modules/$MOD_SLEEP.ko
$STARTED
test_klp: sleeps in $what: switched over
$WOKEN
$REMOVED"
}

sleeping access "a BPF program" "bpf_prog_[0-9a-f]*_test_klp bpf_trampoline_"
sleeping subprog "a function of a BPF program" \
	"bpf_prog_[0-9a-f]*_F bpf_prog_[0-9a-f]*_test_klp bpf_trampoline_"


# - A BPF program that sleeps after the last reference to it has gone. The kernel does
#   not know it by name any more.

if is_arm64; then
start_test "task in a BPF program that nobody refers to"

load_mod $MOD_SLEEP
start_holdout
start ./test_klp-bpf closed
PROG_PID=$PID
wait_asleep "$PROG_PID" test_klp_sleep_access
loop_until 'grep -q " 0x" /proc/$PROG_PID/stack' ||
	die "the program has a name still: $(cat "/proc/$PROG_PID/stack")"

start_transition
check_switched_asleep "in a program that nobody refers to" "$PROG_PID"
wake
end_transition
kill -USR2 "$PROG_PID"
wait "$PROG_PID" || die "test_klp-bpf failed"
remove_modules

check_result "% insmod test_modules/$MOD_SLEEP.ko
$STARTED
test_klp: in a program that nobody refers to: switched over
$WOKEN
$REMOVED"
fi


# - A BPF program that sleeps in a page fault, which the kernel's copy routine
#   took: the exception is crossed, and the program below it.

crosses_exceptions || exit 0

start_test "task in a page fault of a BPF program"

load_mod $MOD_SLEEP
start_holdout
start ./test_klp-bpf fault
PROG_PID=$PID
wait_asleep "$PROG_PID" handle_userfault
check_on_stack "$PROG_PID" bpf_prog_
check_on_stack "$PROG_PID" bpf_trampoline_

start_transition
check_switched_asleep "in a page fault" "$PROG_PID"
log "% kill -USR1 test_klp-bpf"
kill -USR1 "$PROG_PID"
wake
end_transition
kill -USR2 "$PROG_PID"
wait "$PROG_PID" || die "test_klp-bpf failed"
remove_modules

check_result "% insmod test_modules/$MOD_SLEEP.ko
$STARTED
test_klp: in a page fault: switched over
% kill -USR1 test_klp-bpf
$WOKEN
$REMOVED"


# - A task that was preempted in a program which never has a name: a classic filter of a
#   socket or of system calls, and one that was loaded without CAP_BPF.

is_arm64 || exit 0
can_preempt ||
	skip "needs a kernel that preempts tasks in the kernel, and two CPUs"

CPU=$(($(nproc) - 1))
# This script is to run elsewhere.
taskset -cp 0-$((CPU - 1)) $$ > /dev/null

# A task in the filter of a socket is in an RCU read-side critical section. All is put
# back at the end.
STALL=/sys/module/rcupdate/parameters/rcu_cpu_stall_suppress
UNPRIVILEGED=/proc/sys/kernel/unprivileged_bpf_disabled
SUPPRESSED=$(cat $STALL)
DISABLED=$(cat $UNPRIVILEGED)
function cleanup_preempted() {
	cleanup_stack_walk
	echo "$SUPPRESSED" > $STALL
	[[ $DISABLED == 1 ]] || echo "$DISABLED" > $UNPRIVILEGED
}
trap cleanup_preempted EXIT
echo 1 > $STALL

# filter(kind) - start a task that only those with more real-time priority preempt
#	kind - for test_klp-filter
function filter() {
	chrt -f -p 1 $BASHPID
	taskset -cp "$CPU" $BASHPID > /dev/null
	exec ./test_klp-filter "$1"
}

# preempt_in_filter(pid) - take the CPU from a task in its filter, for good. The kernel
#	has no name for what the task is in then.
function preempt_in_filter() {
	local pid="$1"
	local i

	loop_until 'has_been_busy $pid' ||
		die "not busy in the kernel: $(cat "/proc/$pid/stat")"
	for ((i = 0; i < 50; i++)); do
		starve "$CPU"
		! grep -q " 0x" "/proc/$pid/stack" || break
		stop "$STARVE_PID"
	done
	[[ $i -lt 50 ]] ||
		die "not preempted in a BPF program: $(cat "/proc/$pid/stack")"
	count_switches "$pid"
}

# preempted(kind, what)
#	kind - for test_klp-filter
#	what - it is, for the log
function preempted() {
	local kind="$1"
	local what="$2"

	start_test "task preempted in $what"

	load_mod $MOD_SLEEP
	start_holdout
	start filter "$kind"
	FILTER_PID=$PID
	preempt_in_filter "$FILTER_PID"

	start_transition
	check_switched_asleep "in $what" "$FILTER_PID"
	wake
	end_transition
	stop "$STARVE_PID"
	stop "$FILTER_PID"
	remove_modules

	check_result "% insmod test_modules/$MOD_SLEEP.ko
$STARTED
test_klp: in $what: switched over
$WOKEN
$REMOVED"
}

preempted socket "a classic socket filter"
preempted seccomp "a seccomp filter"

[[ $DISABLED != 1 ]] ||
	skip "no BPF without CAP_BPF until the next boot"
echo 0 > $UNPRIVILEGED
preempted ebpf "a BPF program of a user without CAP_BPF"

exit 0
