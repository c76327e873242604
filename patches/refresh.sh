#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
usage="Usage: [FORCE=1] refresh.sh BASE

Take the commits of build/BASE/linux, from tag \`base' to HEAD, back into the
repository: one mail each in patches/BASE, the series file, and the new files at
their paths. Edit, commit and rebase in build/BASE/linux as in any git tree,
then run this; nothing is written unless it gives exactly those commits again.

An empty commit with the message \`[NAME] ' and a cover letter begins a set.

FORCE=1 overwrites what changed in the repository since \`make tree'."

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# name_of COMMIT: for messages
name_of()
{
	git -C "$tree" log -1 --format='%h ("%s")' "$1"
}

# split COMMIT: its edits to files that were there before, as the commit $edits,
# and the files it brings, as ${brings[@]}
split()
{
	local commit=$1 path edits_tree

	brings=()
	while read -r path; do
		if git -C "$tree" cat-file -e "base:$path" 2>/dev/null; then
			continue
		fi
		case $path in
		\"* | *[[:space:]]*) die "$(name_of "$commit"): file names like $path are not supported" ;;
		esac
		[ -z "${owner[$path]+set}" ] || continue
		git -C "$tree" cat-file -e "HEAD:$path" 2>/dev/null ||
			die "$path is new in $(name_of "$commit"), and a later commit removes it: leave it out of both"
		owner[$path]=$commit
		brings+=("$path")
	done < <(git -C "$tree" diff-tree -r --no-commit-id --no-renames --name-only "$commit")

	edits=$commit
	[ ${#brings[@]} -ne 0 ] || return 0
	edits_tree=$(
		GIT_INDEX_FILE=$tmp/index
		export GIT_INDEX_FILE
		git -C "$tree" read-tree "$commit"
		printf '%s\n' "${brings[@]}" |
			git -C "$tree" update-index --force-remove --stdin
		git -C "$tree" write-tree
	)
	edits=$(
		export GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_AUTHOR_DATE
		GIT_AUTHOR_NAME=$(git -C "$tree" log -1 --format=%an "$commit")
		GIT_AUTHOR_EMAIL=$(git -C "$tree" log -1 --format=%ae "$commit")
		GIT_AUTHOR_DATE=$(git -C "$tree" log -1 --format=%ad --date=raw "$commit")
		committer_is_author
		git -C "$tree" log -1 --format=%B "$commit" |
			git -C "$tree" commit-tree -p "$commit^" "$edits_tree"
	)
}

# begin_set COMMIT: that begins a set, as $set, with its cover letter
begin_set()
{
	git -C "$tree" log -1 --format=%B "$1" >"$tmp/message"
	[[ $(sed 1q "$tmp/message") =~ ^\[([a-z][a-z0-9-]*)\]\ . ]] ||
		die "$(name_of "$1") changes nothing, and is no set's, whose message begins with [name]"
	set=${BASH_REMATCH[1]}
	mkdir "$tmp/top/patches/$base/$set" 2>/dev/null ||
		die "$(name_of "$1"): the set $set is there already"
	sed '1s/^[^ ]* //' "$tmp/message" | git stripspace >"$tmp/top/patches/$base/$set/cover-letter"
	printf '[%s]\n' "$set" >>"$tmp/top/patches/$base/series"
	n=0
}

# without_index MAIL: nothing of the whole file but what the mail changes
without_index()
{
	awk '
		/^diff --git / { header = 1 }
		/^(@@|---) / { header = 0 }
		!header || !/^index [0-9a-f]+\.\.[0-9a-f]+( [0-7]+)?$/
	' "$1" >"$tmp/stripped"
	mv "$tmp/stripped" "$1"
}

# write_series: the whole series below $tmp/top, as it is to be in $TOP
write_series()
{
	local commit mail path n=0 set=''

	mkdir -p "$tmp/top/patches/$base"
	sed '/^#/!Q' "$dir/series" >"$tmp/top/patches/$base/series"
	for commit in "${commits[@]}"; do
		if git -C "$tree" diff --quiet "$commit^" "$commit"; then
			begin_set "$commit"
			continue
		fi
		n=$((n + 1))
		split "$commit"
		# Nothing that changes without the series: versions, hashes of
		# commits and of files, counts.
		mail=$(git -C "$tree" format-patch -1 -N --start-number "$n" --always \
			--zero-commit --no-signature --no-renames --abbrev=12 \
			-o "$tmp/top/patches/$base/$set" "$edits")
		without_index "$mail"
		mail=${mail##*/}
		{
			printf '%s\n' "$mail"
			[ ${#brings[@]} -eq 0 ] || printf '\t%s\n' "${brings[@]}"
		} >>"$tmp/top/patches/$base/series"
		for path in ${brings[@]+"${brings[@]}"}; do
			case $(git -C "$tree" ls-tree --format='%(objectmode)' "$commit" "$path") in
			100644 | 100755) ;;
			*) die "$(name_of "$commit"): $path is not a regular file" ;;
			esac
			# As it is in the end; later mails' edits say what it was before.
			mkdir -p "$tmp/top/$(dirname "$path")"
			git -C "$tree" cat-file blob "HEAD:$path" >"$tmp/top/$path"
			[ "$(git -C "$tree" ls-tree --format='%(objectmode)' "$commit" "$path")" = 100644 ] ||
				chmod +x "$tmp/top/$path"
		done
	done
	if [ -f "$dir/adapt.patch" ]; then
		cp "$dir/adapt.patch" "$tmp/top/patches/$base"
		adapt "$tmp/top" "$dir" -R
	fi
	sed -e "s/^version=.*/version=$(git -C "$tree" show base:Makefile | kernel_version /dev/stdin)/" \
		-e "s/^tree=.*/tree=$(ref 'base^{tree}')/" "$dir/base" >"$tmp/top/patches/$base/base"
}

# same FILE: the repository has it like this already
same()
{
	cmp -s "$tmp/top/$1" "$TOP/$1" &&
		[ "$(stat -c %A "$tmp/top/$1")" = "$(stat -c %A "$TOP/$1")" ]
}

# put FILE: move it from $tmp/top into place
put()
{
	! same "$1" || return 0
	say "writing $1"
	mkdir -p "$TOP/$(dirname "$1")"
	cp -p "$tmp/top/$1" "$TOP/$1.tmp"
	mv -f "$TOP/$1.tmp" "$TOP/$1"
}

# put_back: all of $tmp/top, and away with what the series had before. The
# series file is last: until then it names what is still to be removed.
put_back()
{
	local series=patches/$base/series path

	for path in "${!owner[@]}"; do
		[ ! -e "$TOP/$path" ] || [ -n "${old[$path]+set}" ] || same "$path" || [ -n "$overwrite" ] ||
			die "$(name_of "${owner[$path]}") brings $path, which is in the repository but not in the series; FORCE=1 overwrites it"
	done

	git -C "$tree" update-ref refs/series/refresh HEAD
	while read -r path; do
		[ "$path" = "$series" ] || put "$path"
	done < <(cd "$tmp/top" && find . -type f -printf '%P\n' | sort)
	for path in "${!old[@]}"; do
		if [ -e "$tmp/top/$path" ] || [ ! -e "$TOP/$path" ] || in_other_base "$path"; then
			continue
		fi
		say "removing $path"
		rm -f "$TOP/$path"
	done
	put "$series"
	find "$dir" -mindepth 1 -type d -empty -delete
}

# in_other_base FILE: another base's series brings it as well
in_other_base()
{
	local series

	for series in "$TOP"/patches/*/series; do
		if [ "$series" != "$dir/series" ] && sed 's/^[[:space:]]\+//' "$series" | grep -qxF "$1"; then
			return 0
		fi
	done
	return 1
}

setup "$@"
[ -z "$LINUX" ] || die "the series is kept against the base's package: LINUX= is for make tree, make series and building"
require_tree
require_clean "commit them there (or git stash them)"
head=$(ref HEAD)

# What an interrupted refresh has left is no reason to stop, and neither is
# anything with FORCE=1: the old series may even be broken.
overwrite=
[ "${FORCE:-}" != 1 ] || overwrite=1
[ "$(ref refs/series/refresh)" != "$head" ] || overwrite=1
if [ -z "$overwrite" ]; then
	read_series "$TOP" "$dir"
	[ "$(state inputs)" = "$(inputs "$TOP" "$dir" "$(ref base)")" ] ||
		die "patches/$base or the new files changed since make tree, and would be overwritten.
With no commits of your own in $tree, run make tree. Otherwise:
    FORCE=1 make tree     leaves your commits aside and says which
    git cherry-pick them in $tree, then make refresh
or FORCE=1 make refresh to overwrite."
fi
declare -A old=()
while read -r path; do
	[[ /$path/ == */../* ]] || old[$path]=1
done < <(sed -n 's/^[[:space:]]\+\([^#[:space:]]\+\)$/\1/p' "$dir/series")
for path in "$dir"/{,*/}[0-9]*.patch "$dir"/*/cover-letter; do
	[ ! -f "$path" ] || old[patches/$base/${path#"$dir"/}]=1
done

git -C "$tree" merge-base --is-ancestor base HEAD ||
	die "$tree: HEAD is not on top of tag base"
mapfile -t commits < <(git -C "$tree" rev-list --reverse base..HEAD)
[ ${#commits[@]} -ne 0 ] || die "$tree has no commits on top of the base"
[ -z "$(git -C "$tree" rev-list --min-parents=2 base..HEAD)" ] ||
	die "$tree has a merge: a series is linear, so rebase"
declare -A owner=()
write_series

# The proof: these mails give these commits, and each set can be had alone.
read_series "$tmp/top" "$tmp/top/patches/$base"
only=$(only_sets "$tmp/top" "$tmp/top/patches/$base" "$(ref base)")
chain "$tmp/top" "$tmp/top/patches/$base" "$(ref base)"
committed=$(git -C "$tree" rev-parse HEAD)
diff <(log_of "$tree" "base..$committed") <(log_of "$tree" "base..$head") >&2 ||
	die "a commit would come back changed (see above; a line --- or diff in a message, a trailing space?)"

put_back
read_series "$TOP" "$dir"
git -C "$tree" update-ref -m refresh.sh --stdin <<EOT
update refs/series/applied $committed
update refs/series/state $(make_state "$(state source)" "$(inputs "$TOP" "$dir" "$(ref base)")")
delete refs/series/refresh${only:+
$only}
EOT
say "patches/$base is ${#mails[@]} mails"
