#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# unwindtool: each rule finds what breaks it and nothing in good code, the CFI is
# read as binutils reads it, the table says what the CFI says, and bad input is an
# error. Every fixture in tests/unwindtool/ is right as it is, and wrong with -DWRONG.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need aarch64-linux-gnu-gcc aarch64-linux-gnu-ld aarch64-linux-gnu-readelf \
	aarch64-linux-gnu-objcopy aarch64-linux-gnu-strip "clang$llvm" "ld.lld$llvm" \
	"llvm-objcopy$llvm" cc perl

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

# has_table FILE FLAGS...: a table can be made of an object file, and says what the CFI says
has_table()
{
	cp "$1" "$tmp/table.o"
	shift
	ut table --quiet "$@" "$tmp/table.o" 2>"$tmp/findings"
	exits 0 ut verify "$tmp/table.o"
}

# expected NAME: sets what the fixture's second line says must be found, and how: as
# a warning ("found:"), with an error for something else, or as an error
expected()
{
	local line level

	line=$(sed -n '2s/^\/\* \(.*\) \*\/$/\1/p' "$fixtures/$1.S")
	level=${line%%: *} line=${line#*: }
	where=${line%%: *} text=${line#*: } kind=${line##* }
	text=${text% *}
	case $level in
	found) as=warning errors=0 ;;
	"found with an error") as=warning errors=1 ;;
	error) as=error errors=1 ;;
	*) echo "$1: what is expected?"; return 1 ;;
	esac
}

# variants NAME: the numbers of the instructions that the fixture tries one after the other
variants()
{
	seq "$(sed -n '3s/^\/\* variants: \([0-9]*\) \*\/$/\1/p' "$fixtures/$1.S" | grep . || echo 1)"
}

# says_expected FILE: a check of the file does
says_expected()
{
	exits 1 ut check --werror "$1"
	grep -F "$1: $as: $where: " "$tmp/printed" | grep -F "$text" | grep -qF " $kind" ||
		{ echo "did not say: $as: $where: $text $kind"; return 1; }
	exits "$errors" ut check "$1"
	[ "$errors" -eq 1 ] || ! grep ' error: ' "$tmp/printed" ||
		{ echo "is no error"; return 1; }
}

# found NAME: what is wrong in the fixture, and that the function is unreliable
found()
{
	local where text kind as errors variant

	expected "$1"
	for variant in $(variants "$1"); do
		assemble "$1" "$tmp/$1.o" -DWRONG "-DVARIANT=$variant"
		says_expected "$tmp/$1.o" || { echo "variant $variant"; return 1; }
	done
	case $where in
	*"()"*)
		ut dump "$tmp/$1.o" f >"$tmp/dump"
		[ "$1" != cold-part ] || ut dump "$tmp/$1.o" f.cold >"$tmp/dump"	# the row is there
		;;
	*) ut dump "$tmp/$1.o" >"$tmp/dump" ;;	# in no function
	esac
	cat "$tmp/dump"
	grep -q ' unreliable: ' "$tmp/dump" || { echo "f() is still reliable"; return 1; }
	if [ "$errors" -eq 0 ]; then
		has_table "$tmp/$1.o"
	else
		cp "$tmp/$1.o" "$tmp/table.o"
		exits 1 ut table --quiet "$tmp/table.o"
		cmp "$tmp/$1.o" "$tmp/table.o"
	fi
}

# good NAME: the same code without the fault, however its CFI is stored
good()
{
	local way variant

	for variant in $(variants "$1"); do
		assemble "$1" "$tmp/good.o" "-DVARIANT=$variant"
		exits 0 ut check --werror "$tmp/good.o"
		[ ! -s "$tmp/printed" ] ||
			{ echo "variant $variant: found something in good code"; return 1; }
	done
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
		# Nothing leads there, or somebody made it who has no CFI: it is not worth a word.
		case $1 in
		bug-end | speculation-barrier | blr-thunks)
			sed -i '/ unreliable: nothing known leads here$/d
				/ unreliable: made by the linker, /d' "$tmp/dump"
			;;
		esac
		! grep ' unreliable: ' "$tmp/dump" ||
			{ echo "$way: f() is not reliable"; return 1; }
		[ "$way" = good-linked ] || has_table "$tmp/$way.o"
	done
	has_table "$tmp/good.o" --literal --block-size 256
}

# link LINKER NAME FLAGS...: a fixture of linked/, as $tmp/linked
link()
{
	local linker=$1 name=$2 flags

	shift 2
	flags=$(sed -n '3s/^\/\* link: \(.*\) \*\/$/\1/p' "$fixtures/linked/$name.S")
	assemble "linked/$name" "$tmp/link.o" "$@"
	# shellcheck disable=SC2086
	(cd "$fixtures/linked" && $linker -e f $flags "$tmp/link.o" -o "$tmp/linked")
}

