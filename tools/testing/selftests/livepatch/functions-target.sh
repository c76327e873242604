#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Shell functions for the tests in which tasks are in functions of test_klp_target.
# To be sourced after functions.sh and functions-stack-walk.sh.

MOD_TARGET=test_klp_target
MOD_PATCH=test_klp_target_patch
SLEEP_DIR=/sys/kernel/debug/$MOD_TARGET

# disable_lp_nowait(modname) - disable a livepatch, and do not wait for its end
#	modname - the livepatch
function disable_lp_nowait() {
	log "% echo 0 > $SYSFS_KLP_DIR/$1/enabled"
	echo 0 > "$SYSFS_KLP_DIR/$1/enabled"
}

# wait_gone(modname) - wait until a livepatch is gone
#	modname - the livepatch
function wait_gone() {
	loop_until '[[ ! -e "$SYSFS_KLP_DIR/$1" ]]' ||
		die "livepatch $1 does not go"
}

# wake_lp(modname) - wake up what sleeps in a livepatch
#	modname - the livepatch
function wake_lp() {
	log "% echo 1 > /sys/module/$1/parameters/wake"
	echo 1 > "/sys/module/$1/parameters/wake"
}

# check_waits(what, pid, why, listed) - the transition waits for a task
#	what - what the task does, for the log
#	pid - process ID
#	why, listed - what livepatch says, in its message and in the list
function check_waits() {
	wait_held "$1" "$2" "$3" "$4"
	log "test_klp: $1: $4"
}

# check_listed(what, pid, listed) - the list has a task, and says that
#	what - what the task does, for the message
#	pid - process ID
#	listed - what its reason begins with
function check_listed() {
	[[ $(listed "$2") == "$(if_list "$3")"* ]] ||
		die "$1: listed as: $(listed "$2")"
}

# What the functions put into the log; modname, and parameters or none

function loading_lp() {
	echo "% insmod test_modules/$1.ko${2+ ${*:2}}
livepatch: enabling patch '$1'
livepatch: '$1': initializing patching transition
livepatch: '$1': starting patching transition"
}

function patched() {
	echo "livepatch: '$1': completing patching transition
livepatch: '$1': patching complete"
}

function disabling_lp() {
	echo "% echo 0 > $SYSFS_KLP_DIR/$1/enabled
livepatch: '$1': initializing unpatching transition
livepatch: '$1': starting unpatching transition"
}

function unpatched() {
	echo "livepatch: '$1': completing unpatching transition
livepatch: '$1': unpatching complete"
}

# What wake() puts into the log
WAKE="% cat $SLEEP_DIR/wake"
