#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# patches/*.sh on a made-up kernel of a few files: TAP on standard output, and
# what a failed case printed. Needs no compiler and no package; takes seconds.

set -eu -o pipefail

scripts=$(cd "$(dirname "$0")/../patches" && pwd)
top=$(mktemp -d)
# KEEP=1 leaves everything of the last test there, to look at.
[ -n "${KEEP:-}" ] || trap 'chmod -R u+w "$top"; rm -rf "$top"' EXIT
trap 'exit 130' INT TERM HUP

export TOP=$top/repo TARBALL=$top/base.tar.xz
unset LINUX BUILD FORCE SET SENDER
tree=$TOP/build/v6.12/linux
patches=$TOP/patches/v6.12

export GIT_CONFIG_GLOBAL=$top/gitconfig GIT_CONFIG_NOSYSTEM=1
# A reader's settings that must not matter.
git config --global user.name 'Zoë Tester'
git config --global user.email zoe@example.org
git config --global init.defaultBranch trunk
git config --global diff.noprefix true
git config --global diff.algorithm patience
git config --global core.autocrlf true
git config --global format.signature 'a signature'
git config --global format.subjectPrefix 'RFC'
git config --global commit.cleanup verbatim

# commit SUBJECT [WHY]: as an author does it, in the tree
commit()
{
	git -C "$tree" commit -q -a -m "$1" -m "Why: ${2:-because}.

Signed-off-by: Zoë Tester <zoe@example.org>"
}

# fake_kernel DIR SUBLEVEL [VERSION PATCHLEVEL]
fake_kernel()
{
	mkdir -p "$1"/{arch/arm64/kernel,lib,scripts}
	cat >"$1/Makefile" <<-EOT
		VERSION = ${3:-6}
		PATCHLEVEL = ${4:-12}
		SUBLEVEL = $2
		EXTRAVERSION =
		olddefconfig: ; test -f \$(O)/.config
		vmlinux modules: ; ! grep -rn '#error' arch lib
	EOT
	seq -f 'line %g of a.c' 100 >"$1/arch/arm64/kernel/a.c"
	seq -f 'line %g of b.c' 100 >"$1/lib/b.c"
	echo untouched >"$1/lib/c.c"
	printf 'THE REST\nF:\t*\n' >"$1/MAINTAINERS"
	# As Debian's does.
	printf '*.o\n/*\n!/debian/\n' >"$1/.gitignore"
	# Finds fault with the word BAD, and with new files.
	cat >"$1/scripts/checkpatch.pl" <<-'EOT'
		#!/usr/bin/perl
		my $ignore = grep { $_ eq "FILE_PATH_CHANGES" } @ARGV;
		open(my $f, "<", $ARGV[-1]) or die;
		my $bad = 0;
		while (<$f>) {
			$bad = print "BAD in line $.\n" if /^\+.*BAD/;
			$bad = print "a new file\n" if /^new file mode/ && !$ignore;
		}
		exit $bad;
	EOT
	# The name of each section that has an F: line for the file. And for mails, one
	# maintainer and a list.
	cat >"$1/scripts/get_maintainer.pl" <<-'EOT'
		#!/usr/bin/perl
		if ($ARGV[-1] =~ /patch$/) {
			print "Ann Maintainer <ann\@example.org>\nlist\@example.org\n";
			exit;
		}
		my ($at) = grep { $ARGV[$_] eq "--mpath" } 0 .. $#ARGV;
		open(my $f, "<", defined $at ? $ARGV[$at + 1] : "MAINTAINERS") or die;
		my $name;
		while (<$f>) {
			$name = $_ unless /^F:/;
			print $name if /^F:\s*\Q$ARGV[-1]\E$/;
		}
	EOT
	chmod +x "$1"/scripts/*.pl
}

tarball()
{
	tar -C "$top" -cJf "$TARBALL" "${1##*/}"
}

# A repository with an empty series, and no tree.
fresh()
{
	rm -rf "$TOP" "$top/linux-6.12.1"
	mkdir -p "$patches"
	printf 'package=linux-source-none\nversion=6.12.1\ntree=unknown\n' >"$patches/base"
	printf '# A comment.\n' >"$patches/series"
	printf 'A finished series\n\nIt does this and that.\n' >"$patches/cover-letter"
	fake_kernel "$top/linux-6.12.1" 1
	tarball "$top/linux-6.12.1"
}

# Three mails: edits only, edits and a new file, new files only. Made once.
sample()
{
	if [ ! -e "$top/sample" ]; then
		make_sample
		cp -a "$TOP" "$top/sample"
		cp -a "$TARBALL" "$top/sample.tar.xz"
	fi
	rm -rf "$TOP"
	cp -a "$top/sample" "$TOP"
	cp -a "$top/sample.tar.xz" "$TARBALL"
}

make_sample()
{
	fresh
	"$scripts/tree.sh" v6.12
	sed -i 's/^line 50 .*/changed/' "$tree/arch/arm64/kernel/a.c"
	commit 'arm64: change a.c'
	sed -i 's/^line 20 .*/changed/' "$tree/lib/b.c"
	echo 'a new file' >"$tree/lib/new.c"
	git -C "$tree" add -f lib/new.c
	commit 'lib: change b.c and add new.c, with a subject that is long enough to be folded in a mail'
	mkdir "$tree/tools"
	echo '#!/bin/sh' >"$tree/tools/new.sh"
	printf 'no newline at the end' >"$tree/tools/data"
	chmod +x "$tree/tools/new.sh"
	git -C "$tree" add -f tools
	commit 'tools: add new files — and nothing else' 'umlauts: äöü'
	"$scripts/refresh.sh" v6.12
}

hash_of()
{
	git -C "$tree" rev-parse "${1:-HEAD}^{tree}"
}

# fails_with PATTERN COMMAND...: it does, and says so in one line that matches
fails_with()
{
	local pattern=$1 output status=0

	shift
	output=$("$@" 2>&1) || status=$?
	printf '%s\n' "$output"
	if [ "$status" -eq 0 ]; then
		echo "# did not fail: $*"
		return 1
	fi
	grep -qE "$pattern" <<<"$output" || {
		echo "# not said: $pattern"
		return 1
	}
}

