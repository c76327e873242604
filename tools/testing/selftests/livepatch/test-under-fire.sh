#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tasks call functions in a tight loop while these are livepatched, and all else that
# has a say at the same call sites comes and goes: function tracer, function graph
# tracer, direct calls, and kprobes at the first instruction. Once a transition is
# complete, no call may reach the old function; before that, no task may go back and
# forth. See test_modules/test_klp_fire.c for who calls, and how that is judged.
#
# What happens next is decided at random. From the environment:
#
#   KLP_FIRE_SEED         a number from 0 to 32767, to have the same decisions again
#                         (default: at random; it is printed)
#   KLP_FIRE_TRANSITIONS  how many transitions at least (default: 12)
#   KLP_FIRE_SWITCHES     how often tracers are switched on or off at least
#                         (default: 100)
#   KLP_FIRE_CALLS        how many calls at least (default: 100000)
#   KLP_FIRE_FROM         "nmi" or "irq" if there have to be calls from there
#                         (default: as the PMU has it)

# shellcheck source=functions.sh
. "$(dirname "$0")"/functions.sh

[[ $(uname -m) == aarch64 ]] ||
	skip "the modules are for arm64: trampolines and PLTs"

SEED=${KLP_FIRE_SEED:-$RANDOM}
MIN_TRANSITIONS=${KLP_FIRE_TRANSITIONS:-12}
MIN_SWITCHES=${KLP_FIRE_SWITCHES:-100}
MIN_CALLS=${KLP_FIRE_CALLS:-100000}

MOD_FIRE=test_klp_fire
MOD_TARGET=test_klp_fire_mod
# Number N returns version N; the functions themselves return version 0.
MOD_PATCHES=("" test_klp_fire_patch1 test_klp_fire_patch2)
FUNCTIONS="gcd test_klp_fire_low test_klp_fire_high"
FIRE_DIR=/sys/kernel/debug/$MOD_FIRE
HOLD=/sys/module/$MOD_TARGET/parameters/hold
HOLDING=/sys/module/$MOD_TARGET/parameters/holding
TRACE_DIR=/sys/kernel/tracing
INSTANCE=$TRACE_DIR/instances/test_klp_fire
KPROBES=$TRACE_DIR/events/test_klp_fire/enable

# What comes and goes: a file, and what can be written to it. The first is off.
SWITCHES=("$TRACE_DIR/current_tracer nop function function_graph"
	"$INSTANCE/current_tracer nop function"
	"$KPROBES 0 1"
	"$FIRE_DIR/direct 0 1")

MAX_RETRIES=2400
RETRY_INTERVAL=".05"
TMP=$(mktemp -d)
PIDS=()
declare -A STATS

# dmesg() - hide from check_result() all but what a test comes to
function dmesg() {
	command dmesg "$@" | grep -v -e 'livepatch:' -e '\] % '
}

# background(function, arg...) - until stop_background(). The function looks for the
#	file that says so.
function background() {
	{
		chrt --other --pid 0 $BASHPID > /dev/null
		"$@"
	} &
	PIDS+=($!)
}

function stop_background() {
	touch "$TMP"/stop
	wait "${PIDS[@]}" 2> /dev/null
	PIDS=()
	rm -f "$TMP"/stop
}

function start_tracing() {
	local function

	mkdir $INSTANCE
	echo 64 > $TRACE_DIR/buffer_size_kb
	echo 64 > $INSTANCE/buffer_size_kb
	for function in $FUNCTIONS; do
		echo $function >> $TRACE_DIR/set_ftrace_filter
		echo $function >> $INSTANCE/set_ftrace_filter
		echo "p:test_klp_fire/$function $function" >> $TRACE_DIR/kprobe_events
	done
}

function stop_tracing() {
	local switch words

	for switch in "${SWITCHES[@]}"; do
		read -ra words <<< "$switch"
		[[ ! -e ${words[0]} ]] || echo "${words[1]}" > "${words[0]}"
	done
	echo > $TRACE_DIR/set_ftrace_filter
	[[ ! -e $KPROBES ]] || echo > $TRACE_DIR/kprobe_events
	[[ ! -d $INSTANCE ]] || rmdir $INSTANCE
}

function cleanup_fire() {
	stop_background
	[[ ! -e $HOLD ]] || echo 0 > $HOLD
	stop_tracing
	sysctl -q kernel.perf_cpu_time_max_percent="$PERF_CPU_TIME"
	rm -rf "$TMP"
	cleanup
}

# nap() - sleep for up to 0.3 s
function nap() {
	sleep ".$((RANDOM % 3))$((RANDOM % 10))"
}

# read_stats() - read what the judge has counted into STATS
function read_stats() {
	local name value

	# At once: the file is another one for each time it is read.
	while IFS="=" read -r name value; do
		STATS[$name]=$value
	done <<< "$(< $FIRE_DIR/stats)"
}

