#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The KUnit suites that are built into the default kernel, booted and read by
# the kernel's own kunit.py.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

kernel=$out/default

# Sums alone hide which case it was, so take them one by one. A failing case
# shows what the kernel printed just before it.
cases()
{
	python3 - "$tmp/results" "$kernel/test.log" <<-'EOT'
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

progress "booting $kernel"
status=0
(cd "$out/linux" && tools/testing/kunit/kunit.py exec --arch=arm64 \
	--cross_compile=aarch64-linux-gnu- --build_dir="$kernel" --timeout=600 \
	--qemu_args="-M virt,gic-version=3 -smp 2 -nic none" --json="$tmp/results") \
	>"$tmp/kunit" 2>&1 </dev/null || status=$?

ran=0
if [ -s "$tmp/results" ]; then
	while IFS=$'\t' read -r verdict title; do
		case $verdict in
		PASS) result 0 "$title" ;;
		"#") echo "# $title" ;;
		*) result 1 "$title ($verdict)" ;;
		esac
		ran=$((ran + 1))
	done < <(cases)
fi
# It fails when a case did, which has been said.
[ "$not_ok" -eq 0 ] || status=0
[ "$ran" -gt 0 ] || status=1
result "$status" "kunit.py found no other fault" "$tmp/kunit"
wrong=$(complaint "$kernel/test.log")
[ -z "$wrong" ] || sed -n "${wrong%%:*},+40p" "$kernel/test.log" >"$tmp/complaint"
result "$([ -z "$wrong" ]; echo $?)" "the kernel did not complain${wrong:+: $wrong}" "$tmp/complaint"
finish
