#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Modules come and go on one CPU while stacks are walked on the other: of what runs,
# including that of the module itself while it is loaded and unloaded, and of tasks
# that sleep in it, as livepatch looks at them. A walk looks for the module that an
# address is in, and for its unwind table, which must not go away meanwhile.

# shellcheck source=functions.sh
. "$(dirname "$0")"/functions.sh
# shellcheck source=functions-stack-walk.sh
. "$(dirname "$0")"/functions-stack-walk.sh

MOD_WALK=test_klp_walk
MOD_LIVEPATCH=test_klp_livepatch
ROUNDS=20

# Errors that nothing but a damaged stack, or a wrong walk, is the reason of: numbers
# of STACK_WALK_UNKNOWN, and of all from STACK_WALK_NOT_TEXT on
WRONG="1 5 6 7 8 9 10 11 12"

setup_stack_walk

# come_and_go() - load and unload a module with kthreads that sleep in it
function come_and_go() {
	local i

	for ((i = 0; i < ROUNDS; i++)); do
		insmod test_modules/$MOD_SLEEP.ko kthreads=1 || return 1
		rmmod $MOD_SLEEP || return 1
	done
}

# patch_and_unpatch(pid) - have livepatch look at all tasks, as long as a process runs
#	pid - process ID
#	PATCHED - set to how often
function patch_and_unpatch() {
	PATCHED=0
	while [[ -e /proc/$1 ]]; do
		insmod test_modules/$MOD_LIVEPATCH.ko ||
			die "$MOD_LIVEPATCH.ko is not loaded"
		loop_until 'grep -q "^0$" $KLP_SYSFS_DIR/$MOD_LIVEPATCH/transition' ||
			die "failed to complete transition"
		echo 0 > $KLP_SYSFS_DIR/$MOD_LIVEPATCH/enabled
		loop_until '[[ ! -e $KLP_SYSFS_DIR/$MOD_LIVEPATCH ]]' ||
			die "failed to disable the livepatch"
		rmmod $MOD_LIVEPATCH || die "$MOD_LIVEPATCH is not unloaded"
		PATCHED=$((PATCHED + 1))
	done
}

# What the kernel says meanwhile is different each time, and not looked at: so the test
# starts after it.
insmod test_modules/$MOD_WALK.ko || die "$MOD_WALK.ko is not loaded"
start come_and_go
patch_and_unpatch "$PID"
wait "$PID" || die "modules did not come and go"
outcome=$(cat /sys/kernel/debug/$MOD_WALK)
rmmod $MOD_WALK
echo "$outcome, $PATCHED patches"

start_test "modules come and go while stacks are walked"

[[ $PATCHED -gt 0 ]] || die "no livepatch meanwhile"
[[ $outcome =~ reliable\ [1-9] ]] || die "no reliable walk: $outcome"
for reason in $WRONG; do
	[[ ! $outcome =~ error\ $reason\  ]] || die "wrong errors: $outcome"
done
log "test_klp: no wrong error"

check_result "test_klp: no wrong error"

exit 0
