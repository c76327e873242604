#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
usage="Usage: [LINUX=<tree>] [FORCE=1] tree.sh BASE

Make build/BASE/linux: a git tree of the base (tag \`base') and one commit for
each mail of patches/BASE/series, its new files included. With LINUX=, the base
is what that tree has committed, and the result is build/BASE-own/linux; LINUX
itself is only read.

Files that do not change keep their time stamps. Commits and changes made in
the result stay: if patches/ moved on as well, this refuses, and FORCE=1 leaves
the commits aside."

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# The reader's own tree is read with the reader's own configuration
# (safe.directory), and not even its index is refreshed.
own()
{
	env -u GIT_CONFIG_GLOBAL -u GIT_CONFIG_NOSYSTEM GIT_CEILING_DIRECTORIES="${LINUX%/*}" \
		git --no-optional-locks -C "$LINUX" "$@"
}

own_is_git()
{
	[ -e "$LINUX/.git" ] && own rev-parse -q --verify HEAD >/dev/null
}

check_own()
{
	local changes

	[ -d "$LINUX" ] || die "LINUX=$LINUX is no directory"
	LINUX=$(cd "$LINUX" && pwd)
	if own_is_git; then
		own show HEAD:Makefile >"$tmp/Makefile" 2>/dev/null ||
			die "LINUX=$LINUX has no kernel committed: there is no Makefile"
		check_version "$tmp/Makefile" "LINUX=$LINUX"
		changes=$(own status --porcelain) ||
			die "LINUX=$LINUX: git status fails there"
		[ -z "$changes" ] ||
			die "LINUX=$LINUX has local changes; commit or stash them:
$(sed -n 1,10p <<<"$changes")"
	else
		check_version "$LINUX/Makefile" "LINUX=$LINUX"
		for changes in .config include/config include/generated; do
			[ ! -e "$LINUX/$changes" ] ||
				die "LINUX=$LINUX has been built in ($changes is there): run make mrproper in it"
		done
	fi
}

# check_version MAKEFILE NAME: a kernel, and of the base's version
check_version()
{
	local version want=${base#v}

	version=$(kernel_version "$1" 2>/dev/null) || die "$2 is no kernel tree"
	[ "${version%.*}" = "$want" ] ||
		die "$2 is Linux $version, but BASE=$base is wanted"
	[ "$version" = "$(base_key version)" ] ||
		say "note: the base is Linux $version; the series was last made against $(base_key version)"
}

find_tarball()
{
	local package candidate

	[ -z "${TARBALL:-}" ] || return 0
	package=$(base_key package)
	# What is installed has the last word, before what vm/deps.sh has fetched.
	for candidate in {"$BUILD/packages/$package",}/usr/src/"$package".tar.{xz,zst}; do
		[ ! -f "$candidate" ] || TARBALL=$candidate
	done
	[ -n "${TARBALL:-}" ] ||
		die "the base's source is not installed: apt-get install $package (or give LINUX=<tree>)"
}

# What the base is made from, in a word that changes when the base does.
find_source()
{
	local package version

	if [ -z "$LINUX" ]; then
		find_tarball
		package=$(base_key package)
		version=
		[ "${TARBALL%/*}" != /usr/src ] ||
			version=$(dpkg-query -W -f '${Version}' "$package" 2>/dev/null) || version=
		source="$package ${version:-$(stat -c '%s bytes of %y' "$TARBALL")}" ||
			die "TARBALL=$TARBALL cannot be read"
	elif own_is_git; then
		source="tree $(own rev-parse 'HEAD^{tree}')"
	else
		# Time stamps in an index of ours say what is to be read again.
		source="tree $(add_all "$LINUX" "$out/own.index")" ||
			die "LINUX=$LINUX cannot be taken into $out"
	fi
}

# add_all DIR INDEX: the git tree of all that is in DIR. The threshold has git
# write one pack instead of 90,000 files.
add_all()
(
	export GIT_DIR=$repo/.git GIT_WORK_TREE=$1 GIT_INDEX_FILE=$2
	cd "$1"
	git -c core.bigFileThreshold=1 -c core.compression=1 add -A -f .
	git write-tree
)

# unpack DIR INDEX
unpack()
{
	say "unpacking ${TARBALL##*/} (about a minute)" >&2
	mkdir -p "$1"
	XZ_OPT=-T0 tar -x -f "$TARBALL" -C "$1" --strip-components=1 ||
		die "cannot unpack $TARBALL into $out: damaged archive or full disk"
	check_version "$1/Makefile" "$TARBALL" >&2
	add_all "$1" "$2" || die "cannot store the base in $out: full disk?"
}

# The base's tree, from $source
import()
{
	if [ -z "$LINUX" ]; then
		if [ "$repo" = "$tree" ]; then
			unpack "$tmp/base" "$tmp/base.index"
		else
			unpack "$repo" "$repo/.git/index"
		fi
	else
		if own_is_git; then
			say "reading $LINUX" >&2
			own rev-parse 'HEAD^{tree}' |
				own pack-objects --revs --stdout -q |
				git -C "$repo" index-pack --stdin >/dev/null ||
				die "LINUX=$LINUX cannot be taken into $out"
		fi
		printf '%s\n' "${source#tree }"
	fi
}

# commit_base TREE: the first commit
commit_base()
{
	local version

	version=$(git -C "$repo" show "$1:Makefile" | kernel_version /dev/stdin)
	(
		nobody
		printf 'Linux %s\n\n%s\n' "$version" "$source" |
			git -C "$repo" commit-tree "$1"
	)
}

# After a run was killed while files were being written: back to HEAD.
recover()
{
	say "undoing a switch of $tree that was interrupted"
	rm -f "$(git -C "$tree" rev-parse --absolute-git-dir)/index.lock"
	git -C "$tree" read-tree --reset -u HEAD
	git -C "$tree" update-ref -d refs/series/switch
}

create()
{
	repo=$tmp/linux
	git init -q -b series --template= "$repo"
	# Work goes on there with the reader's configuration.
	git -C "$repo" config core.autocrlf false
	# It says that objects are stored which went with another repository.
	rm -f "$out/own.index"
	find_source
	base_tree=$(import)
	base_commit=$(commit_base "$base_tree")
	git -C "$repo" read-tree -m -u "$base_tree"
	git -C "$repo" update-index -q --refresh
	tree=$repo
	git -C "$repo" update-ref --stdin <<-EOT
		update HEAD $base_commit
		update refs/tags/base $base_commit
		update refs/series/applied $base_commit
		update refs/series/state $(make_state "$source" "")
	EOT
	tree=$out/linux
	mv "$repo" "$tree"
	repo=$tree
}

# Commits of the reader's are in the way of what patches/ says now.
refuse_or_leave()
{
	local old applied

	old=$(ref HEAD)
	applied=$(ref refs/series/applied)
	require_clean "commit them there, then make refresh"
	[ "$old" != "$applied" ] || return 0
	[ "${FORCE:-}" = 1 ] || die "$tree and patches/$base both changed; the commits there (> yours, < make tree's) are:
$(git -C "$tree" log --oneline --left-right -n 10 "$applied...$old" --)
Run make refresh to take them in, or FORCE=1 make tree to leave them aside."
	say "left aside, for git cherry-pick in $tree: $(git -C "$tree" merge-base "$applied" "$old" | cut -c 1-12)..${old:0:12}"
}

switch()
{
	git -C "$tree" update-ref refs/series/switch "$head"
	git -C "$tree" read-tree -m -u HEAD "$head" || {
		git -C "$tree" update-ref -d refs/series/switch
		die "$tree stays as it was"
	}
	git -C "$tree" update-ref -m tree.sh --stdin <<-EOT
		update HEAD $head
		update refs/tags/base $base_commit
		update refs/series/applied $head
		update refs/series/state $(make_state "$source" "$wanted")
		delete refs/series/switch${only:+
		$only}
	EOT
}

setup "$@"
[ -z "$LINUX" ] || check_own
if [ -e "$tree" ]; then
	if [ ! -d "$tree/.git" ] || [ -z "$(ref refs/series/state)" ]; then
		die "$tree was not made by make tree: move it away"
	fi
	[ -z "$(ref refs/series/switch)" ] || recover
	[ -z "$(ref refs/series/refresh)" ] ||
		die "make refresh was interrupted: run it again"
fi
read_series "$TOP" "$dir"
if [ -e "$tree" ]; then
	repo=$tree
	find_source
else
	create
fi

base_commit=$(ref base)
if [ "$source" != "$(state source)" ]; then
	base_tree=$(import)
	base_commit=$(commit_base "$base_tree")
fi

wanted=$(inputs "$TOP" "$dir" "$base_commit")
if [ "$wanted" = "$(state inputs)" ]; then
	if [ "$(ref HEAD)" != "$(ref refs/series/applied)" ] || [ -n "$(local_changes)" ]; then
		say "note: $tree has changes that are not in patches/$base (make refresh takes commits)"
	fi
	say "$tree is up to date (${#mails[@]} mails)"
	exit 0
fi

refuse_or_leave
only=$(only_sets "$TOP" "$dir" "$base_commit")
chain "$TOP" "$dir" "$base_commit"
switch
say "$tree is $(describe_base "$base_commit") and ${#mails[@]} mails"
