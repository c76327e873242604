# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# For the suites in this directory: TAP on standard output. To be sourced.

# shellcheck source-path=SCRIPTDIR source=../vm/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../vm/lib.sh"

# The kernel with a shadow call stack
# shellcheck disable=SC2034
scs_kernel=$(newest_gcc)+scs

tests=0
not_ok=0
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM HUP

# result STATUS NAME [FILE]: one test, and what it printed if it failed
result()
{
	tests=$((tests + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $tests - $2"
	else
		not_ok=$((not_ok + 1))
		echo "not ok $tests - $2"
		[ -z "${3:-}" ] || tail -n 60 "$3" | sed 's/^/# /'
	fi
}

# check NAME COMMAND...: passes if the command does. It runs in a shell of its
# own with -e, so a function's first failing command is its end.
check()
{
	local name=$1 status

	shift
	set +e
	(set -e; "$@") >"$tmp/out" 2>&1 </dev/null
	status=$?
	set -e
	result "$status" "$name" "$tmp/out"
}

# stub FILE TEXT: makes a script, in place of a program that would build or boot something
stub()
{
	mkdir -p "${1%/*}"
	printf '#!/bin/bash\n%s\n' "$2" >"$1"
	chmod +x "$1"
}

skip()
{
	tests=$((tests + 1))
	echo "ok $tests - $1 # SKIP $2"
}

progress()
{
	echo "# progress: $*"
}

# fails_with TEXT COMMAND...: it must fail, with an error that has this text
fails_with()
{
	local text=$1 status=0

	shift
	"$@" >"$tmp/printed" 2>&1 || status=$?
	cat "$tmp/printed"
	[ "$status" -ne 0 ] || { echo "ended with status 0, and should have failed"; return 1; }
	grep -q "error: .*$text" "$tmp/printed" || { echo "did not say: $text"; return 1; }
}

# no_pmu CONFIG: the kernel's argument that keeps the PMU's driver out. What LTO makes
# of an initcall has a name of its own.
no_pmu()
{
	local name

	name=$(sed -n 's/^.* [tT] \(__initstub__.*_armv8_pmu_driver_init.*\)/\1/p' "$out/$1/System.map")
	echo "initcall_blacklist=${name:-armv8_pmu_driver_init}"
}

finish()
{
	echo "1..$tests"
	[ "$not_ok" -eq 0 ]
}
