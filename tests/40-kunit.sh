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
		        yield "%s: %s" % (path, case["name"]), case["name"], case["status"]
		    for sub in group["sub_groups"]:
		        yield from walk(sub, sub["name"] if not path else path + ": " + sub["name"])

		log = open(sys.argv[2], errors="replace").read().splitlines()
		for title, name, status in walk(json.load(open(sys.argv[1])), ""):
		    print("%s\t%s" % (status, title))
		    if status == "PASS":
		        continue
		    last = re.compile(r"(not )?ok \d+ " + re.escape(name) + r"\b")
		    at = next((i for i, line in enumerate(log) if last.search(line)), None)
		    for line in log[max(0, at - 15):at + 1] if at is not None else []:
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
[ "$ran" -gt 0 ] || status=1
result "$status" "kunit.py is content" "$tmp/kunit"
wrong=$(complaint "$kernel/test.log")
[ -z "$wrong" ] || sed -n "${wrong%%:*},+40p" "$kernel/test.log" >"$tmp/complaint"
result "$([ -z "$wrong" ]; echo $?)" "the kernel did not complain${wrong:+: $wrong}" "$tmp/complaint"
finish