# refute COMMAND...: `!` would be no failure for set -e
refute()
{
	if "$@"; then
		return 1
	fi
}

# All that the repository has, names, modes and contents.
snapshot()
{
	(cd "$TOP" && find . -path ./build -prune -o -type f -printf '%p %m ' -exec sha1sum {} \;)
}

test_mails_round_trip()
{
	sample
	local before after

	[ "$(cd "$patches" && echo [0-9]*)" = "0001-arm64-change-a.c.patch 0002-lib-change-b.c-and-add-new.c-with-a-subject-that-is-.patch 0003-tools-add-new-files-and-nothing-else.patch" ]
	[ -x "$TOP/tools/new.sh" ]
	cmp "$TOP/tools/data" "$tree/tools/data"
	refute grep -l 'new file mode' "$patches"/*.patch
	refute grep -l 'a signature' "$patches"/*.patch
	refute grep -l '^index ' "$patches"/*.patch
	[ "$(head -n 1 "$patches/series")" = '# A comment.' ]
	diff - <(tail -n +2 "$patches/series" | cut -c 1-10) <<-EOT
		0001-arm64
		0002-lib-c
		$(printf '\tlib/new.c')
		0003-tools
		$(printf '\ttools/dat')
		$(printf '\ttools/new')
	EOT

	# From nothing: the same files, and the same commits each time.
	before=$(hash_of)
	rm -rf "$TOP/build"
	"$scripts/tree.sh" v6.12
	[ "$(hash_of)" = "$before" ]
	[ -z "$(git -C "$tree" status --porcelain)" ]
	before=$(git -C "$tree" rev-parse HEAD)
	rm -rf "$TOP/build"
	"$scripts/tree.sh" v6.12
	[ "$(git -C "$tree" rev-parse HEAD)" = "$before" ]

	# And back: nothing changes.
	before=$(snapshot)
	"$scripts/refresh.sh" v6.12
	after=$(snapshot)
	diff <(echo "$before") <(echo "$after")
}

test_authors_and_messages_stay()
{
	sample
	git -C "$tree" log --format='%an %ae %ad %B' >"$top/log"
	rm -rf "$TOP/build"
	"$scripts/tree.sh" v6.12
	diff "$top/log" <(git -C "$tree" log --format='%an %ae %ad %B')
	git -C "$tree" log -1 --format=%B | grep 'tools: add new files — and'
}

test_nothing_to_do_touches_nothing()
{
	sample
	local stamp
	stamp=$(find "$tree" -printf '%p %T@\n' | grep -v '/\.git')
	sleep 0.1
	"$scripts/tree.sh" v6.12 | grep 'up to date'
	diff <(echo "$stamp") <(find "$tree" -printf '%p %T@\n' | grep -v '/\.git')
}

test_only_changed_files_get_new_time_stamps()
{
	sample
	touch -d '2001-01-01' "$tree/lib/c.c" "$tree/lib/b.c" "$tree/arch/arm64/kernel/a.c" "$tree/lib/new.c"
	sed -i 's/^+changed/+changed again/' "$patches"/0001-*.patch
	"$scripts/tree.sh" v6.12
	grep -q 'changed again' "$tree/arch/arm64/kernel/a.c"
	[ "$(stat -c %Y "$tree/lib/b.c" "$tree/lib/c.c" "$tree/lib/new.c" | sort -u)" = "$(date -d 2001-01-01 +%s)" ]
	[ "$(stat -c %Y "$tree/arch/arm64/kernel/a.c")" != "$(date -d 2001-01-01 +%s)" ]
}

test_edited_new_file_reaches_the_tree()
{
	sample
	echo 'another line' >>"$TOP/lib/new.c"
	"$scripts/tree.sh" v6.12
	cmp "$TOP/lib/new.c" "$tree/lib/new.c"
	git -C "$tree" log --format=%s -- lib/new.c | grep -c . | grep -qx 1
}

test_finished_mails_give_the_tree()
{
	sample
	local finished=$TOP/build/series/v6.12 by_hand=$top/by-hand

	"$scripts/series.sh" v6.12
	[ "$(find "$finished" -type f | wc -l)" -eq 4 ]
	grep -q '^Subject: \[PATCH 6.12 0/3\] A finished series' "$finished"/0000-*
	grep -q 'It does this and that' "$finished"/0000-*
	grep -q "$(hash_of base)" "$finished"/0000-*
	grep -q '^Subject: \[PATCH 6.12 2/3\] lib: change b.c' "$finished"/0002-*
	grep -q '^new file mode 100755' "$finished"/0003-*

	# As a reader does it, on the unpacked source.
	rm -rf "$by_hand"
	cp -r "$top/linux-6.12.1" "$by_hand"
	git -C "$by_hand" init -q
	git -C "$by_hand" -c core.autocrlf=false add -A -f .
	git -C "$by_hand" commit -q -m base
	[ "$(git -C "$by_hand" rev-parse 'HEAD^{tree}')" = "$(hash_of base)" ]
	git -C "$by_hand" am -q "$finished"/000[1-3]-*.patch
	[ "$(git -C "$by_hand" rev-parse 'HEAD^{tree}')" = "$(hash_of)" ]

	# The same series, the same mails.
	cp -r "$finished" "$top/first"
	"$scripts/series.sh" v6.12
	diff -r "$top/first" "$finished"
}

# A git am that leaves out the last mail.
test_mails_that_give_another_tree()
{
	sample
	mkdir -p "$top/bin"
	cat >"$top/bin/git" <<-EOT
		#!/bin/bash
		[ "\${3-}" != am ] || set -- "\${@:1:\$#-1}"
		exec "$(command -v git)" "\$@"
	EOT
	chmod +x "$top/bin/git"
	fails_with 'git am does not give' env PATH="$top/bin:$PATH" "$scripts/series.sh" v6.12
	[ ! -e "$TOP/build/series/v6.12" ]
	rm "$top/bin/git"
}

test_series_wants_what_is_in_patches()
{
	sample
	echo more >>"$tree/lib/c.c"
	fails_with 'changes that are not committed' "$scripts/series.sh" v6.12
	commit 'lib: more'
	fails_with 'run make refresh' "$scripts/series.sh" v6.12
	git -C "$tree" reset -q --hard HEAD~
	echo more >>"$TOP/lib/new.c"
	fails_with 'run make tree' "$scripts/series.sh" v6.12
	[ ! -e "$TOP/build/series" ]
}

test_failing_hunk_is_named()
{
	sample
	local before stamp
	before=$(git -C "$tree" rev-parse HEAD)
	stamp=$(stat -c %Y "$tree/arch/arm64/kernel/a.c")
	echo 'another line' >>"$TOP/lib/new.c"
	# A second hunk, which does not apply, behind one that does.
	sed -i '/^--- a\/lib/,$ s/^ line 19 .*/ line 19 is not like this/' "$patches"/0002-*.patch
	fails_with '0002-lib.*does not apply to Linux 6.12.1 ' "$scripts/tree.sh" v6.12
	fails_with 'lib/b.c: hunk 1: @@ -17,7' "$scripts/tree.sh" v6.12
	[ "$(git -C "$tree" rev-parse HEAD)" = "$before" ]
	[ -z "$(git -C "$tree" status --porcelain)" ]
	[ "$(stat -c %Y "$tree/arch/arm64/kernel/a.c")" = "$stamp" ]
	refute grep 'another line' "$tree/lib/new.c"
}