# has_counted(name) - is that more than nothing?
function has_counted() {
	read_stats
	((STATS[$1] > 0))
}

# phase(unpatched, patched, from, changes) - tell the judge what is going on
function phase() {
	echo "$*" > /sys/module/$MOD_FIRE/parameters/phase
}

# stable(version) - from here on, all calls have to reach this version
function stable() {
	phase "$1" "$1" "$1" 0
}

# hold() - have a task sleep in a function that is patched
function hold() {
	echo 1 > $HOLD
	loop_until '[[ $(< $HOLDING) == Y ]]' ||
		die "nobody sleeps in test_klp_fire_hold"
}

function let_go() {
	echo 0 > $HOLD
}

# is_complete(patch) - is it not in a transition?
function is_complete() {
	local transition

	# The file goes when the patch does.
	{ read -r transition < "$KLP_SYSFS_DIR/$1/transition"; } 2> /dev/null || return 0
	[[ $transition == 0 ]]
}

function wait_complete() {
	local patch=$1

	loop_until 'is_complete $patch' ||
		die "$patch: in transition for ever: $(cat /sys/kernel/debug/livepatch/transition)"
}

# remove_patch(patch) - that was disabled, or is being
function remove_patch() {
	local patch=$1

	loop_until '[[ ! -e $KLP_SYSFS_DIR/$patch ]]' ||
		die "failed to disable livepatch $patch"
	unload_lp "$patch"
}

# transition(version) - patch, replace, or unpatch. One in three is reversed half way.
#	version - to have; 0 is to unpatch
#	VERSION - the version at present
function transition() {
	local new=$1
	local old_patch=${MOD_PATCHES[VERSION]}
	local patch=${MOD_PATCHES[new]:-$old_patch}
	local reverse=$((RANDOM % 3 == 0))
	local held=$((reverse || RANDOM % 2))

	((!held)) || hold
	if ((new)); then
		phase "$VERSION" "$new" "$VERSION" $((1 + reverse))
		__load_mod "$patch"
	else
		phase 0 "$VERSION" "$VERSION" $((1 + reverse))
		echo 0 > "$KLP_SYSFS_DIR/$patch/enabled"
	fi
	((!held)) || nap

	if ((reverse)); then
		! is_complete "$patch" ||
			die "transition of $patch complete with a task in the old function"
		echo $((!new)) > "$KLP_SYSFS_DIR/$patch/enabled"
		# The task that sleeps is where it has to be, now.
		wait_complete "$patch"
		stable "$VERSION"
		((!new)) || remove_patch "$patch"
		let_go
		REVERSED=$((REVERSED + 1))
	else
		let_go
		wait_complete "$patch"
		stable "$new"
		((!VERSION)) || remove_patch "$old_patch"
		if ((!new)); then
			UNPATCHED=$((UNPATCHED + 1))
		elif ((VERSION)); then
			REPLACED=$((REPLACED + 1))
		else
			PATCHED=$((PATCHED + 1))
		fi
		VERSION=$new
	fi
	TRANSITIONS=$((TRANSITIONS + 1))
}

