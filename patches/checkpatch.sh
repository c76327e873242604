#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
usage="Usage: checkpatch.sh BASE

Run the kernel's own scripts/checkpatch.pl --strict over every finished mail in
build/series/BASE (make series writes them). Every finding is a failure."

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# sections MAINTAINERS FILE
sections()
{
	(cd "$tree" && scripts/get_maintainer.pl --mpath "$1" --sections \
		--no-git --no-git-fallback --no-keywords -f "$2")
}

setup "$@"
require_applied
need perl
finished=("$BUILD/series/$name"/[0-9]*.patch)
[ ${#finished[@]} -eq $((${#mails[@]} + 1)) ] ||
	die "$BUILD/series/$name is not the series of patches/$base: run make series"

# FILE_PATH_CHANGES asks with each new file whether MAINTAINERS knows it. The
# entry is a mail of its own here, so that is looked up instead: does the
# series' MAINTAINERS name more sections for the file than the base's?
ignore=()
unclaimed=()
if ! git -C "$tree" diff --quiet base HEAD -- MAINTAINERS; then
	ignore=(--ignore FILE_PATH_CHANGES)
	git -C "$tree" show base:MAINTAINERS >"$tmp/MAINTAINERS"
	for path in $(printf '%s' "${new[@]}"); do
		[ "$(sections "$tmp/MAINTAINERS" "$path")" != "$(sections MAINTAINERS "$path")" ] ||
			unclaimed+=("$path")
	done
fi

# The types of <elf.h> have names like Elf64_Shdr, and no others.
ignore+=(--ignore CAMELCASE)

# The base is a source package, without the history that a Fixes: tag is about.
ignore+=(--ignore UNKNOWN_COMMIT_ID)

# checkpatch reads headers as C. In these two, macros are for the assembler, where a
# macro of several statements has no do-while, and a colon in .macro no spaces. And
# what is printed for a dump of the stack gets its level from the caller.
assembly()
{
	awk 'BEGIN { RS = ""; ORS = "\n\n" }
	/FILE: arch\/arm64\/include\/asm\/(assembler|linkage)\.h:/ &&
	/^(ERROR|WARNING|CHECK):(SPACING|LINE_SPACING|TRAILING_SEMICOLON|MULTISTATEMENT_MACRO_USE_DO_WHILE|MACRO_ARG_UNUSED|COMPLEX_MACRO):/ { next }
	/WARNING:PRINTK_WITHOUT_KERN_LEVEL:/ && /printk\("%s[^\n]*loglvl,$/ { next }
	{ print }'
}

failed=0
for mail in "${finished[@]:1}"; do
	status=0
	(cd "$tree" && scripts/checkpatch.pl --strict --quiet --show-types --no-summary \
		${ignore[@]+"${ignore[@]}"} "$mail") >"$tmp/all" 2>&1 || status=$?
	assembly <"$tmp/all" >"$tmp/report"
	if [ "$status" -eq 0 ] || { [ -s "$tmp/all" ] && [ ! -s "$tmp/report" ]; }; then
		say "ok ${mail##*/}"
	else
		say "FAILED ${mail##*/}"
		cat "$tmp/report"
		failed=$((failed + 1))
	fi
done
[ ${#unclaimed[@]} -eq 0 ] ||
	die "no entry that the series adds to MAINTAINERS has an F: line for: ${unclaimed[*]}"
[ "$failed" -eq 0 ] || die "$failed of ${#mails[@]} mails have findings"