# linked NAME LINKER: right and wrong code, and what the linker has added to it
linked()
{
	local where text kind as errors

	expected "linked/$1"
	link "$2" "$1" -DWRONG
	says_expected "$tmp/linked"
	ut dump "$tmp/linked" "${where%%(*}" | tee "$tmp/dump"
	grep -q ' unreliable: ' "$tmp/dump"
	link "$2" "$1"
	exits 0 ut check --werror "$tmp/linked"
	[ ! -s "$tmp/printed" ] || { echo "found something in good code"; return 1; }
	ut dump "$tmp/linked" f | tee "$tmp/dump"
	! grep ' unreliable: ' "$tmp/dump" || { echo "f() is not reliable"; return 1; }
	ut dump "$tmp/linked" | tee "$tmp/dump"
	grep -q ' unreliable: made by the linker' "$tmp/dump" ||
		{ echo "the linker has added nothing"; return 1; }
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

# Where a row of CFI is wrong the instructions that it is for are unreliable, and no others
wrong_rows()
{
	assemble late-row "$tmp/row.o" -DWRONG
	ut dump "$tmp/row.o" f | tee "$tmp/dump"
	[ "$(grep -c ' unreliable: ' "$tmp/dump")" -eq 1 ]
	grep -q ' +0x14..+0x1c: unreliable: the CFI is not what the instructions make of it' "$tmp/dump"
	# The call keeps its record, and behind the wrong row the registers are the caller's
	grep -q ' +0x8..+0x14: return address \[x29+8\] .* x29 is the frame record' "$tmp/dump"
	grep -q ' +0x1c..+0x24: return address x30 ' "$tmp/dump"
	# What an instruction does against the rules counts there, too: the function may be
	# given up, and what hurts its callers is an error
	assemble late-row "$tmp/row.o" -DWRONG -DSTORES
	ut dump "$tmp/row.o" f | tee "$tmp/dump"
	grep -q ' +0x0..+0x24: unreliable: a rule is broken in this function' "$tmp/dump"
	assemble late-row "$tmp/row.o" -DWRONG -DKEEPS_FRAME
	exits 1 ut check "$tmp/row.o"
	grep -q 'error: f()+0x20: returns with SP or x29 not as it got them.*\[return\]$' "$tmp/printed"
}

# Where a function ends with a call that returns, the call is unreliable, and nothing else
last_call()
{
	assemble falls-through "$tmp/last.o" -DCALLEE_RETURNS
	exits 0 ut check --werror "$tmp/last.o"
	ut dump "$tmp/last.o" f | tee "$tmp/dump"
	[ "$(grep -c ' unreliable: ' "$tmp/dump")" -eq 1 ]
	grep -q ' +0xc..+0x10: unreliable: the function ends behind this call, and the callee returns' \
		"$tmp/dump"
	grep -q ' +0x8..+0xc: return address \[sp+8\] .* x29 is the frame record' "$tmp/dump"
	# A function does not end where its symbol has no size.
	assemble call-ends-fde "$tmp/last.o" -DNO_SIZE
	exits 0 ut check --werror "$tmp/last.o"
	assemble call-ends-fde "$tmp/last.o" -DNO_SIZE -DWRONG
	exits 1 ut check --werror "$tmp/last.o"
	grep -q 'f+0x10: SP and the CFA of the next row do not agree.*\[sp\]$' "$tmp/printed"
}

# each_gcc COMMAND...: with each GCC that is there, the compiler's path behind it
each_gcc()
{
	local gcc

	for gcc in aarch64-linux-gnu-gcc "$BUILD"/toolchains/gcc-*/usr/bin/aarch64-linux-gnu-gcc-[0-9][0-9]; do
		command -v "$gcc" >/dev/null || continue
		echo "# $gcc"
		"$@" "$gcc"
	done
}

# What GCC has wrong in epilogues is unreliable, and nothing else of the function
late_epilogue()
{
	"$1" -O2 -fno-omit-frame-pointer -fasynchronous-unwind-tables -fno-optimize-sibling-calls \
		-fstack-protector-strong -c "$fixtures/compiler/gcc-epilogue-cfa.c" -o "$tmp/epilogue.o"
	exits 0 ut check "$tmp/epilogue.o"
	ut dump "$tmp/epilogue.o" f | tee "$tmp/dump"
	! grep ' unreliable: a rule' "$tmp/dump" || { echo "all of f() is unreliable"; return 1; }
	[ "$(grep -c ' unreliable: the CFI' "$tmp/dump")" -le 1 ]
	"$1" -O2 -ffixed-x18 -fsanitize=shadow-call-stack -fasynchronous-unwind-tables \
		-c "$fixtures/compiler/gcc-scs-cfa-x29.c" -o "$tmp/scs.o"
	ut dump "$tmp/scs.o" f | tee "$tmp/dump"
	[ "$(grep -c ' unreliable: the CFI' "$tmp/dump")" -eq 1 ]
	has_table "$tmp/scs.o"
}

# asm/stack_pointer.h: x29 is read where it points at the frame record, although GCC does not
# know that it is read, and the function would make that late; and GCC has right CFI
frame_record_read()
{
	{
		cat "$out/linux/arch/arm64/include/asm/stack_pointer.h"
		cat <<-'EOT'
			extern unsigned long read, calls;
			void call(void *p);
			void f(int x)
			{
				char buf[32];

				read = (unsigned long)current_frame_record();
				if (!x)
					return;
				call(buf);
				calls++;
			}
			void g(int x)
			{
				read = (unsigned long)current_frame_record();
				if (x) {
					call(&read);
					calls++;
				}
			}
		EOT
	} >"$tmp/read.c"
	"$1" -O2 -fno-omit-frame-pointer -fasynchronous-unwind-tables -fno-optimize-sibling-calls \
		-fstack-protector-strong -DCONFIG_CC_IS_GCC "-D__always_inline=inline __attribute__((__always_inline__))" \
		-c "$tmp/read.c" -o "$tmp/read.o"
	exits 0 ut check --werror "$tmp/read.o"
	aarch64-linux-gnu-objdump -d "$tmp/read.o" | awk '
		/^[0-9a-f]+ <[fg]>:/ { record = 0; n++ }
		$3 == "mov" && $4 == "x29," && $5 == "sp" || $3 == "add" && $4 == "x29," { record = 1 }
		$3 == "mov" && $5 == "x29" && $4 ~ /^x/ { if (!record) bad = 1; seen++ }
		{ print }
		END { exit bad || n != 2 || seen < 2 }'
}

# What is not known in the CFI of one function is nothing to another one
unknown_cfi()
{
	assemble unknown-cfi "$tmp/unknown.o" -DWRONG
	ut dump "$tmp/unknown.o" g | tee "$tmp/dump"
	! grep ' unreliable: ' "$tmp/dump" || { echo "g() is not reliable"; return 1; }
	# An augmentation that only LLVM writes
	cat >"$tmp/tagged.S" <<-'EOT'
		#include "fixture.inc"
		func	f
		.cfi_startproc
		.cfi_mte_tagged_frame
		ret
		.cfi_endproc
		endfunc	f
		func	g
		.cfi_startproc
		frame
		bl	f
		unframe
		ret
		.cfi_endproc
		endfunc	g
	EOT
	"clang$llvm" --target=aarch64-linux-gnu -I "$fixtures" -c "$tmp/tagged.S" -o "$tmp/tagged.o"
	exits 0 ut check "$tmp/tagged.o"
	[ "$(cat "$tmp/printed")" = "$tmp/tagged.o: warning: f()+0x0: its CFI has an augmentation, 'G', that is not known here [unknown-cfi]" ]
	ut dump "$tmp/tagged.o" g | tee "$tmp/dump"
	! grep ' unreliable: ' "$tmp/dump" || { echo "g() is not reliable"; return 1; }
	has_table "$tmp/tagged.o"
}

# many NR LINE...: so many functions of these instructions
many()
{
	local nr=$1 i

	shift
	echo '#include "fixture.inc"'
	for ((i = 0; i < nr; i++)); do
		printf '\tfunc\tf%d\n' "$i"
		printf '\t%s\n' "$@"
		printf '\tendfunc\tf%d\n' "$i"
	done
}

# Findings that are alike are a few lines, however many they are, and all are in the file
many_findings()
{
	local object=$tmp/many.o all=$tmp/all

	many 40 .cfi_startproc "bl g" ret .cfi_endproc >"$tmp/many.S"
	aarch64-linux-gnu-gcc -I "$fixtures" -c "$tmp/many.S" -o "$object"
	exits 0 ut check --findings "$all" "$object"
	[ "$(grep -c 'warning: f[012]()+0x0: call without frame' "$tmp/printed")" -eq 3 ]
	grep -qxF "$object: warning: ... and 37 more of these, all of them in $all [call]" "$tmp/printed"
	[ "$(wc -l <"$tmp/printed")" -eq 4 ]
	[ "$(wc -l <"$all")" -eq 40 ]
	[ "$(grep -c 'warning: f[0-9]*()+0x0: call without frame .*\[call\]$' "$all")" -eq 40 ]
	exits 0 ut check "$object"
	grep -qxF "$object: warning: ... and 37 more of these, see --findings [call]" "$tmp/printed"
	# Nothing is found: there is no file, and no old one
	assemble late-row "$tmp/good.o"
	exits 0 ut check --findings "$all" "$tmp/good.o"
	[ ! -e "$all" ]
	exits 2 ut check --findings "$tmp/no/such/file" "$object"
	grep -q "error: $tmp/no/such/file: " "$tmp/printed"
	exits 2 ut check --findings "$all" "$object" "$tmp/good.o"
	# Functions of somebody who compiled without CFI are one line
	many 4000 nop ret >"$tmp/many.S"
	aarch64-linux-gnu-gcc -I "$fixtures" -c "$tmp/many.S" -o "$object"
	exits 0 ut check "$object"
	[ "$(wc -l <"$tmp/printed")" -eq 1 ]
	grep -qF "$object: warning: f0()+0x0, f1()+0x0, f2()+0x0 and 3997 more functions have no CFI: " "$tmp/printed"
	grep -qF ' [no-cfi]' "$tmp/printed"
}

# sections NR: that many functions in sections of their own
sections()
{
	local i

	echo '#include "fixture.inc"'
	for ((i = 0; i < $1; i++)); do
		printf '.section .text.f%d, "ax"\nfunc f%d\n.cfi_startproc\nframe\nbl ext\n' "$i" "$i"
		printf 'unframe\nret\n.cfi_endproc\nendfunc f%d\n' "$i"
	done
}

# used COMMAND...: the processor's seconds that it takes, times 100
used()
{
	( TIMEFORMAT=%U; time "$@" >/dev/null 2>&1 ) 2>&1 | sed 's/\.//; s/^0*\(.\)/\1/'
}

# What kpatch-build and FGKASLR make: time that grows with the file, and every function read
many_sections()
{
	local few many half

	sections 35000 >"$tmp/many.S"
	aarch64-linux-gnu-gcc -I "$fixtures" -c "$tmp/many.S" -o "$tmp/many.o"
	[ "$(aarch64-linux-gnu-readelf -hW "$tmp/many.o" | grep -c 'Number of section headers: *0 (')" -eq 1 ]
	exits 0 fast check --werror --stats "$tmp/many.o"
	grep -q ' 35000 of 35000 functions are reliable' "$tmp/printed"
	# A table needs a symbol for each section, and so fewer of them
	exits 2 fast table "$tmp/many.o"
	grep -q "error: $tmp/many.o: has more sections than can be changed here" "$tmp/printed"
	half=$(sections 30000 | aarch64-linux-gnu-gcc -I "$fixtures" -x assembler-with-cpp -c - \
		-o "$tmp/half.o"; used fast table --quiet "$tmp/half.o")
	sections 3000 | aarch64-linux-gnu-gcc -I "$fixtures" -x assembler-with-cpp -c - -o "$tmp/few.o"
	few=$(used fast table --quiet "$tmp/few.o")
	exits 0 fast verify "$tmp/half.o"
	many=$(used fast check "$tmp/many.o")
	echo "3000: $few, 30000: $half, 35000: $many"
	# Ten times as many: thirty times as long would be a loop in a loop
	[ "$half" -lt $((30 * (few + 10))) ] && [ "$many" -lt 1000 ]
}

# What takes long by itself: states remembered in states, and an FDE that no symbol names
long_fdes()
{
	local i

	{
		echo '#include "fixture.inc"'
		echo 'func f'
		echo '.cfi_startproc'
		for ((i = 0; i < 60000; i++)); do echo '.cfi_remember_state'; done
		printf 'ret\n.cfi_endproc\nendfunc f\n'
	} >"$tmp/long.S"
	aarch64-linux-gnu-gcc -I "$fixtures" -c "$tmp/long.S" -o "$tmp/long.o"
	exits 0 timeout 10 "$tmp/unwindtool" check "$tmp/long.o"
	grep -q 'f()+0x0: its CFI remembers more than 64 states at once \[unknown-cfi\]' "$tmp/printed"
	{
		printf '.text\n.cfi_startproc\nbr x0\n'
		for ((i = 0; i < 30000; i++)); do echo 'br x0'; done
		echo '.cfi_endproc'
	} >"$tmp/long.S"
	aarch64-linux-gnu-gcc -c "$tmp/long.S" -o "$tmp/long.o"
	exits 0 timeout 10 "$tmp/unwindtool" check "$tmp/long.o"
}

# Two sections of one name are both read: tables, alternatives, CFI
two_tables()
{
	local name

	for name in ex-table jump-label replacement; do
		assemble "$name" "$tmp/one.o" -DWRONG
		# A first section of each of these names, which is about other code
		assemble "$name" "$tmp/other.o" -Df=other
		aarch64-linux-gnu-ld -r --unique "$tmp/other.o" "$tmp/one.o" -o "$tmp/two.o"
		exits 1 ut check --werror "$tmp/two.o"
		grep -q ' f()+' "$tmp/printed" || { echo "$name: the second section is not read"; return 1; }
	done
}

# What ends in the middle leaves the file as it was, and nothing beside it
whole_files()
{
	local limit command

	mkdir "$tmp/atomic"
	sections 3000 | aarch64-linux-gnu-gcc -I "$fixtures" -x assembler-with-cpp -c - -o "$tmp/atomic/few.o"
	cp "$tmp/atomic/few.o" "$tmp/few.o"
	# A file may not become as large as this one is with its table, nor as its copy
	for limit in 100 $(($(stat -c %s "$tmp/few.o") / 1024 + 40)); do
		for command in "table --quiet" mark; do
			# shellcheck disable=SC2086
			! (ulimit -f "$limit"; trap '' XFSZ
				fast $command "$tmp/atomic/few.o") >"$tmp/printed" 2>&1
			cat "$tmp/printed"
			grep -q "error: $tmp/atomic/few.o: " "$tmp/printed"
			cmp "$tmp/few.o" "$tmp/atomic/few.o"
			[ "$(ls "$tmp/atomic")" = few.o ]
		done
	done
	# A link stays one, and permissions are kept
	chmod 640 "$tmp/atomic/few.o"
	ln -s few.o "$tmp/atomic/link.o"
	fast table --quiet "$tmp/atomic/link.o"
	[ -L "$tmp/atomic/link.o" ]
	[ "$(stat -c %a "$tmp/atomic/few.o")" = 640 ]
	fast verify "$tmp/atomic/few.o"
	# Without what a table is made from, nobody can tell
	aarch64-linux-gnu-objcopy -R .eh_frame "$tmp/atomic/few.o" "$tmp/atomic/none.o"
	exits 2 ut verify "$tmp/atomic/none.o"
	grep -q "error: $tmp/atomic/none.o: has functions and no CFI, so nobody can tell" "$tmp/printed"
}

# Barriers and thunks against speculation: nothing is found, and little is unreliable
hardened()
{
	local compiler option

	cat >"$tmp/hardened.c" <<-'EOT'
		int ext(int);
		extern int (*ptr)(int);
		int leaf(int x) { return x * 3; }
		int early(int x) { if (!x) return 0; ext(x); return ptr(x); }
		int many(int a, int b)
		{
			for (int i = 0; i < a; i++)
				if (ptr(i) > b || ext(i))
					return ptr(b);
			return ptr(a) - b;
		}
		int pick(int x)
		{
			switch (x) {
			case 0: return ext(x) + 5;
			case 1: ext(3); return 2;
			case 2: return ext(4) * 9;
			case 3: ext(5); ptr(6); return 7;
			case 4: return ext(ext(7));
			case 5: return ptr(8) ^ 1;
			}
			return -1;
		}
	EOT
	for compiler in aarch64-linux-gnu-gcc "clang$llvm --target=aarch64-linux-gnu"; do
		for option in none retbr blr all; do
			echo "# $compiler $option"
			$compiler -O2 -fno-omit-frame-pointer -fno-optimize-sibling-calls \
				-fasynchronous-unwind-tables -mgeneral-regs-only \
				"-mharden-sls=$option" -c "$tmp/hardened.c" -o "$tmp/hardened.o"
			exits 0 ut check --werror "$tmp/hardened.o"
			[ ! -s "$tmp/printed" ] || { echo "found something in good code"; return 1; }
			has_table "$tmp/hardened.o"
			exits 0 ut dump "$tmp/hardened.o" many
			grep -q 'x29 is the frame record' "$tmp/printed"
			case $option in
			none) ! grep ' unreliable: ' "$tmp/printed" || return 1 ;;
			esac
		done
	done
}