test_edit_of_a_missing_file_is_named()
{
	sample
	sed -i 's,lib/b\.c,lib/gone.c,' "$patches"/0002-*.patch
	fails_with 'lib/gone.c: does not exist' "$scripts/tree.sh" v6.12
}

test_bad_series_files()
{
	local line
	while IFS='|' read -r line pattern; do
		sample
		printf '%b\n' "$line" >>"$patches/series"
		fails_with "$pattern" "$scripts/tree.sh" v6.12 || return 1
	done <<-'EOT'
		0009-none.patch|series:8: there is no .*0009-none
		\tlib/none.c|series:8: .*lib/none.c, which is not there
		\tlib/new.c|series:8: .*already
		\t../lib/new.c|not a path in the kernel
		\tpatches/v6.12/base two|one name a line
		0001-arm64-change-a.c.patch|is there twice
		notes.txt|is not NNNN-subject.patch
	EOT
	sample
	cp "$patches"/0001-*.patch "$patches/0004-forgotten.patch"
	fails_with '0004-forgotten.patch is not named' "$scripts/tree.sh" v6.12
	sample
	sed -i '2,$ d' "$patches/series"
	printf '\tlib/new.c\n' >>"$patches/series"
	fails_with 'is below no mail' "$scripts/tree.sh" v6.12
}

test_new_file_that_the_base_has()
{
	sample
	cp "$tree/lib/c.c" "$TOP/lib/c.c"
	printf '\tlib/c.c\n' >>"$patches/series"
	fails_with 'lib/c.c, which the base has already' "$scripts/tree.sh" v6.12
}

test_new_file_inside_a_mail()
{
	sample
	cat >>"$patches"/0001-*.patch <<-'EOT'
		diff --git a/lib/d.c b/lib/d.c
		new file mode 100644
		--- /dev/null
		+++ b/lib/d.c
		@@ -0,0 +1 @@
		+d
	EOT
	fails_with '0001-.*makes a new file' "$scripts/tree.sh" v6.12
}

test_not_a_mail()
{
	sample
	echo nonsense >"$(echo "$patches"/0001-*.patch)"
	fails_with '0001-.*has no From' "$scripts/tree.sh" v6.12
}

# The repository has a new file as it is in the end, and later mails its edits.
test_new_file_in_two_commits()
{
	sample
	local log i
	for i in 1 2; do
		echo "more $i" >>"$tree/lib/new.c"
		commit "lib: change new.c, $i"
	done
	log=$(git -C "$tree" log --format='%T %B' base..HEAD)
	"$scripts/refresh.sh" v6.12
	[ "$(tail -n 1 "$TOP/lib/new.c")" = 'more 2' ]
	grep -q '^+more 1' "$patches"/0004-*.patch
	[ "$(git -C "$tree" show HEAD~3:lib/new.c)" = 'a new file' ]
	rm -rf "$tree"
	"$scripts/tree.sh" v6.12
	[ "$log" = "$(git -C "$tree" log --format='%T %B' base..HEAD)" ]
	"$scripts/series.sh" v6.12
	# The last edit is no more in the file that it is to be taken back from.
	sed -i '$d' "$TOP/lib/new.c"
	fails_with '0005-lib.*does not apply to the new files' "$scripts/tree.sh" v6.12
}

test_new_file_removed_later()
{
	sample
	local before
	before=$(snapshot)
	git -C "$tree" rm -q lib/new.c
	commit 'lib: remove new.c'
	fails_with 'lib/new.c is new in .*lib: change b.c and.*a later commit removes it' \
		"$scripts/refresh.sh" v6.12
	diff <(echo "$before") <(snapshot)
}

test_refresh_refuses_what_mails_lose()
{
	sample
	echo more >>"$tree/lib/c.c"
	git -C "$tree" commit -q -a -m 'lib: a message that ends early' -m '---
lost'
	fails_with 'would come back changed' "$scripts/refresh.sh" v6.12
}

test_refresh_removes_what_is_gone()
{
	sample
	echo ours >"$TOP/lib/README"
	git -C "$tree" reset -q --hard HEAD~2
	"$scripts/refresh.sh" v6.12
	[ ! -e "$TOP/lib/new.c" ]
	[ ! -e "$TOP/tools/new.sh" ]
	[ -e "$TOP/lib/README" ]
	[ -e "$patches/cover-letter" ]
	[ "$(cd "$patches" && echo [0-9]*)" = 0001-arm64-change-a.c.patch ]
	"$scripts/tree.sh" v6.12 | grep 'up to date'
}

test_refresh_leaves_other_bases_alone()
{
	sample
	mkdir "$TOP/patches/v7.3"
	printf '0001-x.patch\n\tlib/new.c\n' >"$TOP/patches/v7.3/series"
	git -C "$tree" reset -q --hard HEAD~2
	"$scripts/refresh.sh" v6.12
	[ -e "$TOP/lib/new.c" ]
	[ ! -e "$TOP/tools/new.sh" ]
}

