#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Which tasks a livepatch transition switches over by their stacks, which it
# holds back, and what it says then.

# shellcheck source=functions.sh
. "$(dirname "$0")"/functions.sh
# shellcheck source=functions-stack-walk.sh
. "$(dirname "$0")"/functions-stack-walk.sh

setup_stack_walk

NPROC=$(nproc)


# - A task that sleeps in the old function holds up the transition. Others that
#   sleep in system calls are switched over meanwhile, in their sleep.
# - When the first one leaves the function, the transition completes.

start_test "user tasks that sleep"

load_mod $MOD_SLEEP
start_holdout

start cat $SLEEP_DIR/other
MODULE_PID=$PID
wait_asleep "$MODULE_PID" test_klp_sleep_other
start sleep 10000
SLEEP_PID=$PID
wait_asleep "$SLEEP_PID" hrtimer_nanosleep
start flock "$0" flock "$0" true
loop_until 'FLOCK_PID=$(pgrep -P $PID)' ||
	die "flock has no child"
PIDS+=("$FLOCK_PID")
wait_asleep "$FLOCK_PID" locks_lock_inode_wait

start_transition
check_switched_asleep "sleeps in another function of the module" "$MODULE_PID"
check_switched_asleep "sleeps in nanosleep()" "$SLEEP_PID"
check_switched_asleep "sleeps in flock()" "$FLOCK_PID"
wake
end_transition

stop "$SLEEP_PID"
stop "$FLOCK_PID"
wait "$MODULE_PID"
remove_modules

check_result "% insmod test_modules/$MOD_SLEEP.ko
$STARTED
test_klp: sleeps in another function of the module: switched over
test_klp: sleeps in nanosleep(): switched over
test_klp: sleeps in flock(): switched over
$WOKEN
$REMOVED"


# - The same for kthreads.

start_test "kthreads that sleep"

load_mod $MOD_SLEEP kthreads=1
OLD_PID=$(pgrep -x test_klp_kold)
OTHER_PID=$(pgrep -x test_klp_kother)
wait_asleep "$OLD_PID" test_klp_sleep_old
wait_asleep "$OTHER_PID" test_klp_sleep_other

load_lp_nowait $MOD_PATCH
check_held "kthread in the old function" "$OLD_PID"
check_switched_asleep "kthread in another function" "$OTHER_PID"
wake
end_transition
remove_modules

check_result "% insmod test_modules/$MOD_SLEEP.ko kthreads=1
$LOADED
test_klp: kthread in the old function: $HELD_OLD
test_klp: kthread in another function: switched over
$WOKEN
$REMOVED"


# - A task that sleeps in the module's init function: that text is not where the
#   rest of the module is.

start_test "task in a module's init function"

log "% insmod test_modules/$MOD_SLEEP.ko init=1"
start insmod test_modules/$MOD_SLEEP.ko init=1
INSMOD_PID=$PID
# Its other name is the first one in the symbol table of some compilers.
wait_asleep "$INSMOD_PID" '(test_klp_sleep_init|init_module)'
start_holdout

start_transition
check_switched_asleep "sleeps in the init function" "$INSMOD_PID"
wake
end_transition
wait "$INSMOD_PID"
remove_modules

check_result "% insmod test_modules/$MOD_SLEEP.ko init=1
$STARTED
test_klp: sleeps in the init function: switched over
$WOKEN
$REMOVED"


# - A task that sleeps in a function which was called by code that makes no frame
#   records, by the section that it is in.

if is_arm64; then
	start_test "task in code that cannot be unwound"

	load_mod $MOD_SLEEP
	start cat $SLEEP_DIR/nounwind
	NOUNWIND_PID=$PID
	wait_asleep "$NOUNWIND_PID" test_klp_sleep_nounwind

	load_lp_nowait $MOD_PATCH
	check_unreliable "in such code" "$NOUNWIND_PID" 3 \
		"in code that cannot be unwound" test_klp_sleep_nounwind
	wake
	end_transition
	wait "$NOUNWIND_PID"
	remove_modules

	check_result "% insmod test_modules/$MOD_SLEEP.ko
$LOADED
test_klp: in such code: unreliable
$WOKEN
$REMOVED"
fi


# - Idle tasks that do not get to run are switched over by their stacks. That of
#   the boot CPU still has the functions on it which booted the kernel, and
#   which are long gone.

start_test "idle tasks of busy CPUs"

load_mod $MOD_SLEEP
for cpu in $(seq 0 $((NPROC - 1))); do
	start nice -n 19 ./test_klp-spin "$cpu"
	SPIN_PIDS[cpu]=$PID
	loop_until 'runs_on $PID $cpu' ||
		die "no task to keep CPU $cpu busy"
done

IDLE_TIMES=$(idle_times)
load_lp $MOD_PATCH
[[ $(idle_times) == "$IDLE_TIMES" ]] ||
	die "idle tasks ran: $IDLE_TIMES, then $(idle_times)"
[[ -z $(errors 0) ]] ||
	die "idle task: $(errors 0 | tail -n 1)"
for pid in "${SPIN_PIDS[@]}"; do
	stop "$pid"
done
remove_modules

check_result "% insmod test_modules/$MOD_SLEEP.ko
$LOADED
$COMPLETED
$REMOVED"


# - A task that runs in user mode is switched over on its way out of the kernel,
#   where interrupts take it.
# - One that was preempted in user mode and does not get to run again is
#   switched over by its stack. So is one that never ran.

[[ $NPROC -gt 1 ]] ||
	skip "needs two CPUs, to keep one from tasks that are ready to run"

start_test "user tasks that do not sleep"

load_mod $MOD_SLEEP
start_holdout
start nice -n 19 ./test_klp-spin 0
SPIN_PID=$PID
loop_until 'runs_on "$SPIN_PID" 0' ||
	die "no task runs in user mode"
exec {fd}< <(exec ./test_klp-spin $((NPROC - 1)) starve)
STARVE_PID=$!
PIDS+=("$STARVE_PID")
read -r PREEMPTED_PID NEWBORN_PID <&$fd
count_switches "$PREEMPTED_PID"
count_switches "$NEWBORN_PID"
# There is nothing but ret_from_fork on its stack.
[[ $(wc -l < "/proc/$NEWBORN_PID/stack") == 1 ]] ||
	die "the task has run already: $(cat "/proc/$NEWBORN_PID/stack")"

start_transition
check_switched "runs in user mode" "$SPIN_PID"
check_switched_asleep "preempted in user mode" "$PREEMPTED_PID"
check_switched_asleep "never ran" "$NEWBORN_PID"
stop "$STARVE_PID"
stop "$SPIN_PID"
wake
end_transition
remove_modules

check_result "% insmod test_modules/$MOD_SLEEP.ko
$STARTED
test_klp: runs in user mode: switched over
test_klp: preempted in user mode: switched over
test_klp: never ran: switched over
$WOKEN
$REMOVED"

exit 0
