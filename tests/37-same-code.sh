#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Asking the compiler for asynchronous CFI changes no instruction: objects of the
# kernels that are built, one in EVERY (default: 25), are compiled once more
# without it, and disassembled. EVERY=1 takes them all, and as long as a kernel's
# build. GCC's are the same. Clang has the same instructions, too, but may order
# some otherwise, because it does not move any across a CFI directive. So the addresses
# that branches go to are not compared there.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
every=${EVERY:-25}
off="-fno-asynchronous-unwind-tables -fno-unwind-tables"

# objects KERNEL: of C, with the flag, in an order that mixes directories
objects()
{
	find "$1" -name '.*.o.cmd' -print0 | LC_ALL=C sort -z |
		xargs -0 grep -lE '^savedcmd_.* -fasynchronous-unwind-tables .*\.c( |$)' |
		grep -v -e nvhe -e /libstub/ -e /kernel/pi/ | awk -v every="$every" 'NR % every == 1 || every == 1'
}

# code FILE: its instructions, with relocations
code()
{
	aarch64-linux-gnu-objdump -dr --no-show-raw-insn "$1" | sed '1,3d'
}

# instructions FILE: the same without order and addresses, nor those that are branched to
instructions()
{
	code "$1" | sed -E 's/^[[:space:]]*[0-9a-f]*:[[:space:]]*//; s/[[:space:]]*\/\/.*//
		s/[0-9a-f]+ <([^+>]*)\+0x[0-9a-f]+>/<\1>/' | LC_ALL=C sort
}

# same_code KERNEL WHAT: code or instructions
same_code()
{
	local kernel=$out/$1 cmd object command n=0

	cd "$kernel"
	while read -r cmd; do
		object=$(sed -n '1s/^savedcmd_\([^ ]*\) := .*/\1/p' "$cmd")
		[ -f "$object" ] || continue
		command=$(sed -n "1s/^savedcmd_[^ ]* := //p" "$cmd")
		# What follows the compiler's own command is about the object it made
		command=${command%%;*}
		command=${command//"-o $object"/-o "$tmp/other.o"}
		command=${command//-Wp,-MMD,/-Wp,-MMD,"$tmp/"}
		command=${command/-fasynchronous-unwind-tables/$off}
		mkdir -p "$tmp/$(dirname "$object")"
		(eval "$command") || { echo "does not compile: $command"; return 1; }
		! readelf -SW "$tmp/other.o" | grep ' \.eh_frame ' >/dev/null ||
			{ echo "$object: still has CFI without the option"; return 1; }
		"$2" "$object" >"$tmp/with"
		"$2" "$tmp/other.o" >"$tmp/without"
		grep -q . "$tmp/with" || continue
		cmp "$tmp/with" "$tmp/without" || {
			diff "$tmp/with" "$tmp/without" | head -n 20
			echo "$object: not the same code"
			return 1
		}
		n=$((n + 1))
	done < <(objects "$kernel")
	echo "$n objects"
	[ "$n" -ge $((500 / every)) ]
}

check "GCC: the same code with asynchronous CFI and without" same_code default code
check "${scs_kernel%%+*}, shadow call stack: the same" same_code "$scs_kernel" code
check "Clang: the same instructions" same_code clang instructions
finish
