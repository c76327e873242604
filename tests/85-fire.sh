#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Livepatch under fire: at least 60 transitions and 1,000 switches of tracers in the
# two guests. make soak goes on for longer.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

export KLP_FIRE_TRANSITIONS=30 KLP_FIRE_SWITCHES=500 KLP_FIRE_CALLS=500000

fire()
{
	check "$2" "$top/vm/fire.sh" "$1"
	sed 's/^/# progress: /' "$tmp/out" | grep KLP_FIRE_SEED= || :
}

fire nmi "no call goes astray, with pseudo-NMI"
fire irq "no call goes astray, without pseudo-NMI"
finish
