#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Livepatch under fire: at least 30 transitions and 500 switches of tracers in the
# two guests. make soak goes on for longer.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

export KLP_FIRE_TRANSITIONS=15 KLP_FIRE_SWITCHES=250 KLP_FIRE_CALLS=500000

# Each guest has one of the machine's processors to itself: QEMU runs it in one thread.
"$top/vm/fire.sh" nmi >"$tmp/nmi" 2>&1 </dev/null &
nmi=$!
"$top/vm/fire.sh" irq >"$tmp/irq" 2>&1 </dev/null &
irq=$!
trap 'kill "$nmi" "$irq" 2>/dev/null || :; rm -rf "$tmp"' EXIT

# fired FROM PID WHAT
fired()
{
	local status=0

	wait "$2" || status=$?
	result "$status" "$3" "$tmp/$1"
	sed 's/^/# progress: /' "$tmp/$1" | grep KLP_FIRE_SEED= || :
}

fired nmi "$nmi" "no call goes astray, with pseudo-NMI"
fired irq "$irq" "no call goes astray, without pseudo-NMI"
finish
