#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Usage: 46-kunit-module.sh [CONFIG...]
#
# The sweep, an interrupt at each instruction, of a module: in its functions, in one
# that is traced, and in one that replaces another as a livepatch does. With the module
# in reach of the kernel; by NMI; and so far away that it needs its PLT and its ftrace
# trampolines. Without CONFIG on the default kernel.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

cat >"$tmp/script" <<'EOT'
#!/bin/bash
modprobe stacktrace_module_sweep
cat /sys/kernel/debug/kunit/arm64_stacktrace_module/results
EOT
export KEEP=$tmp/keep ICOUNT=1

# sweep CONFIG WHAT WHERE ARGUMENT...: the module has to be there, near or far
sweep()
{
	local what=$2 where=$3 status=0 cases=0 verdict title

	progress "$what"
	CONFIG=$1 CMDLINE="kunit.enable=1 kunit.filter_glob=arm64_stacktrace_module nr_cpus=1 $(no_pmu "$1") ${*:4}" \
		"$top/vm/run.sh" "$tmp/script" >"$tmp/results" 2>"$tmp/stderr" || status=$?

	# Each case, and the suite as the last one
	while IFS=: read -r verdict title; do
		cases=$((cases + 1))
		grep -B 25 "^ *not ok [0-9]* $title" "$tmp/results" >"$tmp/explain" || :
		[[ $title != *"# SKIP"* ]] || verdict=skipped
		result "$([ "$verdict" = ok ]; echo $?)" "$what: $title" "$tmp/explain"
	done < <(sed -n -E 's/^ *(not ok|ok) [0-9]+ (.*)/\1:\2/p' "$tmp/results")
	[ "$cases" -ge 12 ] || { status=1; echo "only $cases cases ran" >>"$tmp/stderr"; }
	grep -q "the module is $where:" "$tmp/results" ||
		{ status=1; echo "the module is not $where" >>"$tmp/stderr"; }
	result "$status" "$what: the guest went down in peace" "$tmp/stderr"
	# What was swept, and what was not, is for people to see.
	sed -n 's/.*arm64_stacktrace_module: \(hit in\|not hit\|the module\)/# progress: \1/p' \
		"$tmp/results"
}

[ $# -gt 0 ] || set -- default
for name; do
	if ! grep -q '^CONFIG_ARM64_STACKTRACE_MODULE_KUNIT_TEST=m' "$out/$name/.config"; then
		progress "$name has no sweep of a module"
		continue
	fi
	sweep "$name" "$name, module" near
	sweep "$name" "$name, module, by NMI" near irqchip.gicv3_pseudo_nmi=1
	# Without KASLR, all of the region of 2G is on one side of the kernel.
	sweep "$name" "$name, far module" far nokaslr stacktrace_sweep_kunit.far_modules=1
done
finish
