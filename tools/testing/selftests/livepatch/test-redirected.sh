#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A task that is preempted at the end of klp_ftrace_handler() has been redirected to the
# new function, and runs it next, but does not have it on its stack. If the livepatch is
# disabled in that moment, the task must not be switched over: the transition would
# complete, and the module could be removed.

. $(dirname $0)/functions.sh

MOD_TARGET=test_klp_mod_target
MOD_LIVEPATCH=test_klp_redirected
PARAMETERS=/sys/module/$MOD_LIVEPATCH/parameters
CPU=$(($(nproc) - 1))

[[ $CPU -gt 0 ]] ||
	skip "needs two CPUs, to keep one from a task that is preempted"
grep -qs '(full)\|(lazy)' /sys/kernel/debug/sched/preempt || [[ $(uname -v) == *PREEMPT* ]] ||
	skip "needs a kernel that preempts tasks in the kernel"

function cleanup_redirected() {
	kill -KILL $SPIN 2> /dev/null
	cleanup
}

setup_config
trap cleanup_redirected EXIT INT TERM HUP
# This script is to run elsewhere.
taskset -cp 0-$((CPU - 1)) $$ > /dev/null

# spin() - take the CPU when the task has been redirected
function spin() {
	taskset -cp $CPU $BASHPID > /dev/null
	chrt -f -p 2 $BASHPID
	read -r < /sys/kernel/debug/$MOD_LIVEPATCH/wait
	while :; do :; done
}

# call() - call the livepatched function. The priority is below that of spin(), but one
#	that nobody saves from starvation.
function call() {
	taskset -cp $CPU $BASHPID > /dev/null
	chrt -f -p 1 $BASHPID
	echo $BASHPID > $PARAMETERS/pid
	exec cat /proc/$MOD_TARGET
}

function is_in_handler() {
	grep -qs " klp_ftrace_handler+" /proc/$CALL/stack
}

# is_redirected() - was the task preempted when the handler enabled preemption? An interrupt
#	that comes before the handler has disabled it preempts the task, too, but too early.
function is_redirected() {
	is_in_handler &&
		! sed '/ klp_ftrace_handler+/,$d' /proc/$CALL/stack | grep -qv preempt_schedule
}

# redirect() - have a task preempted at the end of the handler
#	SPIN, CALL - set to the process IDs of the one that has its CPU, and of the task
function redirect() {
	spin &
	SPIN=$!
	disown $SPIN
	loop_until 'grep -qs test_klp_redirected_read /proc/$SPIN/stack' ||
		die "nobody waits for the task"
	call &
	CALL=$!
	loop_until 'is_in_handler || [[ ! -e /proc/$CALL ]]'
	is_redirected
}


start_test "task about to run a function that is being removed"

load_mod $MOD_TARGET
load_lp $MOD_LIVEPATCH "$@"

CALLED=
for ((i = 0; i < 20; i++)); do
	redirect && break
	kill -KILL $SPIN
	wait $CALL
	CALLED+="$MOD_LIVEPATCH: the new function was called
"
done
is_redirected ||
	die "the task was not preempted at the end of klp_ftrace_handler()"

log "% echo 0 > $SYSFS_KLP_DIR/$MOD_LIVEPATCH/enabled"
echo 0 > $SYSFS_KLP_DIR/$MOD_LIVEPATCH/enabled &
loop_until 'grep -qs 0 $SYSFS_KLP_DIR/$MOD_LIVEPATCH/enabled' ||
	die "failed to start the transition"
# There is an attempt to switch the task over each second.
sleep 3
is_redirected ||
	die "the task did not stay in klp_ftrace_handler()"
STATE=$(cat /proc/$CALL/patch_state)
[[ $STATE == 1 ]] ||
	echo "the task was switched over, and runs the new function next"

kill -KILL $SPIN
loop_until '[[ ! -e $SYSFS_KLP_DIR/$MOD_LIVEPATCH ]]' ||
	die "failed to disable livepatch $MOD_LIVEPATCH"
[[ $STATE == 1 ]] && wait $CALL
unload_lp $MOD_LIVEPATCH
wait $CALL
unload_mod $MOD_TARGET

check_result "% insmod test_modules/$MOD_TARGET.ko
$MOD_TARGET: ${MOD_TARGET}_init
% insmod test_modules/$MOD_LIVEPATCH.ko${*:+ $*}
livepatch: enabling patch '$MOD_LIVEPATCH'
livepatch: '$MOD_LIVEPATCH': initializing patching transition
livepatch: '$MOD_LIVEPATCH': starting patching transition
livepatch: '$MOD_LIVEPATCH': completing patching transition
livepatch: '$MOD_LIVEPATCH': patching complete
${CALLED}% echo 0 > $SYSFS_KLP_DIR/$MOD_LIVEPATCH/enabled
livepatch: '$MOD_LIVEPATCH': initializing unpatching transition
livepatch: '$MOD_LIVEPATCH': starting unpatching transition
$MOD_LIVEPATCH: the new function was called
livepatch: '$MOD_LIVEPATCH': completing unpatching transition
livepatch: '$MOD_LIVEPATCH': unpatching complete
% rmmod $MOD_LIVEPATCH
% rmmod $MOD_TARGET
$MOD_TARGET: ${MOD_TARGET}_exit"

exit 0
