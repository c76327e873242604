#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
usage="Usage: checkpatch.sh BASE

Run the kernel's own scripts/checkpatch.pl --strict over every finished mail in
build/series/BASE (make series writes them), and ask its scripts/get_maintainer.pl who
is to have the mails of each set. Every finding is a failure."

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# get_maintainer ARGUMENT...
get_maintainer()
{
	(cd "$tree" && scripts/get_maintainer.pl --no-git --no-git-fallback --no-keywords \
		--no-fixes "$@")
}

# names FILE: the names of the entries in MAINTAINERS, which are the lines without a letter
# in front
names()
{
	grep -v -e '^$' -e '^[A-Z]:' -e '^[^A-Z0-9]' "$1" | sort -u
}

# sections MAINTAINERS FILE: the names of the entries that FILE is in
sections()
{
	get_maintainer --mpath "$1" --sections -f "$2" | names -
}

# recipients SET: is everybody there whom get_maintainer.pl names for its mails? And does it
# know those whom the mails are for? (Others may get a copy, such as who made what is fixed.)
recipients()
{
	local letter=$dir/$1/cover-letter who bad=0

	get_maintainer --no-rolestats "$BUILD/series/$name/$1"/*[1-9]-*.patch >"$tmp/named"
	{ cover_key To "$letter"; cover_key Cc "$letter"; } >"$tmp/listed"
	while read -r who; do
		grep -qF "${who##* }" "$tmp/listed" || { say "FAILED $1: $who is no recipient"; bad=1; }
	done <"$tmp/named"
	while read -r who; do
		grep -qF "${who##* }" "$tmp/named" || { say "FAILED $1: To: $who, whom get_maintainer.pl does not name"; bad=1; }
	done < <(cover_key To "$letter")
	return "$bad"
}

setup "$@"
require_applied
need perl
finished=()
failed=0
for set in "${sets[@]}"; do
	there=("$BUILD/series/$name${set:+/$set}"/[0-9]*.patch)
	count=0
	for mail in "${mails[@]}"; do
		[ "$(set_of "$mail")" != "$set" ] || count=$((count + 1))
	done
	[ "$count" -eq 1 ] || there=("${there[@]:1}")
	if [ ${#there[@]} -ne "$count" ] || [ ! -f "${there[0]}" ]; then
		die "$BUILD/series/$name is not the series of patches/$base: run make series"
	fi
	finished+=("${there[@]}")
	[ -z "$set" ] || recipients "$set" || failed=$((failed + 1))
done

# FILE_PATH_CHANGES asks with each new file whether MAINTAINERS knows it. Where an
# entry is added by a mail of its own, that is looked up instead: is the file in it?
# Where none is, or some sets do without, any will do that is not for all files.
ignore=(--ignore FILE_PATH_CHANGES)
unclaimed=()
git -C "$tree" show base:MAINTAINERS >"$tmp/MAINTAINERS"
added=
comm -13 <(names "$tmp/MAINTAINERS") <(names "$tree/MAINTAINERS") >"$tmp/added"
[ ! -s "$tmp/added" ] || [ -n "${sets[0]}" ] || added=1
for path in $(printf '%s' "${new[@]}"); do
	if [ -n "$added" ]; then
		sections MAINTAINERS "$path" | grep -xFf "$tmp/added" >/dev/null || unclaimed+=("$path")
	else
		sections MAINTAINERS "$path" | grep -vx 'THE REST' >/dev/null || unclaimed+=("$path")
	fi
done

# Who sends a mail signs it: make series SENDER=.
grep -q '^Signed-off-by: ' "${finished[@]}" || ignore+=(--no-signoff)

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

for mail in "${finished[@]}"; do
	status=0
	(cd "$tree" && scripts/checkpatch.pl --strict --quiet --show-types --no-summary \
		"${ignore[@]}" "$mail") >"$tmp/all" 2>&1 || status=$?
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
	die "no entry ${added:+that the series adds }in MAINTAINERS has an F: line for: ${unclaimed[*]}"
[ "$failed" -eq 0 ] || die "$failed findings in ${#mails[@]} mails"
