#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Shell functions for the tests of which tasks a livepatch transition switches
# over by their stacks. To be sourced after functions.sh.
#
# A task that sleeps in test_klp_sleep_old() keeps the transition from
# completing, so there is time to look at the other tasks. Whether a task was
# switched over by its stack is not a question of time: it has not run since,
# which its number of context switches tells.

SYSFS_KLP_DIR=/sys/kernel/livepatch
MOD_SLEEP=test_klp_sleep
MOD_PATCH=test_klp_sleep_patch
SLEEP_DIR=/sys/kernel/debug/$MOD_SLEEP
TRACE_DIR=/sys/kernel/tracing
INSTANCE=$TRACE_DIR/instances/test_klp

PIDS=()
declare -A SWITCHES

# dmesg() - hide from check_result() what livepatch says about each task that it
#	could not switch over, at each attempt. check_held() looks for these. Nor is it
#	a fault if a slow machine takes 15 seconds, when livepatch says so.
function dmesg() {
	command dmesg "$@" | grep -v -e 'klp_try_switch_task: ' \
		-e 'livepatch: signaling remaining tasks' -e 'livepatch:   [0-9]'
}

# remove_modules_left() - try to remove the modules that a case which failed has left
function remove_modules_left() {
	local file

	for file in $SYSFS_KLP_DIR/test_klp_*/enabled; do
		[[ $(cat "$file") != 1 ]] || echo 0 > "$file"
	done
	for file in /sys/module/test_klp_*; do
		[[ ! -e $file ]] || rmmod "${file##*/}"
	done
	! compgen -G '/sys/module/test_klp_*'
} &> /dev/null

function cleanup_stack_walk() {
	local file pid

	[[ ! -e $SLEEP_DIR/wake ]] || cat $SLEEP_DIR/wake
	for file in /sys/module/test_klp_*/parameters/wake; do
		[[ ! -e $file ]] || echo 1 > "$file"
	done
	for pid in "${PIDS[@]}"; do
		kill -KILL "$pid" 2> /dev/null
	done
	loop_until remove_modules_left ||
		log "modules cannot be removed: $(echo /sys/module/test_klp_*)"
	rmdir $INSTANCE 2> /dev/null
	cleanup
}

# setup_stack_walk() - setup_config() with the messages for tasks that could not be
#	switched over, and the trace event, if there is one
function setup_stack_walk() {
	setup_config
	trap cleanup_stack_walk EXIT
	trap 'exit 1' INT TERM HUP
	echo 'func klp_try_switch_task +p' > /sys/kernel/debug/dynamic_debug/control

	[[ ! -d $INSTANCE ]] || rmdir $INSTANCE
	mkdir $INSTANCE
	[[ ! -d $INSTANCE/events/stack_walk ]] ||
		echo 1 > $INSTANCE/events/stack_walk/stack_walk_unreliable/enable
}

# is_arm64() - is this the architecture that the calling case is about?
function is_arm64() {
	[[ $(uname -m) == aarch64 ]]
}

# crosses_exceptions() - do reliable stack walks go on where an exception was taken
#	from the kernel?
function crosses_exceptions() {
	case $(uname -m) in
	x86_64) return 0 ;;
	aarch64) ! zcat /proc/config.gz 2> /dev/null |
			grep -qE '^# CONFIG_(ARM64_UNWIND_EXCEPTIONS|UNWIND_MAP) is not set' ;;
	*) return 1 ;;
	esac
}

# start(cmd) - start a command in the background
#	cmd - command and its arguments
#	PID - set to its process ID
function start() {
	"$@" &
	PID=$!
	PIDS+=("$PID")
}

# stop(pid) - kill a command and wait for its end
#	pid - process ID
function stop() {
	kill -KILL "$1" 2> /dev/null
	wait "$1" 2> /dev/null
}

# has_on_stack(pid, func) - is a function on a task's stack? The compiler may have made a
#	copy of it, and called that func.isra.0 or the like.
function has_on_stack() {
	grep -qE " $2(\.[a-z]+\.[0-9]+)*\+0x" "/proc/$1/stack" 2> /dev/null
}

function is_asleep_in() {
	grep -q '^State:[[:space:]]*[SDI]' "/proc/$1/status" 2> /dev/null &&
		has_on_stack "$1" "$2"
}

# wait_asleep(pid, func) - wait until a task sleeps
#	pid - process ID
#	func - a function that has to be on its stack
function wait_asleep() {
	local pid="$1"
	local func="$2"

	loop_until 'is_asleep_in $pid $func' ||
		die "$(cat "/proc/$pid/comm") does not sleep in $func: $(cat "/proc/$pid/stack")"
	count_switches "$pid"
}

