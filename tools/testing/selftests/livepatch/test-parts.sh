#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tasks that are in a function that is patched or removed, or in a livepatch that is about
# to go, but their addresses are not between the start and the end of such a function.

# shellcheck source=functions.sh
. "$(dirname "$0")"/functions.sh
# shellcheck source=functions-stack-walk.sh
. "$(dirname "$0")"/functions-stack-walk.sh
# shellcheck source=functions-target.sh
. "$(dirname "$0")"/functions-target.sh

MOD_PARTS=test_klp_target_parts
MOD_REPLACE=test_klp_atomic_replace

setup_stack_walk

# check_split(func) - the compiler has put a part of a function elsewhere; of the two that
#	are in use only GCC has an option for that
#	func - the function
function check_split() {
	grep -q 'clang version' /proc/version ||
		grep -qE " $1\.cold[[:space:]]" /proc/kallsyms ||
		die "there is no $1.cold"
}


# - A task sleeps in a part of the old function that is elsewhere: the transition waits.

start_test "task in a part of the old function"

load_mod $MOD_TARGET
check_split test_klp_target_cold
start cat $SLEEP_DIR/cold
COLD_PID=$PID
wait_asleep "$COLD_PID" test_klp_target_sleep
load_lp_nowait $MOD_PATCH object=$MOD_TARGET func=test_klp_target_cold
check_waits "in a part of the old function" "$COLD_PID" \
	"is sleeping on function test_klp_target_cold" "in old function test_klp_target_cold"
wake
end_transition
wait "$COLD_PID"
disable_lp $MOD_PATCH
unload_lp $MOD_PATCH
unload_mod $MOD_TARGET

check_result "% insmod test_modules/$MOD_TARGET.ko
$(loading_lp $MOD_PATCH object=$MOD_TARGET func=test_klp_target_cold)
test_klp: in a part of the old function: in old function test_klp_target_cold
$WAKE
$(patched $MOD_PATCH)
$(disabling_lp $MOD_PATCH)
$(unpatched $MOD_PATCH)
% rmmod $MOD_PATCH
% rmmod $MOD_TARGET"


# - The same with a part of a new function, when that is replaced by another livepatch,
#   and when its livepatch is disabled.

start_test "task in a part of a function that was new"

load_mod $MOD_TARGET
load_lp $MOD_PARTS
check_split livepatch_target_cold
start cat $SLEEP_DIR/cold
COLD_PID=$PID
wait_asleep "$COLD_PID" test_klp_target_sleep
load_lp_nowait $MOD_PATCH object=$MOD_TARGET func=test_klp_target_cold
check_waits "in a part of the former new function" "$COLD_PID" \
	"is sleeping on function test_klp_target_cold" "in old function livepatch_target_cold"
disable_lp $MOD_PATCH
unload_lp $MOD_PATCH

(
	MOD_PATCH=$MOD_PARTS
	disable_lp_nowait $MOD_PARTS
	check_waits "in a part of the new function" "$COLD_PID" \
		"is sleeping on function test_klp_target_cold" \
		"in new function livepatch_target_cold"
) || exit 1
wake
wait_gone $MOD_PARTS
wait "$COLD_PID"
unload_lp $MOD_PARTS
unload_mod $MOD_TARGET

check_result "% insmod test_modules/$MOD_TARGET.ko
$(loading_lp $MOD_PARTS)
$(patched $MOD_PARTS)
$(loading_lp $MOD_PATCH object=$MOD_TARGET func=test_klp_target_cold)
test_klp: in a part of the former new function: in old function livepatch_target_cold
% echo 0 > $SYSFS_KLP_DIR/$MOD_PATCH/enabled
livepatch: '$MOD_PATCH': reversing transition from patching to unpatching
livepatch: '$MOD_PATCH': starting unpatching transition
$(unpatched $MOD_PATCH)
% rmmod $MOD_PATCH
$(disabling_lp $MOD_PARTS)
test_klp: in a part of the new function: in new function livepatch_target_cold
$WAKE
$(unpatched $MOD_PARTS)
% rmmod $MOD_PARTS
% rmmod $MOD_TARGET"


# - The last instruction of the old function is the call of a function that does not
#   return, in which the task sleeps: its return address is not in the old function.

start_test "task in a call at the end of the old function"

load_mod $MOD_TARGET end=1
END_PID=$(pgrep -x test_klp_kend)
wait_asleep "$END_PID" test_klp_target_sleep
grep -qE 'test_klp_target_end\+(0x[0-9a-f]+)/\1 ' "/proc/$END_PID/stack" ||
	die "not at the end: $(cat "/proc/$END_PID/stack")"
