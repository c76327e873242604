#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Usage: [RECORD=1] result.sh NAME COMMAND <TEXT
#
# With RECORD=1, puts TEXT in the section NAME of RESULTS.md, in place of what is there, with
# the command that has printed it, the commit and the date. Without RECORD=1, does nothing,
# so no test changes a file in somebody's clone. The scripts that measure call this at their
# end, after a run without an error.
#
# A section is between the lines "<!-- begin NAME -->" and "<!-- end NAME -->". A missing
# section is added at the end. For another base than v6.12, its name is NAME-BASE.
#
# The commit has "+changes" where the repository, or the kernel's tree that is built, has
# something that is not committed, or not in the repository.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

if [ "${RECORD:-}" != 1 ]; then
	cat >/dev/null
	exit 0
fi
[ $# -eq 2 ] || die "usage: [RECORD=1] result.sh NAME COMMAND <TEXT"
name=$1 command=$2
file=$top/RESULTS.md
[[ $name =~ ^[a-z][a-z0-9+.-]*$ ]] || die "'$name' is no name of a section in RESULTS.md"
[ -f "$file" ] || die "$file is not there, and results are written into it"
if [ "$BASE" != v6.12 ]; then
	name+=-$BASE
	command="BASE=$BASE $command"
fi
if [ -n "${LINUX:-}" ]; then
	say "RESULTS.md is left as it is: LINUX= is a kernel that others do not have" >&2
	cat >/dev/null
	exit 0
fi

# changed: is there something that the commit does not have?
changed()
{
	local tree=$out/linux

	# Another result may have been written before, or be written now.
	[ -z "$(git -C "$top" status --porcelain -- . ':!RESULTS.md*')" ] || return 0
	[ -e "$tree/.git" ] || return 1
	[ "$(git -C "$tree" rev-parse -q --verify HEAD)" = \
		"$(git -C "$tree" rev-parse -q --verify refs/series/applied)" ] || return 0
	! git -C "$tree" diff --quiet HEAD
}

# commit: the repository's, or that nobody knows
commit()
{
	local id

	# A repository around this directory is another one.
	export GIT_CEILING_DIRECTORIES=${top%/*}
	id=$(git -C "$top" rev-parse --short HEAD 2>/dev/null) || { echo unknown; return; }
	! changed || id+=+changes
	echo "$id"
}

# Whoever reads it has other directories.
text=$(cat)
text=${text//"$BUILD"/build}
text=${text//"$top/"/}
[[ $text =~ [^[:space:]] ]] || die "there is nothing to write into the section $name"

exec 9>"$BUILD/results.lock"
flock 9
new=$(mktemp "$file.XXXXXX")
trap 'rm -f "$new"' EXIT
trap 'exit 130' INT TERM HUP
{
	# shellcheck disable=SC2016 # marks of code, not a command
	printf 'Command `%s`, commit `%s`, %s:\n\n' "$command" "$(commit)" "$(date -u +%F)"
	# Indented, so no line of it is a marker.
	sed 's/[[:space:]]*$//; s/^\(.\)/    \1/' <<<"$text"
} >"$BUILD/results.section"
NAME=$name awk '
	BEGIN { begin = "<!-- begin " ENVIRON["NAME"] " -->"; end = "<!-- end " ENVIRON["NAME"] " -->" }
	NR == FNR { section = section $0 "\n"; next }
	$0 == begin {
		begins++
		print
		printf "%s", section
		inside = 1
		next
	}
	$0 == end { ends++; if (!inside) wrong = 1; inside = 0 }
	inside && /^<!-- / { wrong = 1 }
	!inside { print }
	END {
		if (inside || wrong || begins > 1 || begins != ends)
			exit 1
		if (!begins)
			printf "\n## %s\n\n%s\n%s%s\n", ENVIRON["NAME"], begin, section, end
	}' "$BUILD/results.section" "$file" >"$new" ||
	die "RESULTS.md has to have the lines <!-- begin $name --> and <!-- end $name --> once each, in this order, and no other marker between them; the result is in $BUILD/results.section"
chmod --reference="$file" "$new"
mv -f "$new" "$file"
say "$name is in RESULTS.md now" >&2