function switches() {
	awk '/ctxt_switches:/ { n += $2 } END { print n }' "/proc/$1/status"
}

# count_switches(pid) - remember how often a task has been scheduled out
#	pid - process ID
function count_switches() {
	SWITCHES[$1]=$(switches "$1")
}

# runs_on(pid, cpu) - is a task on that CPU, and has run there?
#	pid - process ID
#	cpu - number of the CPU
function runs_on() {
	awk -v cpu="$2" '{ exit !($14 > 0 && $39 == cpu) }' "/proc/$1/stat"
}

# has_been_busy(pid) - has a task run in the kernel for some time?
#	pid - process ID
function has_been_busy() {
	awk '{ exit !($15 > 5) }' "/proc/$1/stat"
}

# can_preempt() - is there a CPU for that, and does the kernel preempt tasks in the kernel?
function can_preempt() {
	[[ $(nproc) -gt 1 && $(uname -v) == *PREEMPT* ]] &&
		! grep -qsE '\((none|voluntary)\)' /sys/kernel/debug/sched/preempt
}

# starve(cpu) - take a CPU from those who have the least real-time priority, and from
#	those who have none, until STARVE_PID is killed
#	cpu - number of the CPU
#	STARVE_PID - set to the process ID of who has it instead
function starve() {
	local fd

	# Says so when it has the CPU
	exec {fd}< <(exec ./test_klp-spin "$1" starve)
	STARVE_PID=$!
	PIDS+=("$STARVE_PID")
	read -r -u "$fd" _
	exec {fd}<&-
}

# idle_times() - print how long each CPU was idle
function idle_times() {
	awk '/^cpu[0-9]/ { print $1 ": " $5 + $6 }' /proc/stat
}

# errors(pid) - print the errors that the trace event had for a task
#	pid - process ID
function errors() {
	grep "stack_walk_unreliable:.* pid=$1 " $INSTANCE/trace
}

# messages(pid) - print what livepatch said when it could not switch a task over
#	pid - process ID
function messages() {
	command dmesg | grep "klp_try_switch_task: .*:$1 "
}

# check_switched(what, pid) - a task has been switched over
#	what - what it does, for the log
#	pid - process ID
function check_switched() {
	local what="$1"
	local pid="$2"

	loop_until 'grep -qx 1 /proc/$pid/patch_state' ||
		die "$what: not switched over: $(errors "$pid" | tail -n 1)"
	[[ -z $(listed "$pid") ]] ||
		die "$what: still listed as: $(listed "$pid")"
	log "test_klp: $what: switched over"
}

# check_switched_asleep(what, pid) - a task has been switched over by its stack,
#	at the first attempt: it did not run since wait_asleep()
#	what - what it does, for the log
#	pid - process ID
function check_switched_asleep() {
	local what="$1"
	local pid="$2"

	check_switched "$what" "$pid"
	[[ -z $(errors "$pid") ]] ||
		die "$what: unreliable: $(errors "$pid" | tail -n 1)"
	[[ $(switches "$pid") == "${SWITCHES[$pid]}" ]] ||
		die "$what: switched over only when it ran: $(cat "/proc/$pid/stack")"
}

# is_held(pid) - has a task still to be switched over? Its state is to become what
#	the patch is: 1 when that was enabled, 0 when it was disabled.
function is_held() {
	local enabled

	# The file is gone when the patch is.
	enabled=$(cat $SYSFS_KLP_DIR/$MOD_PATCH/enabled 2> /dev/null)
	grep -qx $((! ${enabled:-0})) "/proc/$1/patch_state"
}

# Kernels without the list of waiting tasks are tested by livepatch's messages alone.

# if_list(text) - print it, if there is a list in which it can be
function if_list() {
	[[ ! -e /proc/livepatch ]] || echo "$1"
}

# listed(pid) - print the reason that the list of tasks which hold the transition up has
#	pid - process ID
function listed() {
	[[ ! -e /proc/livepatch ]] ||
		sed -n "s/^$1 [0-9]* . [-0-9]* [^ ]*: //p" /proc/livepatch
}