# Other options that make compilers emit unusual code: nothing is found, and the table is right
unusual_options()
{
	local compiler option options

	cat >"$tmp/unusual.c" <<-'EOT'
		struct words { long word[64]; };
		int ext(int), fill(struct words *);
		extern int (*ptr)(int);
		int leaf(int x) { return x * 3; }
		int big(int x) { struct words w = { { x } }; return fill(&w) + w.word[x & 63]; }
		int many(int a, int b)
		{
			for (int i = 0; i < a; i++)
				if (ptr(i) > b || ext(i))
					return ptr(b);
			return ptr(a) - b;
		}
		_Noreturn void stop(void);
		int stops(int x) { if (x < 0) { ext(x); stop(); } return ext(x) + 1; }
	EOT
	options=(-fzero-call-used-regs=used-gpr -fzero-call-used-regs=all-gpr -fstack-clash-protection
		-fstack-protector-all -ftrivial-auto-var-init=pattern -fsanitize-coverage=trace-pc
		"-fprofile-arcs -ftest-coverage" "-fsanitize=bounds -fsanitize-undefined-trap-on-error"
		"-g -gz" -mbranch-protection=standard -mbranch-protection=pac-ret+leaf -falign-functions=32
		-Os -O3 "-ffunction-sections -fdata-sections")
	for compiler in aarch64-linux-gnu-gcc "clang$llvm --target=aarch64-linux-gnu"; do
		for option in "${options[@]}"; do
			echo "# $compiler $option"
			# shellcheck disable=SC2086
			(cd "$tmp" && $compiler -w -O2 -fno-omit-frame-pointer -fno-optimize-sibling-calls \
				-fasynchronous-unwind-tables -mgeneral-regs-only -mbranch-protection=pac-ret \
				$option -c unusual.c -o unusual.o)
			exits 0 ut check --werror "$tmp/unusual.o"
			[ ! -s "$tmp/printed" ] || { echo "found something in good code"; return 1; }
			has_table "$tmp/unusual.o"
			exits 0 ut dump "$tmp/unusual.o" many
			! grep ' unreliable: ' "$tmp/printed" || return 1
			grep -q 'x29 is the frame record' "$tmp/printed"
		done
	done
}

