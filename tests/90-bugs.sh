#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The bugs of the base that sets of the series fix: each fails as said on the pristine base,
# and passes with the series. A base without patches/BASE/bugs has none.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

if [ ! -f "$top/patches/$BASE/bugs" ]; then
	finish
	exit 0
fi
while IFS= read -r line; do
	case $line in
	*": pristine: fails: "* | *": with "*": passes: "*) result 0 "$line" ;;
	*": pristine: "* | *": with "*) result 1 "$line" ;;
	*) progress "$line" ;;
	esac
done < <("$top/vm/show-bugs.sh" 2>"$tmp/stderr" || echo "failed with $?" >"$tmp/status")
status=0
[ ! -e "$tmp/status" ] && [ "$tests" -gt 0 ] || status=1
result "$status" "all of the bugs were run" "$tmp/stderr"
finish
