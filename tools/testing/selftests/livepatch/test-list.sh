#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The list of tasks that a transition waits for, /proc/livepatch.

# shellcheck source=functions.sh
. "$(dirname "$0")"/functions.sh
# shellcheck source=functions-stack-walk.sh
. "$(dirname "$0")"/functions-stack-walk.sh
# shellcheck source=functions-target.sh
. "$(dirname "$0")"/functions-target.sh

LIST=/proc/livepatch
MOD_IDLE=test_klp_idle
NPROC=$(nproc)
FUNC=test_klp_target_sleep
OLD="in old function $FUNC [$MOD_TARGET]"

[[ -e $LIST ]] ||
	die "there is no $LIST"

setup_stack_walk

# list() - print the list, and fail if that takes too long
function list() {
	timeout 10 cat $LIST
}

# start_crowd(number, name) - start a process with threads that sleep in the old function
#	number - how many
#	name - of each thread, in place of the command's
#	TIDS - set to their IDs
function start_crowd() {
	local number="$1"
	local pid

	exec {CROWD}< <(exec ./test_klp-crowd $SLEEP_DIR/sleep "$@")
	pid=$!
	PIDS+=("$pid")
	mapfile -t -n "$number" -u $CROWD TIDS
	[[ ${#TIDS[@]} == "$number" ]] ||
		die "there are ${#TIDS[@]} threads in place of $number"
	mapfile -t TIDS < <(printf '%s\n' "${TIDS[@]}" | sort -n)
	for pid in "${TIDS[@]: -3}"; do
		wait_asleep "$pid" $FUNC
	done
}

# end_crowd() - wait for the end of these
function end_crowd() {
	# Its end of the pipe is closed when it exits.
	cat <&$CROWD
	exec {CROWD}<&-
}

# expect(what, expected, got)
function expect() {
	[[ $2 == "$3" ]] ||
		die "$1: expected '$2', got '$3'"
	log "test_klp: $1: as expected"
}

# messages_waiting() - print the last message about the tasks that a transition waits for
function messages_waiting() {
	command dmesg | sed -n 's/.*livepatch: \(signaling remaining tasks\|  [0-9]\)/\1/p' |
		tail -n 4
}


# - There is nothing in it when there is no transition.
# - A line for the livepatch, and one for each task, which awk can split.
# - A few bytes at a time make no difference.

start_test "what is in the list"

load_mod $MOD_TARGET
expect "no transition" "" "$(list)"
start_crowd 3
load_lp_nowait $MOD_PATCH object=$MOD_TARGET func=$FUNC
WANT=$(for tid in "${TIDS[@]}"; do
	echo "$tid $(awk '/^Tgid:/ { print $2 }' "/proc/$tid/status") I - test_klp-crowd: $OLD"
done | sort)
# What else runs may not be switched over at the first attempt.
loop_until '[[ $(list | wc -l) == 4 ]]' ||
	die "listed are: $(list)"
expect "first line" "$MOD_PATCH: patching" "$(list | head -n 1)"
expect "tasks" "$WANT" "$(list | sed 1d | sort)"
expect "small reads" "$(list)" "$(dd if=$LIST bs=7 2> /dev/null)"
wake
end_transition
end_crowd
expect "no transition any more" "" "$(list)"

check_result "% insmod test_modules/$MOD_TARGET.ko
test_klp: no transition: as expected
$(loading_lp $MOD_PATCH object=$MOD_TARGET func=$FUNC)
test_klp: first line: as expected
test_klp: tasks: as expected
test_klp: small reads: as expected
$WAKE
$(patched $MOD_PATCH)
test_klp: no transition any more: as expected"

disable_lp $MOD_PATCH
unload_lp $MOD_PATCH
unload_mod $MOD_TARGET


# - Nothing in a task's name makes a line, a field, or does something to a terminal.

start_test "names of tasks"

# names(file) - start a task for each name, and get what is listed as its name
function names() {
	local name

	load_mod $MOD_TARGET
	for name in $'x: ok\n1 init' $'e\33[2J' 'a b\c' '' $'\303\244'; do
		start_crowd 1 "$name"
		NAMED_TIDS+=("${TIDS[0]}")
	done
	load_lp_nowait $MOD_PATCH object=$MOD_TARGET func=$FUNC
	loop_until '[[ $(list | wc -l) == 6 ]]' ||
		die "listed are: $(list)"
}
names
expect "no other lines" "" "$(list | sed 1d | grep -vF ": $OLD")"
expect "names" '5 x:\040ok\n1\040init e\e[2J a\040b\\c \000 \303\244' \
	"$(list | awk 'NR > 1 { name[$1] = substr($5, 1, length($5) - 1) }
		END { n = split("'"${NAMED_TIDS[*]}"'", tid, " "); printf "%d", n
			for (i = 1; i <= n; i++) printf " %s", name[tid[i]] }')"
expect "messages" "" "$(command dmesg | grep klp_try_switch_task | LC_ALL=C grep '[^ -~]')"
wake
end_transition
disable_lp $MOD_PATCH
unload_lp $MOD_PATCH
unload_mod $MOD_TARGET

check_result "% insmod test_modules/$MOD_TARGET.ko
$(loading_lp $MOD_PATCH object=$MOD_TARGET func=$FUNC)
test_klp: no other lines: as expected
test_klp: names: as expected
test_klp: messages: as expected
$WAKE
$(patched $MOD_PATCH)
$(disabling_lp $MOD_PATCH)
$(unpatched $MOD_PATCH)
% rmmod $MOD_PATCH
% rmmod $MOD_TARGET"


# - A callback sleeps, so klp_mutex is held: the list says so, and at once.

start_test "reading while a callback sleeps"

load_mod $MOD_TARGET
log "% insmod test_modules/$MOD_PATCH.ko block=pre_patch"
start insmod test_modules/$MOD_PATCH.ko object=$MOD_TARGET func=$FUNC \
	block=pre_patch
wait_asleep "$PID" test_klp_target_patch_helper
# For how long follows, if it is for long.
WANT="$MOD_PATCH: patching: starting, no task has been asked to switch yet"
[[ $(list) == "$WANT"* ]] ||
	die "listed is: $(list)"
log "test_klp: pre-patch: as expected"
echo 1 > /sys/module/$MOD_PATCH/parameters/wake
wait "$PID"
loop_until 'grep -q "^0$" $SYSFS_KLP_DIR/$MOD_PATCH/transition' ||
	die "failed to complete transition"
disable_lp $MOD_PATCH
unload_lp $MOD_PATCH

load_lp $MOD_PATCH object=$MOD_TARGET func=$FUNC block=post_unpatch
disable_lp_nowait $MOD_PATCH &
DISABLE_PID=$!
PIDS+=("$DISABLE_PID")
WANT="$MOD_PATCH: unpatching: all tasks are switched, waiting for the livepatch's callbacks"
loop_until '[[ $(list) == "$WANT"* ]]' ||
	die "listed is: $(list)"
log "test_klp: post-unpatch: as expected"
wake_lp $MOD_PATCH
wait "$DISABLE_PID"
wait_gone $MOD_PATCH
unload_lp $MOD_PATCH
unload_mod $MOD_TARGET

check_result "% insmod test_modules/$MOD_TARGET.ko
% insmod test_modules/$MOD_PATCH.ko block=pre_patch
livepatch: enabling patch '$MOD_PATCH'
livepatch: '$MOD_PATCH': initializing patching transition
test_klp: pre-patch: as expected
livepatch: '$MOD_PATCH': starting patching transition
$(patched $MOD_PATCH)
$(disabling_lp $MOD_PATCH)
$(unpatched $MOD_PATCH | sed "1q")
livepatch: '$MOD_PATCH': unpatching complete
% rmmod $MOD_PATCH
$(loading_lp $MOD_PATCH object=$MOD_TARGET func=$FUNC block=post_unpatch)
$(patched $MOD_PATCH)
$(disabling_lp $MOD_PATCH)
livepatch: '$MOD_PATCH': completing unpatching transition
test_klp: post-unpatch: as expected
% echo 1 > /sys/module/$MOD_PATCH/parameters/wake
livepatch: '$MOD_PATCH': unpatching complete
% rmmod $MOD_PATCH
% rmmod $MOD_TARGET"


# - The idle task of each CPU is in the list, if it does not get to run.

start_test "idle tasks"

SPIN_PIDS=()
for cpu in $(seq 0 $((NPROC - 1))); do
	start ./test_klp-spin "$cpu"
	SPIN_PIDS+=("$PID")
	loop_until 'runs_on $PID $cpu' ||
		die "no task to keep CPU $cpu busy"
done
load_lp_nowait $MOD_IDLE
IDLE=$(for cpu in $(seq 0 $((NPROC - 1))); do
	echo "0 0 swapper/$cpu: in old function do_idle"
done)
loop_until '[[ $(list | awk '\''$1 == 0 { $3 = $4 = ""; print }'\'' | tr -s " ") == "$IDLE" ]]' ||
	die "listed is: $(list)"