# Whether the return address is signed: toggled, and said by an expression
ra_sign_state()
{
	local way

	for way in TOGGLED EXPRESSION; do
		cat >"$tmp/sign.S" <<-'EOT'
			.macro sign state
			#ifdef EXPRESSION
				/* DW_CFA_val_expression: register 34 is DW_OP_lit0 or DW_OP_lit1 */
				.cfi_escape 0x16, 34, 1, 0x30 + \state
			#else
				.cfi_negate_ra_state
			#endif
			.endm
			.text
			.type	f, %function
			.globl	f
		f:	.cfi_startproc
			hint	#25		/* paciasp */
			sign	1
			stp	x29, x30, [sp, #-32]!
			.cfi_def_cfa_offset 32
			.cfi_offset 29, -32
			.cfi_offset 30, -24
			mov	x29, sp
			bl	ext
			ldp	x29, x30, [sp], #32
			.cfi_restore 29
			.cfi_restore 30
			.cfi_def_cfa_offset 0
			hint	#29		/* autiasp */
			sign	0
			ret
			.cfi_endproc
			.size	f, . - f
		EOT
		aarch64-linux-gnu-gcc "-D$way" -c "$tmp/sign.S" -o "$tmp/sign.o"
		exits 0 ut check --werror "$tmp/sign.o"
		[ ! -s "$tmp/printed" ] || { echo "$way: found something in good code"; return 1; }
		has_table "$tmp/sign.o"
		exits 0 ut dump "$tmp/sign.o" f
		! grep ' unreliable: ' "$tmp/printed" || return 1
		cp "$tmp/printed" "$tmp/$way"
	done
	# The same places
	diff "$tmp/TOGGLED" "$tmp/EXPRESSION"
}

# A Makefile of a driver has the linker drop symbols: the table is made nevertheless
stripped_modules()
{
	local option

	for option in '' --strip-debug --discard-locals --discard-all --strip-all; do
		echo "# $option"
		rm -rf "$tmp/module"
		mkdir "$tmp/module"
		cat >"$tmp/module/main.c" <<-'EOT'
			#include <linux/module.h>
			int outer(int x);
			static int __init start(void) { return outer(3) - outer(3); }
			module_init(start);
			MODULE_DESCRIPTION("Fixture");
			MODULE_LICENSE("GPL");
		EOT
		cat >"$tmp/module/part.c" <<-'EOT'
			#include <linux/sched.h>
			int outer(int x);
			static noinline int inner(int x) { schedule(); return x + 1; }
			int outer(int x) { return inner(x) * 2; }
		EOT
		printf 'obj-m := two.o\ntwo-y := main.o part.o\nldflags-y := %s\n' "$option" \
			>"$tmp/module/Makefile"
		exits 0 make -C "$dir" ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- M="$tmp/module" \
			unwindtool="$tmp/unwindtool" modules
		! grep -E 'two.ko: (warning|error): ' "$tmp/printed" || return 1
		exits 0 fast verify "$tmp/module/two.ko"
	done
}

# has_padding WANT LINE...: how many of these lines are padding at the entry of a function
has_padding()
{
	local want=$1

	shift
	{
		echo '#include "fixture.inc"'
		printf '%s\n' .text "$@"
		printf 'func f\n.cfi_startproc\nnop\nret\n.cfi_endproc\nendfunc f\n'
	} | aarch64-linux-gnu-gcc -I "$fixtures" -x assembler-with-cpp -c - -o "$tmp/padding.o"
	ut dump "$tmp/padding.o" >"$tmp/dump"
	cat "$tmp/dump"
	exits 0 ut check --stats "$tmp/padding.o"
	grep -q ": $want words are padding or replacement code" "$tmp/printed"
}

# NOPs before a function are at its entry, but not what others run through or patch
padding()
{
	has_padding 3 'b .' nop nop nop
	has_padding 3 'b .' '.8byte 1' nop
	has_padding 0 'mov x29, x0' nop nop nop
	has_padding 0 'bl ext' nop nop nop
	has_padding 2 'b .' nop '1: nop' nop '2:' '.pushsection .altinstructions, "a"' \
		'.word 1b - ., 3f - .' '.hword 1' '.byte 2b - 1b, 2b - 1b' .popsection \
		'.pushsection .altinstr_replacement, "ax"' '3: mov x29, x0' ret .popsection
	has_padding 0 'b .' nop nop '1: nop' '.pushsection __jump_table, "a"' \
		'.word 1b - ., f - .' '.quad 0' .popsection
}

# The kernel headers that include/linux/unwind_mark.h needs, as far as it does
mark_headers()
{
	mkdir -p "$tmp/include/linux"
	cp "$top/include/linux/unwind_mark.h" "$tmp/include/linux/"
	cat >"$tmp/include/linux/compiler.h" <<-'EOT'
		#define __used __attribute__((__used__))
		#define __section(s) __attribute__((__section__(s)))
		#define notrace
		#define noinline __attribute__((__noinline__))
	EOT
	echo '#define static_assert(x) _Static_assert(x, "")' >"$tmp/include/linux/build_bug.h"
}

# marked FILE FUNCTION...: nothing is found, these are unreliable, and f() is reliable
marked()
{
	local file=$1 function

	shift
	exits 0 ut check --werror "$file"
	[ ! -s "$tmp/printed" ] || { echo "found something in marked code"; return 1; }
	for function; do
		ut dump "$file" "$function" >"$tmp/dump"
		cat "$tmp/dump"
		grep -q ' unreliable: marked' "$tmp/dump"
		! grep ': return address ' "$tmp/dump" || { echo "$function is reliable"; return 1; }
	done
	ut dump "$file" f >"$tmp/dump"
	cat "$tmp/dump"
	! grep ' unreliable: ' "$tmp/dump" || { echo "f() is not reliable"; return 1; }
	case $file in
	*.o) has_table "$file" ;;
	esac
}

