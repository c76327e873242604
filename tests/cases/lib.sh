# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# For the tests in these directories, in the guest: to be sourced. A test says what it
# expects, and a line for each of that is printed: "ok TEST: TEXT" or "not ok TEST: TEXT".

test=${0##*/}
# shellcheck disable=SC2034
list=/proc/livepatch
livepatch=/sys/kernel/livepatch

# What a test before this one has left there
rm -f said stack

say() { printf '# %s\n' "$*"; }

# expect TEXT COMMAND...
expect()
{
	local text=$1

	shift
	if "$@"; then
		printf 'ok %s: %s\n' "$test" "$text"
	else
		printf 'not ok %s: %s\n' "$test" "$text"
		say "it failed: $*"
		for file in "$list" said stack; do
			[ ! -s "$file" ] || { say "$file:"; sed -n '1,20s/^/#   /p' "$file"; }
		done
	fi
}

# until_true SECONDS COMMAND...
until_true()
{
	local end=$((SECONDS + $1))

	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.2
	done
}

milliseconds() { echo $(($(date +%s%N) / 1000000)); }

# Of a module, which is a livepatch
is_in_transition() { [ "$(cat "$livepatch/${1//-/_}/transition")" = 1 ]; }
is_complete() { [ "$(cat "$livepatch/${1//-/_}/transition")" = 0 ]; }
is_gone() { [ ! -e "$livepatch/${1//-/_}" ]; }
list_is_empty() { [ -z "$(cat "$list")" ]; }

start_patch()
{
	if [ -e "$1.ko" ]; then insmod "$1.ko"; else modprobe "$1"; fi
}

# patch MODULE: until it is complete
patch()
{
	start_patch "$1" && until_true 60 is_complete "$1"
}

# unpatch MODULE: until it is unloaded
unpatch()
{
	local file=$livepatch/${1//-/_}/enabled

	# It may be under way
	[ "$(cat "$file" 2>/dev/null)" != 1 ] || echo 0 >"$file" || return
	until_true 60 is_gone "$1" && until_true 60 rmmod "$1"
}

# is_in PID FUNCTION: sooner or later
has_on_stack() { grep -q "$2" "/proc/$1/stack"; }
is_in() { until_true 60 has_on_stack "$@"; }

switches() { awk '/ctxt_switches:/ { n += $2 } END { print n }' "/proc/$1/status"; }

# note_switches PID...: for have_not_run, which fails if one of these has run since
declare -A noted
note_switches()
{
	local pid

	# What each has to do before it sleeps for good takes less.
	sleep 1
	noted=()
	for pid; do
		noted[$pid]=$(switches "$pid")
	done
}

have_not_run()
{
	local pid bad=0

	for pid in "${!noted[@]}"; do
		[ "$(switches "$pid")" = "${noted[$pid]}" ] || { say "$pid ($(cat "/proc/$pid/comm")) has"; bad=1; }
	done
	return "$bad"
}

debug_messages() { echo "func klp_try_switch_task $1" >/sys/kernel/debug/dynamic_debug/control; }
