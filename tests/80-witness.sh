#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The witness: while the kernel does all it can, reliable walks of what is interrupted
# and scheduled are held against the shadow call stack, and they agree. And when one is
# damaged on purpose, that is reported.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# SEED= does what another run has done.
seed=${SEED:-$RANDOM}
least=100000

# figure NAME: from the last run
figure()
{
	sed -n "s/^$1 //p" "$tmp/figures"
}

# load WHAT SECONDS WALKS [VARIABLE=VALUE...]: run, and see that everything was there
load()
{
	local what=$1 seconds=$2 walks=$3 status=0 name

	shift 3
	progress "$what: SEED=$seed"
	env "$@" SEED="$seed" KEEP="$tmp" "$top/vm/witness.sh" "$seconds" "$walks" \
		>"$tmp/figures" 2>&1 </dev/null || status=$?
	sed -n 's/^\(walks\|reliable\|compared\|disagreements\|error\) /# progress: &/p' "$tmp/figures"
	result "$status" "$what: no disagreement, nor other complaint" "$tmp/figures"
	check "$what: $walks reliable walks" test "$(figure reliable)" -ge "$walks"
	check "$what: all that were reliable were compared" \
		test "$(figure reliable)" -eq "$(figure compared)"
	for name in timer switch-out switch-in; do
		check "$what: from $name" test "$(figure "walks-$name")" -gt 0
	done
	for name in function graph probes returns bpf modules livepatch cpus; do
		check "$what: $name was switched on" test "$(figure "switched-on-$name")" -gt 0
	done
}

load "load, NMIs" 90 "$least" NMI=1
check "load, NMIs: from nmi" test "$(figure walks-nmi)" -gt 0
load "load" 45 "$((least / 4))"
check "load: from ipi" test "$(figure walks-ipi)" -gt 0

progress "faults put in on purpose"
status=0
CONFIG=scs CMDLINE=irqchip.gicv3_pseudo_nmi=1 KEEP=$tmp "$top/vm/run.sh" "$top/vm/witness/guest-faults" \
	>"$tmp/figures" 2>"$tmp/stderr" </dev/null || status=$?
check "faults: nothing else disagreed" test "$(figure disagreements)" = 0
# The complaint is what the runner fails with.
check "faults: the kernel warns" grep -q "complained, .*WARNING: .*stacktrace_witness" "$tmp/stderr"
for kind in drop double swap foreign; do
	read -r made found < <(figure "$kind" || :) || :
	check "faults: $kind: $found of $made were found" \
		test "${made:-0}" -ge 400 -a "$made" = "$found"
	# shellcheck disable=SC2016
	check "faults: $kind: is reported with both lists" awk -v kind="$kind" '
		index($0, "damaged on purpose: " kind ":") { seen = 1 }
		seen == 1 && / trace:/ { seen = 2 }
		seen == 2 && / shadow call stack:/ { seen = 3 }
		seen == 3 && /a reliable stack trace and the shadow call stack disagree/ { seen = 4; exit }
		END { exit seen != 4 }' "$tmp/console.log"
done
finish
