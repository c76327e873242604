#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Usage: stacks.sh CASES [SEED]
#
# Walks CASES hostile stacks, made up from SEED (default: at random), on the kernel
# CONFIG (default: clang+scs+kasan), by the KUnit suite arm64_stacktrace_fuzz. Prints a line of
# what was counted, or, if one failed, how to repeat that one. With RECORD=1, the line goes
# into RESULTS.md, see result.sh.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

kernel=$out/${CONFIG:=clang+scs+kasan}
cases=${1:-}
seed=${2:-$RANDOM}
for n in "$cases" "$seed"; do
	[[ $n =~ ^[1-9][0-9]*$ ]] || die "usage: stacks.sh CASES [SEED]: numbers, not '$n'"
done
[ -f "$kernel/Image" ] || die "$kernel has no kernel: run make kernel CONFIG=$CONFIG"

log=$(mktemp)
counted=$(mktemp)
trap 'rm -f "$log" "$counted"' EXIT
status=0
(cd "$out/linux" && tools/testing/kunit/kunit.py exec --arch=arm64 \
	--cross_compile=aarch64-linux-gnu- --build_dir="$kernel" --timeout=7200 \
	--qemu_args="-M virt,gic-version=3 -nic none -smp 2 -m 2G" --kernel_args=panic=-1 \
	--kernel_args=stacktrace_fuzz_kunit.cases="$cases" \
	--kernel_args=stacktrace_fuzz_kunit.seed="$seed" \
	--raw_output=kunit arm64_stacktrace_fuzz) >"$log" 2>&1 </dev/null || status=$?
if [ "$status" -ne 0 ] || ! grep -q '^ok [0-9]* arm64_stacktrace_fuzz' "$log"; then
	tail -n 40 "$log"
	die "a case failed, of the seed $seed"
fi
wrong=$(complaint "$kernel/test.log" "$kernel")
[ -z "$wrong" ] || die "the kernel complained, of the seed $seed: $wrong"
# What the suite has counted, and not what it was asked for
sed -n "s/.*seed $seed: \([0-9]*\) reliable, \([0-9]*\) refused;.* \([0-9]*\) left out what no link led to.*/\1 \2 \3/p" "$log" |
	awk -v seed="$seed" '
		{ reliable = $1; refused = $2; left_out = $3 }
		END {
			print "seed=" seed, "cases=" reliable + refused, "reliable=" reliable + 0,
				"refused=" refused + 0, "unlinked=" left_out + 0
			exit !NR
		}' >"$counted" || die "the suite has not said what it has counted"
cat "$counted"
"$top/vm/result.sh" stacks "CONFIG=$CONFIG vm/stacks.sh $cases" <"$counted"
