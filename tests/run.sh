#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Usage: run.sh [SUITE...]
#
# Runs the suites (default: every script in this directory), each a program
# that prints TAP, and says what came of every test. The last line has the
# sums; the exit status is 0 only when nothing failed.
#
# What failed is said again at the end, the first ones with what they printed last.
#
# A suite without a plan, with another number of tests than planned, or with a
# bad exit status after nothing but passes has failed as well.

# shellcheck source-path=SCRIPTDIR source=../vm/lib.sh
. "$(dirname "$0")/../vm/lib.sh"

logs=$BUILD/tests
need_space "$logs" 200
passed=0 failed=0 skipped=0 failures=() details=()

# report RESULT TEXT: the text of a TAP line, which may begin with its number
report()
{
	local text=$2

	[[ ! $text =~ ^(not )?ok\ +[0-9]*\ *(- )?(.*)$ ]] || text=${BASH_REMATCH[3]}
	case $1 in
	passed) passed=$((passed + 1)) ;;
	failed)
		failed=$((failed + 1))
		failures+=("$suite: $text")
		details+=("")
		;;
	skipped) skipped=$((skipped + 1)) ;;
	esac
	printf '%-7s  %s: %s\n' "$1" "$suite" "$text"
}

run_suite()
{
	local plan='' seen=0 bad=0 explain='' status=0 line log=$logs/$suite.log

	while IFS= read -r line; do
		case $line in
		"ok "*) explain='' ;;&
		"not ok "*) explain=1 ;;&
		"ok "*"# SKIP"* | "ok "*"# skip"*)
			seen=$((seen + 1))
			report skipped "$line"
			;;
		"ok "*)
			seen=$((seen + 1))
			report passed "$line"
			;;
		"not ok "*)
			seen=$((seen + 1)) bad=$((bad + 1))
			report failed "$line"
			;;
		"1.."*) plan=${line#1..} ;;
		"status "*) status=${line#status } ;;
		"# progress: "*) printf '         %s: %s\n' "$suite" "${line#\# progress: }" ;;
		"#"*)
			[ -n "$explain" ] || continue
			printf '         %s\n' "$line"
			details[-1]+="$line"$'\n'
			;;
		esac
	done < <(
		code=0
		"$1" </dev/null 2>"$log.stderr" | tee "$log" || code=$?
		printf '\nstatus %s\n' "$code"
	)
	# What the suite did not put into words of its own.
	if [ "$plan" != "$seen" ]; then
		report failed "ran $seen tests, planned ${plan:-nothing}"
	elif [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then
		report failed "every test passed, but the suite ended with status $status"
	else
		return 0
	fi
	details[-1]=$(tail -n 20 "$log.stderr")
	printf '%s\n' "${details[-1]}" | sed 's/^/         /'
}

suites=()
for file in "$top"/tests/*.sh; do
	suite=$(basename "$file" .sh)
	case $suite in
	run | lib) continue ;;
	esac
	[ $# -eq 0 ] || [[ " $* " == *" $suite "* ]] || continue
	suites+=("$file")
done
[ ${#suites[@]} -gt 0 ] || die "no suite by that name: $*"

for file in "${suites[@]}"; do
	suite=$(basename "$file" .sh)
	start=$SECONDS
	run_suite "$file"
	printf '         %s: %s s\n' "$suite" "$((SECONDS - start))"
done
# Whoever sees the last lines alone sees which.
for n in "${!failures[@]}"; do
	[ "$n" -lt 20 ] || break
	[ "$n" -ge 3 ] || printf '%s' "${details[n]}" | tail -n 50 | sed 's/^/         /'
	printf 'failed   %s\n' "${failures[n]}"
done
printf '%s passed, %s failed%s\n' "$passed" "$failed" "$([ "$skipped" -eq 0 ] || echo ", $skipped skipped")"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
