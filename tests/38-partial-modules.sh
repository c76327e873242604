#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Modules as tools for livepatching make them: every function in a section of its own,
# some of them dropped while their CFI stays, others without CFI. What unwindtool puts
# into such a module is held against the CFI as binutils reads it.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need aarch64-linux-gnu-gcc aarch64-linux-gnu-ld aarch64-linux-gnu-objcopy \
	aarch64-linux-gnu-readelf cc python3

dir=$out/default
source=$top/tests/unwindtool/partial
dropped=(part_101 part_105 part_110 part_122 part_213 part_300 part_301 part_302)
remove=() define=()
for name in "${dropped[@]}"; do
	remove+=(--remove-section ".text.$name" --remove-section ".rela.text.$name")
	define+=("--defsym=$name=0")
done

build()
{
	cc -std=gnu11 -O2 -g -D_GNU_SOURCE -I "$out/linux/tools/objtool" \
		"$top"/scripts/unwindtool/*.c -o "$tmp/unwindtool" -ldw -lelf
}

# compile OUT FLAGS...: part.c, as the kernel's build compiles a module
compile()
{
	local to=$1 command

	shift
	command=$(sed -n '1s/^savedcmd_[^ ]* := //p' "$dir/samples/livepatch/.livepatch-sample.o.cmd")
	command=${command%% -c -o *}
	command=${command//-Wp,-MMD,*.o.d / }
	(cd "$dir" && eval "$command -ffunction-sections $* -c -o '$to' '$source/part.c'")
}

# link OUT FLAGS...: as the build links a module
link()
{
	local to=$1

	shift
	aarch64-linux-gnu-ld -r -EL -maarch64elf -z noexecstack --no-warn-rwx-segments \
		--build-id=sha1 "$@" -T "$dir/scripts/module.lds" -o "$to"
}

# sections FILE: how many of code, but for those that the module loader fills
sections()
{
	aarch64-linux-gnu-readelf -SW "$1" | grep -E ' AXG? ' | grep -c -v -e '\.plt ' -e ftrace_trampoline
}

# holds FILE RELIABLE UNRELIABLE FDES [SECTIONS]: the tables say what the CFI says, of so
# many functions with CFI, of so many without, and with so many FDEs of what is not there
holds()
{
	local counts

	"$tmp/unwindtool" check --findings "$tmp/findings" "$1" >"$tmp/printed" 2>&1 ||
		{ cat "$tmp/printed"; return 1; }
	[ -e "$tmp/findings" ] || : >"$tmp/findings"
	# A function without CFI, and nothing else
	! grep -v '\[no-cfi\]$' "$tmp/findings" || { echo "$1: a finding"; return 1; }
	[ "$(grep -c 'no-cfi' "$tmp/findings")" -eq "$3" ] ||
		{ echo "$(wc -l <"$tmp/findings") functions without CFI are found"; return 1; }
	cp "$1" "$1.literal"
	"$tmp/unwindtool" table --quiet "$1" 2>/dev/null
	"$tmp/unwindtool" verify "$1"
	"$tmp/unwindtool" table --quiet --literal "$1.literal" 2>/dev/null
	counts=$(python3 "$source/read_table.py" "$1.literal") || { echo "$counts"; return 1; }
	[ "$counts" = "$2 $3 $4" ] || { echo "read $counts, and not $2 $3 $4"; return 1; }
	[ "$(sections "$1")" -ge "${5:-300}" ] ||
		{ echo "$1 has only $(sections "$1") sections of code"; return 1; }
	# The linker takes it as it is
	aarch64-linux-gnu-ld -r "$1" -o "$tmp/again.o"
}

objects()
{
	compile "$tmp/part.o" -DPARTS=7
	compile "$tmp/rest.o" -DPARTS=6
	compile "$tmp/bare.o" -DPARTS=1 -fno-asynchronous-unwind-tables -fno-unwind-tables -g0
	compile "$tmp/debug.o" -DPARTS=1 -fno-asynchronous-unwind-tables -fno-unwind-tables -g
	cat >"$tmp/merge.lds" <<-'EOT'
		SECTIONS { .text : { *(.text .text.part_* .text.unlikely.part_*) } }
	EOT
}

whole()
{
	link "$tmp/whole.ko" "$tmp/part.o"
	holds "$tmp/whole.ko" 302 0 0
}

merged()
{
	link "$tmp/merged.ko" -T "$tmp/merge.lds" "$tmp/part.o"
	[ "$(sections "$tmp/merged.ko")" -le 3 ]
	holds "$tmp/merged.ko" 302 0 0 3
}

# drop WAY FILE
drop()
{
	python3 "$source/drop.py" "$1" "$2" "${dropped[@]}"
	aarch64-linux-gnu-objcopy "${remove[@]}" "$2"
	! "$tmp/unwindtool" dump "$2" part_101 || { echo "part_101() is still there"; return 1; }
}

dropped_before_linking()
{
	cp "$tmp/part.o" "$tmp/before.o"
	drop none "$tmp/before.o"
	link "$tmp/before.ko" "$tmp/before.o"
	# This linker drops such FDEs, but not those by symbols that are undefined
	holds "$tmp/before.ko" 294 0 0 290
	cp "$tmp/part.o" "$tmp/before.o"
	drop undefined "$tmp/before.o"
	link "$tmp/before.ko" "$tmp/before.o"
	holds "$tmp/before.ko" 294 0 8 290
}

dropped_after_linking()
{
	link "$tmp/after.ko" "$tmp/part.o"
	drop none "$tmp/after.ko"
	holds "$tmp/after.ko" 294 0 8 290
}

# FDEs of what is at address 0, as weak symbols are that nobody defines
dropped_to_nothing()
{
	cp "$tmp/part.o" "$tmp/zero.o"
	drop undefined "$tmp/zero.o"
	link "$tmp/zero.ko" -T "$tmp/merge.lds" "${define[@]}" "$tmp/zero.o"
	holds "$tmp/zero.ko" 294 0 8 3
}

# The same inline function in two files
comdat()
{
	local caller

	for caller in f g; do
		aarch64-linux-gnu-gcc -c -x assembler - -o "$tmp/$caller.o" <<-EOT
			.macro function name
			.type \name, %function
			\name:
			.cfi_startproc
			stp x29, x30, [sp, #-32]!
			.cfi_def_cfa_offset 32
			.cfi_offset 29, -32
			.cfi_offset 30, -24
			mov x29, sp
			bl once
			ldp x29, x30, [sp], #32
			.cfi_restore 29
			.cfi_restore 30
			.cfi_def_cfa_offset 0
			ret
			.cfi_endproc
			.size \name, . - \name
			.endm
			.text
			.globl $caller
			function $caller
			.section .text.once, "axG", %progbits, once, comdat
			.weak once
			function once
		EOT
	done
	link "$tmp/comdat.ko" "$tmp/f.o" "$tmp/g.o"
	holds "$tmp/comdat.ko" 3 0 0 2
}

# partial FILE: a hundred functions in it have no CFI
partial()
{
	link "$tmp/partial.ko" "$tmp/bare.o" "$tmp/rest.o"
	holds "$tmp/partial.ko" 202 100 0
	link "$tmp/partial.ko" -T "$tmp/merge.lds" "$tmp/bare.o" "$tmp/rest.o"
	holds "$tmp/partial.ko" 202 100 0 3
	# Nothing but such functions
	link "$tmp/partial.ko" "$tmp/bare.o"
	holds "$tmp/partial.ko" 0 100 0 100
}

two_kinds_of_cfi()
{
	link "$tmp/two.ko" "$tmp/debug.o" "$tmp/rest.o"
	holds "$tmp/two.ko" 302 0 0
	[ "$(aarch64-linux-gnu-readelf -SW "$tmp/two.ko" | grep -c -e ' \.debug_frame ' -e ' \.eh_frame ')" -eq 2 ]
}

no_functions()
{
	echo 'int x = 1;' | aarch64-linux-gnu-gcc -x c - -c -o "$tmp/data.o"
	link "$tmp/data.ko" "$tmp/data.o"
	holds "$tmp/data.ko" 0 0 0 0
}

# Far apart: the CFI gives places in 32 bits, with a sign
thousands()
{
	local i

	{
		echo '.text'
		for ((i = 0; i < 17000; i++)); do
			printf '.section .text.f%s, "ax", %%progbits\n.type f%s, %%function\nf%s:\n' $i $i $i
			printf '.cfi_startproc\nhint #0\nret\n.cfi_endproc\n.size f%s, 8\n' $i
		done
	} | aarch64-linux-gnu-gcc -c -x assembler - -o "$tmp/many.o"
	link "$tmp/many.ko" "$tmp/many.o"
	"$tmp/unwindtool" check --werror "$tmp/many.ko" | tee "$tmp/findings"
	[ ! -s "$tmp/findings" ]
	[ "$(sections "$tmp/many.ko")" -ge 17000 ]
}

# With the kernel's own build, and its tool
loaded()
{
	mkdir "$tmp/sections"
	cp "$source"/{Kbuild,*.c} "$tmp/sections"
	make -C "$dir" ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- M="$tmp/sections" modules
	[ "$(sections "$tmp/sections/sections.ko")" -gt 300 ]
	KEEP=$tmp/sections "$top/vm/run.sh" "$source/guest" "$tmp/sections/sections.ko"
}

check "the tool builds" build
check "modules compile" objects
check "three hundred sections of code" whole
check "all in one section" merged
check "functions dropped before linking" dropped_before_linking
check "functions dropped after linking, their FDEs left without relocations" dropped_after_linking
check "functions dropped, their FDEs at address 0" dropped_to_nothing
check "functions dropped by the linker" comdat
check "functions without CFI" partial
check "CFI in .eh_frame and in .debug_frame" two_kinds_of_cfi
check "a module without functions" no_functions
check "a module with three hundred sections is unwound through" loaded
check "seventeen thousand sections of code" thousands
finish
