#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
usage="Usage: [SET=<set>] [SENDER='Name <mail>'] [LINUX=<tree>] series.sh BASE

Write the finished mails, for git send-email or git am, to build/series/BASE/SET, those
of each set or of SET alone (a series that has no sets: to build/series/BASE): new
files included, numbered, with the cover letter if there is more than one mail
(its first paragraph is the subject). They are there only after git am of them, on the
pristine base and on top of the sets that the set depends on, gave exactly the
commits of build/BASE/linux.

With SENDER, the mails are from that person and have that person's Signed-off-by.
Without, they are not to be sent: nobody has signed them."

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# The base's hash is ours alone; that of its files is everybody's.
cover_letter()
{
	# The recipients are in the headers.
	sed -E '/^(Depends-on|To|Cc|Prefix): /d' "$letter" | git stripspace
	cat <<-EOT

		Base: $(describe_base base).
		Its files are git tree $(ref 'base^{tree}')
		(git init && git add -A -f . && git write-tree).${needs:+
		These are to be applied first:$needs.}
	EOT
}

# write_set: the mails of $set, to $to
write_set()
{
	local letter=$dir/${set:+$set/}cover-letter to=$BUILD/series/$name${set:+/$set} count prefix
	local who=() address clone=$tmp/clone finished last needs=

	[ -z "$set" ] || needs=${depends[$set]}
	chain "$TOP" "$dir" "$(ref base)" "$set"
	count=$(git -C "$tree" rev-list --count "$begin..$head")
	[ "$count" -ne 0 ] || die "patches/$base/series names no mails${set:+ of $set}"
	[ -f "$letter" ] || die "$letter is missing: a subject, a blank line, the text"
	prefix="$(cover_key Prefix "$letter") PATCH ${base#v}"
	while read -r address; do
		who+=("--to=$address")
	done < <(cover_key To "$letter")
	while read -r address; do
		who+=("--cc=$address")
	done < <(cover_key Cc "$letter")

	# As the last author, at the last date: the same series makes the same mails.
	last=$(git -C "$tree" log -1 --format='%an%n%ae%n%ad' --date=raw "$head")
	export GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_AUTHOR_DATE
	{ read -r GIT_AUTHOR_NAME; read -r GIT_AUTHOR_EMAIL; read -r GIT_AUTHOR_DATE; } <<<"$last"
	committer_is_author

	throwaway "$clone"
	git -C "$clone" branch -q finished "$head"
	git -C "$clone" config branch.finished.description "$(cover_letter)"
	[ "$count" -eq 1 ] || who+=(--cover-letter --cover-from-description=subject)
	git -C "$clone" format-patch -q -o "$tmp/mails" --subject-prefix="${prefix# }" \
		--zero-commit --no-signature --abbrev=12 "${who[@]}" "$begin..finished"

	# In a work tree without files: git am checks out the ones it needs.
	say "applying $count mails${set:+ of $set} to ${needs:+the sets$needs on }the pristine base"
	git -C "$clone" sparse-checkout set --no-cone /none
	git -C "$clone" checkout -q --detach "$begin"
	finished=("$tmp"/mails/[0-9]*.patch)
	[ "$count" -eq 1 ] || finished=("${finished[@]:1}")
	git -C "$clone" am -q "${finished[@]}" >"$tmp/am" 2>&1 ||
		die "git am fails on the pristine base:
$(cat "$tmp/am")"
	diff <(log_of "$tree" "$begin..$head") <(log_of "$clone" "$begin..HEAD") >&2 ||
		die "git am does not give what $tree has (see above)"

	mkdir -p "${to%/*}"
	rm -rf "$to"
	mv "$tmp/mails" "$to"
	say "$to has $count mails$([ "$count" -eq 1 ] || echo ' and the cover letter'); git am gives tree $(git -C "$tree" rev-parse "$head^{tree}")"
}

setup "$@"
sender=${SENDER:-}
[ -z "$sender" ] || [[ $sender =~ ^[^\<\>]+\ \<[^\<\>@\ ]+@[^\<\>@\ ]+\>$ ]] ||
	die "SENDER='$sender' is not 'Name <mail@address>'"
require_applied
[ ${#mails[@]} -ne 0 ] || die "patches/$base/series names no mails"
check_set "${SET:-}"
[ -n "${SET:-}" ] || rm -rf "$BUILD/series/$name"
for set in "${sets[@]}"; do
	[ "$set" != "${SET:-$set}" ] || write_set
done
