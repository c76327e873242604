#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The configurations of make matrix cover every pair that is possible, each of them
# can be had, and the run says of each what came of it; and make defconfig reports
# what is wrong. (The kernels themselves take hours: make matrix, make defconfig.)

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

default=$out/default
# A repository of its own, where kernels and tests can be anything.
repo=$tmp/repo
mkdir -p "$repo" "$tmp/b/$BASE"
cp -r "$top/vm" "$repo"
export BUILD=$tmp/b
ln -sfn "$out/linux" "$tmp/b/$BASE/linux"
matrix=$repo/vm/matrix.sh
mapfile -t names < <(sed 's/#.*//; /^$/d' "$top/vm/matrix")

covers_all()
{
	"$matrix" -n
}

# All but those at the end, which are there for something else.
none_is_too_many()
{
	local name pairs

	mapfile -t pairs < <(sed '/^# What is no axis/,$d' "$top/vm/matrix" | grep -v -e '^#' -e '^$')
	[ ${#pairs[@]} -lt ${#names[@]} ] || { echo "vm/matrix does not say what is no axis"; return 1; }
	printf '%s\n' "${pairs[@]}" >"$tmp/pairs"
	MATRIX=$tmp/pairs "$matrix" -n
	for name in "${pairs[@]}"; do
		grep -vx "$name" "$tmp/pairs" >"$tmp/list"
		MATRIX=$tmp/list fails_with "lacks the pairs above" "$matrix" -n
		grep "^in none of them: " "$tmp/printed"
	done
}

impossible_is_impossible()
{
	local name

	printf 'CONFIG_SHADOW_CALL_STACK=y\nCONFIG_UNWIND_PATCH_PAC_INTO_SCS=y\n' >"$repo/vm/config/dynamic.config"
	for name in dynamic clang+nopauth+dynamic; do
		fails_with "cannot have the configuration $name" "$repo/vm/kernel.sh" -n "$name"
		grep 'asked: CONFIG_UNWIND_PATCH_PAC_INTO_SCS=y, got: ' "$tmp/printed"
		{ cat "$top/vm/matrix"; echo "$name"; } >"$tmp/list"
		MATRIX=$tmp/list fails_with "lacks the pairs above" "$matrix" -n
		grep "^not impossible: .*: $name$" "$tmp/printed"
	done
}

can_be_had()
{
	"$repo/vm/kernel.sh" -n "$1"
}

# From here on, what is built and tested does as its name says.
stubs()
{
	local name

	mkdir -p "$repo/tests"
	cp "$top/tests/lib.sh" "$repo/tests"
	cat >"$repo/vm/kernel.sh" <<-'EOS'
		#!/bin/bash
		. "$(dirname "$0")/lib.sh"
		name=${1#-n}
		name=${name:-$2}
		dir=$out/$name
		mkdir -p "$dir"
		[ "$name" != noconfig ] || exit 1
		fragment=$name
		[ "$name" != gcc-2 ] || fragment=default
		cat "$top"/vm/config/{base,default,"$fragment"}.config >"$dir/.config"
		[ "$name" != clang ] || echo CONFIG_CC_IS_CLANG=y >>"$dir/.config"
		echo 'CONFIG_CC_VERSION_TEXT="gcc (Debian 2.1-3) 2.1"' >>"$dir/.config"
		[ "$name" != other ] || echo CONFIG_ARM64_64K_PAGES=y >>"$dir/.config"
		[[ $name != load* ]] ||
			printf '%s\n' CONFIG_ARM64_STACKTRACE_WITNESS=y CONFIG_KASAN=y >>"$dir/.config"
		[ "$1" != -n ] || exit 0
		[ "$name" != nobuild ] || exit 1
		echo "$name" >>"$top/built"
		# As make does: what is linked is not linked again
		if [ ! -e "$dir/vmlinux" ]; then
			[ "$name" != warns ] || warning="vmlinux: warning: f()+0x10: bad"
			touch "$dir/vmlinux"
		fi
		echo "  LD vmlinux ${warning:-}" >"$dir/build.log"
	EOS
	cat >"$repo/tests/40-kunit.sh" <<-'EOS'
		#!/bin/bash
		case $1 in
		testfails) printf 'ok 1 - a\nnot ok 2 - b\nok 3 - c\n1..3\n'; exit 1 ;;
		testends) printf 'ok 1 - a\n' ;;
		testnone) echo 1..0 ;;
		*) printf 'ok 1 - a\nok 2 - b, sweep: c\n1..2\n' ;;
		esac
	EOS
	cat >"$repo/vm/selftests.sh" <<-'EOS'
		#!/bin/bash
		[ -z "${KEEP:-}" ] || { echo "mkdir: cannot create directory '$KEEP'"; exit 1; }
		for name; do
			case $CONFIG in
			walkfails) echo "not ok 1 selftests: livepatch: $name # exit=1" ;;
			walkskips) echo "ok 1 selftests: livepatch: $name # SKIP" ;;
			*) echo "ok 1 selftests: livepatch: $name" ;;
			esac
		done
		[ "$CONFIG" != complains ] || { echo "the guest's kernel complained"; exit 1; }
	EOS
	cat >"$repo/vm/witness.sh" <<-'EOS'
		#!/bin/bash
		[ "$CONFIG" != loadfails ] || exit 1
		echo "reliable 5"
		case $CONFIG in
		loadnone) printf '%s\n' "compared 0" "undecided 0" ;;
		loadsome) printf '%s\n' "compared 3" "undecided 1" ;;
		*) printf '%s\n' "compared 4" "undecided 1" ;;
		esac
	EOS
	cat >"$repo/vm/demo.sh" <<-'EOS'
		#!/bin/bash
		[ "$CONFIG" != gcc-2 ] || { echo "the guest went down"; exit 1; }
	EOS
	cat >"$repo/vm/defconfig.sh" <<-'EOS'
		#!/bin/bash
		echo "vmlinux: 8 of 10 functions are reliable throughout"
		echo "vmlinux: unreliable: 7 have no CFI"
		echo "modules: 1 of 1 functions are reliable throughout"
		echo "modules: unreliable: 2 have no CFI"
		[ "${2##*/}" = default ] || echo "modules: unreliable: 3 unreached"
	EOS
	cat >"$repo/vm/debian-kernels.sh" <<-'EOS'
		#!/bin/bash
		echo "ok      Debian sid: no mismatch"
		[ -z "${DEBIAN_FAILS:-}" ]
	EOS
	printf '%s\n' "gcc - - - aarch64-linux-gnu-gcc" "gcc-2 - suite arch usr/bin/gcc-2 package" \
		"clang clang - - clang-19" >"$repo/vm/compilers"
	chmod +x "$repo"/vm/{kernel,selftests,witness,demo,defconfig,debian-kernels}.sh "$repo"/tests/40-kunit.sh
	for name in noconfig other nobuild warns testfails testends testnone walkfails walkskips complains loadfails \
		loadnone loadsome loadpasses good; do
		: >"$repo/vm/config/$name.config"
		case $name in
		loadnone | loadsome | loadpasses) echo CONFIG_SHADOW_CALL_STACK=y >>"$repo/vm/config/$name.config" ;;
		esac
	done
	rm -rf "$tmp/b/$BASE"/*+* "$repo/built"
}

# run STATUS LIST...: the lines that it prints, without the times
run()
{
	local want=$1 status=0

	shift
	printf '%s\n' "$@" >"$tmp/list"
	MATRIX=$tmp/list "$matrix" >"$tmp/printed" || status=$?
	cat "$tmp/printed"
	grep -v '^matrix.sh: ' "$tmp/printed" | sed 's/, see .*, [0-9]* s$//; s/, [0-9]* s$//' >"$tmp/lines"
	[ "$status" -eq "$want" ]
}

# selftests: how many of livepatch's there are, but the one under fire
selftests()
{
	find "$out/linux/tools/testing/selftests/livepatch" -name 'test-*.sh' ! -name test-under-fire.sh | wc -l
}

says_what_came_of_it()
{
	stubs
	run 1 noconfig good other nobuild warns testfails testends testnone walkfails walkskips \
		complains loadfails loadnone loadsome loadpasses default
	diff "$tmp/lines" - <<-EOT
		failed  noconfig: cannot be configured
		ok      good: 5 tests
		failed  other: is another configuration than its name says: compiler=GCC scs=off pauth=on pages=64K preempt=full random=on callops=on
		failed  nobuild: does not build
		failed  warns: 1 warnings, the first:   LD vmlinux vmlinux: warning: f()+0x10: bad
		failed  testfails: 1 tests failed, the first: b
		failed  testends: the tests did not end
		failed  testnone: the tests did not end
		failed  walkfails: test-stack-walk-exception.sh failed
		failed  walkskips: test-stack-walk-exception.sh failed
		failed  complains: the selftests: the guest's kernel complained
		failed  loadfails: the load with the witness failed
		failed  loadnone: the load with the witness had walks that were not compared
		failed  loadsome: the load with the witness had walks that were not compared
		ok      loadpasses: 6 tests
		ok      default: $(($(selftests) + 3)) tests
		ok      Debian sid: no mismatch
		4 passed, 13 failed
	EOT
	# What failed is looked into, and what make check uses is no other's to delete.
	[ ! -e "$tmp/b/$BASE/good" ]
	[ -e "$tmp/b/$BASE/warns/vmlinux" ]
	[ -e "$tmp/b/$BASE/default/vmlinux" ]
}

runs_again_what_it_must()
{
	stubs
	rm -rf "$tmp/b/$BASE"/{matrix,good}
	KEEP=1 run 0 good
	[ -e "$tmp/b/$BASE/good/vmlinux" ]
	run 0 good
	[ ! -e "$tmp/b/$BASE/good" ]
	run 0 good
	grep -x 'ok      good: has passed before' "$tmp/lines"
	[ "$(grep -cx good "$repo/built")" -eq 1 ]
	# Another configuration, other tests
	sed -i 's/^CONFIG_NR_CPUS=.*/CONFIG_NR_CPUS=4/' "$repo/vm/config/base.config"
	run 0 good
	[ "$(grep -cx good "$repo/built")" -eq 2 ]
	echo '# more' >>"$repo/tests/40-kunit.sh"
	run 0 good
	[ "$(grep -cx good "$repo/built")" -eq 3 ]
	# A warning is there each time, whoever has linked it before
	run 1 warns
	run 1 warns
}

