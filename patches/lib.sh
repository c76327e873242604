# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the scripts in this directory share. To be sourced, after `usage` holds
# the text of --help. Reads from the environment:
#
#   LINUX     the reader's own kernel tree, in place of the base's package
#   TARBALL   the base's source (default: the package's, in /usr/src)
#   TOP       the repository (default: the one this file is in)
#   BUILD     where everything is built (default: $TOP/build)
#
# and sets:
#
#   base      v6.12
#   dir       $TOP/patches/v6.12
#   name      v6.12, or v6.12-own with LINUX=
#   out       $BUILD/$name
#   tree      $out/linux, the git tree of base and series
#   tmp       a directory in $out that goes away with the script
#
# A series may be in sets, each of which can be sent, taken and tested by itself: the
# line [NAME] in patches/BASE/series begins one. Its mails are in patches/BASE/NAME, beside
# its cover letter, whose last paragraph may have the lines
#
#   Depends-on: NAME        another set that has to be there first
#   To: ADDRESS             who gets it
#   Cc: ADDRESS
#   Prefix: RFC             what the subject of its mails begins with
#
# The new files are the text for mainline. Where another base needs a line to differ,
# such as the signature of a callback, patches/BASE/adapt.patch has the difference: it is
# applied to the new files as they are in the end, and taken back when they are written
# into the repository.
#
# In the git tree, an empty commit begins a set; its message is "[NAME] ", and then the
# cover letter. Beside the tag `base`, there are:
#
#   refs/series/only/SET	base, what SET depends on, and SET
#   refs/series/applied	the commit that patches/ and the new files describe
#   refs/series/state	a blob: what `base` and `applied` were made from
#   refs/series/switch	a switch of the work tree was begun, not finished
#   refs/series/refresh	a refresh from this commit was begun, not finished

set -eu -o pipefail
: "${usage:?}"
sender=
export LC_ALL=C

die()
{
	printf '%s: error: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

say()
{
	printf '%s: %s\n' "${0##*/}" "$*"
}

indent()
{
	sed 's/^/    /'
}

need()
{
	local tool

	for tool; do
		command -v "$tool" >/dev/null || die "needs $tool, which is not installed"
	done
}

# base_key KEY: the value of KEY in patches/BASE/base
base_key()
{
	sed -n "s/^$1=//p" "$dir/base"
}

setup()
{
	case ${1-} in
	-h | --help)
		printf '%s\n' "$usage"
		exit 0
		;;
	esac
	if [ $# -ne 1 ]; then
		printf '%s\n' "$usage" >&2
		exit 2
	fi

	TOP=${TOP:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)}
	BUILD=${BUILD:-$TOP/build}
	LINUX=${LINUX:-}
	base=$1
	dir=$TOP/patches/$base
	[ -f "$dir/base" ] ||
		die "BASE=$base: there is no patches/$base/base; known bases: $(bases)"
	[ -f "$dir/series" ] || die "patches/$base/series is missing"
	name=$base${LINUX:+-own}
	out=$BUILD/$name
	tree=$out/linux

	need git flock tar
	isolate_git
	# Where there is no git tree yet, git must not find the repository's.
	export GIT_CEILING_DIRECTORIES=$out

	mkdir -p "$out" || die "cannot make $out"
	{ exec 9>"$out/.lock"; } || die "cannot write in $out"
	flock -n 9 || {
		say "waiting for another run that works in $out"
		flock 9
	}
	# Whoever holds the lock is alone: what is left of others was killed.
	rm -rf "$out"/tmp.*
	tmp=$(mktemp -d "$out/tmp.XXXXXX") || die "cannot write in $out"
	trap 'rm -rf "$tmp"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
}

bases()
{
	local known=("$TOP"/patches/*/base)

	known=("${known[@]%/base}")
	printf '%s\n' "${known[*]##*/}"
}

# A reader's configuration (signed commits, prefixes, line endings, ...) would
# change what is made here.
isolate_git()
{
	local vars

	vars=$(git rev-parse --local-env-vars)
	# shellcheck disable=SC2086 # one word per variable
	unset $vars
	export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
}

