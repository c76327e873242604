#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Usage: fuzz.sh RUNS|SECONDSs [SEED]
#
# Runs unwindtool on damaged ELF files and tables, so many times or seconds, with
# sanitizers and on one processor; first on each file of found/. Ends with status 0
# when nothing was wrong. A crash, a sanitizer's report, a hang or too much memory is
# an error, and the input that did it is kept: its name is printed, and the tool
# itself takes it as well. SEED makes a run the same as an earlier one, as far as
# it is not cut short by time.

# shellcheck source-path=SCRIPTDIR source=../../../vm/lib.sh
. "$(dirname "$0")/../../../vm/lib.sh"

here=$top/tests/unwindtool/fuzz
fixtures=$top/tests/unwindtool
work=$out/fuzz

case ${1:-} in
*[!0-9s]* | *s*s | s | "") die "usage: fuzz.sh RUNS|SECONDSs [SEED]" ;;
*s) limit=(-max_total_time="${1%s}") ;;
*) limit=(-runs="$1") ;;
esac
seed=${2:-$RANDOM}
need cc perl "clang$llvm" aarch64-linux-gnu-gcc aarch64-linux-gnu-ld aarch64-linux-gnu-objcopy

# A loop over an input of this size may not take 5 s, nor 1 GB.
options=(-timeout=5 -rss_limit_mb=1024 -malloc_limit_mb=256 -max_len=16384
	-seed="$seed" -print_final_stats=1 -exact_artifact_path="$work/input")
# A small quarantine is a fast one; use after free is seen within one execution.
export ASAN_OPTIONS=quarantine_size_mb=8:malloc_context_size=8:allocator_may_return_null=1
export UBSAN_OPTIONS=print_stacktrace=1

# The tool as it is
plain()
{
	cc -std=gnu11 -O1 -g -D_GNU_SOURCE -I "$out/linux/tools/objtool" \
		"$top"/scripts/unwindtool/*.c -o "$work/unwindtool" -ldw -lelf
}

# sound OUT: fixtures with all that the tool reads, in one object of a few blocks
sound()
{
	local name files=()

	for name in alloca below-sp-gcc bug-row cold-part ex-table jump-label record-split \
		replacement shadow-stack; do
		cp "$work/seeds/$name.o" "$work/$name.o"
		aarch64-linux-gnu-objcopy -w -L '*' -R .debug_frame "$work/$name.o"
		files+=("$work/$name.o")
	done
	aarch64-linux-gnu-ld -r "${files[@]}" -o "$1"
	rm -f "${files[@]}"
}

# linked OBJECT OUT
linked()
{
	aarch64-linux-gnu-ld -N -e 0 -Ttext=0x10000 --unresolved-symbols=ignore-all "$1" -o "$2" \
		2>/dev/null
}

# kernel OUT [TABLE]: in the shape of one, with a finished table if there is one
kernel()
{
	local to=$1

	shift
	aarch64-linux-gnu-objcopy -w -L '*' "$work/seeds/efi-stub.o" "$work/stub.o"
	aarch64-linux-gnu-ld -N --unresolved-symbols=ignore-all --no-warn-rwx-segments \
		-T "$here/kernel.lds" "$work/sound.o" "$work/stub.o" "$@" -o "$to"
}

# What the fuzzer begins with; the tables are made by the tool
seeds()
{
	local to=$work/seeds source flag file size

	rm -rf "$to"
	mkdir "$to"
	for source in "$fixtures"/*.S "$here"/*.S; do
		for flag in "" -DWRONG; do
			file=$to/$(basename "$source" .S)$flag
			aarch64-linux-gnu-gcc -c -I "$fixtures" ${flag:+"$flag"} "$source" \
				-o "$file.o"
			aarch64-linux-gnu-gcc -c -I "$fixtures" ${flag:+"$flag"} -DDEBUG_FRAME \
				"$source" -o "$file-debug.o"
			linked "$file.o" "$file-linked"
		done
	done
	sound "$work/sound.o"
	cp "$work/sound.o" "$to"
	linked "$work/sound.o" "$to/sound-linked"
	kernel "$to/kernel"
	for size in 256 1024 4096; do
		cp "$work/sound.o" "$to/finished-$size.o"
		"$work/unwindtool" table --quiet --block-size "$size" "$to/finished-$size.o"
		"$work/unwindtool" table --quiet --block-size "$size" "$to/kernel" \
			-o "$work/table.S" 2>/dev/null || die "no table can be made for $to/kernel"
		aarch64-linux-gnu-gcc -c "$work/table.S" -o "$work/table.o"
		kernel "$to/finished-$size" "$work/table.o"
		"$work/unwindtool" verify "$to/finished-$size" >/dev/null
	done
	aarch64-linux-gnu-objcopy --rename-section .eh_frame=.init.eh_frame "$work/sound.o" \
		"$to/sound-init.o"
	aarch64-linux-gnu-objcopy --compress-debug-sections "$to/two-fdes-debug.o" \
		"$to/compressed.o"
	for file in "$out"/default/samples/livepatch/*.ko; do
		[ ! -e "$file" ] || aarch64-linux-gnu-objcopy --strip-debug \
			--keep-section=.debug_frame --keep-section=.rela.debug_frame \
			"$file" "$to/$(basename "$file")"
	done
}

# What was found once: as assembly code, for every command, or in hexadecimal
again()
{
	local file name to=$work/again i

	rm -rf "$to"
	mkdir "$to"
	for file in "$here"/found/*; do
		name=$to/$(basename "$file" .S)
		if [[ $file != *.S ]]; then
			perl -ne 'print pack("H*", $1) if /^([0-9a-f]+)$/' "$file" >"$name"
			continue
		fi
		for i in 0 1 2 3 4 5 6 7; do
			aarch64-linux-gnu-gcc -c -I "$fixtures" "$file" -o "$name-$i"
			printf '%b' "\\$i" | dd of="$name-$i" bs=1 seek=15 conv=notrunc status=none
		done
	done
}

# compile SOURCE FLAGS...
compile()
{
	local source=$1 object

	object=$work/$(basename "$source" .c).o
	shift
	"clang$llvm" -std=gnu11 -O1 -g -Wall -Wextra -Werror -Wno-sign-compare -D_GNU_SOURCE \
		-fsanitize=address,undefined -fno-sanitize-recover=all "$@" -c "$source" \
		-o "$object"
	objects+=("$object")
}

build()
{
	local file objects=()

	for file in "$top"/scripts/unwindtool/*.c; do
		# It is about names, and the harness has none: it does as new_file.c does
		[ "${file##*/}" != new_file.c ] || continue
		# Comparisons are not traced: the mutator knows the numbers that matter
		compile "$file" -fsanitize=fuzzer-no-link -fno-sanitize-coverage=trace-cmp \
			-include "$here/wrap.h" -I "$out/linux/tools/objtool"
	done
	compile "$here/mutate.c"
	compile "$here/fuzz.c" -I "$top/scripts/unwindtool"
	"clang$llvm" -fsanitize=fuzzer,address,undefined "${objects[@]}" -o "$work/fuzz" -ldw -lelf
}