log "test_klp: all are listed"
for pid in "${SPIN_PIDS[@]}"; do
	stop "$pid"
done
loop_until '[[ $(cat $SYSFS_KLP_DIR/$MOD_IDLE/transition) == 0 ]]' ||
	die "idle CPUs are not switched over: $(list)"
disable_lp $MOD_IDLE
unload_lp $MOD_IDLE

check_result "$(loading_lp $MOD_IDLE)
test_klp: all are listed
$(patched $MOD_IDLE)
$(disabling_lp $MOD_IDLE)
$(unpatched $MOD_IDLE)
% rmmod $MOD_IDLE"


# - Many tasks: all of them are in the list.
# - After a while the log says how many there are, shows some, and where the others are.

start_test "many tasks, and the message about them"

# A message for each task and attempt would make dmesg slow for all tests that follow.
echo 'func klp_try_switch_task -p' > /sys/kernel/debug/dynamic_debug/control
NUMBER=500
load_mod $MOD_TARGET
start_crowd $NUMBER
load_lp_nowait $MOD_PATCH object=$MOD_TARGET func=$FUNC
loop_until '[[ $(list | grep -cF ": $OLD") == $NUMBER ]]' ||
	die "listed are $(list | grep -cF ": $OLD") of $NUMBER"
log "test_klp: all are listed"
WANT="signaling remaining tasks: $NUMBER, listed in $LIST
$(for tid in "${TIDS[@]:0:3}"; do
	echo "  $tid test_klp-crowd: $OLD"
done)"
loop_until '[[ $(messages_waiting) == "$WANT" ]]' ||
	die "the message is: $(messages_waiting)"
log "test_klp: message: as expected"
wake
end_transition
end_crowd
disable_lp $MOD_PATCH
unload_lp $MOD_PATCH
unload_mod $MOD_TARGET

check_result "% insmod test_modules/$MOD_TARGET.ko
$(loading_lp $MOD_PATCH object=$MOD_TARGET func=$FUNC)
test_klp: all are listed
test_klp: message: as expected
$WAKE
$(patched $MOD_PATCH)
$(disabling_lp $MOD_PATCH)
$(unpatched $MOD_PATCH)
% rmmod $MOD_PATCH
% rmmod $MOD_TARGET"

exit 0