# The identity of commits that say nothing about a person.
nobody()
{
	export GIT_AUTHOR_NAME=base GIT_AUTHOR_EMAIL=base@localhost
	export GIT_AUTHOR_DATE='@0 +0000'
	committer_is_author
}

committer_is_author()
{
	export GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME
	export GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL
	export GIT_COMMITTER_DATE=$GIT_AUTHOR_DATE
}

# ref NAME: the commit that NAME is in the tree, or nothing
ref()
{
	git -C "$tree" rev-parse -q --verify "$1" || :
}

# state KEY: what the tree was made from
state()
{
	git -C "$tree" cat-file blob refs/series/state 2>/dev/null | sed -n "s/^$1=//p"
}

# make_state SOURCE INPUTS: a blob for refs/series/state
make_state()
{
	printf 'source=%s\ninputs=%s\n' "$1" "$2" | git -C "$tree" hash-object -w --stdin
}

# kernel_version MAKEFILE: 6.12.117, from a kernel's Makefile
kernel_version()
{
	awk -F ' *= *' '
		$1 ~ /^(VERSION|PATCHLEVEL|SUBLEVEL)$/ && !($1 in v) { v[$1] = $2 }
		END {
			if (!("VERSION" in v && "PATCHLEVEL" in v))
				exit 1
			print v["VERSION"] "." v["PATCHLEVEL"] "." v["SUBLEVEL"]
		}
	' "$1"
}

# Debian's .gitignore ignores every directory but debian/: not here.
local_changes()
{
	{
		git -C "$tree" status --porcelain --untracked-files=no
		git -C "$tree" ls-files --others --exclude-standard --exclude='!/*/' |
			sed 's/^/?? /'
	} | sed -n 1,10p
}

# require_clean WHAT: nothing in the tree but what is committed
require_clean()
{
	local changes git_dir

	git_dir=$(git -C "$tree" rev-parse --absolute-git-dir)
	if [ -d "$git_dir/rebase-merge" ] || [ -d "$git_dir/rebase-apply" ]; then
		die "$tree: a rebase is under way there; finish it first"
	fi
	changes=$(local_changes)
	[ -z "$changes" ] ||
		die "$tree has changes that are not committed; $1 (new files: git add -f):
$changes"
}

# require_tree: there is one, and nothing was killed half-way
require_tree()
{
	[ -n "$(ref refs/series/state)" ] || die "$tree is not there yet: run make tree"
	[ -z "$(ref refs/series/switch)" ] || die "make tree was interrupted: run it again"
}

# require_applied: the tree is exactly what patches/ describes
require_applied()
{
	require_tree
	require_clean "commit them there, then make refresh"
	read_series "$TOP" "$dir"
	[ "$(ref HEAD)" = "$(ref refs/series/applied)" ] ||
		die "$tree has commits that are not in patches/$base: run make refresh"
	[ "$(state inputs)" = "$(inputs "$TOP" "$dir" "$(ref base)")" ] ||
		die "patches/$base or the new files changed: run make tree"
}

