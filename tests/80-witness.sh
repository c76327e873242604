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
least=60000

# figure NAME: from the last run
figure()
{
	sed -n "s/^$1 //p" "$tmp/figures"
}

# results LOAD: what was tested, its status, and how often, from the last run
results()
{
	sed -n "s/^result-$1 //p" "$tmp/figures"
}

# load WHAT SECONDS WALKS [VARIABLE=VALUE...]: run, and see that everything was there
load()
{
	local what=$1 seconds=$2 walks=$3 status=0 name

	shift 3
	progress "$what: SEED=$seed"
	env CONFIG="$scs_kernel" "$@" SEED="$seed" KEEP="$tmp" "$top/vm/witness.sh" "$seconds" "$walks" \
		>"$tmp/figures" 2>&1 </dev/null || status=$?
	sed -n 's/^\(walks\|reliable\|compared\|undecided\|disagreements\|error\) /# progress: &/p' "$tmp/figures"
	result "$status" "$what: no disagreement, nor other complaint" "$tmp/figures"
	check "$what: $walks reliable walks" test "$(figure reliable)" -ge "$walks"
	check "$what: all that were reliable were compared, or are undecided" \
		test "$(figure reliable)" -eq "$(($(figure compared) + $(figure undecided)))"
	check "$what: of a thousand not one is undecided" \
		test "$(figure compared)" -gt "$((999 * $(figure undecided)))"
	check "$what: pages were reclaimed" test "$(figure reclaimed)" -gt 0
	for name in timer switch-out switch-in; do
		check "$what: from $name" test "$(figure "walks-$name")" -gt 0
	done
	for name in kselftests crypto function graph probes returns bpf modules livepatch cpus; do
		check "$what: $name was switched on" test "$(figure "switched-on-$name")" -gt 0
	done
	for name in kselftests crypto stress; do
		results "$name" >"$tmp/results"
		check "$what: $name: $(awk '$2 == 0 { n += $3 } END { print n + 0 }' "$tmp/results") passed" \
			grep -q ' 0 ' "$tmp/results"
		# Of an algorithm that fails, the kernel warns.
		[ "$name" != crypto ] || continue
		# shellcheck disable=SC2016
		check "$what: $name: none failed" awk '$2 != 0 { print; bad = 1 } END { exit bad }' "$tmp/results"
	done
}

load "load, NMIs" 45 "$least" NMI=1
check "load, NMIs: kselftests of $(results kselftests | cut -d / -f 1 | sort -u | wc -l) subsystems" \
	test "$(results kselftests | cut -d / -f 1 | sort -u | wc -l)" -ge 3
check "load, NMIs: from nmi" test "$(figure walks-nmi)" -gt 0
# Clang's kernel, on a CPU that has it patch the shadow call stack in
load "load, Clang" 30 "$((least / 4))" CONFIG=clang CMDLINE="arm64.nopauth arm64.nobti"
check "load, Clang: from ipi" test "$(figure walks-ipi)" -gt 0

# And on one that does not
progress "no shadow call stack"
cat >"$tmp/none" <<'EOT'
#!/bin/bash
echo 500 >/sys/module/stacktrace_witness/parameters/period_us
while [ "$SECONDS" -lt 10 ]; do /bin/true | /bin/cat; cat /proc/*/stat >/dev/null || :; done 2>/dev/null
echo 0 >/sys/module/stacktrace_witness/parameters/period_us
cat /sys/kernel/debug/stacktrace_witness/counters
sed 's/^/at /' /sys/kernel/debug/stacktrace_witness/errors
EOT
status=0
CONFIG=clang KEEP=$tmp "$top/vm/run.sh" "$tmp/none" >"$tmp/figures" 2>&1 </dev/null || status=$?
result "$status" "no shadow call stack: no complaint" "$tmp/figures"
check "no shadow call stack: walks, and $(figure reliable) are reliable" \
	test "$(figure reliable)" -ge 1000
check "no shadow call stack: none is compared" \
	test "$(figure compared)" -eq 0 -a "$(figure undecided)" -eq 0
# shellcheck disable=SC2016
check "no shadow call stack: each of the others is counted, with its reason and place" awk '
	$1 == "walks" { walks = $2 }
	$1 == "reliable" { reliable = $2 }
	$1 == "error" { errors += $2 }
	$1 == "at" { places += $2 }
	END { print walks, reliable, errors, places; exit walks != reliable + errors || errors != places }' "$tmp/figures"

progress "faults put in on purpose"
status=0
CONFIG=$scs_kernel CMDLINE=irqchip.gicv3_pseudo_nmi=1 KEEP=$tmp "$top/vm/run.sh" "$top/vm/witness/guest-faults" \
	>"$tmp/figures" 2>"$tmp/stderr" </dev/null || status=$?
check "faults: nothing else disagreed" test "$(figure disagreements)" = 0
# The complaint is what the runner fails with.
check "faults: the kernel warns" grep -q "complained, .*WARNING: .*stacktrace_witness" "$tmp/stderr"
for kind in drop caller double swap foreign; do
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