# The option that turns marks on, by its name on either base
marks_on=(-DCONFIG_UNWINDTOOL -DCONFIG_ARM64_UNWIND_TABLE)

# mark_c COMPILER...: the marks get where the tool reads them, by each way
mark_c()
{
	local linker file
	local flags="-O2 -g -fno-pie -fno-omit-frame-pointer -fno-optimize-sibling-calls
		-fasynchronous-unwind-tables -Wall -Wextra -Werror -I $tmp/include"

	# shellcheck disable=SC2086
	"$@" $flags "${marks_on[@]}" -c "$fixtures/marks/mark.c" -o "$tmp/none.o"
	# shellcheck disable=SC2086
	"$@" $flags -DMARK -c "$fixtures/marks/mark.c" -o "$tmp/off.o"
	# shellcheck disable=SC2086
	"$@" $flags -DMARK "${marks_on[@]}" -c "$fixtures/marks/mark.c" -o "$tmp/mark.o"
	case "$*" in
	*-flto*)
		set -- "ld.lld$llvm"
		;;
	*)
		for file in none off; do
			exits 1 ut check --werror "$tmp/$file.o"
			grep -q ' bad()+.*\[call\]$' "$tmp/printed"
		done
		set -- aarch64-linux-gnu-ld "ld.lld$llvm"
		marked "$tmp/mark.o" bad global
		;;
	esac
	for linker; do
		echo "# $linker"
		"$linker" -r "$tmp/mark.o" -o "$tmp/partial.o"
		marked "$tmp/partial.o" bad global
		for file in mark partial; do
			"$linker" -shared -Bsymbolic -z notext -z norelro --no-undefined \
				--orphan-handling=error -T "$fixtures/marks/mark.lds" \
				"$tmp/$file.o" -o "$tmp/final"
			marked "$tmp/final" bad global
			aarch64-linux-gnu-strip --strip-debug "$tmp/final"
			marked "$tmp/final" bad global
			# It is not loaded
			! aarch64-linux-gnu-readelf -SW "$tmp/final" |
				grep ' \.unwind\.non_standard .* 00 *[A-Z]*A[A-Z]* ' ||
				{ echo "it is loaded"; return 1; }
		done
	done
}

mark_asm()
{
	local flags="-D__ASSEMBLY__ ${marks_on[*]} -I $tmp/include" n

	# shellcheck disable=SC2086
	assemble marks/mark "$tmp/mark.o" $flags
	exits 1 ut check --werror "$tmp/mark.o"
	grep -q ' bad()+0x0: .*\[call\]$' "$tmp/printed"
	ut dump "$tmp/mark.o" bad.cold | grep -q ' unreliable: '
	# shellcheck disable=SC2086
	assemble marks/mark "$tmp/mark.o" $flags -DMARK=1
	marked "$tmp/mark.o" bad bad.cold
	for n in 2 3 4; do
		# shellcheck disable=SC2086
		assemble marks/mark "$tmp/mark.o" $flags -DMARK=$n
		exits 2 ut check "$tmp/mark.o"
		grep -q "error: $tmp/mark.o: .*mark 0 names no function" "$tmp/printed"
	done
	# shellcheck disable=SC2086
	assemble marks/mark "$tmp/mark.o" $flags
	head -c 12 /dev/zero >"$tmp/marks"
	aarch64-linux-gnu-objcopy --add-section .unwind.non_standard="$tmp/marks" "$tmp/mark.o"
	exits 2 ut check "$tmp/mark.o"
	grep -q "error: $tmp/mark.o: .*not whole marks" "$tmp/printed"
}

# The file stays good for whatever is done with it later, and a second run adds nothing
mark_files()
{
	local name file linker

	for name in call-without-frame two-fdes ex-table; do
		assemble "$name" "$tmp/unmarked.o"
		cp "$tmp/unmarked.o" "$tmp/marked.o"
		ut mark "$tmp/marked.o"
		cp "$tmp/marked.o" "$tmp/again.o"
		ut mark "$tmp/again.o"
		cmp "$tmp/marked.o" "$tmp/again.o"
		ut dump "$tmp/marked.o" | tee "$tmp/dump"
		! grep ': return address .*[^)]$' "$tmp/dump" ||
			{ echo "something is reliable"; return 1; }
		aarch64-linux-gnu-readelf -aW "$tmp/marked.o" >"$tmp/printed" 2>"$tmp/errors"
		[ ! -s "$tmp/errors" ]
	done
	# Clang leaves out the symbols of sections that nothing refers to
	cat >"$tmp/clang.c" <<-'EOT'
		int ext(int);
		int g(int x) { return ext(x) + 1; }
		int f(int x) { return g(x) + 2; }
		asm(".section .text.a, \"ax\"; .globl a; .type a, %function; a: ret; .size a, 4");
	EOT
	"clang$llvm" --target=aarch64-linux-gnu -O2 -ffunction-sections -faddrsig -fno-inline \
		-fno-omit-frame-pointer -fasynchronous-unwind-tables -c "$tmp/clang.c" -o "$tmp/clang.o"
	cp "$tmp/clang.o" "$tmp/marked.o"
	ut mark "$tmp/marked.o"
	[ "$(aarch64-linux-gnu-readelf -sW "$tmp/marked.o" | grep -c SECTION)" -gt \
		"$(aarch64-linux-gnu-readelf -sW "$tmp/clang.o" | grep -c SECTION)" ]
	for linker in aarch64-linux-gnu-ld "ld.lld$llvm"; do
		for file in clang marked; do
			$linker -e f --defsym ext=g "$tmp/$file.o" -o "$tmp/$file" 
			aarch64-linux-gnu-objcopy -O binary -j .text "$tmp/$file" "$tmp/$file.bin"
		done
		cmp "$tmp/clang.bin" "$tmp/marked.bin"
		exits 0 ut check --werror "$tmp/marked"
		[ "$(ut dump "$tmp/marked" | grep -c 'unreliable: marked')" -eq 3 ]
	done
	"llvm-objcopy$llvm" "$tmp/marked.o" "$tmp/copy.o"
	aarch64-linux-gnu-strip --strip-debug "$tmp/copy.o"
	[ "$(ut dump "$tmp/copy.o" | grep -c 'unreliable: marked')" -eq 3 ]
	# No functions, no marks
	echo 'int x;' | aarch64-linux-gnu-gcc -x c - -c -o "$tmp/data.o"
	cp "$tmp/data.o" "$tmp/marked.o"
	ut mark "$tmp/marked.o"
	cmp "$tmp/data.o" "$tmp/marked.o"
	exits 2 ut mark "$tmp/marked"
	grep -q "error: $tmp/marked: is linked" "$tmp/printed"
	exits 2 ut mark "$tmp/missing"
	exits 2 ut mark "$0"
	exits 2 ut mark
}

