#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# With RECORD=1, a script that measures writes one section of RESULTS.md, with command, commit
# and date, and changes nothing else. Without RECORD=1, it changes nothing at all. The kernels
# and guests are made up here, in a repository of its own: none is built or booted.

# The scripts that are made up here expand what is in them by themselves.
# shellcheck disable=SC2016
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need git awk fold

unset RECORD LINUX CONFIG ONLY SEED
export BASE=v6.12
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org
export GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org

# fresh: a new repository, as $repo, with two results, and a kernel's tree, both without changes
fresh()
{
	repo=$tmp/repo
	export BUILD=$tmp/b
	rm -rf "$repo" "$BUILD"
	mkdir -p "$repo/patches/v6.12" "$BUILD/v6.12/linux"
	cp -r "$top/vm" "$repo"
	results=$repo/RESULTS.md
	printf '%s\n' '# Results' '' '## One' '' '<!-- begin one -->' 'old one' '<!-- end one -->' '' \
		'## Two' '<!-- begin one+two -->' 'old two' '<!-- end one+two -->' 'by hand' >"$results"
	git -C "$repo" init -q
	git -C "$repo" add -A
	git -C "$repo" commit -q -m one
	git -C "$BUILD/v6.12/linux" init -q
	git -C "$BUILD/v6.12/linux" commit -q --allow-empty -m linux
	git -C "$BUILD/v6.12/linux" update-ref refs/series/applied HEAD
	# The room that a real build takes is not needed here.
	stub "$tmp/bin/df" 'printf "%s\n" Avail 1000000'
	PATH=$tmp/bin:$PATH
	cp "$results" "$tmp/before"
	id=$(git -C "$repo" rev-parse --short HEAD)
}

# record NAME TEXT: the text as that of "make NAME"
record()
{
	printf '%s\n' "$2" | RECORD=1 "$repo/vm/result.sh" "$1" "make $1"
}

# without_date: RESULTS.md, on any day
without_date()
{
	sed 's/, 20[0-9][0-9]-[0-9][0-9]-[0-9][0-9]:$/, DATE:/' "$results"
}

