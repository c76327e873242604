#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Usage: bench.sh [CONFIG...]
#
# Measures what a walk of the stack costs, and a look-up in the unwind table, in the
# guest's instructions, how many walks of interrupted tasks are reliable, and what the
# witness of walks costs where there is one (scs, clang), on the kernels CONFIG (default: pristine default), and prints a table: name, value, unit.
# Ends with an error if a figure is over its limit (bench/report.awk). With RECORD=1, the
# table goes into RESULTS.md, see result.sh.
#
# Instructions are counted, not timed: they are the same in every run, on every
# machine.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

kernels=("$@")
[ $# -gt 0 ] || kernels=(pristine default)
name=bench command="make bench"
[ $# -eq 0 ] || name="bench-${*// /-}" command="vm/bench.sh $*"
need aarch64-linux-gnu-gcc
for kernel in "${kernels[@]}"; do
	[ -f "$out/$kernel/Module.symvers" ] ||
		die "$out/$kernel has no kernel: run make kernel CONFIG=$kernel"
done

# measure SCRIPT [VARIABLE=VALUE...]: run it in the guest, with these for vm/run.sh
measure()
{
	local script=$1

	shift
	env "$@" CONFIG="$kernel" KEEP="$build" \
		"$top/vm/run.sh" "$top/vm/bench/$script" "$top/vm/bench/guest-lib" \
		"$BUILD/stress-ng/stress-ng" "$top/vm/guest-stress" "$build"/*.ko >"$build/figures" || {
		cat "$build/figures" >&2
		die "the kernel $kernel could not be measured, its console is in $build/console.log"
	}
	sed "s/^/$kernel /" "$build/figures" >>"$dir/figures"
}

"$top/vm/stress-ng.sh"
dir=$out/bench
need_space "$dir" 600
take_lock "$dir/lock" "$dir"
: >"$dir/figures"
for kernel in "${kernels[@]}"; do
	say "measuring on the kernel $kernel" >&2
	build=$dir/$kernel
	rm -rf "$build"
	mkdir "$build"
	cp "$top"/vm/bench/{Kbuild,*.c} "$build"
	make -C "$out/$kernel" M="$build" ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- \
		modules >"$build/log" 2>&1 || {
		tail -n 20 "$build/log" >&2
		die "the modules that measure do not build for the kernel $kernel, see $build/log"
	}
	# Under icount the CPUs take turns: one alone has all the instructions.
	measure guest ICOUNT=1 CMDLINE="nr_cpus=1"
	# What is interrupted is a matter of chance, so this is as on any machine.
	[ ! -e "$build/rate_bench.ko" ] || measure guest-rate
	! grep -q '^CONFIG_ARM64_STACKTRACE_WITNESS=y' "$out/$kernel/.config" ||
		measure guest-witness ICOUNT=1 CMDLINE="nr_cpus=1 irqchip.gicv3_pseudo_nmi=1"
done

status=0
awk -f "$top/vm/bench/report.awk" "$dir/figures" | tee "$dir/report" || status=$?
case $status in
0) ;;
1) die "a figure is over its limit: see the lines above that end in EXCEEDED" ;;
*) die "figures are missing from $dir/figures" ;;
esac
"$top/vm/result.sh" "$name" "$command" <"$dir/report"
