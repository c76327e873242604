#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The livepatch selftests: the kernel's own, unmodified, and those that the
# series adds (85-fire.sh has test-under-fire.sh). A script that skips itself
# proves nothing, so it has failed, unless patches/BASE/check says why it skips.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# By script: why it may skip itself
declare -A reason
while read -r script why; do
	reason[$script]=$why
done < <(check_lines skip)

status=0
explain=$tmp/explain
: >"$explain"
while IFS= read -r line; do
	# The runner prints what a script says as comments, and then its result.
	if [[ $line =~ ^(not )?ok\ [0-9]+\ selftests:\ (.*)$ ]]; then
		case $line in
		"not ok"*) result 1 "${BASH_REMATCH[2]}" "$explain" ;;
		*"# SKIP"*)
			script=${BASH_REMATCH[2]% # SKIP*} script=${script##*: }
			if [ -n "${reason[$script]:-}" ]; then
				skip "livepatch: $script" "${reason[$script]}"
			else
				result 1 "${BASH_REMATCH[2]}" "$explain"
			fi
			;;
		*) result 0 "${BASH_REMATCH[2]}" ;;
		esac
		: >"$explain"
	elif [[ $line =~ ^1\.\.([0-9]+) ]]; then
		planned=${BASH_REMATCH[1]}
	else
		printf '%s\n' "$line" >>"$explain"
		[[ ! $line =~ ^\#\ TEST ]] || progress "${line#\# }"
	fi
done < <("$top/vm/selftests.sh" 2>"$tmp/stderr" || echo "failed with $?" >"$tmp/status")
ran=$tests
cat "$tmp/stderr" >>"$explain"
[ ! -e "$tmp/status" ] || status=1
result "$status" "the guest went down in peace" "$explain"
# Scripts are named in the kernel's Makefile.
[ "$ran" -gt 0 ] && [ "$ran" = "${planned:-}" ] || status=1
result "$status" "all of the ${planned:-unknown number of} scripts had a result" "$explain"
finish