# set_of MAIL: the set that a mail is in, which may be the one without a name
set_of()
{
	[[ $1 != */* ]] || printf %s "${1%/*}"
}

# cover_key KEY FILE: the values of a line in the last paragraph of a cover letter
cover_key()
{
	awk -v key="$1: " '
		/^$/ { n = 0; next }
		index($0, key) == 1 { value[++n] = substr($0, length(key) + 1) }
		END { for (i = 1; i <= n; i++) print value[i] }
	' "$2"
}

# read_series TOP DIR: the mails in order, as ${mails[@]}, and for each its new
# files, one a line, as ${new[mail]}; the sets as ${sets[@]}, and for each what it depends
# on, as ${depends[set]}
read_series()
{
	local top=$1 series=$2/series line mail='' n=0 path set='' needed
	local -A owner=()

	mails=()
	sets=()
	declare -gA new=() depends=()
	while IFS= read -r line || [ -n "$line" ]; do
		n=$((n + 1))
		path=${line#"${line%%[![:space:]]*}"}
		path=${path%"${path##*[![:space:]]}"}
		case $path in
		'' | '#'*) continue ;;
		*[[:space:]]*) die "$series:$n: one name a line: '$path'" ;;
		'['*)
			[[ $path =~ ^\[([a-z][a-z0-9-]*)\]$ ]] || die "$series:$n: '$path' is not [set]"
			set=${BASH_REMATCH[1]}
			mail=
			[ -n "${sets[*]}" ] || [ ${#mails[@]} -eq 0 ] ||
				die "$series:$n: there are mails before the first set"
			[ -z "${depends[$set]+set}" ] || die "$series:$n: the set $set is there twice"
			[ -s "$2/$set/cover-letter" ] ||
				die "$series:$n: $2/$set/cover-letter is missing: a subject, a blank line, the text"
			depends[$set]=
			for needed in $(cover_key Depends-on "$2/$set/cover-letter"); do
				if [ "$needed" = "$set" ] || [ -z "${depends[$needed]+set}" ]; then
					die "$2/$set/cover-letter: there is no set $needed before $set to depend on"
				fi
				depends[$set]+="${depends[$needed]} $needed"
			done
			sets+=("$set")
			continue
			;;
		esac
		if [ "$path" = "$line" ]; then
			mail=$path
			[[ $mail == [0-9]*.patch && $mail != */* ]] ||
				die "$series:$n: '$mail' is not NNNN-subject.patch"
			mail=${set:+$set/}$mail
			[ -z "${new[$mail]+set}" ] || die "$series:$n: $mail is there twice"
			[ -f "$2/$mail" ] || die "$series:$n: there is no $2/$mail"
			mails+=("$mail")
			new[$mail]=
			continue
		fi
		[ -n "$mail" ] || die "$series:$n: $path is below no mail"
		[[ /$path/ != */../* && /$path/ != *//* ]] ||
			die "$series:$n: '$path' is not a path in the kernel"
		[ -z "${owner[$path]+set}" ] ||
			die "$series:$n: $mail brings $path, which ${owner[$path]} brings already"
		owner[$path]=$mail
		[ -f "$top/$path" ] || die "$series:$n: $mail brings $path, which is not there"
		new[$mail]+=$path$'\n'
	done <"$series"

	for path in "$2"/{,*/}[0-9]*.patch; do
		[ ! -f "$path" ] || [ -n "${new[${path#"$2"/}]+set}" ] ||
			die "$path is not named in $series"
	done
	for set in "${sets[@]}"; do
		[[ " ${mails[*]}" == *" $set/"* ]] || die "$series: the set $set has no mails"
	done
	# A series without sets is one.
	[ ${#sets[@]} -gt 0 ] || sets=('')
}

# check_set SET: there is one
check_set()
{
	[ -z "$1" ] || [ -n "${depends[$1]+set}" ] ||
		die "SET=$1: there is no such set in patches/$base/series; there are: ${sets[*]:-none}"
}

# inputs TOP DIR BASE: a name for all that a chain is made from; after
# read_series
inputs()
{
	local mail path set

	{
		printf '%s\n' "$3"
		[ ! -f "$2/adapt.patch" ] || cat "$2/adapt.patch"
		for set in "${sets[@]}"; do
			[ -n "$set" ] || continue
			printf 'set %s\n' "$set"
			cat "$2/$set/cover-letter"
		done
		for mail in "${mails[@]}"; do
			printf 'mail %s\n' "$mail"
			cat "$2/$mail"
			while read -r path; do
				[ ! -x "$1/$path" ] || printf 'x '
				printf 'file %s\n' "$path"
				cat "$1/$path"
			done < <(printf %s "${new[$mail]}")
		done
	} | sha1sum | cut -d ' ' -f 1
}

# adapt TOP DIR OPTION: with --cached, apply DIR/adapt.patch, if there is one, to the new
# files in the index; with -R, take it back in those below TOP
adapt()
{
	local where=$tmp what="the new files as they are in the repository"

	[ -f "$2/adapt.patch" ] || return 0
	cp "$2/adapt.patch" "$tmp/diff"
	if [ "$3" = -R ]; then
		where=$1
		what="the new files as they are in $tree, from which it is to be taken back"
	fi
	(cd "$where" && git apply --whitespace=nowarn "$3" "$tmp/diff") 2>"$tmp/errors" ||
		apply_failed "$2/adapt.patch" "$what"
}

# first_versions TOP DIR: the new files as their own mails bring them, as
# ${first[path]}, a blob for each. The repository has them as they are in the end,
# so take back what later mails changed, from the last one on.
first_versions()
{
	local mail path i edited
	local -A final=()

	declare -gA first=()
	git read-tree --empty
	for mail in "${mails[@]}"; do
		while read -r path; do
			final[$path]=1
			printf '100644 %s\t%s\n' \
				"$(git hash-object -w --no-filters "$1/$path")" "$path"
		done < <(printf %s "${new[$mail]}")
	done >"$tmp/new"
	[ ! -s "$tmp/new" ] || git update-index --index-info <"$tmp/new"
	adapt "$1" "$2" --cached
	for ((i = ${#mails[@]} - 1; i >= 0; i--)); do
		mail=${mails[i]}
		while read -r path; do
			first[$path]=$(git rev-parse ":$path")
		done < <(printf %s "${new[$mail]}")
		edited=()
		while read -r path; do
			[ -z "${final[$path]+set}" ] || edited+=("--include=$path")
		done < <(sed -n 's,^diff --git a/[^ ]* b/,,p' "$2/$mail")
		[ ${#edited[@]} -ne 0 ] || continue
		git mailinfo "$tmp/body" "$tmp/diff" <"$2/$mail" >"$tmp/info" ||
			die "$2/$mail is not a mail of git format-patch"
		(cd "$tmp" && git apply --cached -R --whitespace=nowarn "${edited[@]}" diff) 2>"$tmp/errors" ||
			apply_failed "$2/$mail" "the new files as they are in the repository (it edits one that an earlier mail brings)"
	done
}

# sign MESSAGE: by $sender, and not by whom the mail is from
sign()
{
	grep -vxF "Signed-off-by: $GIT_AUTHOR_NAME <$GIT_AUTHOR_EMAIL>" "$1" | git stripspace |
		git interpret-trailers --trailer "Signed-off-by: $sender"
}

# chain TOP DIR BASE [SET]: base and one commit per mail, as $head; with SET, of that and
# of the sets which it depends on. The set's own mails, or those of the last one, are on
# top of $begin. After read_series. With $sender, the commits are by that person.
#
# Only objects are written, so a mail that fails changes nothing, and the
# committer is the author, so the same series gives the same commits.
chain()
{
	local base_commit=$3 only=${4-} mail path mode tree_id parent_tree set in_set=''

	head=$base_commit
	begin=$head
	GIT_DIR=$(git -C "$tree" rev-parse --absolute-git-dir)
	GIT_INDEX_FILE=$tmp/index
	export GIT_DIR GIT_INDEX_FILE
	first_versions "$1" "$2"
	git read-tree "$head"
	parent_tree=$(git rev-parse "$head^{tree}")
	for mail in "${mails[@]}"; do
		set=$(set_of "$mail")
		[[ -z $only || " ${depends[$only]} $only " == *" $set "* ]] || continue
		if [ "$set" != "$in_set" ]; then
			in_set=$set
			begin=$(
				nobody
				printf '[%s] ' "$set" | cat - "$2/$set/cover-letter" | git stripspace |
					git commit-tree -p "$head" "$parent_tree"
			)
			head=$begin
		fi
		git mailinfo "$tmp/body" "$tmp/diff" <"$2/$mail" >"$tmp/info" ||
			die "$2/$mail is not a mail of git format-patch"
		GIT_AUTHOR_NAME=$(sed -n 's/^Author: //p' "$tmp/info")
		GIT_AUTHOR_EMAIL=$(sed -n 's/^Email: //p' "$tmp/info")
		GIT_AUTHOR_DATE=$(sed -n 's/^Date: //p' "$tmp/info")
		export GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_AUTHOR_DATE
		if [ -z "$GIT_AUTHOR_NAME" ] || [ -z "$GIT_AUTHOR_EMAIL" ] || [ -z "$GIT_AUTHOR_DATE" ]; then
			die "$2/$mail has no From: or no Date:"
		fi

		if grep -q '^new file mode' "$tmp/diff"; then
			die "$2/$mail makes a new file by its diff; new files live whole at their path and are named in the series"
		fi
		if grep -q '^diff --git' "$tmp/diff"; then
			# In $tmp: git apply looks at no file but the index.
			(cd "$tmp" && git apply --cached --whitespace=nowarn diff) 2>"$tmp/errors" ||
				apply_failed "$2/$mail" "$(describe_base "$base_commit")${only:+, with${depends[$only]} $only alone}"
		fi
		while read -r path; do
			! git cat-file -e "$base_commit:$path" 2>/dev/null ||
				die "$mail brings $path, which the base has already: make it an edit"
			mode=100644
			[ ! -x "$1/$path" ] || mode=100755
			printf '%s %s\t%s\n' "$mode" "${first[$path]}" "$path"
		done < <(printf %s "${new[$mail]}") >"$tmp/new"
		[ ! -s "$tmp/new" ] || git update-index --index-info <"$tmp/new"

		tree_id=$(git write-tree)
		[ "$tree_id" != "$parent_tree" ] || die "$2/$mail changes nothing"
		parent_tree=$tree_id
		{
			sed -n 's/^Subject: //p' "$tmp/info"
			echo
			cat "$tmp/body"
		} | git stripspace >"$tmp/message"
		if [ -n "$sender" ]; then
			sign "$tmp/message" >"$tmp/signed"
			mv "$tmp/signed" "$tmp/message"
			GIT_AUTHOR_NAME=${sender% <*}
			GIT_AUTHOR_EMAIL=${sender##*<}
			GIT_AUTHOR_EMAIL=${GIT_AUTHOR_EMAIL%>}
		fi
		committer_is_author
		head=$(git commit-tree -p "$head" "$tree_id" <"$tmp/message")
	done
	unset GIT_DIR GIT_INDEX_FILE
}

# only_sets TOP DIR BASE: each set on what it depends on, alone, as lines for git
# update-ref; after read_series
only_sets()
{
	local set

	git -C "$tree" for-each-ref --format='delete %(refname)' refs/series/only/ |
		while read -r set; do
			[ -n "${depends[${set##*/}]+set}" ] || printf '%s\n' "$set"
		done
	for set in "${sets[@]}"; do
		[ -n "$set" ] || continue
		chain "$1" "$2" "$3" "$set"
		printf 'update refs/series/only/%s %s\n' "$set" "$head"
	done
}

# apply_failed MAIL WHERE: say which hunk of which file git apply stumbled over
apply_failed()
{
	{
		printf '%s: error: %s does not apply to %s:\n' "${0##*/}" "$1" "$2"
		awk '
			# "error: patch failed: FILE:LINE" names the first line of the hunk
			FNR == NR && /^error: patch failed: / {
				sub(/^error: patch failed: /, "")
				line = file = $0
				sub(/.*:/, "", line)
				sub(/:[0-9]+$/, "", file)
				failed[file, line] = 1
				next
			}
			FNR == NR { if (!/patch does not apply$/) other = other "    " $0 "\n"; next }
			/^--- / { file = substr($2, 3); hunk = 0 }
			/^@@ / {
				hunk++
				line = $2
				gsub(/^-|,.*/, "", line)
				if ((file, line) in failed)
					printf "    %s: hunk %d: %s\n", file, hunk, $0
			}
			END { printf "%s", other }
		' "$tmp/errors" "$tmp/diff"
	} >&2
	exit 1
}

# describe_base COMMIT: its version, and what it was made from
describe_base()
{
	printf 'Linux %s (%s)' \
		"$(git -C "$tree" show "$1:Makefile" | kernel_version /dev/stdin)" \
		"${source:-$(state source)}"
}

# log_of GIT-TREE RANGE: what must survive the way through mails. What begins a set is
# its message alone.
log_of()
{
	git -C "$1" log --reverse --format='%s%x09%T %an <%ae> %ad%n%B' "$2" -- |
		sed 's/^\(\[[a-z][a-z0-9-]*\] [^\t]*\)\t[0-9a-f]* .*/\1/'
}

# throwaway DIR: a clone that shares the tree's objects and leaves no trace in it
throwaway()
{
	rm -rf "$1"
	git clone -q --shared --no-checkout --template= "$tree" "$1"
}
