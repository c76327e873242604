#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Usage: fire.sh nmi|irq
#
# Runs the livepatch selftest test-under-fire.sh in a guest, with calls from
# pseudo-NMI or from hard interrupts, and prints what it counted: the words NAME=NUMBER
# of one line. CONFIG= and KLP_FIRE_*= are read from the environment, see vm/run.sh
# and the selftest. Whatever it said goes to standard error when it failed. With RECORD=1,
# the words go into RESULTS.md as lines, see result.sh.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

case ${1:-} in
nmi) CMDLINE="${CMDLINE:-} irqchip.gicv3_pseudo_nmi=1" ;;
irq) ;;
*) die "usage: fire.sh nmi|irq" ;;
esac
# With a thread for each processor, QEMU 7.2 can go on running what it translated before
# another processor changed the code: call sites that read as a call to ftrace were run
# as the NOP before it, for as long as a minute. Calls then reach the old function. The
# kernel is not to blame: it has invalidated the instruction cache by then, and of the
# thousands of exceptions in a minute each return makes an arm64 processor fetch what
# memory has. That is rare, and QEMU 10 was not seen to do it so far. With one thread,
# 7.2 does not either; but then the processors take turns, and races of a few
# instructions do not happen.
thread=single
! new_qemu || thread=multi
QEMU_ARGS="${QEMU_ARGS:-} -accel tcg,thread=$thread"
export PATH CMDLINE QEMU_ARGS KLP_FIRE_FROM=$1

printed=$(mktemp)
counted=$(mktemp)
trap 'rm -f "$printed" "$counted"' EXIT
trap 'exit 130' INT TERM HUP
status=0
"$top/vm/selftests.sh" test-under-fire.sh >"$printed" 2>&1 </dev/null || status=$?
# A script that skips itself is "ok", too, but has counted nothing.
if [ "$status" -ne 0 ] ||
	! grep -q '^ok 1 selftests: livepatch: test-under-fire.sh$' "$printed" ||
	! sed -n "s/^# \(KLP_FIRE_SEED=.*transitions=.*\)/\1 qemu-thread=$thread/p" "$printed" >"$counted" ||
	! grep . "$counted"; then
	cat "$printed" >&2
	die "test-under-fire.sh failed"
fi
fold -s -w 90 "$counted" |
	"$top/vm/result.sh" "fire-$1-${CONFIG:-default}" "CONFIG=${CONFIG:-default} vm/fire.sh $1"
