#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Usage: [KEEP=1] debian-kernels.sh [SUITE...]
#
# Makes unwind tables for Debian's own arm64 kernels, which know nothing of the series,
# and executes their functions against these (tests/unwindtool/execute): the code is of
# other compilers and configurations than that of make check, and there is three times as
# much. A line says what came of each. vmlinux is in a package of 1.2 GB; KEEP=1 keeps it,
# and 0.4 GB of disk, for the next time.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

work=$BUILD/debian-kernels
kernels=$*
# GCC 12, 14, 14 and 16
: "${kernels:=bookworm-backports trixie trixie-backports sid}"
need cc aarch64-linux-gnu-gcc
[ -e "$out/linux/tools/objtool" ] || die "$out/linux is not there: run make tree, which makes it"

mkdir -p "$work"
take_lock "$work.lock" "$work"
make -s -C "$top/tests/unwindtool/execute" OUT="$work" NORETURNS="$out/linux/tools/objtool"
cc -std=gnu11 -O2 -D_GNU_SOURCE -I "$out/linux/tools/objtool" "$top"/scripts/unwindtool/*.c \
	-o "$work/unwindtool" -ldw -lelf

# vmlinux SUITE: prints the name of its newest kernel's
vmlinux()
{
	find "$work/$1" -name 'vmlinux*' -type f -size +100M 2>/dev/null | sort -V | tail -n 1
}

# execute SUITE: prints what came of it; it may fail
execute()
{
	local log=$work/$1.log file status=0 option

	file=$(vmlinux "$1")
	if [ -z "$file" ]; then
		need_space "$work" 2000
		fetch_packages -d -a arm64 -f '*/vmlinux*' "$work/$1" "$log" "$1" linux-image-arm64-dbg >&2
		file=$(vmlinux "$1")
		[ -n "$file" ] || { echo "linux-image-arm64-dbg of Debian $1 has no vmlinux"; return 1; }
	fi
	"$work/unwindtool" table --quiet --findings "$work/$1.findings" "$file" -o "$work/$1.S" \
		>"$log" 2>&1 || { tail -n 3 "$log"; return 1; }
	aarch64-linux-gnu-gcc -c "$work/$1.S" -o "$work/$1.o" 2>&1 || return
	for option in "" --alternatives; do
		# shellcheck disable=SC2086
		"$work/execute" $option --table "$work/$1.o" "$file" >"$work/$1.out$option" || status=1
		grep 'mismatch: ' "$work/$1.out$option" | head -n 3 || :
	done
	grep -a -o -m 1 'Linux version [0-9][^#]*' "$file" | head -n 1
	sed -n 's/^all 1 files: //p; /^reliable instructions/p' "$work/$1.out"
	[ -n "${KEEP:-}" ] || [ "$status" -ne 0 ] || rm -rf "${work:?}/$1" "$work/$1.S" "$work/$1.o"
	return "$status"
}

failed=0
for suite in $kernels; do
	result=ok
	what=$(execute "$suite") || { result=failed; failed=$((failed + 1)); }
	printf '%-7s Debian %s: %s\n' "$result" "$suite" "${what//$'\n'/; }"
done
[ "$failed" -eq 0 ]
