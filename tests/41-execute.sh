#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The unwind tables are right when the code is executed: those of each kernel, and what
# is left of them reliable after a change of an instruction or of the CFI. What executes
# is tests/unwindtool/execute, which knows nothing of unwindtool's rules.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need aarch64-linux-gnu-gcc aarch64-linux-gnu-objcopy cc

oracle=$top/tests/unwindtool/execute

build()
{
	make -s -C "$oracle" OUT="$tmp" NORETURNS="$out/linux/tools/objtool"
	cc -std=gnu11 -O2 -D_GNU_SOURCE -I "$out/linux/tools/objtool" \
		"$top"/scripts/unwindtool/*.c -o "$tmp/unwindtool" -ldw -lelf
}

# exits STATUS COMMAND...: with what it prints in $tmp/printed
exits()
{
	local want=$1 status=0

	shift
	"$@" >"$tmp/printed" 2>&1 || status=$?
	grep -e mismatch -e 'error: ' "$tmp/printed" | tail -n 20 || :
	[ "$status" -eq "$want" ] || { echo "exit status $status, and not $want: $*"; return 1; }
}

# f() and g(), and the state of the table before each instruction: at the entry, with
# what was saved at SP, with the return address at x18, and with what was saved at x29
instructions=(
	"paciasp" "stp x29, x30, [sp, #-32]!" "mov x29, sp" "str x19, [sp, #16]" "bl h"
	"ldr x19, [sp, #16]" "ldp x29, x30, [sp], #32" "autiasp" "ret"
	"nop" "stp x29, x30, [sp, #-16]!" "ldp x29, x30, [sp], #16" "ret"
)
unreliable=0 entry=1 sp=2 scs=3 fp=4
states=("$entry" "$entry" "$sp" "$sp" "$sp" "$sp" "$sp" "$entry" "$entry"
	"$entry" "$entry" "$sp" "$entry")
first_of_g=9

# by_hand [NUMBER=INSTRUCTION|NUMBER:STATE|TEXT]...: $tmp/hand.o, with these in place of
# what is there, and TEXT as well
by_hand()
{
	local arg i text='' instructions=("${instructions[@]}") states=("${states[@]}")

	for arg; do
		case $arg in
		[0-9]*=*) instructions[${arg%%=*}]=${arg#*=} ;;
		[0-9]*:*) states[${arg%%:*}]=${arg#*:} ;;
		*) text+=$arg$'\n' ;;
		esac
	done
	{
		echo '.arch armv8.3-a'
		for i in "${!instructions[@]}"; do
			[ "$i" -ne 0 ] || echo '.globl f; .type f, %function; f:'
			[ "$i" -ne "$first_of_g" ] || echo '.size f, . - f; .type g, %function; g:'
			echo "at$i: ${instructions[i]}"
		done
		echo '.size g, . - g'
		echo '.section .unwind_table, "a"; .long 0x54574e55; .short 1; .byte 9, 0'
		echo ".long 1, 5, 2, ${#states[@]}; .quad f - .; .long 4 * ${#states[@]}, 0"
		# enum unwind_where of both, and the offsets by 8
		printf '.byte %s, %s; .short %s, %s, 0\n' 0 0 0 0 1 1 0 0 2 2 1 0 4 1 0 0 3 3 1 0
		echo ".long 0, ${#states[@]}"
		for i in "${!states[@]}"; do
			echo ".short $i << 9 | ${states[i]}"
		done
		echo "$text"
	} >"$tmp/hand.S"
	aarch64-linux-gnu-gcc -c "$tmp/hand.S" -o "$tmp/hand.o"
}

# fine ARGS..., and wrong TEXT ARGS...: what the oracle says about by_hand ARGS...; OPTIONS
# are its own
fine()
{
	by_hand "$@"
	# shellcheck disable=SC2086
	exits 0 "$tmp/execute" ${OPTIONS:-} "$tmp/hand.o"
}

wrong()
{
	local text=$1

	shift
	by_hand "$@"
	# shellcheck disable=SC2086
	exits 1 "$tmp/execute" ${OPTIONS:-} "$tmp/hand.o"
	grep -qF "mismatch: $text;" "$tmp/printed" || { echo "did not say: $text"; return 1; }
}

# each kind of comparison
sees()
{
	fine
	wrong "f()+0x20: the return address is not in x30" "7=mov x30, x0"
	wrong "f()+0x20: the caller's x29 is not in x29" "7=mov x29, x0"
	wrong "f()+0x10: the return address is not in [sp+8]" "3=str x19, [sp, #8]"
	wrong "f()+0x10: the caller's x29 is not in [sp+0]" "3=str w19, [x29]"
	wrong "f()+0x10: the return address is not in [sp+8]" "3=str q0, [sp]"
	wrong "f()+0xc: the return address is not in [x29+8]" "2=nop" 3:$fp
	wrong "f()+0x18: the return address is not in [sp+8]" "5=add sp, sp, #8"
	# What is below SP is no place any longer
	fine "5=ldr x30, [sp, #8]" 6:$fp
	wrong "f()+0x1c: the return address is not in [x29+8]" \
		"5=ldr x30, [sp, #8]" "6=add sp, sp, #32" 7:$fp
}

sees_calls()
{
	wrong "f()+0x10: x29 does not point at a frame record at a call" "2=nop"
	wrong "f()+0x10: the frame record at a call has another return address" \
		"2=add x29, sp, #8"
	wrong "f()+0x10: the frame record at a call has another x29" \
		"2=add x29, sp, #16" "3=stp x19, x30, [sp, #16]"
	wrong "f()+0x10: x29 does not point at a frame record at a call" "2=nop" "4=blr x1"
	# Nobody asks there
	fine "2=nop" 4:$unreliable
	# A callee has what is below SP
	wrong "f()+0x1c: the return address is not in x30" "1=stp x29, x30, [sp, #-32]" \
		"6=ldp x29, x30, [sp, #-32]" 2:$entry 3:$unreliable 4:$unreliable 5:$unreliable \
		6:$unreliable
	fine "4=bl g"
	wrong "g()+0x8: the return address is not in [sp+8]" "4=bl at11"
}

sees_returns()
{
	local to

	wrong "f()+0x20: SP is off by -16 at the return" \
		"6=ldp x29, x30, [sp], #16"
	wrong "f()+0x20: x29 is not the caller's at the return" "7=mov x29, x0" 8:$unreliable
	wrong "f()+0x20: it returns to somewhere else" "8=ret x19"
	fine "8=retaa"
	for to in x30 x9; do
		wrong "f()+0x20: SP is off by -16 at the return" \
			"6=ldp x29, x30, [sp], #16" "7=mov x9, x30" "8=br $to"
	done
	fine "8=b h"
	wrong "f()+0x18: it goes on to another function with its frame up" "6=b h"
	fine "8=b g"
	wrong "g()+0x0: the return address is not in x30" "6=b g"
	wrong "g()+0x0: the caller's x29 is not in x29" "8=mov x29, x0"
	# A way that is never gone, and one that has lost the record
	fine "5=cbz x0, g"
	grep ': [1-9][0-9]* at branches to their' "$tmp/printed"
	wrong "f()+0x14: x29 does not point at a frame record at a call" "2=nop" \
		4:$unreliable "5=cbz x0, g"
	# The last one is called unreliable
	fine "8=mov x29, x0" 8:$unreliable
}

sees_shadow_stack()
{
	local pushed=("0=str x30, [x18], #8" "7=ldr x30, [x18, #-8]!")

	fine "${pushed[@]}" 1:$scs
	wrong "f()+0x20: the entry of the shadow call stack is left at the return" \
		"${pushed[0]}"
	wrong "f()+0x4: the return address is not in [x18-8]" 1:$scs
	OPTIONS=--patch-scs fine 1:$scs
	OPTIONS=--patch-scs wrong "f()+0x20: the entry of the shadow call stack is left at the return" \
		"7=nop"
}

# Each way from the load or NOP in f(), of which one goes to behind the restoring load
sees_ways()
{
	local text="f()+0x20: the return address is not in x30"
	local alternative='.section .altinstructions, "a"; .long at5 - ., new - .; .short 1; .byte 4, 4'

	wrong "$text" "5=cbnz x0, at7" 7:$unreliable
	wrong "$text" "5=cbnz x0, at6" "6=b.eq at7" 6:$unreliable 7:$unreliable
	wrong "$text" "5=nop" 7:$unreliable \
		'.section __jump_table, "aw"; .long at5 - ., at7 - .; .quad 0'
	wrong "$text" "5=ldr x19, [x0]" 7:$unreliable \
		'.section __ex_table, "a"; .long at5 - ., at7 - .; .short 0, 0'
	wrong "$text" "5=nop" 7:$unreliable '.text; new: b at7' "$alternative"
	wrong "$text" "5=b at7" 7:$unreliable '.text; new: nop' "$alternative"
	wrong "f()+0x20: the caller's x29 is not in x29" "3=br x1" "4=b at6" "5=b at7" \
		7:$unreliable
	# Only what is in place is executed
	fine '.text; new: add sp, sp, #16' "$alternative"
	OPTIONS=--alternatives wrong "f()+0x18: the return address is not in [sp+8]" \
		'.text; new: add sp, sp, #16' "$alternative"
	wrong "$text" "5=brk #0x800" "6=add sp, sp, #16" 7:$unreliable \
		'.section __bug_table, "aw"; .long at5 - .; .short 1, 0'
	fine "5=brk #0x800" "6=add sp, sp, #16" \
		'.section __bug_table, "aw"; .long at5 - .; .short 0, 0'
}

# What cannot be told is counted
counts()
{
	fine "2=mov x9, sp" "3=str x0, [x9, #8]" 2:$sp
	grep ', [1-9][0-9]* at stray stores' "$tmp/printed"
	fine "4=bl panic" "5=add sp, sp, #16"
	grep ', [1-9][0-9]* by a call that never returns' "$tmp/printed"
	fine "3=.inst 0" "6=add sp, sp, #16"
	grep ', [1-9][0-9]* at instructions not known' "$tmp/printed"
	fine "3=msr spsel, #0" "6=add sp, sp, #16"
	grep ', [1-9][0-9]* where the stack pointer is selected' "$tmp/printed"
}

bad_files()
{
	aarch64-linux-gnu-gcc -c -x assembler /dev/null -o "$tmp/empty.o"
	exits 0 "$tmp/execute" "$tmp/empty.o"
	exits 2 "$tmp/execute" "$tmp/missing"
	exits 2 "$tmp/execute" "$0"
	by_hand
	exits 2 "$tmp/execute" --function nobody "$tmp/hand.o"
	head -c 600 "$tmp/hand.o" >"$tmp/cut.o"
	exits 2 "$tmp/execute" "$tmp/cut.o"
	aarch64-linux-gnu-objcopy -R .unwind_table "$tmp/hand.o" "$tmp/none.o"
	exits 2 "$tmp/execute" "$tmp/none.o"
	grep -q "has no unwind table" "$tmp/printed"
	by_hand "12:9"
	exits 2 "$tmp/execute" "$tmp/hand.o"
}

# With a tool that has the table of the code before it was changed
sees_blind_tool()
{
	by_hand
	cp "$tmp/hand.o" "$tmp/sound.o"
	cat >"$tmp/blind" <<-'EOT'
		#!/bin/sh
		set -e
		for file; do :; done
		cd "$(dirname "$0")"
		aarch64-linux-gnu-objcopy -O binary -j .text "$file" text
		cp sound.o "$file"
		aarch64-linux-gnu-objcopy --update-section .text=text "$file"
	EOT
	chmod +x "$tmp/blind"
	exits 1 "$tmp/mutate" --tool "$tmp/blind" --work "$tmp" --count 40 "$tmp/sound.o"
	grep 'sound.o: [fg]()+0x.* became' "$tmp/printed"
	exits 1 "$tmp/execute" "$tmp/wrong-0.o"
	grep 'mismatch: ' "$tmp/printed"
}

# executes NAME FUNCTIONS PERCENT OPTIONS...: so many functions at least, so much of them
executes()
{
	local dir=$out/$1 functions=$2 percent=$3 modules got reached

	shift 3
	# Other suites build modules of their own beside them.
	mapfile -t modules < <(sed "s|^\(.*\)\.o$|$dir/\1.ko|" "$dir/modules.order")
	[ ${#modules[@]} -gt 5 ] || { echo "there are no modules in $dir"; return 1; }
	exits 0 "$tmp/execute" "$@" "$dir/vmlinux" "${modules[@]}"
	got=$(sed -n 's/^all .* files: \([0-9]*\) functions, .*/\1/p' "$tmp/printed")
	reached=$(sed -n 's/^reliable .* executed: .*(\([0-9]*\)\..*/\1/p' "$tmp/printed")
	[ "$got" -ge "$functions" ] || { echo "only $got functions"; return 1; }
	[ "$reached" -ge "$percent" ] || { echo "only $reached % of what is reliable"; return 1; }
}

