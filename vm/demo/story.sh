#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The demo, as it runs in the guest: livepatches functions that tasks are using,
# and tells what happens to each task and why. Ends with an error as soon as
# anything goes otherwise than told.

set -eu -o pipefail
sysfs=/sys/kernel/livepatch
holdouts=/proc/livepatch

tell()
{
	printf '%s\n' "$@"
}

# show COMMAND...: as one types it, and what it prints
show()
{
	printf '    # %s\n' "$*"
	"$@" | sed 's/^/    /'
}

wrong()
{
	printf '\nThat is not how it should be: %s\n' "$*"
	exit 1
}

# transition_ends PATCH: waits until every task has gone over
transition_ends()
{
	local start=$EPOCHREALTIME

	for ((i = 0; i < 600; i++)); do
		if [ ! -e "$sysfs/$1" ] || [ "$(cat "$sysfs/$1/transition")" = 0 ]; then
			elapsed=$(awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }')
			return 0
		fi
		sleep 0.1
	done
	[ -z "$full" ] || {
		echo "still in transition after 60 s, because of:"
		cat "$holdouts"
	}
	wrong "the transition of $1 does not end"
}

# disable PATCH: and take it out of the kernel
disable()
{
	printf '    # echo 0 > %s/%s/enabled\n' "$sysfs" "$1"
	echo 0 >"$sysfs/$1/enabled"
	transition_ends "$1"
	for ((i = 0; i < 50; i++)); do
		! rmmod "$1" 2>/dev/null || return 0
		sleep 0.1
	done
	wrong "$1 cannot be unloaded"
}

# says TEXT FILE: what reading the file must give
says()
{
	local text

	text=$(cat "$2")
	[[ $text == *"$1"* ]] || wrong "$2 says '$text'"
}

# task_started NAME COMMAND...: in the background, under that name
task_started()
{
	(
		printf %s "$1" >"/proc/$BASHPID/comm"
		shift
		"$@"
	) >"$1.out" &
	pids[$1]=$!
}

ask_at_the_door()
{
	local answer

	IFS= read -r answer </proc/demo_door
	echo "$answer"
	# Stays, to be seen.
	while [ ! -e story_ends ]; do
		read -r -t 0.2 <>never || :
	done
}

# Never in the kernel by itself.
count_in_user_mode()
{
	while :; do :; done
}

wait_for_input()
{
	read -r <>never2 || :
}

# The kernel's word on why it could not switch a task.
why_not()
{
	[ -n "$full" ] || return 0
	sed -n "s/^$1 .*: //p" "$holdouts"
}

blocked_in_fault()
{
	grep -q handle_userfault "/proc/${pids[writer]}/stack"
}

table()
{
	local name pid state all=0 over=0 f

	for f in /proc/[0-9]*/task/[0-9]*/patch_state; do
		state=$(cat "$f" 2>/dev/null) || continue
		all=$((all + 1))
		[ "$state" = 0 ] || over=$((over + 1))
	done
	printf '\n    %-14s %5s  %-8s %s\n' TASK PID PATCHED 'WHY NOT'
	for name in "$@"; do
		pid=${pids[$name]}
		state=$(cat "/proc/$pid/patch_state")
		case $state in
		0) printf '    %-14s %5s  %-8s %s\n' "$name" "$pid" no "$(why_not "$pid")" ;;
		*) printf '    %-14s %5s  yes\n' "$name" "$pid" ;;
		esac
	done
	printf '    (%s of the %s tasks in this system are patched)\n\n' "$over" "$all"
}

# patched WANTED NAME...: 1 or 0
patched()
{
	local wanted=$1 name

	shift
	for name; do
		for ((i = 0; i < 100; i++)); do
			[ "$(cat "/proc/${pids[$name]}/patch_state")" != "$wanted" ] || continue 2
			sleep 0.1
		done
		wrong "patch_state of $name is $(cat "/proc/${pids[$name]}/patch_state")"
	done
}