section_alone_is_written()
{
	fresh
	record one $'a figure   \n\nan other one'
	without_date | diff - <(cat <<-EOT
		# Results

		## One

		<!-- begin one -->
		Command \`make one\`, commit \`$id\`, DATE:

		    a figure

		    an other one
		<!-- end one -->

		## Two
		<!-- begin one+two -->
		old two
		<!-- end one+two -->
		by hand
	EOT
	)
	# A second result replaces all of the first.
	record one new
	[ "$(grep -c . "$results")" -eq "$(($(grep -c . "$tmp/before") + 1))" ]
	[ "$(grep -c 'a figure' "$results")" -eq 0 ]
	[ "$(stat -c %A "$results")" = "$(stat -c %A "$tmp/before")" ]
	[ "$(find "$repo" -maxdepth 1 -name 'RESULTS*' | wc -l)" -eq 1 ]
}

section_is_added()
{
	fresh
	record three new
	head -n "$(wc -l <"$tmp/before")" "$results" | diff "$tmp/before" -
	without_date | tail -n +"$(($(wc -l <"$tmp/before") + 1))" | diff - <(printf '%s\n' '' '## three' '' \
		'<!-- begin three -->' "Command \`make three\`, commit \`$id\`, DATE:" '' \
		'    new' '<!-- end three -->')
	BASE=v7.3 record one new
	grep -x '<!-- begin one-v7.3 -->' "$results"
	grep -F 'Command `BASE=v7.3 make one`, ' "$results"
	grep -x 'old one' "$results"
}

# says_commit COMMIT: a new text in the section one has this commit
says_commit()
{
	record one "$1"
	grep "^Command .make one., commit .$1., " "$results" ||
		{ grep '^Command' "$results"; return 1; }
}

commit_is_honest()
{
	local linux

	fresh
	linux=$BUILD/v6.12/linux
	says_commit "$id"
	# Another result is no change.
	says_commit "$id"
	echo '# more' >>"$repo/vm/lib.sh"
	says_commit "$id+changes"
	git -C "$repo" checkout -q vm/lib.sh
	echo >"$repo/new"
	says_commit "$id+changes"
	rm "$repo/new"
	says_commit "$id"
	git -C "$linux" commit -q --allow-empty -m more
	says_commit "$id+changes"
	git -C "$linux" update-ref refs/series/applied HEAD
	says_commit "$id"
	echo a >"$linux/file"
	git -C "$linux" add file
	says_commit "$id+changes"
	# The repository around is another one.
	rm -rf "$repo/.git"
	git -C "$tmp" init -q
	says_commit unknown
	rm -rf "$tmp/.git"
}

nothing_without_record()
{
	local value

	fresh
	echo new | "$repo/vm/result.sh" one "make one"
	for value in '' 0 yes; do
		echo new | RECORD=$value "$repo/vm/result.sh" one "make one"
	done
	rm "$results"
	echo new | "$repo/vm/result.sh" one "make one"
	[ ! -e "$results" ]
	fresh
	LINUX=/linux record one new
	diff "$tmp/before" "$results"
}

# refused TEXT NAME [CONTENT]: an error, and RESULTS.md is as it was
refused()
{
	cp "$results" "$tmp/before"
	fails_with "$1" record "$2" "${3-new}"
	diff "$tmp/before" "$results"
}

bad_input_is_refused()
{
	local name

	fresh
	for name in '' One 'one two' one/two '-->' 'a`b'; do
		refused 'no name of a section' "$name"
	done
	refused 'there is nothing to write' one ' '
	sed -i '/end one -->/d' "$results"
	refused 'has to have the lines' one
	git -C "$repo" checkout -q RESULTS.md
	sed -i '/begin one -->/d' "$results"
	refused 'has to have the lines' one
	git -C "$repo" checkout -q RESULTS.md
	printf '%s\n' '<!-- begin one -->' '<!-- end one -->' >>"$results"
	refused 'has to have the lines' one
	git -C "$repo" checkout -q RESULTS.md
	# The end of section one is behind the beginning of the next section.
	sed -i '/end one -->/d; s/old two/<!-- end one -->/' "$results"
	refused 'has to have the lines' one
	rm "$results"
	fails_with 'is not there' record one new
	[ ! -e "$results" ]
}

# The text of a result cannot end its section, and has no path of this machine.
text_is_text()
{
	fresh
	record one "<!-- end one -->
$BUILD/v6.12/default/vmlinux and $repo/vm/run.sh & \\1"
	grep -x '    <!-- end one -->' "$results"
	grep -x '    build/v6.12/default/vmlinux and vm/run.sh & \\1' "$results"
	record one new
	[ "$(grep -c 'end one -->' "$results")" -eq 1 ]
}

two_at_once()
{
	local n

	fresh
	for n in 1 2 3 4 5 6; do
		record "job$n" "$n" &
	done
	wait
	[ "$(grep -c '^<!-- end job' "$results")" -eq 6 ]
}

# The tests below run the scripts that measure, with made-up kernels and guests.

# measures SECTION TEXT COMMAND...: writes nothing without RECORD=1, and with it this text
measures()
{
	local section=$1 text=$2

	shift 2
	git -C "$repo" add -A
	git -C "$repo" commit -q --allow-empty -m stubs
	"$@" </dev/null
	git -C "$repo" diff --exit-code
	RECORD=1 "$@" </dev/null >"$tmp/printed"
	cat "$tmp/printed" "$results"
	sed -n "/^<!-- begin $section -->\$/,/^<!-- end $section -->\$/p" "$results" >"$tmp/section"
	grep -F "$text" "$tmp/section"
	grep "^Command .*, commit .$(git -C "$repo" rev-parse --short HEAD)., " "$tmp/section"
	[ "$(grep -c '^<!-- begin' "$results")" -eq 3 ]
}

# fails COMMAND...: the command fails with RECORD=1, and writes nothing
fails()
{
	cp "$results" "$tmp/before"
	if RECORD=1 "$@" </dev/null >"$tmp/printed" 2>&1; then return 1; fi
	cat "$tmp/printed"
	diff "$tmp/before" "$results"
}

bench_is_recorded()
{
	fresh
	stub "$tmp/bin/make" 'exit 0'
	stub "$repo/vm/stress-ng.sh" 'exit 0'
	stub "$repo/vm/run.sh" 'printf "%s\n" "best-effort core 4 100" "reliable core 4 ${RELIABLE:-150}" "fgraph-return 100"'
	mkdir -p "$BUILD/v6.12/scs"
	touch "$BUILD/v6.12/scs"/{Module.symvers,.config}
	measures bench-scs 'reliable/best-effort.scs' "$repo/vm/bench.sh" scs
	grep -F 'Command `vm/bench.sh scs`' "$tmp/section"
	export RELIABLE=151
	fails "$repo/vm/bench.sh" scs
	grep 'over its limit' "$tmp/printed"
}

fire_is_recorded()
{
	fresh
	stub "$repo/vm/selftests.sh" '
		echo "# KLP_FIRE_SEED=5: transitions=2 calls=7"
		[ -n "${BROKEN:-}" ] || echo "ok 1 selftests: livepatch: test-under-fire.sh"'
	measures fire-nmi-scs 'KLP_FIRE_SEED=5: transitions=2 calls=7' env CONFIG=scs "$repo/vm/fire.sh" nmi
	export BROKEN=1
	fails "$repo/vm/fire.sh" nmi
}

stacks_are_recorded()
{
	fresh
	mkdir -p "$BUILD/v6.12/clang+scs+kasan"
	touch "$BUILD/v6.12/clang+scs+kasan"/{Image,test.log}
	stub "$BUILD/v6.12/linux/tools/testing/kunit/kunit.py" '
		echo "seed 3: 4 reliable, 6 refused; of these 1 left out what no link led to"
		[ -n "${BROKEN:-}" ] || echo "ok 1 arm64_stacktrace_fuzz"'
	measures stacks 'seed=3 cases=10 reliable=4 refused=6 unlinked=1' "$repo/vm/stacks.sh" 10 3
	export BROKEN=1
	fails "$repo/vm/stacks.sh" 10 3
}

# All jobs, at their end, and no portion by itself
soak_is_recorded()
{
	fresh
	stub "$repo/vm/kernel.sh" '. "$(dirname "$0")/lib.sh"; mkdir -p "$out/$1"; echo "$1" >"$out/$1/Image"'
	stub "$repo/vm/stacks.sh" '
		[ -z "${RECORD:-}" ] || { echo "a portion would be recorded"; exit 1; }
		[ -z "${BROKEN:-}" ] || exit 1
		echo "seed=9 cases=600000 reliable=5"'
	# From nothing, both times
	measures soak 'stacks on clang+scs+kasan: kernel=' \
		bash -c 'rm -rf "$BUILD/v6.12/soak"; ONLY=stacks exec "$0"' "$repo/vm/soak.sh"
	grep -F 'portions=2 cases=1200000 reliable=10' "$tmp/section"
	grep -F 'fire-nmi on default: nothing on the kernel as it is' "$tmp/section"
	# To look is not to run.
	cp "$results" "$tmp/before"
	RECORD=1 "$repo/vm/soak.sh" -n
	diff "$tmp/before" "$results"
	rm -rf "$BUILD/v6.12/soak"
	export BROKEN=1 ONLY=stacks
	fails "$repo/vm/soak.sh"
}

defconfig_is_recorded()
{
	local linux tool

	fresh
	linux=$BUILD/v6.12/linux
	for tool in make bc bison flex pahole aarch64-linux-gnu-gcc; do
		stub "$tmp/bin/$tool" 'exit 0'
	done
	stub "$tmp/bin/aarch64-linux-gnu-size" 'echo ".unwind_table 3 0"; echo ".text 100 0"'
	stub "$BUILD/v6.12/defconfig-gcc/scripts/unwindtool/unwindtool" '
		[ "$1" != verify ] || exit "${BROKEN:-0}"
		echo "vmlinux: 5 of 6 functions are reliable throughout"'
	touch "$BUILD/v6.12/defconfig-gcc/vmlinux"
	stub "$linux/scripts/kconfig/merge_config.sh" 'echo CONFIG_ARM64_UNWIND_TABLE=y >"$KCONFIG_CONFIG"'
	git -C "$linux" add -A
	git -C "$linux" commit -q -m stubs
	git -C "$linux" update-ref refs/series/applied HEAD
	measures defconfig-gcc 'vmlinux: 5 of 6 functions' "$repo/vm/defconfig.sh" gcc
	[ "$(grep -c building "$tmp/section")" -eq 0 ]
	cp "$results" "$tmp/before"
	RECORD=1 "$repo/vm/defconfig.sh" -r "$BUILD/v6.12/defconfig-gcc"
	diff "$tmp/before" "$results"
	export BROKEN=1
	fails "$repo/vm/defconfig.sh" gcc
	grep '1 errors' "$tmp/printed"
}

bugs_are_recorded()
{
	local tool

	fresh
	for tool in make aarch64-linux-gnu-gcc rsync; do
		stub "$tmp/bin/$tool" 'exit 0'
	done
	mkdir -p "$repo/tests/bugs" "$BUILD/v6.12"/{pristine,series}
	touch "$repo/tests/bugs/perf_caller.c"
	printf '%s\n' '# a comment' 'one | bug_a.ko | - | it is wrong' 'two | bug_b.sh | - | it is wrong' \
		>"$repo/patches/v6.12/bugs"
	stub "$repo/vm/kernel.sh" 'exit 0'
	stub "$repo/vm/selftests.sh" 'mkdir -p "$2/livepatch"'
	stub "$repo/vm/run.sh" '
		[ "$CONFIG" != pristine ] || { echo "FAIL: it is wrong"; exit 1; }
		[ -z "${BROKEN:-}" ] || { echo "FAIL: still"; exit 1; }
		echo "PASS: it is right"'
	measures show-bugs-two 'bug_b.sh: pristine: fails: it is wrong' "$repo/vm/show-bugs.sh" two
	grep -F 'bug_b.sh: with two: passes: it is right' "$tmp/section"
	[ "$(grep -c bug_a "$tmp/section")" -eq 0 ]
	export BROKEN=1
	fails "$repo/vm/show-bugs.sh" two
	grep 'FAILS: FAIL: still' "$tmp/printed"
}

# Each section of the repository's RESULTS.md can be written anew.
sections_are_whole()
{
	local name n=0

	while read -r name; do
		n=$((n + 1))
		[ "$n" -gt 1 ] || fresh
		cp "$top/RESULTS.md" "$results"
		record "$name" "new figures"
		grep -qx '    new figures' "$results"
		[ "$(grep -c '^<!-- ' "$results")" -eq "$(grep -c '^<!-- ' "$top/RESULTS.md")" ]
	done < <(sed -n 's/^<!-- begin \(.*\) -->$/\1/p' "$top/RESULTS.md")
	[ "$n" -ge 5 ] || { echo "RESULTS.md has only $n sections"; return 1; }
}

check "one section is written, and nothing else" section_alone_is_written
check "a section that is not there is added" section_is_added
check "the commit says what is not committed" commit_is_honest
check "nothing is written without RECORD=1, nor about a reader's own kernel" nothing_without_record
check "what cannot be written is an error" bad_input_is_refused
check "a result is text, without this machine's paths" text_is_text
check "six results at once" two_at_once
check "make bench" bench_is_recorded
check "make soak" soak_is_recorded
check "make defconfig" defconfig_is_recorded
check "make show-bugs" bugs_are_recorded
check "vm/fire.sh" fire_is_recorded
check "vm/stacks.sh" stacks_are_recorded
check "each section of RESULTS.md can be written anew" sections_are_whole
finish
