#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Modules whose unwind table is missing or wrong: they are loaded, say so once, and a
# task that sleeps in one holds up a livepatch transition.

# shellcheck source=functions.sh
. "$(dirname "$0")"/functions.sh
# shellcheck source=functions-stack-walk.sh
. "$(dirname "$0")"/functions-stack-walk.sh

is_arm64 || skip "modules have unwind tables on arm64 only"
[[ -e test_modules/${MOD_SLEEP}_none.ko ]] ||
	skip "the kernel's modules have no unwind tables"

MEANS="while a task runs in this module, livepatch transitions have to wait for it"
NO_PROOF="in code without proof that it can be unwound"

setup_stack_walk


# - A module without a table, or with a damaged one, or with that of other code.
# - A task that sleeps in it has an unreliable stack, until it is awake again.

# spoilt(how, says) - the module with one of these tables
#	how - what klp_spoil_table did
#	says - what the kernel says about it
function spoilt() {
	local how="$1"
	local says="$2"

	start_test "module, unwind table: $how"

	log "% insmod test_modules/${MOD_SLEEP}_$how.ko"
	insmod "test_modules/${MOD_SLEEP}_$how.ko" || die "${MOD_SLEEP}_$how.ko is not loaded"
	start cat $SLEEP_DIR/other
	wait_asleep "$PID" test_klp_sleep_other

	load_lp_nowait $MOD_PATCH
	check_unreliable "sleeps in the module" "$PID" 4 "$NO_PROOF" test_klp_sleep
	HOLDOUT=
	wake
	end_transition
	wait "$PID"
	remove_modules

	check_result "% insmod test_modules/${MOD_SLEEP}_$how.ko
Modules: $MOD_SLEEP: $says: $MEANS
$LOADED
test_klp: sleeps in the module: unreliable
$WOKEN
$REMOVED"
}

spoilt none "no unwind table"
spoilt damaged ".unwind_table is not used (not an unwind table)"
spoilt moved ".unwind_table is not used (it is not about this module's code)"

exit 0
