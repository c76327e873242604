#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Code that does not follow the AAPCS is where the walk refuses it: every symbol
# made by SYM_CODE_START(), which is one with a size and without a type, is
# outside of the text that may be unwound through, but for .return.text: what is
# in there has CFI, and is opted in.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need aarch64-linux-gnu-readelf

dir=$out/default

# code_symbols FILE: address, size, section and name of each SYM_CODE symbol
code_symbols()
{
	aarch64-linux-gnu-readelf -sW "$1" |
		awk '$4 == "NOTYPE" && $3 > 0 { print $2, $3, $7, $8 }'
}

# stray START END: the symbols on standard input that begin in that range
stray()
{
	local address size section name bad=0

	while read -r address size section name; do
		((0x$address >= 0x$1 && 0x$address < 0x$2)) || continue
		echo "$name ($size bytes at $address, section $section) is not a function, and may be unwound through."
		echo "    Put it into .nounwind.text, or say in Documentation/arch/arm64/reliable-stacktrace.rst why not."
		bad=1
	done
	return "$bad"
}

address()
{
	aarch64-linux-gnu-readelf -sW "$dir/vmlinux" |
		awk -v name="$1" '$8 == name && !found { print $2; found = 1 } END { exit !found }' ||
		{ echo "vmlinux has no symbol $1" >&2; return 1; }
}

kernel_text()
{
	local start end

	start=$(address __return_text_end)
	end=$(address __unwind_text_end)
	[ "$((0x$end - 0x$start))" -gt 1000000 ] ||
		{ echo "only $((0x$end - 0x$start)) bytes may be unwound through"; return 1; }
	code_symbols "$dir/vmlinux" >"$tmp/symbols"
	stray "$start" "$end" <"$tmp/symbols"
}

# Before start_kernel() is called, from __primary_switched, nobody walks.
init_text()
{
	local start end

	start=$(address start_kernel_called)
	end=$(address _einittext)
	stray "$start" "$end" <"$tmp/symbols"
}

# The check is about these, so it has to see them.
known()
{
	local name

	for name in vectors ret_from_fork ftrace_caller return_to_handler \
		__kretprobe_trampoline __sdei_asm_handler __efi_rt_asm_recover \
		__kvm_hyp_vector cpu_resume; do
		grep -q " $name\$" "$tmp/symbols" ||
			{ echo "$name is not among the symbols found, is it not configured?"; return 1; }
	done
}

# Every function that assembly code has moved out of .text is there still.
moved()
{
	local name at start end

	start=$(address __unwind_text_start)
	end=$(address __unwind_text_end)
	for name in cpu_switch_to __guest_enter __efi_rt_asm_wrapper __cpu_suspend_enter _cpu_resume; do
		at=$(address "$name")
		! ((0x$at >= 0x$start && 0x$at < 0x$end)) ||
			{ echo "$name may be unwound through"; return 1; }
	done
}

# There is one trampoline in .return.text, and it is the one that has CFI.
return_text()
{
	local start end name

	start=$(address __unwind_text_start)
	end=$(address __return_text_end)
	while read -r address _ _ name; do
		((0x$address >= 0x$start && 0x$address < 0x$end)) || continue
		[ "$name" = return_to_handler ] || { echo "$name is in .return.text"; return 1; }
		seen=1
	done <"$tmp/symbols"
	[ -n "${seen:-}" ] || { echo "return_to_handler is not in .return.text"; return 1; }
	"$dir/scripts/unwindtool/unwindtool" dump "$dir/vmlinux" |
		sed -n "/^  $start /,/^  $end /p" | tee "$tmp/lines"
	grep -q 'unreliable: no CFI' "$tmp/lines" && grep -q 'return address x30' "$tmp/lines" &&
		grep -q 'x29 is the frame record' "$tmp/lines"
}

# In a module, SYM_CODE has nowhere to be but in its text.
modules()
{
	local module bad=0 seen=0

	while IFS= read -r -d '' module; do
		seen=$((seen + 1))
		code_symbols "$module" | while read -r _ size section name; do
			aarch64-linux-gnu-readelf -SW "$module" |
				grep -E "^ *\[ *$section\] \S*text" | grep -qv '\.nounwind\.text' || continue
			echo "$module: $name ($size bytes) is not a function, and may be unwound through"
			exit 1
		done || bad=1
	done < <(find "$dir" -path "$dir/modroot" -prune -o -name '*.ko' -print0)
	[ "$seen" -gt 0 ] || { echo "$dir has no modules"; return 1; }
	return "$bad"
}

# A marker that nobody put into a section must be found.
finds_it()
{
	local start

	start=$(address __unwind_text_start)
	echo "$start 8 2 planted" >"$tmp/planted"
	! stray "$start" "$(address __unwind_text_end)" <"$tmp/planted"
}

maintainers()
{
	local entry

	entry=$(cat "$top/MAINTAINERS")
	git -C "$out/linux" show HEAD:MAINTAINERS >"$tmp/MAINTAINERS"
	[[ $(cat "$tmp/MAINTAINERS") == *"$entry"* ]] || {
		echo "MAINTAINERS of this repository and the entry in the series differ"
		return 1
	}
}

check "SYM_CODE in kernel text is refused" kernel_text
check "the trampoline in .return.text is described" return_text
check "SYM_CODE in init text is from before the first frame record" init_text
check "the symbols that this is about are seen" known
check "functions that switch stacks are refused" moved
check "modules have no SYM_CODE" modules
check "a planted SYM_CODE symbol is found" finds_it
check "MAINTAINERS here is the entry in the series" maintainers
finish
