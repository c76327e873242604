#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs in the guest. A task that is in a livepatched exit_to_user_mode_loop() switches
# itself over there, and stays in it, stopped, while the livepatch is disabled and removed.
#
# The task is in user space for good, so it goes through that function when it is
# preempted. There it is caught: another task with a higher real-time priority takes its CPU.

# shellcheck disable=SC2016 # until_true expands what is in quotes
set -eu
sysfs=/sys/kernel/livepatch/klp_exit_loop

fail()
{
	echo "FAIL: $*"
	exit 1
}

# until_true COMMAND: for 20 s
until_true()
{
	for _ in {1..200}; do
		! eval "$1" || return 0
		sleep 0.1
	done
	return 1
}

if ! insmod klp_exit_loop.ko; then
	echo "PASS: exit_to_user_mode_loop() cannot be livepatched"
	exit 0
fi
until_true '[ "$(cat $sysfs/transition)" = 0 ]' || fail "the transition does not complete"

echo -1 >/proc/sys/kernel/sched_rt_runtime_us
taskset -cp 0 $$ >/dev/null
taskset -c 1 chrt -f 1 ./spin &
task=$!
sleep 1
holder=
for _ in {1..20}; do
	taskset -c 1 chrt -f 50 ./spin 600 &
	holder=$!
	! until_true 'grep -q new_exit_to_user_mode_loop /proc/$task/stack' || break
	kill -KILL $holder
done
grep new_exit_to_user_mode_loop "/proc/$task/stack" || fail "the task was not caught"

echo 0 >$sysfs/enabled &
until_true 'grep -q 0 $sysfs/enabled' || fail "the livepatch cannot be disabled"
kill -STOP $task
kill -KILL $holder
until_true '[ ! -e $sysfs ]' || { echo "PASS: the transition waits for the task"; exit 0; }
until_true 'rmmod klp_exit_loop' || fail "the module cannot be removed"
cat "/proc/$task/stack"
echo "the livepatch is gone, and the task still in its function"
kill -CONT $task
sleep 3
fail "the livepatch was removed while a task was in its function"
