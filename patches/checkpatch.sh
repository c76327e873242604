#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
usage="Usage: checkpatch.sh BASE

Run the kernel's own scripts/checkpatch.pl --strict over every finished mail in
build/series/BASE (make series writes them). Every finding is a failure."

. "$(dirname "$0")/lib.sh"

setup "$@"
require_applied
need perl
finished=("$BUILD/series/$name"/[0-9]*.patch)
[ ${#finished[@]} -eq $((${#mails[@]} + 1)) ] ||
	die "$BUILD/series/$name is not the series of patches/$base: run make series"

# FILE_PATH_CHANGES asks with each new file whether MAINTAINERS knows it. That
# entry is a mail of its own here, so the question is put below instead.
failed=0
for mail in "${finished[@]:1}"; do
	if (cd "$tree" && scripts/checkpatch.pl --strict --quiet --show-types --no-summary \
		--ignore FILE_PATH_CHANGES "$mail") >"$tmp/report" 2>&1; then
		say "ok ${mail##*/}"
	else
		say "FAILED ${mail##*/}"
		cat "$tmp/report"
		failed=$((failed + 1))
	fi
done
[ "$failed" -eq 0 ] || die "$failed of ${#mails[@]} mails have findings"