# What vmlinux says of functions that do not return, and what is believed of it
noreturns()
{
	local kind='runs into\|SP and the CFA'

	assemble noreturns/kernel "$tmp/kernel.o"
	aarch64-linux-gnu-ld -e f -Ttext=0x10000 "$tmp/kernel.o" -o "$tmp/kernel"
	exits 0 ut check --werror --noreturns-out "$tmp/names" "$tmp/kernel"
	cat "$tmp/names"
	[ "$(cat "$tmp/names")" = stop ]
	assemble noreturns/module "$tmp/module.o" -DCALLEE=stop
	exits 1 ut check --werror "$tmp/module.o"
	grep -q "f()+0xc: .*\($kind\)" "$tmp/printed"
	exits 0 ut check --werror --noreturns "$tmp/names" "$tmp/module.o"
	[ ! -s "$tmp/printed" ]
	cp "$tmp/module.o" "$tmp/table.o"
	ut table --quiet --noreturns "$tmp/names" "$tmp/table.o"
	exits 0 ut verify --noreturns "$tmp/names" "$tmp/table.o"
	# A function of the module's own, whatever its name
	assemble noreturns/module "$tmp/module.o" -DCALLEE=stop -DOWN
	exits 1 ut check --werror --noreturns "$tmp/names" "$tmp/module.o"
	grep -q "f()+0xc: .*\($kind\)" "$tmp/printed"
	# The list hides nothing where the compiler says that the call returns
	assemble noreturns/module "$tmp/module.o" -DCALLEE=stop -DMISTAKE
	exits 1 ut check --werror --noreturns "$tmp/names" "$tmp/module.o"
	grep -q 'g()+0x10: .*\[x30\]' "$tmp/printed"
	! grep 'f()' "$tmp/printed" || { echo "found something in f()"; return 1; }
	exits 2 ut check --noreturns "$tmp/missing" "$tmp/module.o"
	printf 'stop\ntwo words\n' >"$tmp/names"
	exits 2 ut check --noreturns "$tmp/names" "$tmp/module.o"
	grep -q "error: $tmp/names: line 2 is not" "$tmp/printed"
	exits 2 ut check --noreturns-out "$tmp/no/such/file" "$tmp/kernel"
}

# kernel_tree [OPTION=y...]: $tmp/tree, in which scripts/link-vmlinux.sh can run. The options
# have their names on either base.
kernel_tree()
{
	local tree=$tmp/tree

	rm -rf "$tree"
	mkdir -p "$tree/include/config" "$tree/include/asm" "$tree/scripts/unwindtool" "$tree/init"
	cp "$fixtures/build/kernel.lds" "$tree"
	printf '%s\n' CONFIG_ARM64_UNWIND_TABLE=y CONFIG_UNWINDTOOL=y CONFIG_UNWIND_MAP=y \
		CONFIG_KALLSYMS=y "$@" \
		>"$tree/include/config/auto.conf"
	echo '#define BITS_PER_LONG 64' >"$tree/include/asm/bitsperlong.h"
	cp "$tmp/unwindtool" "$tree/scripts/unwindtool/"
	cp "$dir/scripts/kallsyms" "$tree/scripts/"
	printf '.globl g\n.type g, %%function\ng: .cfi_startproc\nret\n.cfi_endproc\n.size g, . - g\n' |
		aarch64-linux-gnu-gcc -x assembler -c - -o "$tree/init/version-timestamp.o"
	# Linux 7.3 links it, too
	aarch64-linux-gnu-gcc -x assembler -c /dev/null -o "$tree/.vmlinux.export.o"
	printf '.section .text.moves, "ax"\n.rept MOVES\nnop\n.endr\n' >"$tree/moves.S"
	# The linker moves code by one more instruction each time, from the link of vmlinux on
	cat >"$tree/ld" <<-'EOT'
		#!/bin/sh
		set -e
		links=$(cat links)
		case " $* " in
		*" -o vmlinux "*) links=$((links + 1)) ;;
		*) [ "$links" -eq 0 ] || links=$((links + 1)) ;;
		esac
		echo "$links" >links
		[ "$links" -le "$MOST_MOVES" ] || links=$MOST_MOVES
		aarch64-linux-gnu-gcc -DMOVES="$links" -c moves.S -o moves.o
		aarch64-linux-gnu-ld "$@" moves.o
	EOT
	chmod +x "$tree/ld"
	echo 0 >"$tree/links"
}

# link_kernel MOST NAME FLAGS...: a fixture, where the linker moves code MOST times
link_kernel()
{
	local most=$1 name=$2 flags=--quiet

	shift 2
	! grep -q '_WERROR=y$' "$tmp/tree/include/config/auto.conf" || flags="$flags --werror"
	assemble "$name" "$tmp/tree/vmlinux.o" "$@"
	(
		cd "$tmp/tree"
		aarch64-linux-gnu-ar rcs vmlinux.a vmlinux.o
		MOST_MOVES=$most srctree=$out/linux objtree=. SRCARCH=arm64 KBUILD_LDS=kernel.lds \
			KBUILD_VMLINUX_LIBS='' KBUILD_CPPFLAGS=-Iinclude MAKE=true CONFIG_SHELL=sh \
			CC=aarch64-linux-gnu-gcc NM=aarch64-linux-gnu-nm UNWINDTOOL_FLAGS="$flags" \
			sh "$out/linux/scripts/link-vmlinux.sh" ./ld "" "" vmlinux
	)
}

# The table is made again when the last link has moved code, and that is verified
second_table()
{
	kernel_tree
	exits 0 link_kernel 0 call-without-frame
	[ "$(grep -c ' VERIFY ' "$tmp/printed")" -eq 1 ]
	kernel_tree
	exits 0 link_kernel 1 call-without-frame
	[ "$(grep -c ' VERIFY ' "$tmp/printed")" -eq 2 ]
	! grep 'error: ' "$tmp/printed" || { echo "the first try is no error"; return 1; }
	fast verify "$tmp/tree/vmlinux"
	kernel_tree
	fails_with ".text is not where the table has it" link_kernel 100 call-without-frame
	grep -q "code has moved again" "$tmp/printed"
}

# What ends the build of a kernel: some findings always, the rest with the option
kernel_werror()
{
	kernel_tree
	exits 0 link_kernel 0 call-without-frame -DWRONG
	grep -q 'warning: f()+.*\[call\]$' "$tmp/printed"
	fast verify "$tmp/tree/vmlinux"
	kernel_tree CONFIG_ARM64_UNWIND_WERROR=y
	exits 0 link_kernel 0 call-without-frame
	kernel_tree CONFIG_ARM64_UNWIND_WERROR=y
	fails_with "findings, and --werror" link_kernel 0 call-without-frame -DWRONG
	[ ! -e "$tmp/tree/vmlinux" ]
	kernel_tree
	fails_with "spoil the traces" link_kernel 0 return-with-frame -DWRONG
	grep -q 'error: f()+.*\[return\]$' "$tmp/printed"
	[ ! -e "$tmp/tree/vmlinux" ]
	assemble return-with-frame "$tmp/marked.o" -DWRONG
	ut mark "$tmp/marked.o"
	exits 0 ut check --werror "$tmp/marked.o"
	[ ! -s "$tmp/printed" ] || { echo "found something in marked code"; return 1; }
}

# build_module FIXTURE VARIABLE=VALUE...: as a module for the kernel, by this tool
build_module()
{
	local name=$1

	shift
	rm -rf "$tmp/module"
	mkdir "$tmp/module"
	cp "$fixtures/$name.S" "$tmp/module/code.S"
	cp "$fixtures/fixture.inc" "$tmp/module/"
	cat >"$tmp/module/main.c" <<-'EOT'
		#include <linux/module.h>
		void f(void);
		int g(void);
		int g(void) { return 0; }
		static int __init start(void) { f(); return 0; }
		module_init(start);
		MODULE_DESCRIPTION("Fixture");
		MODULE_LICENSE("GPL");
	EOT
	printf 'obj-m := fixture.o\nfixture-y := main.o code.o\n' >"$tmp/module/Makefile"
	make -C "$dir" ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- M="$tmp/module" \
		unwindtool="$tmp/unwindtool" "$@" modules
}

