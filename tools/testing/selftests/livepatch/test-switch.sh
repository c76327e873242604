#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tasks that switch themselves over, and nobody looks at their stacks: no function may be
# livepatched that is on the stack then.

# shellcheck source=functions.sh
. "$(dirname "$0")"/functions.sh
# shellcheck source=functions-stack-walk.sh
. "$(dirname "$0")"/functions-stack-walk.sh
# shellcheck source=functions-target.sh
. "$(dirname "$0")"/functions-target.sh

setup_stack_walk


# - A livepatch of such a function is refused: there is nothing for ftrace to attach to.

FUNCS="klp_update_patch_state cpu_startup_entry exit_to_user_mode_loop"
case $(uname -m) in
s390x) FUNCS+=" __ret_from_fork" ;;
x86_64) FUNCS+=" ret_from_fork" ;;
esac

for func in $FUNCS; do
	# The compiler may have put it into its only caller.
	grep -qE "^[0-9a-f]+ [tT] $func$" /proc/kallsyms || continue

	start_test "livepatch of $func()"

	! grep -qx "$func" $TRACE_DIR/available_filter_functions ||
		die "$func() can be livepatched"
	load_failing_mod $MOD_PATCH func="$func"

	check_result "% insmod test_modules/$MOD_PATCH.ko func=$func
livepatch: enabling patch '$MOD_PATCH'
livepatch: '$MOD_PATCH': initializing patching transition
livepatch: failed to find location for function '$func'
livepatch: failed to patch object 'vmlinux'
livepatch: failed to enable patch '$MOD_PATCH'
livepatch: '$MOD_PATCH': canceling patching transition, going to unpatch
$(unpatched $MOD_PATCH)
insmod: ERROR: could not insert module test_modules/$MOD_PATCH.ko: Invalid parameters"
done


# - A kthread that injects idle time runs the idle loop, but it is no idle task: it has
#   functions of its own on its stack, and waits for its turn as others do.

start_test "kthread that injects idle time from an old function"

CPU=$(($(nproc) - 1))
load_mod $MOD_TARGET idle_cpu=$CPU
IDLE_PID=$(pgrep -x test_klp_kidle)
load_lp_nowait $MOD_PATCH object=$MOD_TARGET func=test_klp_target_idle
check_waits "injects idle time" "$IDLE_PID" \
	"is sleeping on function test_klp_target_idle" "in old function test_klp_target_idle"
wake
end_transition
disable_lp $MOD_PATCH
unload_lp $MOD_PATCH
unload_mod $MOD_TARGET

check_result "% insmod test_modules/$MOD_TARGET.ko idle_cpu=$CPU
$(loading_lp $MOD_PATCH object=$MOD_TARGET func=test_klp_target_idle)
test_klp: injects idle time: in old function test_klp_target_idle
$WAKE
$(patched $MOD_PATCH)
$(disabling_lp $MOD_PATCH)
$(unpatched $MOD_PATCH)
% rmmod $MOD_PATCH
% rmmod $MOD_TARGET"

exit 0