# switcher(number) - switch this switch and each other one at random, as fast as possible
function switcher() {
	local first=$1
	local -a last
	local n=0
	local i words word

	RANDOM=$((SEED + first + 1))
	taskset -cp $((first % $(nproc))) $BASHPID > /dev/null
	while [[ ! -e $TMP/stop ]]; do
		i=$((first + RANDOM % 2 * 2))
		[[ -n ${SWITCHES[i]:-} ]] || i=$first
		read -ra words <<< "${SWITCHES[i]}"
		while word=${words[1 + RANDOM % (${#words[@]} - 1)]}; do
			[[ $word == "${last[$i]:-${words[1]}}" ]] || break
		done
		last[$i]=$word
		echo "$word" > "${words[0]}" || {
			echo "cannot write $word to ${words[0]}" > "$TMP"/failed
			return
		}
		n=$((n + 1))
		echo $n > "$TMP/switched$first"
	done
}

# check_faults() - has the judge found none, and can everything be switched?
function check_faults() {
	[[ ! -e $TMP/failed ]] ||
		die "$(< "$TMP"/failed)"
	read_stats
	((!STATS[faults_complete] && !STATS[faults_order] && !STATS[faults_state])) ||
		die "$(command dmesg | grep -m 1 'test_klp_fire: fault:')"
}

# count_switches() - sum up what the switchers counted in SWITCHED
function count_switches() {
	local n

	SWITCHED=0
	for n in 0 1; do
		{ read -r n < "$TMP/switched$n"; } 2> /dev/null || n=0
		SWITCHED=$((SWITCHED + n))
	done
}

function user_calls() {
	while [[ ! -e $TMP/stop ]]; do
		dd if=$FIRE_DIR/call of=/dev/null bs=1 count=500 status=none
	done
}

# load() - processes come and go, and memory is copied
function load() {
	while [[ ! -e $TMP/stop ]]; do
		dd if=/dev/zero of=/dev/null bs=64k count=50 status=none
	done
}

# is_traced(dir, text) - does the trace have the functions, each followed by that?
function is_traced() {
	local status=0
	local function

	# It has to stand still to be read.
	echo 0 > "$1"/tracing_on
	for function in $FUNCTIONS; do
		grep -qE " $function( \[$MOD_TARGET\])?$2" "$1"/trace || status=1
	done
	echo 1 > "$1"/tracing_on
	return $status
}

# is_seen(file, word) - what tells that this is switched on?
function is_seen() {
	case $2 in
	function) is_traced "${1%/*}" ' <-' ;;
	function_graph) is_traced "${1%/*}" '\(\);' ;;
	*)
		if [[ $1 == "$KPROBES" ]]; then
			# All of them were hit.
			awk '$2 > 0 { n++ } END { exit n != 3 }' $TRACE_DIR/kprobe_profile
		else
			has_counted direct_calls
		fi
		;;
	esac
}

# check_switches() - each of them does what it is there for
function check_switches() {
	local switch words file word

	for switch in "${SWITCHES[@]}"; do
		read -ra words <<< "$switch"
		file=${words[0]}
		for word in "${words[@]:2}"; do
			log "% echo $word > $file"
			echo "$word" > "$file"
			loop_until 'is_seen $file $word' ||
				die "$word in $file: sees no call"
			echo "${words[1]}" > "$file"
		done
	done
}

# Transitions are made in spite of the tasks that call, which leave hardly any time to
# others: a process would take a tenth of a second to start.
chrt --rr --pid 1 $$ > /dev/null ||
	skip "chrt is needed"
setup_config
# NMIs take long here, and are to go on all the same.
PERF_CPU_TIME=$(sysctl --values kernel.perf_cpu_time_max_percent)
sysctl -q kernel.perf_cpu_time_max_percent=0
trap cleanup_fire EXIT
trap 'exit 1' INT TERM HUP


# - the new version is that of a livepatch which returns the old one at times: the
#   judge has to see that in the transition, and when it is complete

start_test "judge of the calls under fire"

load_mod $MOD_TARGET
load_mod $MOD_FIRE report=0
PATCH=${MOD_PATCHES[1]}

hold
phase 0 1 0 1
__load_mod "$PATCH" spoil=100
loop_until 'has_counted faults_order' ||
	die "the judge does not see that tasks go back and forth"
loop_until 'has_counted faults_state' ||
	die "the judge does not see that a task has the wrong version"
((!STATS[faults_complete])) ||
	die "the judge wants the transition to be complete"
let_go
wait_complete "$PATCH"
stable 1
loop_until 'has_counted faults_complete' ||
	die "the judge does not see that the old function is called"
disable_lp "$PATCH"
unload_lp "$PATCH"
unload_mod $MOD_FIRE
unload_mod $MOD_TARGET

check_result ""


# - transitions at random under fire: no call is judged to be wrong

echo "KLP_FIRE_SEED=$SEED"
start_test "livepatches under fire"

RANDOM=$SEED
VERSION=0
TRANSITIONS=0 PATCHED=0 REPLACED=0 UNPATCHED=0 REVERSED=0

load_mod $MOD_TARGET
load_mod $MOD_FIRE
stable 0
# Not every kernel has direct calls.
[[ -e $FIRE_DIR/direct ]] || unset "SWITCHES[3]"
start_tracing
check_switches
background user_calls
background load
background switcher 0
background switcher 1

while true; do
	transition $(((VERSION + 1 + RANDOM % 2) % 3))
	nap
	check_faults
	count_switches
	# Of each kind one at least
	((TRANSITIONS < MIN_TRANSITIONS || SWITCHED < MIN_SWITCHES ||
	  STATS[calls] < MIN_CALLS ||
	  !PATCHED || !REPLACED || !UNPATCHED || !REVERSED)) || break
done
while ((VERSION)); do
	transition 0
done

stop_background
stop_tracing
check_faults
((STATS[calls_user])) ||
	die "no calls by a user task"
((STATS[plt])) ||
	die "no call goes through a PLT"
((STATS[complete] && STATS[moving] && STATS[moved])) ||
	die "no calls in a transition, or none after it"
[[ -z $KLP_FIRE_FROM || ${STATS[calls_$KLP_FIRE_FROM]} -gt 0 ]] ||
	die "no calls from $KLP_FIRE_FROM"
unload_mod $MOD_FIRE
unload_mod $MOD_TARGET

check_result ""

echo "KLP_FIRE_SEED=$SEED:" \
	"transitions=$TRANSITIONS (patched $PATCHED, replaced $REPLACED," \
	"unpatched $UNPATCHED, reversed $REVERSED) switches=$SWITCHED" \
	"$(for name in calls calls_{on,off,irq,nmi,user} moving moved complete direct_calls; do
		echo -n "$name=${STATS[$name]} "
	done)"

exit 0
