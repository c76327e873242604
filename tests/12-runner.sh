#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What make check runs for a base, and what it makes of the outcome: tests/run.sh with suites
# that are made up here, vm/kernels.sh with no compiler, and 50-selftests with no guest.

# The scripts that are made up here expand what is in them by themselves.
# shellcheck disable=SC2016
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

unset LINUX CONFIG
repo=$tmp/repo
export BASE=v6.12 BUILD=$tmp/build

# fresh: a repository without suites, in which building a kernel prints its name
fresh()
{
	rm -rf "$repo" "$BUILD"
	mkdir -p "$repo/tests" "$repo/patches/v6.12" "$repo/patches/v7.3"
	cp -r "$top/vm" "$repo"
	cp "$top/tests/lib.sh" "$top/tests/run.sh" "$repo/tests"
	stub "$repo/vm/kernel.sh" 'echo "built $1"'
}

# runs STATUS COMMAND...: with what it prints in $tmp/printed
runs()
{
	local want=$1 status=0

	shift
	"$@" >"$tmp/printed" 2>&1 || status=$?
	cat "$tmp/printed"
	[ "$status" -eq "$want" ]
}

outcomes()
{
	fresh
	stub "$repo/tests/10-good.sh" 'echo "ok 1 - a"; echo "ok 2 - b # SKIP no"; echo 1..2'
	runs 0 "$repo/tests/run.sh"
	[ "$(tail -n 1 "$tmp/printed")" = "1 passed, 0 failed, 1 skipped" ]
	stub "$repo/tests/20-bad.sh" 'echo "ok 1 - a"; echo "not ok 2 - b"; echo "# why"; echo 1..2; exit 1'
	runs 1 "$repo/tests/run.sh"
	[ "$(tail -n 1 "$tmp/printed")" = "2 passed, 1 failed, 1 skipped" ]
	grep -x 'failed   20-bad: b' "$tmp/printed"
	runs 0 "$repo/tests/run.sh" 10-good
	stub "$repo/tests/20-bad.sh" 'echo "ok 1 - a"; echo 1..2'
	runs 1 "$repo/tests/run.sh"
	grep -x 'failed   20-bad: ran 1 tests, planned 2' "$tmp/printed"
	stub "$repo/tests/20-bad.sh" 'echo "ok 1 - a"; echo 1..1; kill -9 $$'
	runs 1 "$repo/tests/run.sh"
	grep -x 'failed   20-bad: every test passed, but .* status 137' "$tmp/printed"
	rm "$repo"/tests/[12]0-*.sh
	runs 1 "$repo/tests/run.sh"
}

by_base()
{
	fresh
	stub "$repo/tests/10-one.sh" 'echo "ok 1 - one $*"; echo 1..1'
	stub "$repo/tests/20-two.sh" 'echo "ok 1 - two"; echo 1..1'
	printf '%s\n' '# a comment' 'kernel default' 'kernel clang' 'suite 10-one a b' \
		>"$repo/patches/v7.3/check"
	runs 0 "$repo/tests/run.sh"
	grep -x '2 passed, 0 failed' "$tmp/printed"
	runs 0 env BASE=v7.3 "$repo/tests/run.sh"
	grep -x 'passed   10-one: one a b' "$tmp/printed"
	grep -x '1 passed, 0 failed' "$tmp/printed"
	runs 0 env BASE=v7.3 "$repo/tests/run.sh" 20-two
	grep -x 'passed   20-two: two' "$tmp/printed"
	echo 'suite 30-none' >>"$repo/patches/v7.3/check"
	runs 1 env BASE=v7.3 "$repo/tests/run.sh"
	grep 'there is no suite 30-none' "$tmp/printed"
	runs 0 env BASE=v7.3 "$repo/vm/kernels.sh"
	diff "$tmp/printed" <(printf 'built %s\n' default clang)
	runs 0 "$repo/vm/kernels.sh"
	diff "$tmp/printed" <(printf 'built %s\n' default "$scs_kernel" clang)
	echo '# nothing' >"$repo/patches/v7.3/check"
	runs 1 env BASE=v7.3 "$repo/vm/kernels.sh"
}

# The bases that are there name suites that are there, and kernels.
real_lists()
{
	local list name

	for list in "$top"/patches/*/check; do
		grep '^kernel default$' "$list"
		while read -r name; do
			[ -x "$top/tests/$name.sh" ] || { echo "$list: $name"; return 1; }
		done < <(sed -n 's/^suite \([^ ]*\).*/\1/p' "$list")
		[ "$(grep -vc -e '^#' -e '^$' -e '^kernel [^ ]*$' -e '^suite [^ ]' \
			-e '^skip test-[^ ]*\.sh [^ ]' "$list")" -eq 0 ]
	done
}

selftests_skip()
{
	fresh
	cp "$top/tests/50-selftests.sh" "$repo/tests"
	stub "$repo/vm/selftests.sh" '
		echo 1..2
		echo "ok 1 selftests: livepatch: test-a.sh"
		echo "ok 2 selftests: livepatch: test-b.sh # SKIP"'
	runs 1 "$repo/tests/50-selftests.sh"
	grep '^not ok 2 - livepatch: test-b.sh' "$tmp/printed"
	printf '%s\n' 'skip test-ab.sh no' 'skip test-b.sh there is no b' >"$repo/patches/v6.12/check"
	runs 0 "$repo/tests/50-selftests.sh"
	grep -x 'ok 2 - livepatch: test-b.sh # SKIP there is no b' "$tmp/printed"
	# One that may skip itself may not fail, and no other one may skip itself.
	stub "$repo/vm/selftests.sh" 'echo 1..1; echo "not ok 1 selftests: livepatch: test-b.sh # exit=1"'
	runs 1 "$repo/tests/50-selftests.sh"
	stub "$repo/vm/selftests.sh" 'echo 1..1; echo "ok 1 selftests: livepatch: test-a.sh # SKIP"'
	runs 1 "$repo/tests/50-selftests.sh"
}

check "a suite's outcome" outcomes
check "the kernels and suites of a base" by_base
check "patches/BASE/check names what is there" real_lists
check "a selftest skips itself only for a reason" selftests_skip
finish
