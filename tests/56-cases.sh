#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Usage: 56-cases.sh [NAME...]
#
# What users of livepatch and of tracers have reported elsewhere, each in a directory of
# tests/cases: it works here. All of them run in one guest, or those that are named.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need aarch64-linux-gnu-gcc aarch64-linux-gnu-readelf

cases=$top/tests/cases
[ $# -gt 0 ] || set -- fexit-on-livepatched sleeping-states probe-at-entry exception-table \
	crowd-in-old-function

modules()
{
	mkdir "$tmp/cases"
	cp -r "$cases"/. "$tmp/cases"
	make -C "$out/default" ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- M="$tmp/cases" modules
	# Else that test would be about something else.
	aarch64-linux-gnu-readelf -SW "$tmp/cases/exception-table/patch_get_user.ko" | grep ' __ex_table ' >/dev/null
}

# program FILE
program()
{
	aarch64-linux-gnu-gcc -O2 -Wall -Wextra -Werror -D_GNU_SOURCE -static -pthread \
		-I "$top/tools/testing/selftests/livepatch" -o "$tmp/files/$(basename "$1" .c)" "$1"
}

programs()
{
	program "$cases/fexit-on-livepatched/get_interval.c"
	program "$cases/sleeping-states/states.c"
	program "$cases/crowd-in-old-function/threads.c"
	program "$cases/exception-table/read_page.c"
	program "$top/vm/witness/bpf_attach.c"
}

mkdir "$tmp/files"
progress "building"
check "the modules build" modules
check "the programs build" programs
cp "$tmp"/cases/*/*.ko "$cases/lib.sh" "$tmp/files"
for name; do
	cp "$cases/$name/guest" "$tmp/files/$name"
done
printf '%s\n' "$@" >"$tmp/files/tests"

while IFS= read -r line; do
	case $line in
	"ok "*) result 0 "${line#ok }" ;;
	"not ok "*) result 1 "${line#not ok }" ;;
	"# "*) printf '%s\n' "$line" ;;
	esac
done < <(
	status=0
	KEEP=$tmp/console TIMEOUT=900 "$top/vm/run.sh" "$cases/guest" "$tmp"/files/* </dev/null 2>&1 |
		tee "$tmp/said" || status=$?
	echo "$status" >"$tmp/status"
)
for name; do
	check "$name: runs to its end" grep -qx "end $name" "$tmp/said"
done
result "$(cat "$tmp/status")" "the kernel has no complaint" "$tmp/said"
finish