module_werror()
{
	local werror=(CONFIG_ARM64_UNWIND_WERROR=y CONFIG_UNWINDTOOL_WERROR=y)

	exits 0 build_module call-without-frame AFLAGS_code.o=-DWRONG
	grep -q 'fixture.ko: warning: f()+.*\[call\]$' "$tmp/printed"
	fast verify "$tmp/module/fixture.ko"
	exits 0 build_module call-without-frame "${werror[@]}"
	exits 2 build_module call-without-frame AFLAGS_code.o=-DWRONG "${werror[@]}"
	grep -q 'error: .*fixture.ko: 1 findings, and --werror' "$tmp/printed"
	[ ! -e "$tmp/module/fixture.ko" ]
	exits 2 build_module return-with-frame AFLAGS_code.o=-DWRONG
	grep -q 'fixture.ko: error: f()+.*\[return\]$' "$tmp/printed"
	[ ! -e "$tmp/module/fixture.ko" ]
}

# An object that others have built and that has no CFI: a few words, and none with the mark
shipped_object()
{
	local mark

	many 40 nop ret >"$tmp/many.S"
	rm -rf "$tmp/module"
	mkdir "$tmp/module"
	aarch64-linux-gnu-gcc -I "$fixtures" -c "$tmp/many.S" -o "$tmp/module/blob.o_shipped"
	cat >"$tmp/module/main.c" <<-'EOT'
		#include <linux/module.h>
		void f0(void);
		static int __init start(void) { f0(); return 0; }
		module_init(start);
		MODULE_DESCRIPTION("Fixture");
		MODULE_LICENSE("GPL");
	EOT
	for mark in n y; do
		printf 'obj-m := vendor.o\nvendor-y := main.o blob.o\nUNWIND_NON_STANDARD_blob.o := %s\n' \
			"$mark" >"$tmp/module/Makefile"
		# Setting the mark is all that it takes to build the object again
		exits 0 make -C "$dir" ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- M="$tmp/module" \
			unwindtool="$tmp/unwindtool" modules
		grep 'vendor.ko: warning: ' "$tmp/printed" >"$tmp/warnings" || :
		case $mark in
		n)
			[ "$(wc -l <"$tmp/warnings")" -eq 1 ]
			grep -q ' and 37 more functions have no CFI: .* in .*vendor.ko.findings \[no-cfi\]$' \
				"$tmp/warnings"
			[ "$(wc -l <"$tmp/module/vendor.ko.findings")" -eq 40 ]
			;;
		y)
			[ ! -s "$tmp/warnings" ]
			[ ! -e "$tmp/module/vendor.ko.findings" ]
			;;
		esac
		fast dump "$tmp/module/vendor.ko" f39 | tee "$tmp/dump"
		grep -q ' unreliable: ' "$tmp/dump"
	done
	grep -q ' unreliable: marked' "$tmp/dump"
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
			rows++
			# Clang has some for where the function is over.
			if (($1 "") < (end ""))
				print start, end, $1, $2, fp ? $fp : "u", ra ? $ra : "u"
		}
		END { flush() }' | sort -s -k1,1 | awk '
		NR > 1 && (end "") < ($1 "") && last != "none" { print end, "none"; last = "none" }
		{
			# "same value" and "undefined" are one: nothing was ever saved
			gsub("s", "u", $5)
			gsub("s", "u", $6)
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

# kernel_findings KERNEL [FUNCTION...]: there is something in these, and in no others
kernel_findings()
{
	local kernel=$1 function

	shift
	fast check "$kernel" >"$tmp/printed" 2>&1
	grep 'warning: ' "$tmp/printed" >"$tmp/others" || :
	for function; do
		grep -q "warning: $function()" "$tmp/others" ||
			{ echo "nothing is found in $function()"; return 1; }
		sed -i "/warning: $function()/d" "$tmp/others"
	done
	[ ! -s "$tmp/others" ] || { cat "$tmp/others"; return 1; }
}

# kernel_table KERNEL PERCENT: at most so much of .text, and of .init.text
kernel_table()
{
	local size=512

	# As UNWIND_BLOCK_SHIFT has it
	! grep -q '^CONFIG_ARM64_UNWIND_SMALL_BLOCKS=y' "${1%/*}/.config" || size=256
	fast table --block-size "$size" "$1" -o "$tmp/table.S" >"$tmp/printed" 2>"$tmp/findings"
	cat "$tmp/printed"
	awk -v most="$2" '
		match($0, /\([0-9.]+ %\)/) {
			seen++
			if (substr($0, RSTART + 1) + 0 > most)
				bad = 1
		}
		END { exit bad || seen != 3 }' "$tmp/printed" ||
			{ echo "more than $2 %"; return 1; }
	# The one that is linked in
	fast verify "$1"
}

# Nothing is found in a module, its own tables are right, and its CFI is not loaded
modules()
{
	local module seen=0

	while IFS= read -r -d '' module; do
		seen=$((seen + 1))
		fast check --werror "$module"
		fast verify "$module"
		! aarch64-linux-gnu-readelf -SW "$module" |
			grep ' \.eh_frame .* 00 *[A-Z]*A[A-Z]* ' ||
			{ echo "$module: its CFI is loaded"; return 1; }
	done < <(find "$1/drivers" "$1/samples" "$1/lib" -name '*.ko' -print0)
	[ "$seen" -gt 0 ] || { echo "$1 has no modules"; return 1; }
}

# read_by_another DIR: the modules' tables, by a program that shares nothing with unwindtool,
# are what binutils reads in their CFI
read_by_another()
{
	local module seen=0 sums="$tmp/sums"

	: >"$sums"
	while IFS= read -r -d '' module; do
		seen=$((seen + 1))
		aarch64-linux-gnu-objcopy -R .unwind_table -R .init.unwind_table \
			-R .exit.unwind_table "$module" "$tmp/module.ko"
		fast table --quiet --literal "$tmp/module.ko" 2>/dev/null
		python3 "$fixtures/partial/read_table.py" --built "$tmp/module.ko" >"$tmp/read" ||
			{ echo "$module:"; head -n 20 "$tmp/read"; return 1; }
		tail -n 1 "$tmp/read" >>"$sums"
	done < <(find "$1" -name '*.ko' -not -path '*/modroot/*' -print0)
	awk -v seen="$seen" '
		{ all += $1; refused += $2 }
		END {
			print seen " modules, " all " instructions, " refused " unreliable in spite of their CFI"
			exit seen < 50 || all < 50000 || refused > all / 100
		}' "$sums"
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

# section FILE NAME: where it is in the file
section()
{
	aarch64-linux-gnu-readelf -SW "$1" |
		awk -v name="$2" '{ sub(/^ *\[ *[0-9]+\]/, "") } $1 == name { print "0x" $4; found = 1 }
			END { exit !found }'
}

# damaged TEXT OFFSET BYTES: a table changed there is refused
damaged()
{
	cp "$tmp/sound.o" "$tmp/damaged.o"
	poke "$tmp/damaged.o" $((at + $2)) "$3"
	exits 2 ut verify "$tmp/damaged.o"
	grep -q "error: $tmp/damaged.o: .unwind_table: .*$1" "$tmp/printed" ||
		{ echo "did not say: $1"; return 1; }
}

tables()
{
	local at rela states index change ranges last

	assemble call-without-frame "$tmp/sound.o"
	exits 2 ut verify "$tmp/sound.o"
	grep -q "no section .unwind_table" "$tmp/printed"
	ut table "$tmp/sound.o" --quiet
	exits 0 ut verify "$tmp/sound.o"
	at=$(section "$tmp/sound.o" .unwind_table)
	rela=$(section "$tmp/sound.o" .rela.unwind_table)
	ranges=$(number "$tmp/sound.o" $((at + 8)))
	states=$((24 + 16 * ranges))
	index=$((states + 8 * $(number "$tmp/sound.o" $((at + 12)))))
	change=$((index + 4 * $(number "$tmp/sound.o" $((at + 16)))))
	last=$((change - 4))
	damaged "not an unwind table" 0 X
	damaged "version" 4 '\7'
	damaged "blocks of" 6 '\40'
	damaged "states" 12 '\377\377'
	damaged "should have" 20 '\377'
	damaged "range 0 is not one" 32 '\3'
	damaged "out of bounds" 36 '\1'
	damaged ".text is not where the table has it" $((rela - at + 16)) '\4'
	damaged "state 0 is not one" "$states" '\1'
	damaged "state 1 is not one" $((states + 8)) '\4'
	damaged "out of order" "$index" '\1'
	damaged "has no changes, or too many" "$last" '\0'
	damaged "has no changes, or too many" "$last" '\377'
	damaged "reliable bit" $((index + 3)) '\200'
	damaged "unknown state" "$change" '\376'
	damaged "not sorted" $((change + 3)) '\0'
	aarch64-linux-gnu-objcopy --dump-section ".unwind_table=$tmp/whole" "$tmp/sound.o" "$tmp/short.o"
	head -c -1 "$tmp/whole" >"$tmp/short"
	aarch64-linux-gnu-objcopy --update-section ".unwind_table=$tmp/short" "$tmp/short.o"
	exits 2 ut verify "$tmp/short.o"
	grep -q "was it truncated" "$tmp/printed"
	# Well-formed, and wrong: one instruction too late
	cp "$tmp/sound.o" "$tmp/late.o"
	poke "$tmp/late.o" $((at + change + 3)) '\6'
	exits 1 ut verify "$tmp/late.o"
	grep -q 'f()+0x8: the table says state' "$tmp/printed"
	# A linked file has its table written, and no section added
	assemble call-without-frame "$tmp/linked.o"
	aarch64-linux-gnu-ld -e f -Ttext=0x10000 --unresolved-symbols=ignore-all "$tmp/linked.o" \
		-o "$tmp/linked" 2>/dev/null
	exits 2 ut table "$tmp/linked"
	exits 2 ut table "$tmp/sound.o" -o "$tmp/table.S"
	exits 0 ut table "$tmp/linked" -o "$tmp/table.S"
	aarch64-linux-gnu-gcc -c "$tmp/table.S" -o "$tmp/table.o"
	aarch64-linux-gnu-ld -e f -Ttext=0x20000 --unresolved-symbols=ignore-all "$tmp/linked.o" \
		"$tmp/table.o" -o "$tmp/final" 2>/dev/null
	exits 0 ut verify "$tmp/final"
	# Code that moved between the links
	assemble shadow-stack "$tmp/more.o"
	aarch64-linux-gnu-ld -e f -Ttext=0x20000 --unresolved-symbols=ignore-all -z muldefs \
		"$tmp/linked.o" "$tmp/more.o" "$tmp/table.o" -o "$tmp/final" 2>/dev/null
	exits 2 ut verify "$tmp/final"
	grep -q ".text is not where the table has it" "$tmp/printed"
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
	exits 1 ut check --werror "$tmp/none.o"
	grep -q "none.o: warning: f()+0x0: .*\[no-cfi\]" "$tmp/printed"
	aarch64-linux-gnu-ld -e f -Ttext=0x10000 --unresolved-symbols=ignore-all \
		"$tmp/none.o" -o "$tmp/none" 2>/dev/null
	exits 2 ut check "$tmp/none"
	grep -q "error: $tmp/none: no CFI" "$tmp/printed"
	exits 2 ut table "$object" --block-size 1000
	chmod a-w "$object"
	[ -w "$object" ] || exits 2 ut table "$object"
	exits 2 ut table "$tmp/final" -o "$tmp/no/such/table"
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
		1) grep -q "^unwindtool: error: $file: .* errors spoil" "$tmp/printed" ;;
		2) grep -q "^unwindtool: error: $file: " "$tmp/printed" ;;
		*) false ;;
		esac || { cat "$tmp/printed"; echo "$file: exit status $status"; return 1; }
	done
}