load_lp_nowait $MOD_PATCH object=$MOD_TARGET func=test_klp_target_end
check_waits "at the end of the old function" "$END_PID" \
	"is sleeping on function test_klp_target_end" "in old function test_klp_target_end"
wake
end_transition
disable_lp $MOD_PATCH
unload_lp $MOD_PATCH
unload_mod $MOD_TARGET

check_result "% insmod test_modules/$MOD_TARGET.ko end=1
$(loading_lp $MOD_PATCH object=$MOD_TARGET func=test_klp_target_end)
test_klp: at the end of the old function: in old function test_klp_target_end
$WAKE
$(patched $MOD_PATCH)
$(disabling_lp $MOD_PATCH)
$(unpatched $MOD_PATCH)
% rmmod $MOD_PATCH
% rmmod $MOD_TARGET"


# - A task sleeps in a livepatch that is disabled, in no function that replaces another.

start_test "task in other code of a livepatch that is disabled"

load_mod $MOD_TARGET
load_lp $MOD_PATCH object=$MOD_TARGET func=test_klp_target_cold helper=1
HELPER_PID=$(pgrep -x test_klp_khelper)
wait_asleep "$HELPER_PID" test_klp_target_patch_helper
disable_lp_nowait $MOD_PATCH
check_waits "helper" "$HELPER_PID" \
	"is in a livepatch that is about to go: test_klp_target_patch_helper+" \
	"in a livepatch that is about to go, test_klp_target_patch_helper"
wake_lp $MOD_PATCH
wait_gone $MOD_PATCH
unload_lp $MOD_PATCH
unload_mod $MOD_TARGET

check_result "% insmod test_modules/$MOD_TARGET.ko
$(loading_lp $MOD_PATCH object=$MOD_TARGET func=test_klp_target_cold helper=1)
$(patched $MOD_PATCH)
$(disabling_lp $MOD_PATCH)
test_klp: helper: in a livepatch that is about to go, test_klp_target_patch_helper
% echo 1 > /sys/module/$MOD_PATCH/parameters/wake
$(unpatched $MOD_PATCH)
% rmmod $MOD_PATCH
% rmmod $MOD_TARGET"


# - The same when the livepatch is replaced by another one.

start_test "task in other code of a livepatch that is replaced"

load_mod $MOD_TARGET
load_lp $MOD_PATCH object=$MOD_TARGET func=test_klp_target_cold helper=1
HELPER_PID=$(pgrep -x test_klp_khelper)
wait_asleep "$HELPER_PID" test_klp_target_patch_helper
load_lp_nowait $MOD_REPLACE replace=1
(
	MOD_PATCH=$MOD_REPLACE
	check_waits "helper" "$HELPER_PID" \
		"is in a livepatch that is about to go: test_klp_target_patch_helper+" \
		"in a livepatch that is about to go, test_klp_target_patch_helper"
) || exit 1
wake_lp $MOD_PATCH
wait_gone $MOD_PATCH
unload_lp $MOD_PATCH
disable_lp $MOD_REPLACE
unload_lp $MOD_REPLACE
unload_mod $MOD_TARGET

check_result "% insmod test_modules/$MOD_TARGET.ko
$(loading_lp $MOD_PATCH object=$MOD_TARGET func=test_klp_target_cold helper=1)
$(patched $MOD_PATCH)
$(loading_lp $MOD_REPLACE replace=1)
test_klp: helper: in a livepatch that is about to go, test_klp_target_patch_helper
% echo 1 > /sys/module/$MOD_PATCH/parameters/wake
$(patched $MOD_REPLACE)
% rmmod $MOD_PATCH
$(disabling_lp $MOD_REPLACE)
$(unpatched $MOD_REPLACE)
% rmmod $MOD_REPLACE
% rmmod $MOD_TARGET"


# - A module that is being loaded has symbols for files, too: a function that is called like
#   its file is patched all the same.

start_test "function that is called like its file"

load_lp $MOD_PATCH object=$MOD_TARGET func=test_klp_target_sleep
load_mod $MOD_TARGET
unload_mod $MOD_TARGET
disable_lp $MOD_PATCH
unload_lp $MOD_PATCH

check_result "$(loading_lp $MOD_PATCH object=$MOD_TARGET func=test_klp_target_sleep)
$(patched $MOD_PATCH)
% insmod test_modules/$MOD_TARGET.ko
livepatch: applying patch '$MOD_PATCH' to loading module '$MOD_TARGET'
% rmmod $MOD_TARGET
livepatch: reverting patch '$MOD_PATCH' on unloading module '$MOD_TARGET'
$(disabling_lp $MOD_PATCH)
$(unpatched $MOD_PATCH)
% rmmod $MOD_PATCH"

exit 0
