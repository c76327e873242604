#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
usage="Usage: [LINUX=<tree>] series.sh BASE

Write the finished mails to build/series/BASE, for git send-email or git am: new
files included, numbered, with the cover letter of patches/BASE/cover-letter
(its first paragraph is the subject). They are there only after git am of them
on the pristine base gave exactly the commits of build/BASE/linux."

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# The base's hash is ours alone; that of its files is everybody's.
cover_letter()
{
	cat "$dir/cover-letter"
	cat <<-EOT

		Base: $(describe_base base).
		Its files are git tree $(ref 'base^{tree}')
		(git init && git add -A -f . && git write-tree).
	EOT
}

setup "$@"
require_applied
[ ${#mails[@]} -ne 0 ] || die "patches/$base/series names no mails"
[ -f "$dir/cover-letter" ] || die "patches/$base/cover-letter is missing: a subject, a blank line, the text"
to=$BUILD/series/$name

# As the last author, at the last date: the same series makes the same mails.
export GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_AUTHOR_DATE
GIT_AUTHOR_NAME=$(git -C "$tree" log -1 --format=%an)
GIT_AUTHOR_EMAIL=$(git -C "$tree" log -1 --format=%ae)
GIT_AUTHOR_DATE=$(git -C "$tree" log -1 --format=%ad --date=raw)
committer_is_author

clone=$tmp/clone
throwaway "$clone"
git -C "$clone" branch -q finished "$(ref HEAD)"
git -C "$clone" config branch.finished.description "$(cover_letter)"
git -C "$clone" format-patch -q -o "$tmp/mails" \
	--cover-letter --cover-from-description=subject \
	--zero-commit --no-signature --abbrev=12 "$(ref base)..finished"

# In a work tree without files: git am checks out the ones it needs.
say "applying ${#mails[@]} mails to the pristine base"
git -C "$clone" sparse-checkout set --no-cone /none
git -C "$clone" checkout -q --detach base
finished=("$tmp"/mails/[0-9]*.patch)
git -C "$clone" am -q "${finished[@]:1}" >"$tmp/am" 2>&1 ||
	die "git am fails on the pristine base:
$(cat "$tmp/am")"
diff <(log_of "$tree" base..HEAD) <(log_of "$clone" base..HEAD) >&2 ||
	die "git am does not give what $tree has (see above)"

mkdir -p "${to%/*}"
rm -rf "$to"
mv "$tmp/mails" "$to"
say "$to has ${#mails[@]} mails and the cover letter; git am gives tree $(ref 'HEAD^{tree}')"