one_alone()
{
	stubs
	ONLY=default run 0 default warns
	grep -x '1 passed, 0 failed' "$tmp/lines"
	ONLY=debian run 0 default warns
	[ "$(cat "$tmp/lines")" = "ok      Debian sid: no mismatch" ]
	DEBIAN_FAILS=1 ONLY=debian run 1 default
	DEBIAN_FAILS=1 run 1 default
	grep -x '1 passed, 1 failed' "$tmp/lines"
	ONLY=other fails_with "ONLY=other is not in vm/matrix" "$matrix"
}

# Each with all selftests and the demo, and a table at the end
compilers_alone()
{
	local all

	stubs
	rm -rf "$tmp/b/$BASE/matrix"
	all=$(selftests)
	[ "$all" -ge 8 ]
	ONLY=compilers run 1 good
	sed -i 's/  */ /g; s/ $//' "$tmp/lines"
	diff "$tmp/lines" - <<-EOT
		ok default: $((all + 3)) tests
		failed gcc-2: the demo: the guest went down
		ok clang: $((all + 3)) tests
		vmlinux and modules: functions, those reliable throughout, unreliable instructions by what unwindtool says of them; tests: passed/failed
		compiler version functions reliable have no CFI unreached KUnit sweep selftests demo
		default 2.1-3 11 9 9 0 1/0 1/0 $all/0 1/0
		gcc-2 2.1-3 11 9 9 3 1/0 1/0 $all/0 0/1
		clang 2.1-3 11 9 9 3 1/0 1/0 $all/0 1/0
		2 passed, 1 failed
	EOT
}