# With the whole series, a walk crosses the exception that the writer is blocked in, and the
# kernel says what holds a task back. A base may have no more than some fixes.
full=
[ ! -e "$holdouts" ] || full=1
writer=${full:+writer}

declare -A pids
mkfifo never never2
trap 'touch story_ends; kill $(jobs -p) 2>/dev/null || :' EXIT

tell "" "=== One: the kernel's own sample ===" "" \
	"This is Linux $(uname -r) on $(uname -m). The sample livepatch replaces the function" \
	"behind /proc/cmdline while the machine runs." ""
show cat /proc/cmdline
says console= /proc/cmdline
if [ -n "$full" ]; then
	tell "" "A task named writer is blocked: it writes to a pipe from a page that nobody provides," \
		"so it waits in a page fault, in the middle of the kernel's copy routine:" ""
	task_started writer ./writer
	for ((i = 0; i < 100; i++)); do
		! blocked_in_fault || break
		sleep 0.1
	done
	show cat "/proc/${pids[writer]}/stack"
	blocked_in_fault || wrong "the writer is not blocked"
fi
tell ""
show modprobe livepatch-sample
transition_ends livepatch_sample
if [ -n "$full" ]; then
	blocked_in_fault || wrong "the writer was woken up"
fi
tell "    (every task went over within $elapsed s${full:+, the writer in its sleep})"
show cat /proc/cmdline
says "this has been live patched" /proc/cmdline
disable livepatch_sample
show cat /proc/cmdline
says console= /proc/cmdline

tell "" "=== Two: tasks that sleep inside the function ===" "" \
	"Three tasks read /proc/demo_door: they sleep inside demo_answer(), which the next" \
	"livepatch replaces, until somebody opens the door. A counter runs in user mode, a" \
	"sleeper waits for input elsewhere in the kernel, and there is a kernel thread." ""
show insmod demo_target.ko
for name in reader-1 reader-2 reader-3; do
	task_started "$name" ask_at_the_door
done
task_started counter count_in_user_mode
task_started sleeper wait_for_input
pids[demo_kthread]=$(pgrep -x demo_kthread)
sleep 1

show insmod demo_livepatch.ko
# shellcheck disable=SC2086 # there is one, or none
patched 1 $writer counter sleeper demo_kthread
patched 0 reader-1 reader-2 reader-3
# shellcheck disable=SC2086
table reader-1 reader-2 reader-3 $writer counter sleeper demo_kthread
for name in ${full:+reader-1 reader-2 reader-3}; do
	[[ $(why_not "${pids[$name]}") == "in old function demo_answer "* ]] ||
		wrong "$name is held back for another reason: $(why_not "${pids[$name]}")"
done
[ "$(cat $sysfs/demo_livepatch/transition)" = 1 ] || wrong "the transition ended before the readers left"

[ -z "$full" ] || tell "The last column is what the kernel says in $holdouts."
tell "The walk of the readers' stacks finds the old function, so they are held back. A task" \
	"that comes now is patched already and takes the new function:" ""
show cat /proc/demo_door
says "this has been live patched" /proc/demo_door
tell "" "The door opens. The readers leave the old function, with the answer it gives, and go" \
	"over on their way to user mode:" ""
tell "    # echo open > /proc/demo_door"
echo open >/proc/demo_door
transition_ends demo_livepatch
for name in reader-1 reader-2 reader-3; do
	printf '    %s got: %s\n' "$name" "$(cat $name.out)"
	says "this is the old function" "$name.out"
done
# shellcheck disable=SC2086
table reader-1 reader-2 reader-3 $writer counter sleeper demo_kthread
tell "The transition is complete, $elapsed s after the door opened. And back again:" ""
disable demo_livepatch
show cat /proc/demo_door
says "this is the old function" /proc/demo_door
tell "" "The livepatch is gone and everybody is back in the old function."
if [ -n "$full" ]; then
	tell "The page is provided, and the writer goes on as if nothing had happened." ""
	blocked_in_fault || wrong "the writer was woken up"
	show kill -USR1 "${pids[writer]}"
	wait "${pids[writer]}" || wrong "the writer failed"
fi
tell "" "The end."