# failed TEXT: with what the fuzzer has said, and where in the tool it was
failed()
{
	grep -e '^==' -e ' ERROR: ' -e 'runtime error:' -e '^fuzz: ' \
		-e '^ *#.* in .*/scripts/unwindtool/' "$work/log" >&2 || :
	die "$1"
}

mkdir -p "$work/found"
take_lock "$work/lock" "$work"
rm -rf "$work/corpus" "$work/input"
mkdir "$work/corpus"
plain
seeds
again
build
if ! "$work/fuzz" "${options[@]}" "$work"/again/* >"$work/log" 2>&1; then
	failed "what was found once is wrong again: $(sed -n 's/^Running: //p' "$work/log" | tail -n 1)"
fi
say "seed $seed: $here/fuzz.sh $1 $seed"
"$work/fuzz" "${options[@]}" "${limit[@]}" "$work/corpus" "$work/seeds" "$work/again" \
	>"$work/log" 2>&1 || {
	[ -e "$work/input" ] || failed "the fuzzer has failed, see $work/log"
	kept=$work/found/$(sha1sum "$work/input" | cut -c 1-12)
	mv "$work/input" "$kept"
	failed "seed $seed: this input is not refused, and not read: $kept"
}
# A harness that is broken, or a tool that refuses everything, finds nothing
read -r inputs accepted < <(sed -n 's/^fuzz: \([0-9]*\) inputs, \([0-9]*\) .*/\1 \2/p' "$work/log")
[ $((50 * ${accepted:-0})) -gt "${inputs:-0}" ] ||
	failed "only ${accepted:-0} of ${inputs:-0} inputs were read to the end: this tests nothing"
grep '^fuzz: \|DONE' "$work/log"
say "$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/log") executions, no crash"