# What vm/compilers says can be: fragments, and names that are no fragment's but for
# their own
compilers_are_well_formed()
{
	local name fragment suite arch cc packages n=0

	while read -r name fragment suite arch cc packages; do
		[[ $name =~ ^(gcc|clang)(-[a-z0-9-]+)?$ ]]
		[ "$fragment" = - ] || [ -f "$top/vm/config/$fragment.config" ]
		[ "$fragment" = "$name" ] || [ ! -e "$top/vm/config/$name.config" ]
		if [ "$suite" = - ]; then
			[ "$arch$packages" = - ]
			command -v "$cc"
		else
			[ -n "$packages" ]
			[[ $cc == usr/* ]]
		fi
		n=$((n + 1))
	done < <(sed '/^#/d; /^$/d' "$top/vm/compilers")
	[ "$n" -ge 2 ]
	[ "$(parts_of scs+rt)" = $'scs\nrt' ]
	[ "$(parts_of clang+rt)" = $'clang\nrt' ]
	[ "$(parts_of gcc)" = "" ]
	[ "$(parts_of gcc-14+rt)" = rt ]
	[ "$(parts_of clang-21+scs)" = $'clang\nscs' ]
}

# The report of make defconfig, for the default kernel, and modules that are wrong in
# one way each.
reports_defconfig()
{
	local default=$1 dir=$tmp/defconfig bad=$tmp/defconfig/bad.ko
	local report=$top/vm/defconfig.sh module offset modules

	mkdir -p "$dir/scripts"
	ln -sfn "$default/scripts/unwindtool" "$dir/scripts/unwindtool"
	ln -sf "$default/vmlinux" "$dir/vmlinux"
	sed "s,^,$default/," "$default/modules.order" >"$dir/modules.order"
	modules=$(wc -l <"$dir/modules.order")
	[ "$modules" -ge 8 ]
	"$report" -r "$dir" | tee "$tmp/printed"
	grep -x "modules: $modules of $modules have a table" "$tmp/printed"
	grep -qE '^vmlinux: the table has [0-9]+ bytes, [34]\.[0-9]+ % of' "$tmp/printed"
	grep -x "0 warnings, 0 errors" "$tmp/printed"

	module=$default/samples/livepatch/livepatch-sample.ko
	echo "${bad%.ko}.o" >>"$dir/modules.order"
	aarch64-linux-gnu-objcopy --remove-section .unwind_table "$module" "$bad"
	if "$report" -r "$dir" >"$tmp/printed" 2>&1; then return 1; fi
	grep "^$bad has no table" "$tmp/printed"
	grep -x "modules: $modules of $((modules + 1)) have a table" "$tmp/printed"

	cp "$module" "$bad"
	offset=$(aarch64-linux-gnu-readelf -SW "$bad" | sed -n 's/.* \.unwind_table *PROGBITS *[0-9a-f]* \([0-9a-f]*\) .*/\1/p')
	printf '\377' | dd of="$bad" bs=1 seek=$((0x$offset + 20)) conv=notrunc status=none
	if "$report" -r "$dir" >"$tmp/printed" 2>&1; then return 1; fi
	tail -n 3 "$tmp/printed"
	grep -x "0 warnings, 1 errors" "$tmp/printed"

	aarch64-linux-gnu-gcc -c -DWRONG "$top/tests/unwindtool/no-record.S" -o "$bad"
	"$dir/scripts/unwindtool/unwindtool" table --quiet "$bad" || :
	"$report" -r "$dir" | tee "$tmp/printed"
	grep -x "modules: found call: [1-9]*" "$tmp/printed"
	grep -x "[1-9] warnings, 0 errors" "$tmp/printed"
}

check "every pair is in one of the configurations, or impossible" covers_all
check "none of them is too many, and each that is missing is found" none_is_too_many
for name in "${names[@]}"; do
	check "$name can be had" can_be_had "$name"
done
check "what is said to be impossible is" impossible_is_impossible
check "what came of each configuration" says_what_came_of_it
check "what has passed is not run again until something changes" runs_again_what_it_must
check "one configuration alone" one_alone
check "the compilers alone, and their table" compilers_alone
check "what vm/compilers says can be" compilers_are_well_formed
check "make defconfig reports what is wrong" reports_defconfig "$default"
finish
