#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What a reliable walk may cost, compared with a best-effort walk of the same
# kernel. (make bench compares with a kernel without the series as well, which
# takes a build of its own.)

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

report()
{
	awk -f "$top/vm/bench/report.awk"
}

# Is a figure over its limit told from one that is not?
at_the_limit()
{
	report <<-'EOT'
		pristine best-effort core 4 100
		default best-effort core 4 100
		default reliable core 4 150
		pristine best-effort module 4 100
		default best-effort module 4 100
		default reliable module 4 300
		pristine best-effort core 8 100
		pristine best-effort exception 8 100
		default best-effort core 8 100
		default reliable core 8 100
		default best-effort exception 8 100
		default reliable exception 8 130
		pristine fgraph-return 100
		default fgraph-return 108
		default rate walks 1000 999
		default rate error 1 4 foo+0x10/0x20
		default witness 10000 10100 10
	EOT
}

# over_the_limit FIGURE...: besides those at their limits
over_the_limit()
{
	local status=0

	printf '%s\n' 'pristine best-effort core 4 100' 'default best-effort core 4 100' \
		'default reliable core 4 100' 'pristine fgraph-return 100' \
		'default fgraph-return 100' "$@" | report >"$tmp/report" || status=$?
	cat "$tmp/report"
	[ "$status" -eq 1 ]
	[ "$(grep -c 'EXCEEDED$' "$tmp/report")" -eq 1 ]
}

figures_missing()
{
	local status=0

	echo 'default best-effort core 4 100' | report || status=$?
	[ "$status" -eq 2 ]
	status=0
	printf '%s\n' 'default best-effort core 4 100' 'default reliable core 4 100' |
		report || status=$?
	[ "$status" -eq 2 ]
	status=0
	report </dev/null || status=$?
	[ "$status" -eq 2 ]
}

check "figures at their limits pass" at_the_limit
check "a slower best-effort walk is found" over_the_limit 'default best-effort core 4 101'
check "a slow reliable walk is found" over_the_limit 'default reliable core 4 151'
check "a slow walk of module code is found" over_the_limit \
	'pristine best-effort module 4 100' \
	'default best-effort module 4 100' 'default reliable module 4 301'
check "a slow walk across an exception is found" over_the_limit \
	'pristine best-effort core 8 100' 'pristine best-effort exception 8 100' \
	'default best-effort core 8 100' 'default reliable core 8 100' \
	'default best-effort exception 8 100' 'default reliable exception 8 131'
check "a slow return from a traced function is found" over_the_limit \
	'default fgraph-return 109'
check "walks that are not reliable are found" over_the_limit 'default rate walks 10000 9989'
check "a witness that costs too much is found" over_the_limit 'default witness 10000 10101 10'
check "missing figures are found" figures_missing
check "a kernel that is not there is an error" fails_with 'has no kernel' "$top/vm/bench.sh" nosuch
progress "measuring"
check "a reliable walk costs no more than it may" "$top/vm/bench.sh" default
finish
