#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Usage: run.sh [SUITE...]
#
# Runs the suites (default: those which patches/BASE/check names, or every script in this
# directory), each a program that prints TAP, and says what came of every test. The last line
# has the sums; the exit status is 0 only when nothing failed.
#
# A suite with a line "# Alone: WHY" is run by itself, before the others. Of these, two
# run at a time: those of the tooling, which come first, use one processor, those that
# boot guests come last and wait for one now and then.
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
# By suite: the number of tests planned, seen and failed, its last failure if what comes
# next explains that, the seconds at its start, and whether it has ended
declare -A plan seen bad explain start over
# By suite, of those that patches/BASE/check names: the arguments
declare -A arguments

# report RESULT TEXT: the text of a TAP line, which may begin with its number
report()
{
	local text=$2

	[[ ! $text =~ ^(not )?ok\ +[0-9]*\ *(- )?(.*)$ ]] || text=${BASH_REMATCH[3]}
	case $1 in
	passed) passed=$((passed + 1)) ;;
	failed)
		failed=$((failed + 1))
		explain[$suite]=${#failures[@]}
		failures+=("$suite: $text")
		details+=("")
		;;
	skipped) skipped=$((skipped + 1)) ;;
	esac
	printf '%-7s  %s: %s\n' "$1" "$suite" "$text"
}

# ended STATUS: the suite, with that; what it did not put into words of its own
ended()
{
	if [ "${plan[$suite]:-}" != "${seen[$suite]}" ]; then
		report failed "ran ${seen[$suite]} tests, planned ${plan[$suite]:-nothing}"
	elif [ "$1" -ne 0 ] && [ "${bad[$suite]}" -eq 0 ]; then
		report failed "every test passed, but the suite ended with status $1"
	else
		return 0
	fi
	details[-1]=$(tail -n 20 "$logs/$suite.log.stderr")
	printf '%s\n' "${details[-1]}" | sed 's/^/         /'
}

# read_line LINE: what the suite has printed
read_line()
{
	local line=$1

	case $line in
	"ok "* | "not ok "*)
		seen[$suite]=$((seen[$suite] + 1))
		explain[$suite]=
		;;&
	"ok "*"# SKIP"* | "ok "*"# skip"*) report skipped "$line" ;;
	"ok "*) report passed "$line" ;;
	"not ok "*)
		bad[$suite]=$((bad[$suite] + 1))
		report failed "$line"
		;;
	"1.."*) plan[$suite]=${line#1..} ;;
	"begin") seen[$suite]=0 bad[$suite]=0 explain[$suite]='' start[$suite]=$SECONDS ;;
	"end "*)
		over[$suite]=1
		ended "${line#end }"
		printf '         %s: %s s\n' "$suite" "$((SECONDS - start[$suite]))"
		;;
	"# progress: "*) printf '         %s: %s\n' "$suite" "${line#\# progress: }" ;;
	"#"*)
		[ -n "${explain[$suite]}" ] || return 0
		printf '         %s: %s\n' "$suite" "$line"
		details[${explain[$suite]}]+="$line"$'\n'
		;;
	esac
}

# run_suite FILE: prints what that does, with its name before each line
run_suite()
{
	local suite status=0

	suite=$(basename "$1" .sh)
	{
		echo begin
		# shellcheck disable=SC2086
		"$1" ${arguments[$suite]:-} </dev/null 2>"$logs/$suite.log.stderr" | tee "$logs/$suite.log" || status=$?
		printf '\nend %s\n' "$status"
	} | sed -u "s/^/$suite /"
}

# run_from END: one suite after the other, from the first or from the last one on, until
# the other one of these has taken the rest
run_from()
{
	local file

	while file=$(
		exec 8>"$logs/lock"
		flock 8
		case $1 in
		first) sed -n 1p "$logs/left" && sed -i 1d "$logs/left" ;;
		last) sed -n '$p' "$logs/left" && sed -i '$d' "$logs/left" ;;
		esac
	) && [ -n "$file" ]; do
		run_suite "$file"
	done
}

while read -r suite rest; do
	[ -f "$top/tests/$suite.sh" ] || die "$check_list: there is no suite $suite"
	arguments[$suite]=$rest
done < <(check_lines suite)

alone=() others=()
for file in "$top"/tests/*.sh; do
	suite=$(basename "$file" .sh)
	case $suite in
	run | lib) continue ;;
	esac
	if [ $# -gt 0 ]; then
		[[ " $* " == *" $suite "* ]] || continue
	elif [ -f "$check_list" ]; then
		[ -v "arguments[$suite]" ] || continue
	fi
	if grep -q '^# Alone: ' "$file"; then
		alone+=("$file")
	else
		others+=("$file")
	fi
done
[ $((${#alone[@]} + ${#others[@]})) -gt 0 ] || die "no suite by that name: $*"

printf '%s\n' "${others[@]}" >"$logs/left"
while read -r suite line; do
	read_line "$line"
done < <(
	for file in "${alone[@]}"; do
		run_suite "$file"
	done
	run_from first &
	run_from last
	wait
)

for file in "${alone[@]}" "${others[@]}"; do
	suite=$(basename "$file" .sh)
	[ -n "${over[$suite]:-}" ] || report failed "did not end"
done
# Whoever sees the last lines alone sees which.
for n in "${!failures[@]}"; do
	[ "$n" -lt 20 ] || break
	[ "$n" -ge 3 ] || printf '%s' "${details[n]}" | tail -n 50 | sed 's/^/         /'
	printf 'failed   %s\n' "${failures[n]}"
done
printf '%s passed, %s failed%s\n' "$passed" "$failed" "$([ "$skipped" -eq 0 ] || echo ", $skipped skipped")"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
