#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The documents for people agree with what is there: README.md is short, links lead to files,
# TESTING.md has each suite, and the targets in documents and help are in the Makefile. Needs
# no kernel.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# fresh: a copy, as $repo, in which one thing can be broken
repo=$tmp/repo
fresh()
{
	rm -rf "$repo"
	mkdir "$repo"
	cp "$top"/*.md "$top/Makefile" "$repo"
	cp -r "$top"/{Documentation,patches,tests,vm} "$repo"
}

documents()
{
	find "$1" -maxdepth 1 -name '*.md'
	echo "$1/patches/README.md"
}

# short DIR: README.md has 4096 bytes at most
short()
{
	local bytes

	bytes=$(wc -c <"$1/README.md")
	[ "$bytes" -le 4096 ] || { echo "README.md has $bytes bytes"; return 1; }
}

# links DIR: each link leads to a file, and each document is linked from another one
links()
{
	local file target bad=0

	while read -r file; do
		while read -r target; do
			case $target in
			http*) continue ;;
			esac
			target=${target%%#*}
			[ -n "$target" ] || continue
			[ -e "$(dirname "$file")/$target" ] || { echo "${file#"$1"/}: no $target"; bad=1; }
			realpath "$(dirname "$file")/$target" >>"$tmp/linked"
		done < <(grep -o ']([^)]*)' "$file" | sed 's/^](//; s/)$//')
	done < <(documents "$1")
	while read -r file; do
		[ "${file##*/}" = README.md ] && [ "$(dirname "$file")" = "$1" ] && continue
		grep -qxF "$(realpath "$file")" "$tmp/linked" || { echo "${file#"$1"/} is linked from nowhere"; bad=1; }
	done < <(documents "$1"; find "$1/Documentation" "$1/tests/unwindtool/compiler" -name '*.rst' -o -name '*.md')
	return "$bad"
}

# suites DIR: TESTING.md has a section for each suite
suites()
{
	local file suite bad=0

	for file in "$1"/tests/*.sh; do
		suite=$(basename "$file" .sh)
		[[ $suite != run && $suite != lib ]] || continue
		grep -q "^### $suite: " "$1/TESTING.md" || { echo "TESTING.md has no section on $suite"; bad=1; }
	done
	while read -r suite; do
		[ -f "$1/tests/$suite.sh" ] || { echo "TESTING.md: there is no suite $suite"; bad=1; }
	done < <(sed -n 's/^### \([0-9a-z-]*\): .*/\1/p' "$1/TESTING.md")
	return "$bad"
}

# targets DIR: each that a document names as code is in the Makefile and in make help, and
# help names no other
targets()
{
	local target bad=0

	make -s --no-print-directory -C "$1" help >"$tmp/help"
	sed -n 's/^\([a-z][a-z-]*\):.*/\1/p' "$1/Makefile" | sort -u >"$tmp/targets"
	{
		documents "$1" | xargs grep -ohE '(^    |`)make [a-z][a-z-]*' | sed 's/.*make //'
		sed -n 's/^make \([a-z-]*\).*/\1/p' "$tmp/help"
	} | sort -u >"$tmp/named"
	while read -r target; do
		[ "$target" != help ] || continue
		grep -qx "$target" "$tmp/targets" || { echo "make $target: no such target"; bad=1; }
		grep -q "^make $target\b" "$tmp/help" || { echo "make help does not have $target"; bad=1; }
	done <"$tmp/named"
	return "$bad"
}

# finds CHECK COMMAND...: the check fails on a copy that the command has broken
finds()
{
	local check=$1

	shift
	fresh
	: >"$tmp/linked"
	(cd "$repo" && "$@")
	if "$check" "$repo"; then echo "$check has seen nothing"; return 1; fi
}

sees_each_fault()
{
	: >"$tmp/linked"
	finds short sh -c 'head -c 2000 /dev/zero | tr "\0" x >>README.md'
	finds links sh -c 'echo "[a](nowhere.md)" >>CONTRIBUTING.md'
	finds links sh -c 'sed -i "s/(OPERATING.md)/(README.md)/" README.md'
	finds suites sh -c 'touch tests/99-new.sh'
	finds suites rm tests/60-demo.sh
	finds targets sh -c 'sed -i "s/make bisect/make bissect/" TESTING.md'
	finds targets sh -c 'sed -i "/echo .make soak/d" Makefile'
	fresh
	: >"$tmp/linked"
	short "$repo"
	links "$repo"
	suites "$repo"
	targets "$repo"
}

: >"$tmp/linked"
check "README.md is short" short "$top"
check "links lead to files, and to each document" links "$top"
check "TESTING.md has each suite" suites "$top"
check "documents and make help agree with the Makefile" targets "$top"
check "each of these is found when it is wrong" sees_each_fault
finish
