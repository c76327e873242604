#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Usage: 40-kunit.sh [CONFIG...]
#
# The KUnit suites that are built into the kernels, booted and read by the
# kernel's own kunit.py:
#
#   - all suites on the default kernel, and those of the series with a shadow
#     call stack and on the kernel that Clang built, with its shadow call stack too;
#   - the sweep, an interrupt at each instruction, which needs a machine of its
#     own: instructions for time, and one CPU. With ordinary interrupts, and as
#     pseudo-NMI, which code with interrupts off does not hold back;
#   - EFI runtime services, which need a machine with EFI firmware.
#
# With CONFIG, the suites of the series and the sweep on these kernels, as far as
# they have them.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# Sums alone hide which case it was, so take them one by one. A failing case
# shows what the kernel printed just before it.
cases()
{
	python3 - "$tmp/results" "$1/test.log" <<-'EOT'
		import json, re, sys

		def walk(group, path):
		    for case in group["test_cases"]:
		        yield "%s: %s" % (path, case["name"]), group["name"], case
		    for sub in group["sub_groups"]:
		        yield from walk(sub, sub["name"] if not path else path + ": " + sub["name"])

		def first(pattern, start):
		    found = (i for i in range(start, len(log)) if re.search(pattern, log[i]))
		    return next(found, len(log) - 1)

		log = open(sys.argv[2], errors="replace").read().splitlines()
		for title, suite, case in walk(json.load(open(sys.argv[1])), ""):
		    print("%s\t%s" % (case["status"], title))
		    if case["status"] == "PASS":
		        continue
		    at = first(r"# Subtest: %s$" % re.escape(suite), 0)
		    at = first(r"(not )?ok \d+ %s\b" % re.escape(case["name"]), at)
		    for line in log[max(0, at - 15):at + 1]:
		        print("#\t" + line)
	EOT
}

# has CONFIG SYMBOL
has()
{
	grep -q "^CONFIG_$2=y" "$out/$1/.config"
}

# may_skip CONFIG TITLE: a case that this configuration has nothing for
may_skip()
{
	case $2 in
	*": preempted_task") ! has "$1" PREEMPTION ;;
	*": current_task_in_softirq") has "$1" PREEMPT_RT ;;
	*": ftrace_stub_direct_tramp") ! has "$1" DYNAMIC_FTRACE_WITH_DIRECT_CALLS ;;
	*) false ;;
	esac
}

# lacks_end CONFIG: PREEMPT_RT has a thread that writes to the console, and a reboot does
# not wait for it. So the results of the last suite may be lost, without a complaint, a
# failure, or a hang. (So may be those of a machine that resets itself at once.)
lacks_end()
{
	local log=$out/$1/test.log last

	if ! has "$1" PREEMPT_RT || [ -n "$(complaint "$log" "$out/$1")" ] ||
		grep -q '\] *not ok ' "$log" || grep -q 'timed out' "$tmp/kunit"; then
		return 1
	fi
	last=$(sed -n 's/^\[ *[0-9.]*\] 1\.\.\([0-9]*\).*/\1/p' "$log" | head -n 1)
	[ -n "$last" ] && ! grep -q "^\[ *[0-9.]*\] \(not \)\?ok $last " "$log"
}

# kunit CONFIG WHAT QEMU_ARGS ARGUMENT...: boot it, and count each case
kunit()
{
	local config=$1 kernel=$out/$1 what=$2 qemu_args=$3 status=0 ran=0 boots=1 before=$not_ok
	local verdict title wrong

	shift 3
	progress "$what"
	while :; do
		rm -f "$tmp/results" "$kernel/test.log"
		status=0
		(cd "$out/linux" && tools/testing/kunit/kunit.py exec --arch=arm64 \
			--cross_compile=aarch64-linux-gnu- --build_dir="$kernel" --timeout=600 \
			--qemu_args="-M virt,gic-version=3 -nic none $qemu_args" \
			--kernel_args=panic=-1 --json="$tmp/results" "$@") \
			>"$tmp/kunit" 2>&1 </dev/null || status=$?
		[ "$boots" -lt 3 ] || break
		lacks_end "$config" || break
		cp "$kernel/test.log" "$kernel/test-$boots.log"
		boots=$((boots + 1))
		progress "$what: the end of the console is lost, boot $boots"
	done

	if [ -s "$tmp/results" ]; then
		while IFS=$'\t' read -r verdict title; do
			case $verdict in
			PASS) result 0 "$what: $title" ;;
			"#") echo "# $title" ;;
			SKIP)
				if may_skip "$config" "$title"; then
					skip "$what: $title" "not in this configuration"
				else
					result 1 "$what: $title ($verdict)"
				fi
				;;
			*) result 1 "$what: $title ($verdict)" ;;
			esac
			ran=$((ran + 1))
		done < <(cases "$kernel")
	fi
	# It fails when a case did, which has been said.
	[ "$not_ok" -eq "$before" ] || status=0
	[ "$ran" -gt 0 ] || status=1
	result "$status" "$what: kunit.py found no other fault" "$tmp/kunit"
	wrong=$(complaint "$kernel/test.log" "$kernel")
	[ -z "$wrong" ] || sed -n "${wrong%%:*},+40p" "$kernel/test.log" >"$tmp/complaint"
	result "$([ -z "$wrong" ]; echo $?)" \
		"$what: the kernel did not complain${wrong:+: $wrong}" "$tmp/complaint"
}

