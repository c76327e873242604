#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tasks that exit, and are in no list of tasks any more: a transition waits for them, and
# switches them over, as it does with others.

# shellcheck source=functions.sh
. "$(dirname "$0")"/functions.sh
# shellcheck source=functions-stack-walk.sh
. "$(dirname "$0")"/functions-stack-walk.sh
# shellcheck source=functions-target.sh
. "$(dirname "$0")"/functions-target.sh

MOD_EXIT=test_klp_exit
DEAD=klp_dead

setup_stack_walk

grep -qx exit_task_stack_account $TRACE_DIR/available_filter_functions ||
	skip "exit_task_stack_account() cannot be livepatched"

# exit_halfway() - have a task exit that sleeps in the new exit_task_stack_account(), and
#	that its parent has reaped already
#	EXIT_PID - set to its process ID
function exit_halfway() {
	bash -c "echo -n $DEAD > /proc/\$\$/comm"
	loop_until '[[ $(cat /sys/module/$MOD_EXIT/parameters/pid) != 0 ]]' ||
		die "no task sleeps at the end of do_exit()"
	EXIT_PID=$(cat /sys/module/$MOD_EXIT/parameters/pid)
	[[ ! -e /proc/$EXIT_PID ]] ||
		die "the task that exits is in the list of tasks"
}

# wait_dead() - wait until that task has gone on
function wait_dead() {
	loop_until '[[ $(cat /sys/module/$MOD_EXIT/parameters/pid) == 0 ]]' ||
		die "the task that exits does not go on"
}


# - A task exits, sleeps in the new function, and is in no list. When the livepatch is
#   disabled, that waits until the task is through.

start_test "task that exits in the new function"

load_mod $MOD_TARGET
load_lp $MOD_EXIT stop=$DEAD
exit_halfway
disable_lp_nowait $MOD_EXIT
loop_until '[[ ! -e $SYSFS_KLP_DIR/$MOD_EXIT ]] ||
		messages $EXIT_PID | grep -q "is sleeping on function exit_task_stack_account"' ||
	die "the task is not held back as expected: $(messages "$EXIT_PID" | tail -n 1)"
[[ -e $SYSFS_KLP_DIR/$MOD_EXIT ]] ||
	die "the livepatch goes while a task is in it"
check_listed "exits" "$EXIT_PID" "in new function livepatch_exit_task_stack_account"
log "test_klp: held back"
wake_lp $MOD_EXIT
wake
wait_gone $MOD_EXIT
unload_lp $MOD_EXIT
unload_mod $MOD_TARGET

check_result "% insmod test_modules/$MOD_TARGET.ko
$(loading_lp $MOD_EXIT stop=$DEAD)
$(patched $MOD_EXIT)
$(disabling_lp $MOD_EXIT)
test_klp: held back
% echo 1 > /sys/module/$MOD_EXIT/parameters/wake
$WAKE
$(unpatched $MOD_EXIT)
% rmmod $MOD_EXIT
% rmmod $MOD_TARGET"


# - Such a task sleeps in a function that is not being patched: it is switched over, and
#   calls the new version of another function, while the transition waits for another task.

start_test "task that exits and calls a function in transition"

load_mod $MOD_TARGET
load_lp $MOD_EXIT stop=$DEAD
exit_halfway
start cat $SLEEP_DIR/cold
HOLDOUT=$PID
wait_asleep "$HOLDOUT" test_klp_target_sleep
load_lp_nowait $MOD_PATCH object=$MOD_TARGET func=test_klp_target_cold
check_waits "in the old function" "$HOLDOUT" \
	"is sleeping on function test_klp_target_cold" "in old function test_klp_target_cold"
wake_lp $MOD_EXIT
# In the old function it would sleep.
wait_dead
is_held "$HOLDOUT" ||
	die "the transition is over"
log "test_klp: the task that exits has called the new function"
wake
end_transition
disable_lp $MOD_PATCH
unload_lp $MOD_PATCH
disable_lp $MOD_EXIT
unload_lp $MOD_EXIT
unload_mod $MOD_TARGET

check_result "% insmod test_modules/$MOD_TARGET.ko
$(loading_lp $MOD_EXIT stop=$DEAD)
$(patched $MOD_EXIT)
$(loading_lp $MOD_PATCH object=$MOD_TARGET func=test_klp_target_cold)
test_klp: in the old function: in old function test_klp_target_cold
% echo 1 > /sys/module/$MOD_EXIT/parameters/wake
test_klp: the task that exits has called the new function
$WAKE
$(patched $MOD_PATCH)
$(disabling_lp $MOD_PATCH)
$(unpatched $MOD_PATCH)
% rmmod $MOD_PATCH
$(disabling_lp $MOD_EXIT)
$(unpatched $MOD_EXIT)
% rmmod $MOD_EXIT
% rmmod $MOD_TARGET"


# - Processes and threads come and go while the end of do_exit() is patched, time and
#   again. The kernel has no reason to warn.

start_test "transitions while tasks come and go"

load_mod $MOD_TARGET
warnings=$(command dmesg | grep -c 'WARNING:')
for i in 1 2 3; do
	start ./test_klp-fork
	FORK_PIDS[i]=$PID
done
for i in {1..10}; do
	insmod test_modules/$MOD_EXIT.ko || die "$MOD_EXIT is not loaded"
	loop_until 'grep -q "^0$" $SYSFS_KLP_DIR/$MOD_EXIT/transition' ||
		die "$MOD_EXIT: failed to complete transition"
	echo 0 > $SYSFS_KLP_DIR/$MOD_EXIT/enabled
	wait_gone $MOD_EXIT
	loop_until 'rmmod $MOD_EXIT 2> /dev/null' ||
		die "$MOD_EXIT is not unloaded"
done
for pid in "${FORK_PIDS[@]}"; do
	kill -0 "$pid" || die "the processes do not come and go any more"
	stop "$pid"
done
[[ $(command dmesg | grep -c 'WARNING:') == "$warnings" ]] ||
	die "the kernel warned"
unload_mod $MOD_TARGET
echo "ok"

exit 0