# mutates NAME COUNT OBJECT...
mutates()
{
	local dir=$out/$1 count=$2 name objects=()

	shift 2
	for name; do
		objects+=("$tmp/$(basename "$name")")
		aarch64-linux-gnu-objcopy --strip-debug "$dir/$name" "${objects[-1]}"
	done
	mkdir -p "$out/mutants"
	exits 0 "$tmp/mutate" --tool "$tmp/unwindtool" --work "$out/mutants" --seed "${SEED:-1}" \
		--count "$count" "${objects[@]}"
}

check "the oracle builds without a warning" build
check "it sees a wrong place of the return address or x29" sees
check "it sees a wrong frame record at a call" sees_calls
check "it sees what a return leaves wrong" sees_returns
check "it sees a wrong shadow call stack" sees_shadow_stack
check "it goes each way" sees_ways
check "it counts what it cannot tell" counts
check "bad files are errors" bad_files
check "tables of the code before a change are found to be wrong" sees_blind_tool
for kernel in default "$scs_kernel" clang; do
	options=()
	[ "$kernel" != clang ] || options=(--patch-scs)
	for alternatives in "" --alternatives; do
		check "$kernel: each function, executed${alternatives:+ with the replacement of alternatives}" \
			executes "$kernel" 20000 99 "${options[@]}" $alternatives
		progress "$(grep '^all' "$tmp/out")"
	done
	check "$kernel: what is reliable after a change is right" mutates "$kernel" "${COUNT:-2000}" \
		kernel/{sched/core,fork,workqueue}.o mm/{mmap,page_alloc}.o lib/{vsprintf,xarray}.o \
		fs/namei.o net/core/dev.o
	progress "$(tail -n 1 "$tmp/out")"
done
finish
