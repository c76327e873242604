#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Modules built outside of the kernel's tree, against nothing but what
# scripts/package/install-extmod-build puts into a headers package.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need aarch64-linux-gnu-gcc aarch64-linux-gnu-readelf

dir=$out/default
headers=$tmp/headers

# With a compiler that is no other than the host's, no program is built again
package()
{
	cd "$dir"
	srctree=$out/linux SRCARCH=arm64 CC=gcc HOSTCC=gcc \
		sh "$out/linux/scripts/package/install-extmod-build" "$headers"
	[ -x "$headers/scripts/unwindtool/unwindtool" ]
}

# module NAME: builds it, in $tmp/NAME
module()
{
	cp -r "$top/tests/unwindtool/extmod" "$tmp/$1"
	make -C "$headers" ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- M="$tmp/$1" modules
}

# tables FILE: how many it has
tables()
{
	aarch64-linux-gnu-readelf -SW "$1" | grep -c ' \.\(init\.\|exit\.\)\?unwind_table ' || :
}

has_table()
{
	module with
	! grep -rq "$dir" "$tmp/with" || { echo "the build has used $dir"; return 1; }
	[ "$(tables "$tmp/with/extmod.ko")" -eq 3 ]
	"$headers/scripts/unwindtool/unwindtool" check --werror "$tmp/with/extmod.ko"
	"$headers/scripts/unwindtool/unwindtool" verify "$tmp/with/extmod.ko"
}

# A package for another machine than that of the build
has_no_tool()
{
	rm "$headers/scripts/unwindtool/unwindtool"
	module without >"$tmp/log" 2>&1
	cat "$tmp/log"
	grep -q 'Skipping the unwind table of .*extmod.ko' "$tmp/log"
	[ "$(tables "$tmp/without/extmod.ko")" -eq 0 ]
}

# cross CC: a package by that compiler, made in a copy of what the script reads
cross()
{
	local tree=$tmp/tree

	rm -rf "$headers" "$tree"
	mkdir "$tree"
	(cd "$dir" && cp -a --parents .config Makefile Module.symvers source include scripts \
		arch/arm64/include "$tree")
	make -C "$tree" ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- LOCALVERSION= run-command \
		KBUILD_RUN_COMMAND="CC='$1' $out/linux/scripts/package/install-extmod-build $headers"
	machine "$headers/scripts/mod/modpost"
}

# machine FILE: it is for arm64
machine()
{
	aarch64-linux-gnu-readelf -h "$1" | grep 'Machine: *AArch64' >/dev/null
}

without_libdw()
{
	# Whether or not this machine has one
	printf '#!/bin/sh\ncase " $* " in *" -ldw "*) exit 1 ;; esac\nexec aarch64-linux-gnu-gcc "$@"\n' \
		>"$tmp/cc-without"
	chmod +x "$tmp/cc-without"
	cross "$tmp/cc-without"
	[ ! -e "$headers/scripts/unwindtool/unwindtool" ]
}

# What the compiler links the tool with is empty: it is not executed
with_libdw()
{
	local lib=$tmp/lib

	mkdir "$lib"
	aarch64-linux-gnu-readelf -W --dyn-syms "$dir/scripts/unwindtool/unwindtool" |
		sed -n 's/.* UND \(g\?elf_[a-z0-9_]*\|dwarf_[a-z0-9_]*\).*/void \1(void) {}/p' >"$lib/stub.c"
	aarch64-linux-gnu-gcc -shared -fPIC -w "$lib/stub.c" -o "$lib/libdw.so"
	cp "$lib/libdw.so" "$lib/libelf.so"
	cross "aarch64-linux-gnu-gcc -idirafter /usr/include -L$lib"
	machine "$headers/scripts/unwindtool/unwindtool"
}

check "a headers package has the tool" package
check "a module built against it has its tables" has_table
check "without the tool a module builds, and has none" has_no_tool
check "a package for another machine has no tool that it cannot run" without_libdw
check "and has one if the compiler has libdw" with_libdw
finish