# wait_held(what, pid, why, listed) - wait until livepatch says why a task is held back
#	what - what the task does, for the log
#	pid - process ID
#	why, listed - what livepatch says, in its message and in the list
#
# Each attempt to switch the task over has a message, and the list is about the last one.
# A task that does not sleep all the time may have been running at that one.
function wait_held() {
	local what="$1"
	local pid="$2"
	local why="$3"
	local listed

	listed=$(if_list "$4")
	loop_until '! is_held "$pid" || messages "$pid" | grep -qF ":$pid $why"' ||
		die "$what: not held back as expected: $(messages "$pid" | tail -n 1)"
	loop_until '! is_held "$pid" || [[ $(listed "$pid") == "$listed"* ]]' ||
		die "$what: listed as: $(listed "$pid")"
	is_held "$pid" ||
		die "$what: switched over, but has to be held back"
}

# check_held(what, pid) - livepatch says that a task sleeps in the old function
#	what - what the task does, for the log
#	pid - process ID
function check_held() {
	wait_held "$1" "$2" "$HELD_OLD" "in old function test_klp_sleep_old"
	log "test_klp: $1: $HELD_OLD"
}

# says_why() - does the architecture say why a stack is unreliable?
function says_why() {
	grep -q ' T arch_stack_walk_reliable_reason$' /proc/kallsyms
}

# check_unreliable(what, pid, number, reason, func) - livepatch says that it
#	cannot walk the stack of a task, and the trace event says the same, both
#	why, if the architecture does
#	what - what the task does, for the log
#	pid - process ID
#	number, reason - of enum stack_walk_reason, and what it is in words
#	func - where the walk stopped
function check_unreliable() {
	local what="$1"
	local pid="$2"
	local number="$3"
	local reason="$4"
	local func="$5"

	if says_why; then
		wait_held "$what" "$pid" "has an unreliable stack: $reason at $func+" \
			"unreliable stack, $reason at $func+"
		errors "$pid" | grep -q " pid=$pid reason=$number pc=$func+[^:]*: $reason$" ||
			die "$what: wrong trace event: $(errors "$pid" | tail -n 1)"
	else
		wait_held "$what" "$pid" "has an unreliable stack" "unreliable stack"
		[[ ! -d $INSTANCE/events/stack_walk || -n $(errors "$pid") ]] ||
			die "$what: no trace event"
	fi
	log "test_klp: $what: unreliable"
}

# start_holdout() - start a task that sleeps in the old function
#	HOLDOUT - set to its process ID
function start_holdout() {
	start cat $SLEEP_DIR/old
	HOLDOUT=$PID
	wait_asleep "$HOLDOUT" test_klp_sleep_old
}

# start_transition() - load the livepatch and see that the task that sleeps in
#	the old function is held back
function start_transition() {
	load_lp_nowait $MOD_PATCH
	check_held "in the old function" "$HOLDOUT"
}

# wake() - wake up all who sleep in the module
function wake() {
	log "% cat $SLEEP_DIR/wake"
	cat $SLEEP_DIR/wake
}

# end_transition() - wait until the transition completes
function end_transition() {
	loop_until 'grep -q "^0$" $SYSFS_KLP_DIR/$MOD_PATCH/transition' ||
		die "failed to complete transition"
	[[ -z $HOLDOUT ]] || wait "$HOLDOUT"
	HOLDOUT=
}

# remove_modules() - disable and unload the livepatch, and the other module
function remove_modules() {
	disable_lp $MOD_PATCH
	unload_lp $MOD_PATCH
	unload_mod $MOD_SLEEP
}

HELD_OLD="is sleeping on function test_klp_sleep_old"

# What the functions above and load_lp_nowait() put into the log
LOADED="% insmod test_modules/$MOD_PATCH.ko
livepatch: enabling patch '$MOD_PATCH'
livepatch: '$MOD_PATCH': initializing patching transition
livepatch: '$MOD_PATCH': starting patching transition"
# start_transition()
STARTED="$LOADED
test_klp: in the old function: $HELD_OLD"
# end_transition()
COMPLETED="livepatch: '$MOD_PATCH': completing patching transition
livepatch: '$MOD_PATCH': patching complete"
# wake() and end_transition()
WOKEN="% cat $SLEEP_DIR/wake
$COMPLETED"
# remove_modules()
REMOVED="% echo 0 > $SYSFS_KLP_DIR/$MOD_PATCH/enabled
livepatch: '$MOD_PATCH': initializing unpatching transition
livepatch: '$MOD_PATCH': starting unpatching transition
livepatch: '$MOD_PATCH': completing unpatching transition
livepatch: '$MOD_PATCH': unpatching complete
% rmmod $MOD_PATCH
% rmmod $MOD_SLEEP"