every_rule()
{
	local name kind

	for kind in $(fast check --kinds); do
		name=$(grep -l "^/\* .*: f.*: .*\[$kind\] \*/$" "$fixtures"/*.S) ||
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
for fixture in "$fixtures"/linked/*.S; do
	name=$(basename "$fixture" .S)
	for linker in aarch64-linux-gnu-ld "aarch64-linux-gnu-ld -pie" "ld.lld$llvm" "ld.lld$llvm -pie"; do
		check "$name: $linker" linked "$name" "$linker"
	done
done
check "every kind of finding has a fixture" every_rule
check "a wrong row makes its instructions unreliable, and no others" wrong_rows
check "a call at a function's end" last_call
check "GCC: only what is wrong in an epilogue is unreliable" each_gcc late_epilogue
check "GCC: x29 is read between prologue and epilogue" each_gcc frame_record_read
check "CFI that is not known is nothing to other functions" unknown_cfi
check "findings that are alike are few words" many_findings
check "files of many sections take no longer than they are" many_sections
check "FDEs that go on for long do not" long_fdes
check "each section of a name is read" two_tables
check "a file is changed whole or not at all" whole_files
check "NOPs that are no padding" padding
check "-mharden-sls" hardened
check "other options of compilers for unusual code" unusual_options
check "CFI says by an expression whether the return address is signed" ra_sign_state
check "places below SP are given by their register or shadow stack" where_cfi_is_below_sp
mark_headers
check "marks in assembly code" mark_asm
check "marks in C, by GCC" mark_c aarch64-linux-gnu-gcc
check "marks in C, by Clang" mark_c "clang$llvm" --target=aarch64-linux-gnu
check "marks in C, with LTO" mark_c "clang$llvm" --target=aarch64-linux-gnu -flto
check "marks in C, with thin LTO" mark_c "clang$llvm" --target=aarch64-linux-gnu -flto=thin
check "marks for all of a file" mark_files
check "functions that do not return, from vmlinux for modules" noreturns
check "the table is made again when code moves, and not a third time" second_table
check "the build of a kernel ends with errors, and with warnings on request" kernel_werror
check "the build of a module does as well" module_werror
check "an object without CFI that others have built" shipped_object
check "modules that are linked without symbols" stripped_modules
check "damaged tables are refused" tables
check "files that cannot be read are errors" bad_files
check "mutated files are read or refused" mutations
# kernel NAME PERCENT FUNCTION...: one that was built, with findings in these functions
kernel()
{
	local dir=$out/$1 name=$1 percent=$2

	shift 2
	check "$name: the CFI is read as binutils reads it" agrees "$dir/vmlinux"
	check "$name: nothing is found but in ${*:-no function}" kernel_findings "$dir/vmlinux" "$@"
	check "$name: the table is at most $percent % of text, and right" \
		kernel_table "$dir/vmlinux" "$percent"
	check "$name: the modules' tables are right" modules "$dir"
}

kernel default 4
check "default: another reader finds the modules' CFI in their tables" read_by_another "$out/default"
kernel "$scs_kernel" 6
kernel clang 4
finish