# adapt FROM TO: what the base needs to have differently in lib/new.c
adapt()
{
	printf -- '--- a/lib/new.c\n+++ b/lib/new.c\n@@ -1,2 +1,2 @@\n-%s\n+%s\n the end\n' "$1" "$2" \
		>"$patches/adapt.patch"
}

test_new_file_that_a_base_has_differently()
{
	sample
	echo 'the end' >>"$TOP/lib/new.c"
	adapt 'a new file' 'an old file'
	"$scripts/tree.sh" v6.12
	grep -qx 'an old file' "$tree/lib/new.c"
	[ -x "$tree/tools/new.sh" ]
	# A later mail's edit is of the file as this base has it.
	echo more >>"$tree/lib/new.c"
	commit 'lib: more in new.c'
	"$scripts/refresh.sh" v6.12
	diff - "$TOP/lib/new.c" <<-EOT
		a new file
		the end
		more
	EOT
	grep -qx ' an old file' "$patches"/0004-*
	grep -qx '+an old file' "$patches/adapt.patch"
	rm -rf "$TOP/build"
	"$scripts/tree.sh" v6.12
	"$scripts/series.sh" v6.12

	# What it is about has changed: in the repository, and in the tree.
	sed -i 's/a new file/a newer file/' "$TOP/lib/new.c"
	fails_with 'adapt.patch does not apply to the new files as they are in the repository' \
		"$scripts/tree.sh" v6.12
	fails_with '^    lib/new.c: hunk 1' "$scripts/tree.sh" v6.12
	sed -i 's/a newer file/a new file/' "$TOP/lib/new.c"
	sed -i 's/an old file/an older file/' "$tree/lib/new.c"
	commit 'lib: edit what is different here'
	fails_with 'adapt.patch does not apply .*from which it is to be taken back' \
		"$scripts/refresh.sh" v6.12
	grep -qx 'a new file' "$TOP/lib/new.c"
}

test_difference_in_a_file_that_no_mail_brings()
{
	sample
	adapt 'a new file' 'an old file'
	sed -i 's/new.c/b.c/' "$patches/adapt.patch"
	fails_with 'adapt.patch does not apply to the new files' "$scripts/tree.sh" v6.12
	fails_with '^    error: lib/b.c: does not exist in index' "$scripts/tree.sh" v6.12
}

test_refresh_does_not_overwrite()
{
	sample
	echo 'the other way' >>"$TOP/lib/new.c"
	fails_with 'changed since make tree' "$scripts/refresh.sh" v6.12
	grep 'the other way' "$TOP/lib/new.c"

	sample
	echo theirs >"$TOP/README.md"
	echo ours >"$tree/README.md"
	git -C "$tree" add -f README.md
	commit 'Add README.md'
	fails_with 'README.md, which is in the repository' "$scripts/refresh.sh" v6.12
	grep theirs "$TOP/README.md"
}

test_forgotten_new_file()
{
	sample
	# .gitignore hides it from git status.
	echo x >"$tree/lib/forgotten.c"
	echo x >"$tree/lib/built.o"
	fails_with 'lib/forgotten.c' "$scripts/refresh.sh" v6.12
	refute grep built.o <("$scripts/refresh.sh" v6.12 2>&1)
}

test_work_in_the_tree_is_not_lost()
{
	sample
	local mine
	sed -i 's/^+changed/+changed again/' "$patches"/0001-*.patch
	mkdir "$tree/.git/rebase-merge"
	fails_with 'rebase is under way' "$scripts/tree.sh" v6.12
	rmdir "$tree/.git/rebase-merge"
	echo mine >>"$tree/lib/c.c"
	fails_with 'not committed' "$scripts/tree.sh" v6.12
	commit 'lib: mine'
	mine=$(git -C "$tree" rev-parse HEAD)
	fails_with 'both changed' "$scripts/tree.sh" v6.12
	[ "$(git -C "$tree" rev-parse HEAD)" = "$mine" ]
	FORCE=1 "$scripts/tree.sh" v6.12 | grep -F "${mine:0:12}"
	grep -q 'changed again' "$tree/arch/arm64/kernel/a.c"
	refute grep mine "$tree/lib/c.c"
	git -C "$tree" cherry-pick "$mine"
	"$scripts/refresh.sh" v6.12
	[ "$(cd "$patches" && echo 0004*)" = 0004-lib-mine.patch ]
}

test_work_in_the_tree_can_be_built()
{
	sample
	echo mine >>"$tree/lib/c.c"
	"$scripts/tree.sh" v6.12 | grep 'note:.*not in patches'
	grep mine "$tree/lib/c.c"
}

test_worktrees_are_left_alone()
{
	sample
	git -C "$tree" worktree add -q -b side "$top/side" HEAD~
	local before
	before=$(git -C "$tree" rev-parse side)
	echo 'another line' >>"$TOP/lib/new.c"
	"$scripts/tree.sh" v6.12
	[ "$(git -C "$top/side" rev-parse HEAD)" = "$before" ]
	[ -z "$(git -C "$top/side" status --porcelain)" ]
	rm -rf "$top/side"
}

test_other_point_release()
{
	sample
	# Moved lines are fine, and other files come along.
	fake_kernel "$top/linux-6.12.2" 2
	sed -i '1i a line before' "$top/linux-6.12.2/lib/b.c"
	tarball "$top/linux-6.12.2"
	touch -d 2001-01-01 "$tree/lib/c.c"
	"$scripts/tree.sh" v6.12 2>&1 | grep 'note: .*6\.12\.2; .*6\.12\.1'
	[ "$(head -n 1 "$tree/lib/b.c")" = 'a line before' ]
	grep -qx changed "$tree/lib/b.c"
	[ "$(stat -c %Y "$tree/lib/c.c")" = "$(date -d 2001-01-01 +%s)" ]
	"$scripts/refresh.sh" v6.12
	grep -qx version=6.12.2 "$patches/base"
	"$scripts/tree.sh" v6.12 | grep 'up to date'

	# Changed context is not: no fuzz.
	sed -i 's/^line 23 .*/something else/; 1d' "$top/linux-6.12.2/lib/b.c"
	tarball "$top/linux-6.12.2"
	fails_with 'lib/b.c: hunk 1: @@ ' "$scripts/tree.sh" v6.12
	[ "$(head -n 1 "$tree/lib/b.c")" = 'a line before' ]
}

