#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# unwindtool: each rule finds what breaks it and nothing in good code, the CFI is
# read as binutils reads it, the table says what the CFI says, and bad input is an
# error. Every fixture in tests/unwindtool/ is right as it is, and wrong with -DWRONG.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need aarch64-linux-gnu-gcc aarch64-linux-gnu-readelf aarch64-linux-gnu-objcopy cc perl

fixtures=$top/tests/unwindtool
dir=$out/default
export ASAN_OPTIONS=detect_leaks=0

# build OUT FLAGS...: as the kernel's build does, but for warnings being errors
build()
{
	local to=$1

	shift
	cc -std=gnu11 -Wall -Wextra -Werror -g -D_GNU_SOURCE -I "$out/linux/tools/objtool" \
		"$@" "$top"/scripts/unwindtool/*.c -o "$to" -ldw -lelf
}

# ut COMMAND...: with sanitizers, where input is small; else fast
ut()
{
	"$tmp/unwindtool.asan" "$@"
}

fast()
{
	"$tmp/unwindtool" "$@"
}

# assemble NAME OUT FLAGS...
assemble()
{
	local name=$1 to=$2

	shift 2
	aarch64-linux-gnu-gcc -c "$@" "$fixtures/$name.S" -o "$to"
}

# exits STATUS COMMAND...: with what it prints in $tmp/printed
exits()
{
	local want=$1 status=0

	shift
	"$@" >"$tmp/printed" 2>&1 || status=$?
	cat "$tmp/printed"
	[ "$status" -eq "$want" ] || { echo "exit status $status, and not $want: $*"; return 1; }
}

# found NAME: what the fixture's second line says, and that the function is unreliable
found()
{
	local line where text kind

	line=$(sed -n '2s/^\/\* found: \(.*\) \*\/$/\1/p' "$fixtures/$1.S")
	where=${line%%: *} text=${line#*: } kind=${line##* }
	assemble "$1" "$tmp/$1.o" -DWRONG
	exits 1 ut check --werror "$tmp/$1.o"
	grep -F "$tmp/$1.o: warning: $where: " "$tmp/printed" | grep -F "${text% *}" |
		grep -qF " $kind" || { echo "did not say: $line"; return 1; }
	exits 0 ut check "$tmp/$1.o"
	ut dump "$tmp/$1.o" f >"$tmp/dump"
	cat "$tmp/dump"
	grep -q ' unreliable: ' "$tmp/dump" || { echo "f() is still reliable"; return 1; }
	ut table "$tmp/$1.o" --quiet -o "$tmp/$1.table"
	exits 0 ut verify "$tmp/$1.o" --table "$tmp/$1.table"
}

# good NAME: the same code without the fault, however its CFI is stored
good()
{
	local way

	assemble "$1" "$tmp/good.o"
	cp "$tmp/good.o" "$tmp/good-init.o"
	aarch64-linux-gnu-objcopy --rename-section .eh_frame=.init.eh_frame "$tmp/good-init.o"
	assemble "$1" "$tmp/good-debug.o" -DDEBUG_FRAME
	aarch64-linux-gnu-ld -e f -Ttext=0x10000 --unresolved-symbols=ignore-all \
		"$tmp/good.o" -o "$tmp/good-linked.o" 2>/dev/null
	for way in good good-init good-debug good-linked; do
		exits 0 ut check --werror "$tmp/$way.o"
		[ ! -s "$tmp/printed" ] || { echo "$way: found something in good code"; return 1; }
		ut dump "$tmp/$way.o" f >"$tmp/dump"
		! grep ' unreliable: ' "$tmp/dump" ||
			{ echo "$way: f() is not reliable"; return 1; }
		ut table "$tmp/$way.o" --quiet -o "$tmp/good.table"
		exits 0 ut verify "$tmp/$way.o" --table "$tmp/good.table"
	done
	ut table --literal --block-size 256 "$tmp/good.o" --quiet -o "$tmp/good.table"
	exits 0 ut verify "$tmp/good.o" --table "$tmp/good.table"
}

# says NAME OFFSET TEXT: what dump says from that offset on
says()
{
	assemble "$1" "$tmp/says.o"
	ut dump "$tmp/says.o" f | tee "$tmp/dump" | grep -F " +$2.." | grep -qF "$3" ||
		{ cat "$tmp/dump"; echo "does not say at $2: $3"; return 1; }
}

where_cfi_is_below_sp()
{
	says below-sp-gcc 0x14 "return address [x18-8]"
	says below-sp-clang 0x14 "return address x30"
	says alloca 0xc "return address [x29+8]"
	says call-without-frame 0x4 "caller's x29 [sp+0]"
}

# The rows as binutils reads them, in the manner of unwindtool dump --rows
readelf_rows()
{
	aarch64-linux-gnu-readelf --debug-dump=frames-interp "$1" 2>/dev/null | awk '
		function flush() {
			if (start != "" && !rows)
				print start, end, start, "sp+0", "u", "u"
			start = ""
		}
		/ FDE .*pc=/ {
			flush()
			range = substr($NF, 4)
			start = substr(range, 1, 16)
			end = substr(range, 19)
			rows = 0
			next
		}
		/ CIE / { flush() }
		$1 == "LOC" {
			fp = ra = 0
			for (i = 1; i <= NF; i++) {
				if ($i == "x29")
					fp = i
				if ($i == "ra")
					ra = i
			}
			next
		}
		start != "" && length($1) == 16 {
			print start, end, $1, $2, fp ? $fp : "u", ra ? $ra : "u"
			rows++
		}
		END { flush() }' | sort -s -k1,1 | awk '
		NR > 1 && (end "") < ($1 "") && last != "none" { print end, "none"; last = "none" }
		{
			state = $4 " " $5 " " $6
			if (state != last)
				print $3, state
			last = state
			end = $2
		}'
}

# agrees KERNEL: every row, at every instruction
agrees()
{
	readelf_rows "$1" >"$tmp/theirs"
	fast dump --rows "$1" | sed '${/ none$/d}' >"$tmp/ours"
	[ "$(wc -l <"$tmp/ours")" -gt 50000 ] ||
		{ echo "only $(wc -l <"$tmp/ours") rows"; return 1; }
	diff "$tmp/theirs" "$tmp/ours" | head -n 20
	cmp "$tmp/theirs" "$tmp/ours"
}

# What is not a missing annotation of assembly code is known by name
kernel_findings()
{
	fast check "$dir/vmlinux" >"$tmp/printed" 2>&1
	[ "$(grep -c 'warning: ' "$tmp/printed")" -gt 0 ]
	grep -v ' \[no-cfi\]$' "$tmp/printed" >"$tmp/others" || :
	grep -q 'warning: qcom_link_stack_sanitisation()+0x4: .* \[call\]$' "$tmp/others"
	[ "$(wc -l <"$tmp/others")" -eq 1 ] || { cat "$tmp/others"; return 1; }
}

# kernel_table KERNEL PERCENT: at most so much of .text, and of .init.text
kernel_table()
{
	fast table "$1" -o "$tmp/table" >"$tmp/printed"
	cat "$tmp/printed"
	awk -v most="$2" '
		match($0, /\([0-9.]+ %\)/) {
			seen++
			if (substr($0, RSTART + 1) + 0 > most)
				bad = 1
		}
		END { exit bad || seen != 3 }' "$tmp/printed" ||
			{ echo "more than $2 %"; return 1; }
	fast verify "$1" --table "$tmp/table"
}

modules()
{
	local module seen=0

	while IFS= read -r -d '' module; do
		seen=$((seen + 1))
		fast check "$module" >"$tmp/printed" 2>&1
		# lkdtm overwrites its return address on purpose
		if grep -v -e ' \[no-cfi\]$' -e 'lkdtm.*: set_return_addr' "$tmp/printed"; then
			return 1
		fi
		fast table "$module" --quiet -o "$tmp/table"
		fast verify "$module" --table "$tmp/table"
	done < <(find "$dir/drivers" "$dir/samples" "$dir/lib" -name '*.ko' -print0)
	[ "$seen" -gt 0 ] || { echo "$dir has no modules"; return 1; }
}

# number FILE OFFSET: 32 bits
number()
{
	od -An -tu4 -j "$2" -N 4 "$1" | tr -d ' '
}

# poke FILE OFFSET BYTES: as printf(1) escapes
poke()
{
	# shellcheck disable=SC2059
	printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# damaged TEXT OFFSET BYTES: a table changed there is refused
damaged()
{
	cp "$tmp/sound.table" "$tmp/damaged.table"
	poke "$tmp/damaged.table" "$2" "$3"
	exits 2 ut verify "$tmp/sound.o" --table "$tmp/damaged.table"
	grep -q "error: $tmp/damaged.table: .*$1" "$tmp/printed" ||
		{ echo "did not say: $1"; return 1; }
}

tables()
{
	local states index change ranges last

	assemble call-without-frame "$tmp/sound.o"
	ut table "$tmp/sound.o" --quiet -o "$tmp/sound.table"
	ranges=$(number "$tmp/sound.table" 8)
	states=$((24 + 24 * ranges))
	index=$((states + 8 * $(number "$tmp/sound.table" 12)))
	change=$((index + 4 * $(number "$tmp/sound.table" 16)))
	last=$((change - 4))
	damaged "not an unwind table" 0 X
	damaged "version" 4 '\7'
	damaged "blocks of" 6 '\40'
	damaged "states" 12 '\377\377'
	damaged "should have" 20 '\377'
	damaged "range 0 is not one" 32 '\3'
	damaged "out of bounds" 40 '\1'
	damaged "is elsewhere" 24 '\4'
	damaged "state 0 is not one" "$states" '\1'
	damaged "state 1 is not one" $((states + 8)) '\4'
	damaged "out of order" "$index" '\1'
	damaged "has no changes, or too many" "$last" '\0'
	damaged "has no changes, or too many" "$last" '\377'
	damaged "reliable bit" $((index + 3)) '\200'
	damaged "unknown state" "$change" '\376'
	damaged "not sorted" $((change + 3)) '\0'
	head -c -1 "$tmp/sound.table" >"$tmp/short.table"
	exits 2 ut verify "$tmp/sound.o" --table "$tmp/short.table"
	grep -q "was it truncated" "$tmp/printed"
	# In the file itself
	exits 2 ut verify "$tmp/sound.o"
	grep -q "no section .unwind_table" "$tmp/printed"
	aarch64-linux-gnu-objcopy --add-section ".unwind_table=$tmp/sound.table" \
		"$tmp/sound.o" "$tmp/finished.o"
	exits 0 ut verify "$tmp/finished.o"
	# Well-formed, and wrong: one instruction too late
	cp "$tmp/sound.table" "$tmp/late.table"
	poke "$tmp/late.table" $((change + 3)) '\3'
	exits 1 ut verify "$tmp/sound.o" --table "$tmp/late.table"
	grep -q 'f()+0x8: the table says state' "$tmp/printed"
}

bad_files()
{
	local object=$tmp/sound.o

	: >"$tmp/empty"
	exits 2 ut check "$tmp/empty"
	grep -q "error: $tmp/empty: not an ELF file" "$tmp/printed"
	exits 2 ut check "$0"
	grep -q "not an ELF file" "$tmp/printed"
	exits 2 ut check "$tmp"
	grep -q "error: $tmp: not a regular file" "$tmp/printed"
	exits 2 ut check "$tmp/missing"
	grep -q "No such file" "$tmp/printed"
	echo 'int x;' >"$tmp/x.c"
	cc -c "$tmp/x.c" -o "$tmp/host.o"
	exits 2 ut check "$tmp/host.o"
	grep -q "not for arm64" "$tmp/printed"
	aarch64-linux-gnu-gcc -mbig-endian -c "$tmp/x.c" -o "$tmp/big.o"
	exits 2 ut check "$tmp/big.o"
	grep -q "big endian" "$tmp/printed"
	aarch64-linux-gnu-objcopy --strip-all "$object" "$tmp/stripped.o"
	exits 2 ut check "$tmp/stripped.o"
	grep -q "no symbol table" "$tmp/printed"
	aarch64-linux-gnu-objcopy --remove-section .eh_frame --remove-section .rela.eh_frame \
		"$object" "$tmp/none.o"
	exits 2 ut check "$tmp/none.o"
	grep -q "error: $tmp/none.o: no CFI" "$tmp/printed"
	exits 2 ut table "$object" --block-size 1000 -o "$tmp/table"
	exits 2 ut table "$object" -o "$tmp/no/such/table"
	exits 2 ut
	exits 2 ut frobnicate
	exits 1 ut dump "$object" nobody
	exits 0 ut --help
	grep -q "Exit status" "$tmp/printed"
}

# Whatever is done to a file, it is read or refused, and no sanitizer complains
mutations()
{
	local file status

	mkdir "$tmp/mutated"
	assemble two-fdes "$tmp/other.o"
	assemble ex-table "$tmp/third.o"
	perl -e '
		use strict;
		srand(1);
		my $dir = shift;
		my $count = shift;
		my $n = 0;
		for my $name (@ARGV) {
			local $/;
			open(my $in, "<:raw", $name) or die "$name: $!";
			my $data = <$in>;
			for my $i (1 .. $count) {
				my $new = $data;
				if ($i % 8 == 0) {
					$new = substr($new, 0, int(rand(length($new))));
				} else {
					for (1 .. 1 + int(rand(4))) {
						substr($new, int(rand(length($new))), 1) = chr(int(rand(256)));
					}
				}
				open(my $to, ">:raw", sprintf("%s/%05d", $dir, $n++)) or die;
				print $to $new;
				close($to);
			}
		}' "$tmp/mutated" 100 "$tmp/sound.o" "$tmp/other.o" "$tmp/third.o"
	for file in "$tmp/mutated"/*; do
		status=0
		timeout 10 "$tmp/unwindtool.asan" check "$file" >"$tmp/printed" 2>&1 || status=$?
		case $status in
		0) ;;
		2) grep -q "^unwindtool: error: $file: " "$tmp/printed" ;;
		*) false ;;
		esac || { cat "$tmp/printed"; echo "$file: exit status $status"; return 1; }
	done
}

every_rule()
{
	local name kind

	for kind in $(fast check --kinds); do
		name=$(grep -l "^/\* found: .*\[$kind\] \*/$" "$fixtures"/*.S) ||
			{ echo "no fixture has [$kind]"; return 1; }
		echo "$kind: $name"
	done
}

check "the tool builds without a warning" build "$tmp/unwindtool" -O2
check "it builds with sanitizers" build "$tmp/unwindtool.asan" -O1 \
	-fsanitize=address,undefined -fno-sanitize-recover=all
for fixture in "$fixtures"/*.S; do
	name=$(basename "$fixture" .S)
	check "$name: what is wrong is found" found "$name"
	check "$name: what is right is not" good "$name"
done
check "every kind of finding has a fixture" every_rule
check "places below SP are given by their register or shadow stack" where_cfi_is_below_sp
check "damaged tables are refused" tables
check "files that cannot be read are errors" bad_files
check "mutated files are read or refused" mutations
check "the kernel's CFI is read as binutils reads it" agrees "$dir/vmlinux"
check "nothing is found in the kernel that is not there" kernel_findings
check "the kernel's table is at most 4 % of text, and right" kernel_table "$dir/vmlinux" 4
check "the modules' tables are right" modules
if [ -e "$out/scs/vmlinux" ]; then
	check "with shadow call stack, CFI is read as binutils reads it" agrees "$out/scs/vmlinux"
	check "with shadow call stack, the table is at most 6 % of text, and right" \
		kernel_table "$out/scs/vmlinux" 6
fi
finish