# sweep CONFIG WHAT [ARGUMENT...]
sweep()
{
	local kind=interrupts

	[ $# -eq 2 ] || kind=NMIs
	# It takes the PMU for itself, so the PMU's driver must not have it.
	kunit "$1" "$2" "-icount shift=0" --kernel_args=nr_cpus=1 \
		--kernel_args="$(no_pmu "$1")" "${@:3}" \
		arm64_stacktrace_sweep
	check "$2: with the right interrupts" grep -q "while $kind were off" "$out/$1/test.log"
	# What was swept, and what was not, is for people to see.
	sed -n 's/.*arm64_stacktrace_sweep: \(hit in\|not hit\)/# progress: \1/p' "$out/$1/test.log" |
		sed 's/instructions/insns/; s/not hit while \(.*\) were off: /\1 off /'
}

# patched CONFIG WHAT: the shadow call stack of a kernel that has one patched in at boot.
# Where the CPU signs return addresses or has BTI, it is not there.
patched()
{
	kunit "$1" "$2" "-smp 2" --kernel_args=arm64.nopauth --kernel_args=arm64.nobti \
		--filter 'speed>very_slow' 'arm64_*'
	check "$2: it is there" grep -q "Enabling dynamic shadow call stack" "$out/$1/test.log"
}

for name; do
	kunit "$name" "$name" "-smp 2" --filter 'speed>very_slow' 'arm64_*'
	! has "$name" DYNAMIC_SCS || patched "$name" "$name, shadow call stack patched in"
	if has "$name" ARM64_STACKTRACE_SWEEP_KUNIT_TEST; then
		sweep "$name" "$name, sweep"
		sweep "$name" "$name, sweep by NMI" --kernel_args=irqchip.gicv3_pseudo_nmi=1
	else
		progress "$name has no sweep"
	fi
done
if [ $# -gt 0 ]; then
	finish
	exit
fi

kunit default "KUnit" "-smp 2" --filter 'speed>very_slow'
# Without ACPI, which the kernel does not have: the firmware passes a device tree on.
# Instructions for time, or a busy machine spends too little of it in the firmware.
kunit default "KUnit, EFI" \
	"-icount shift=0 -M virt,acpi=off -bios /usr/share/qemu-efi-aarch64/QEMU_EFI.fd" \
	--kernel_args=nr_cpus=1 arm64_stacktrace_efi
# The kernel itself at EL2
kunit default "KUnit, VHE" "-M virt,virtualization=on -smp 2" --filter 'speed>very_slow' 'arm64_*'
kunit "$scs_kernel" "KUnit, ${scs_kernel%%+*}, shadow call stack" "-smp 2" --filter 'speed>very_slow' 'arm64_*'
kunit clang "KUnit, Clang" "-smp 2" --filter 'speed>very_slow' 'arm64_*'
patched clang "KUnit, Clang, shadow call stack patched in"
sweep default "sweep"
sweep default "sweep by NMI" --kernel_args=irqchip.gicv3_pseudo_nmi=1
sweep "$scs_kernel" "sweep, ${scs_kernel%%+*}, shadow call stack"
sweep "$scs_kernel" "sweep by NMI, ${scs_kernel%%+*}, shadow call stack" --kernel_args=irqchip.gicv3_pseudo_nmi=1
sweep clang "sweep, Clang"
sweep clang "sweep by NMI, Clang" --kernel_args=irqchip.gicv3_pseudo_nmi=1
finish