test_own_tree()
{
	sample
	local own=$top/own before
	rm -rf "$own"
	fake_kernel "$own" 3
	before=$(find "$own" -printf '%p %T@\n')
	LINUX=$own "$scripts/tree.sh" v6.12
	diff <(echo "$before") <(find "$own" -printf '%p %T@\n')
	grep -qx changed "$TOP/build/v6.12-own/linux/lib/b.c"
	[ "$(git -C "$TOP/build/v6.12-own/linux" show base:Makefile | sed -n 3p)" = 'SUBLEVEL = 3' ]
	grep -q 'SUBLEVEL.*1' "$tree/Makefile"
	LINUX=$own "$scripts/tree.sh" v6.12 | grep 'up to date'
	echo more >>"$own/lib/c.c"
	LINUX=$own "$scripts/tree.sh" v6.12
	grep -qx more "$TOP/build/v6.12-own/linux/lib/c.c"

	# A build that went wrong half-way had read the files already.
	rm -rf "$TOP/build/v6.12-own/linux"
	LINUX=$own "$scripts/tree.sh" v6.12

	# The same in git, where only what is committed counts.
	git -C "$own" init -q
	git -C "$own" -c core.autocrlf=false add -A -f .
	git -C "$own" commit -q -m mine
	echo ignored >"$own/lib/x.o"
	before=$(find "$own" -printf '%p %T@\n')
	LINUX=$own "$scripts/tree.sh" v6.12 | grep 'up to date'
	rm -rf "$TOP/build/v6.12-own"
	LINUX=$own "$scripts/tree.sh" v6.12
	[ ! -e "$TOP/build/v6.12-own/linux/lib/x.o" ]
	diff <(echo "$before") <(find "$own" -printf '%p %T@\n')
	LINUX=$own "$scripts/series.sh" v6.12
	[ -e "$TOP/build/series/v6.12-own" ]
	[ ! -e "$TOP/build/series/v6.12" ]
	fails_with 'LINUX= is for' env LINUX="$own" "$scripts/refresh.sh" v6.12
}

test_bad_own_tree()
{
	fresh
	local own=$top/own
	rm -rf "$own"
	fails_with "LINUX=$own is no directory" env LINUX="$own" "$scripts/tree.sh" v6.12
	mkdir "$own"
	fails_with 'is no kernel tree' env LINUX="$own" "$scripts/tree.sh" v6.12
	fake_kernel "$own" 1
	sed -i 's/^PATCHLEVEL.*/PATCHLEVEL = 13/' "$own/Makefile"
	fails_with 'is Linux 6.13.1, but BASE=v6.12' env LINUX="$own" "$scripts/tree.sh" v6.12
	fake_kernel "$own" 1
	touch "$own/.config"
	fails_with 'make mrproper' env LINUX="$own" "$scripts/tree.sh" v6.12
	rm "$own/.config"
	git -C "$own" init -q
	git -C "$own" commit -q --allow-empty -m 'nothing, as .gitignore says'
	fails_with 'no kernel committed' env LINUX="$own" "$scripts/tree.sh" v6.12
	git -C "$own" -c core.autocrlf=false add -A -f .
	fails_with 'no kernel committed|local changes' env LINUX="$own" "$scripts/tree.sh" v6.12
	git -C "$own" commit -q -m mine
	echo more >>"$own/lib/c.c"
	fails_with 'local changes.*commit or stash' env LINUX="$own" "$scripts/tree.sh" v6.12
	[ ! -e "$TOP/build/v6.12-own/linux" ]
}

test_bad_arguments()
{
	fresh
	fails_with 'BASE=v6.11: .*known bases: v6.12' "$scripts/tree.sh" v6.11
	fails_with 'Usage' "$scripts/tree.sh"
	"$scripts/tree.sh" --help | grep Usage
	fails_with 'run make tree' "$scripts/refresh.sh" v6.12
	fails_with 'run make tree' "$scripts/series.sh" v6.12
	"$scripts/tree.sh" v6.12
	fails_with 'names no mails' "$scripts/series.sh" v6.12
	fails_with 'no commits on top' "$scripts/refresh.sh" v6.12
}

test_missing_base()
{
	fresh
	rm "$TARBALL"
	fails_with 'apt-get install linux-source-none' env -u TARBALL "$scripts/tree.sh" v6.12
	head -c 1000 /dev/zero >"$TARBALL"
	fails_with 'damaged archive or full disk' "$scripts/tree.sh" v6.12
	[ ! -e "$tree" ]
	tarball "$top/linux-6.12.1"
	"$scripts/tree.sh" v6.12
}

test_no_place_to_build()
{
	fresh
	echo 'a file' >"$TOP/build"
	fails_with 'cannot make .*/build/v6.12' "$scripts/tree.sh" v6.12
	rm "$TOP/build"
	mkdir -p "${tree%/*}"
	echo 'a file' >"$tree"
	fails_with 'was not made by make tree: move it away' "$scripts/tree.sh" v6.12
	rm "$tree"
	git init -q "$tree"
	fails_with 'was not made by make tree: move it away' "$scripts/tree.sh" v6.12
}

test_full_disk()
{
	fresh
	head -c 3000000 /dev/urandom >"$top/linux-6.12.1/lib/big"
	tarball "$top/linux-6.12.1"
	mkdir -p "$TOP/build"
	# shellcheck disable=SC2016 # the other shell expands that
	unshare --map-root-user --mount bash -eu -c '
		mount -t tmpfs -o size=2m none "$1/build"
		status=0
		"$2" v6.12 || status=$?
		ls "$1/build/v6.12"
		exit $status
	' full "$TOP" "$scripts/tree.sh" >"$top/full" 2>&1 || echo failed >>"$top/full"
	cat "$top/full"
	grep 'error: .*full disk' "$top/full"
	[ "$(tail -n 1 "$top/full")" = failed ]
	refute grep -E '^(linux|tmp)' "$top/full"
}

