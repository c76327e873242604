#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Usage: bench-objtool.sh [VMLINUX]
#
# Compares what the build-time check and the unwind table cost with what objtool
# does: user time and peak memory per MB of functions, of `unwindtool check` and
# `unwindtool table` on the default kernel's vmlinux, and of objtool on the vmlinux.o
# of an x86-64 kernel that is built from the same source. objtool is called as that
# build calls it, without the options for which unwindtool has no counterpart.
# Prints a table: name, value, unit. Ends with an error if a figure is over its limit.
# The limit on time is that of `unwindtool table`, which checks as well, as objtool does.
#
# VMLINUX, of a defconfig kernel for instance, is measured besides, against limits in
# seconds and MB.
#
# REPEAT=N: of how many runs the smallest counts (default: 5). With RECORD=1, the table goes
# into RESULTS.md, see result.sh.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

tool=$out/default/scripts/unwindtool/unwindtool
src=$out/linux
dir=$out/x86
repeat=${REPEAT:-5}
for file in "$out/default/vmlinux" "$tool" ${1:+"$1"}; do
	[ -f "$file" ] || die "$file is not there: run make kernel for the default kernel and its tools"
done
cross=
[ "$(uname -m)" = x86_64 ] || cross=x86_64-linux-gnu-
command -v "${cross}gcc" >/dev/null ||
	die "needs ${cross}gcc, to build an x86-64 kernel with: install gcc-x86-64-linux-gnu"
need "${cross}ld" aarch64-linux-gnu-nm python3 bc bison flex

need_space "$dir" 1000
take_lock "$dir.lock" "$dir"
tmp=$(mktemp -d "$dir/measure.XXXXXX")
trap 'rm -rf "$tmp"' EXIT

x86_kernel()
{
	local cc=${cross}gcc

	command -v ccache >/dev/null && cc="ccache $cc"
	cat "$top/vm/config/base.config" "$top/vm/bench/objtool.config" >"$dir/config.new"
	if ! cmp -s "$dir/config.new" "$dir/config.merged"; then
		(cd "$src" && KCONFIG_CONFIG="$dir/.config" ARCH=x86_64 \
			scripts/kconfig/merge_config.sh -n -O "$dir" "$dir/config.new")
		grep -qx CONFIG_UNWINDER_ORC=y "$dir/.config"
		grep -qx CONFIG_X86_KERNEL_IBT=y "$dir/.config"
		mv "$dir/config.new" "$dir/config.merged"
	fi
	make -C "$src" O="$dir" ARCH=x86_64 CROSS_COMPILE="$cross" CC="$cc" LOCALVERSION= \
		-j "${JOBS:-$(nproc)}" vmlinux_o
}

# functions FILE: their size in bytes
functions()
{
	aarch64-linux-gnu-nm -f sysv -t d --defined-only "$1" | awk -F '|' '
		$4 ~ /FUNC/ && !(($2, $7) in seen) {
			seen[$2, $7]
			bytes += $5
		}
		END { print bytes + 0 }'
}

# measure NAME COMMAND...: a line of name, user time in seconds and peak memory in MB
measure()
{
	local name=$1

	shift
	python3 -c '
import os, sys
child = os.fork()
if not child:
    log = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.execv(sys.argv[3], sys.argv[3:])
status, usage = os.wait4(child, 0)[1:]
if status:
    sys.exit("%s: exit status %#x" % (sys.argv[3], status))
print(sys.argv[2], usage.ru_utime, usage.ru_maxrss * 1024 / 1e6)' \
		"$tmp/log" "$name" "$@" >>"$tmp/runs" || {
		tail -n 20 "$tmp/log" >&2
		die "cannot be measured: $*"
	}
}

unwindtool()
{
	measure "$1.check" "$tool" check "$2"
	measure "$1.table" "$tool" table --quiet "$2" -o "$tmp/table.S"
}

say "building an x86-64 kernel in $dir, log in $dir/build.log" >&2
x86_kernel >"$dir/build.log" 2>&1 </dev/null || {
	tail -n 20 "$dir/build.log" >&2
	die "the x86-64 kernel does not build, see $dir/build.log"
}

# What the build has done, in two: the link, and objtool
command=$(sed -n 's/^savedcmd_vmlinux.o := //p' "$dir/.vmlinux.o.cmd")
link=${command%%;*}
objtool=${command#*;}
args=()
for arg in $objtool; do
	case $arg in
	--hacks=* | --orc | --link) args+=("$arg") ;;
	esac
done
[[ " ${args[*]} " == *" --orc "* ]] || die "objtool makes no ORC data in $dir: $objtool"
(cd "$dir" && eval "${link/-o vmlinux.o/-o $tmp/linked.o}")

for ((i = 0; i < repeat; i++)); do
	cp "$tmp/linked.o" "$tmp/vmlinux.o"
	measure objtool "$dir/tools/objtool/objtool" "${args[@]}" "$tmp/vmlinux.o"
	unwindtool unwindtool "$out/default/vmlinux"
	[ -z "${1:-}" ] || unwindtool file "$1"
done
{
	echo "objtool size $(functions "$tmp/linked.o")"
	echo "unwindtool size $(functions "$out/default/vmlinux")"
	cat "$tmp/runs"
} >"$dir/figures"
status=0
awk -v file="${1:-}" -f "$top/vm/bench/objtool.awk" "$dir/figures" | tee "$dir/report" || status=$?
case $status in
0) ;;
1) die "a figure is over its limit: see the lines above that end in EXCEEDED" ;;
*) die "figures are missing from $dir/figures" ;;
esac
"$top/vm/result.sh" bench-objtool "make bench-objtool${1:+ VMLINUX=FILE}" <"$dir/report"