# A tar that unpacks, and then hangs.
test_interrupted_unpacking()
{
	sample
	local pid signal
	rm -rf "$TOP/build"
	mkdir -p "$top/bin"
	cat >"$top/bin/tar" <<-EOT
		#!/bin/bash
		"$(command -v tar)" "\$@"
		echo \$\$ >"$top/tar.pid"
		exec sleep 100
	EOT
	chmod +x "$top/bin/tar"
	for signal in TERM KILL; do
		rm -f "$top/tar.pid"
		PATH=$top/bin:$PATH "$scripts/tree.sh" v6.12 &
		pid=$!
		until [ -s "$top/tar.pid" ]; do sleep 0.05; done
		kill -s $signal $pid
		kill "$(cat "$top/tar.pid")"
		refute wait $pid
		[ ! -e "$tree" ]
	done
	"$scripts/tree.sh" v6.12
	[ -z "$(git -C "$tree" status --porcelain)" ]
	[ -z "$(find "${tree%/*}" -maxdepth 1 -name 'tmp.*')" ]
	grep -qx changed "$tree/lib/b.c"
}

test_interrupted_switch()
{
	sample
	local before
	before=$(hash_of)
	git -C "$tree" update-ref refs/series/switch HEAD
	touch "$tree/.git/index.lock"
	echo 'half a file' >"$tree/lib/b.c"
	rm "$tree/lib/new.c"
	fails_with 'was interrupted' "$scripts/refresh.sh" v6.12
	"$scripts/tree.sh" v6.12
	[ "$(hash_of)" = "$before" ]
	[ -z "$(git -C "$tree" status --porcelain)" ]
}

test_interrupted_refresh()
{
	sample
	echo more >>"$tree/lib/c.c"
	commit 'lib: more'
	echo 'half a file' >"$patches/0004-lib-more.patch"
	git -C "$tree" update-ref refs/series/refresh HEAD
	fails_with 'refresh was interrupted' "$scripts/tree.sh" v6.12
	"$scripts/refresh.sh" v6.12
	"$scripts/tree.sh" v6.12 | grep 'up to date'
	grep -q '^+more' "$patches/0004-lib-more.patch"
}

test_two_at_once()
{
	sample
	local pid
	rm -rf "$TOP/build"
	"$scripts/tree.sh" v6.12 &
	pid=$!
	"$scripts/tree.sh" v6.12
	wait $pid
	grep -qx changed "$tree/lib/b.c"
}

test_checkpatch_findings_fail()
{
	sample
	fails_with 'run make series' "$scripts/checkpatch.sh" v6.12
	"$scripts/series.sh" v6.12
	# New files, and no word of MAINTAINERS.
	fails_with 'in MAINTAINERS has an F: line for: .*lib/new.c' "$scripts/checkpatch.sh" v6.12
	printf 'OURS\nF:\tlib/new.c\nF:\ttools/new.sh\n' >>"$tree/MAINTAINERS"
	commit 'MAINTAINERS: ours'
	"$scripts/refresh.sh" v6.12
	"$scripts/series.sh" v6.12
	fails_with 'F: line for: tools/data$' "$scripts/checkpatch.sh" v6.12
	printf 'F:\ttools/data\n' >>"$tree/MAINTAINERS"
	git -C "$tree" commit -q -a --amend --no-edit
	"$scripts/refresh.sh" v6.12
	"$scripts/series.sh" v6.12
	"$scripts/checkpatch.sh" v6.12
	echo 'BAD' >>"$tree/lib/c.c"
	commit 'lib: bad'
	"$scripts/refresh.sh" v6.12
	"$scripts/series.sh" v6.12
	fails_with '1 findings in 5 mails' "$scripts/checkpatch.sh" v6.12
}

test_bisect_names_the_mail()
{
	sample
	local config=$top/config CROSS_COMPILE=$top/bin/
	export CROSS_COMPILE
	mkdir -p "$top/bin"
	printf '#!/bin/sh\n' >"$top/bin/gcc"
	chmod +x "$top/bin/gcc"
	command -v make
	fails_with 'CONFIG=.*is not there' "$scripts/bisect.sh" v6.12
	echo CONFIG_MODULES=y >"$config"
	CONFIG=$config "$scripts/bisect.sh" v6.12 | grep -c ' ok ' | grep -x 4
	echo '#error no' >>"$tree/lib/c.c"
	commit 'lib: an error'
	git -C "$tree" revert --no-edit HEAD
	"$scripts/refresh.sh" v6.12
	fails_with '4/5 lib: an error does not build' env CONFIG="$config" "$scripts/bisect.sh" v6.12
}

# A second base, whose series has two sets: one of two mails, and one of a single mail
# which needs it. Then a third, which needs nothing.
sets()
{
	if [ ! -e "$top/sets" ]; then
		make_sets
		cp -a "$TOP" "$top/sets"
		cp -a "$TARBALL" "$top/sets.tar.xz"
	fi
	rm -rf "$TOP"
	cp -a "$top/sets" "$TOP"
	cp -a "$top/sets.tar.xz" "$TARBALL"
	tree=$TOP/build/v7.3/linux
	patches=$TOP/patches/v7.3
}

make_sets()
{
	sample
	tree=$TOP/build/v7.3/linux
	patches=$TOP/patches/v7.3
	rm -rf "$top/linux-7.3.4"
	fake_kernel "$top/linux-7.3.4" 4 7 3
	tarball "$top/linux-7.3.4"
	mkdir "$patches"
	printf 'package=linux-source-none\nsuite=some\nversion=7.3.4\ntree=unknown\n' >"$patches/base"
	printf '# A comment.\n' >"$patches/series"
	"$scripts/tree.sh" v7.3
	git -C "$tree" commit -q --allow-empty -m '[fixes] lib: two fixes' -m 'They fix this and that.' \
		-m 'To: Ann Maintainer <ann@example.org>
Cc: list@example.org
Cc: Bob Author <bob@example.org>'
	sed -i 's/^line 50 .*/fixed/' "$tree/lib/b.c"
	commit 'lib: fix b.c'
	echo fixed >>"$tree/lib/c.c"
	commit 'lib: fix c.c'
	git -C "$tree" commit -q --allow-empty -m '[more] lib: more' -m 'Depends-on: fixes
To: Ann Maintainer <ann@example.org>
Cc: list@example.org
Prefix: RFC'
	sed -i 's/^fixed/fixed better/' "$tree/lib/c.c"
	# The other base's series brings that, too.
	cp "$TOP/lib/new.c" "$tree/lib/new.c"
	git -C "$tree" add -f lib/new.c
	commit 'lib: fix c.c better'
	git -C "$tree" commit -q --allow-empty -m '[apart] arm64: something else' -m 'To: Ann Maintainer <ann@example.org>
Cc: list@example.org'
	sed -i 's/^line 50 .*/changed/' "$tree/arch/arm64/kernel/a.c"
	commit 'arm64: change a.c'
	"$scripts/refresh.sh" v7.3
}

test_sets_round_trip()
{
	sets
	local before after

	diff - <(tail -n +2 "$patches/series") <<-EOT
		[fixes]
		0001-lib-fix-b.c.patch
		0002-lib-fix-c.c.patch
		[more]
		0001-lib-fix-c.c-better.patch
		$(printf '\tlib/new.c')
		[apart]
		0001-arm64-change-a.c.patch
	EOT
	[ "$(cd "$patches" && echo */*)" = "apart/0001-arm64-change-a.c.patch apart/cover-letter fixes/0001-lib-fix-b.c.patch fixes/0002-lib-fix-c.c.patch fixes/cover-letter more/0001-lib-fix-c.c-better.patch more/cover-letter" ]
	[ "$(head -n 1 "$patches/fixes/cover-letter")" = 'lib: two fixes' ]
	[ "$(tail -n 1 "$patches/more/cover-letter")" = 'Prefix: RFC' ]

	# Again and again, the same.
	before=$(git -C "$tree" log --format='%T %B' base..HEAD)
	rm -rf "$TOP/build"
	"$scripts/tree.sh" v7.3
	[ "$(git -C "$tree" log --format='%T %B' base..HEAD)" = "$before" ]
	before=$(git -C "$tree" rev-parse HEAD)
	rm -rf "$TOP/build"
	"$scripts/tree.sh" v7.3
	[ "$(git -C "$tree" rev-parse HEAD)" = "$before" ]
	before=$(snapshot)
	"$scripts/refresh.sh" v7.3
	after=$(snapshot)
	diff <(echo "$before") <(echo "$after")

	# Each alone, with what it depends on
	[ "$(git -C "$tree" show refs/series/only/more:lib/c.c | tail -n 1)" = 'fixed better' ]
	[ "$(git -C "$tree" show refs/series/only/apart:lib/c.c)" = untouched ]
	git -C "$tree" show refs/series/only/apart:arch/arm64/kernel/a.c | grep -qx changed
}

# A mail that goes to another set takes no other one's number along.
test_mails_change_sets()
{
	sets
	GIT_SEQUENCE_EDITOR="sed -i '2{h;d};\$G'" git -C "$tree" rebase -q -i base
	"$scripts/refresh.sh" v7.3
	[ "$(cd "$patches" && echo */0*)" = "apart/0001-arm64-change-a.c.patch apart/0002-lib-fix-b.c.patch fixes/0001-lib-fix-c.c.patch more/0001-lib-fix-c.c-better.patch" ]
	"$scripts/tree.sh" v7.3 | grep 'up to date'
	# The set that is gone leaves nothing behind.
	git -C "$tree" reset -q --hard "$(git -C "$tree" log --format=%H --grep='^\[more\]' HEAD)~"
	"$scripts/refresh.sh" v7.3
	[ "$(cd "$patches" && echo *)" = 'base fixes series' ]
	[ "$(git -C "$tree" for-each-ref --format='%(refname)' refs/series/only)" = refs/series/only/fixes ]
	# The other base has it still.
	[ -e "$TOP/lib/new.c" ]
}

test_finished_sets()
{
	sets
	local finished=$TOP/build/series/v7.3 by_hand=$top/by-hand

	"$scripts/series.sh" v7.3
	[ "$(cd "$finished" && echo */*)" = "apart/0001-arm64-change-a.c.patch fixes/0000-cover-letter.patch fixes/0001-lib-fix-b.c.patch fixes/0002-lib-fix-c.c.patch more/0001-lib-fix-c.c-better.patch" ]
	grep -qx 'Subject: \[PATCH 7.3 0/2\] lib: two fixes' "$finished"/fixes/0000-*
	grep -qx 'Subject: \[PATCH 7.3 2/2\] lib: fix c.c' "$finished"/fixes/0002-*
	grep -qx 'Subject: \[RFC PATCH 7.3\] lib: fix c.c better' "$finished"/more/0001-*
	grep -q 'Base: Linux 7.3.4 ' "$finished"/fixes/0000-*
	grep -qx 'To: Ann Maintainer <ann@example.org>' "$finished"/fixes/0001-*
	[ "$(grep -c example.org "$finished"/fixes/0000-*)" -eq 4 ]
	# They are in headers alone.
	refute grep -E '^(To|Cc): ' <(sed '1,/^$/d' "$finished"/fixes/0000-*)

	rm -rf "$by_hand"
	cp -r "$top/linux-7.3.4" "$by_hand"
	git -C "$by_hand" init -q
	git -C "$by_hand" -c core.autocrlf=false add -A -f .
	git -C "$by_hand" commit -q -m base
	git -C "$by_hand" am -q "$finished"/apart/*.patch
	git -C "$by_hand" am -q "$finished"/fixes/000[12]*.patch "$finished"/more/*.patch
	[ "$(git -C "$by_hand" rev-parse 'HEAD^{tree}')" = "$(hash_of)" ]

	# One of them leaves the others as they are.
	rm "$finished"/fixes/0001*
	touch "$finished/more/mine"
	SET=fixes "$scripts/series.sh" v7.3
	[ -e "$finished/more/mine" ]
	ls "$finished"/fixes/0001*
	fails_with 'SET=none: there is no such set .*fixes more apart' env SET=none "$scripts/series.sh" v7.3
	# A series without sets is one, and has no others.
	fails_with 'SET=none: there is no such set' env SET=none BASE=v6.12 "$scripts/series.sh" v7.3
}

# A person sends them, and signs.
test_sender()
{
	sets
	local finished=$TOP/build/series/v7.3

	SENDER='Żaneta Person <zaneta@example.net>' "$scripts/series.sh" v7.3
	for mail in "$finished"/*/*.patch; do
		git mailinfo "$top/body" "$top/diff" <"$mail" >"$top/info"
		grep -x 'Author: Żaneta Person' "$top/info"
		grep -x 'Email: zaneta@example.net' "$top/info"
		[[ $mail != */000[1-9]* ]] ||
			[ "$(grep 'Signed-off-by' "$top/body")" = 'Signed-off-by: Żaneta Person <zaneta@example.net>' ]
	done
	refute grep -r zoe "$finished"
	# What is stored is as it was.
	"$scripts/tree.sh" v7.3 | grep 'up to date'
	grep -q 'Signed-off-by: .*zoe@example.org' "$patches"/fixes/0001-*
	for sender in Me me@example.net 'Me <me>' '<me@example.net>' 'Me <me@example.net> Too'; do
		fails_with 'is not .Name <mail@address>' env SENDER="$sender" "$scripts/series.sh" v7.3
	done
	# In a series without sets, too.
	cp -a "$top/sample.tar.xz" "$TARBALL"
	SENDER='Me <me@example.net>' "$scripts/series.sh" v6.12
	grep -qx 'From: Me <me@example.net>' "$TOP"/build/series/v6.12/0000-*
	refute grep -r zoe "$TOP/build/series/v6.12"
}

test_set_that_needs_another()
{
	sets
	local before
	before=$(git -C "$tree" rev-parse HEAD)
	sed -i '/^Depends-on/d' "$patches/more/cover-letter"
	fails_with 'more/0001-lib-fix-c.c-better.patch does not apply to Linux 7.3.4 .*with more alone' "$scripts/tree.sh" v7.3
	[ "$(git -C "$tree" rev-parse HEAD)" = "$before" ]
}

test_bad_sets()
{
	local line pattern
	while IFS='|' read -r line pattern; do
		sets
		eval "$line"
		fails_with "$pattern" "$scripts/tree.sh" v7.3 || return 1
	done <<-'EOT'
		echo '[again' >>$patches/series|series:10: '\[again' is not \[set\]
		echo '[Big]' >>$patches/series|is not \[set\]
		echo '[fixes]' >>$patches/series|the set fixes is there twice
		echo '[empty]' >>$patches/series|empty/cover-letter is missing
		sed -i 's/^.fixes.$/0009-x.patch\n&/' $patches/series; touch $patches/0009-x.patch|there are mails before the first set
		mkdir $patches/empty; echo x >$patches/empty/cover-letter; echo '[empty]' >>$patches/series|the set empty has no mails
		printf '\nDepends-on: none\n' >>$patches/fixes/cover-letter|there is no set none before fixes
		printf '\nDepends-on: more\n' >>$patches/fixes/cover-letter|there is no set more before fixes
		cp $patches/fixes/0001-* $patches/more/0009-forgotten.patch|more/0009-forgotten.patch is not named
	EOT
	sets
	git -C "$tree" commit -q --allow-empty -m 'nothing at all'
	fails_with 'nothing at all.*changes nothing, and is no set' "$scripts/refresh.sh" v7.3
	git -C "$tree" reset -q --hard HEAD~
	git -C "$tree" commit -q --allow-empty -m '[fixes] once more'
	fails_with 'the set fixes is there already' "$scripts/refresh.sh" v7.3
	git -C "$tree" reset -q --hard HEAD~
	git -C "$tree" commit -q --allow-empty -m '[empty] set'
	fails_with 'the set empty has no mails' "$scripts/refresh.sh" v7.3
}

test_recipients()
{
	sets
	"$scripts/series.sh" v7.3
	printf 'F:\tlib/new.c\n' >>"$tree/MAINTAINERS"
	git -C "$tree" reset -q --hard
	fails_with 'in MAINTAINERS has an F: line for: lib/new.c' "$scripts/checkpatch.sh" v7.3
	sed -i '/^Cc: list/d' "$patches/fixes/cover-letter"
	"$scripts/tree.sh" v7.3
	"$scripts/series.sh" v7.3
	fails_with 'FAILED fixes: list@example.org is no recipient' "$scripts/checkpatch.sh" v7.3
	sed -i 's/^Cc: Bob/To: Bob/; s/^To: Ann/Cc: list@example.org\n&/' "$patches/fixes/cover-letter"
	"$scripts/tree.sh" v7.3
	"$scripts/series.sh" v7.3
	fails_with 'FAILED fixes: To: Bob .*, whom get_maintainer.pl does not name' "$scripts/checkpatch.sh" v7.3
}

test_bisect_of_a_set()
{
	sets
	local config=$top/config CROSS_COMPILE=$top/bin/
	export CROSS_COMPILE
	mkdir -p "$top/bin"
	printf '#!/bin/sh\n' >"$top/bin/gcc"
	chmod +x "$top/bin/gcc"
	echo CONFIG_MODULES=y >"$config"
	CONFIG=$config SET=apart "$scripts/bisect.sh" v7.3 | grep ' ok 1/1 arm64: change a.c '
	CONFIG=$config SET=more "$scripts/bisect.sh" v7.3 | grep ' ok 3/3 lib: fix c.c better '
	CONFIG=$config "$scripts/bisect.sh" v7.3 | grep -c ' ok ' | grep -x 5
	fails_with 'SET=none: there is no such set' env CONFIG="$config" SET=none "$scripts/bisect.sh" v7.3
}

mapfile -t tests < <(compgen -A function test_)
[ $# -eq 0 ] || tests=("$@")
echo TAP version 13
echo "1..${#tests[@]}"
n=0
failed=0
for t in "${tests[@]}"; do
	n=$((n + 1))
	what=${t#test_}
	if [ "$t" = test_full_disk ] && ! unshare --map-root-user --mount true 2>/dev/null; then
		echo "ok $n - ${what//_/ } # SKIP may not mount a small disk"
		continue
	fi
	# In the background, because within an if there is no set -e.
	(
		set -eux
		"$t"
	) >"$top/output" 2>&1 &
	if wait $!; then
		echo "ok $n - ${what//_/ }"
	else
		echo "not ok $n - ${what//_/ }"
		sed 's/^/# /' "$top/output" | tail -n 40
		failed=$((failed + 1))
	fi
done
[ "$failed" -eq 0 ]
