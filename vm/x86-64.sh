#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Usage: x86-64.sh [-p]
#
# Builds an x86-64 kernel of build/BASE/linux, or with -p of the pristine base, in
# build/BASE/x86-64 or build/BASE/x86-64-pristine, and the guest's root file system for it.
# vm/run.sh and vm/selftests.sh take it like any other: for bugs that are not of arm64 alone.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

name=x86-64 commit=HEAD
if [ "${1:-}" = -p ]; then
	name=x86-64-pristine commit=base
fi
dir=$out/$name
config=$top/vm/config/x86-64/base.config
[ -e "$out/linux/.git" ] || die "$out/linux is not there: run make tree, which makes it"
need_space "$dir" 1500
take_lock "$dir.lock" "$dir"
need qemu-system-x86_64 gcc bc bison flex perl depmod cpio
plain_tree "$commit"

build()
{
	make -C "$src" O="$dir" ARCH=x86_64 CC="$(! command -v ccache >/dev/null || echo ccache) gcc" \
		LOCALVERSION= KBUILD_BUILD_TIMESTAMP="Thu Jan 1 00:00:00 UTC 1970" \
		-j "${JOBS:-$(nproc)}" "$@" >>"$dir/build.log" 2>&1 </dev/null || {
		tail -n 20 "$dir/build.log" >&2
		die "the x86-64 kernel does not build, see $dir/build.log"
	}
}

: >"$dir/build.log"
echo x86-64 >"$dir/machine"
(cd "$src" && KCONFIG_CONFIG="$dir/config.new" ARCH=x86_64 \
	scripts/kconfig/merge_config.sh -n -O "$dir" "$config") >"$dir/build.log" 2>&1 ||
	die "the configuration cannot be merged, see $dir/build.log"
while read -r line; do
	grep -qxF -- "$line" "$dir/config.new" || [[ $line == '# '* ]] || die "asked: $line, and $dir/config.new has not got it"
done < <(grep CONFIG_ "$config")
cmp -s "$dir/config.new" "$dir/.config" || cp "$dir/config.new" "$dir/.config"
say "building $dir, log in $dir/build.log"
build all
ln -sf arch/x86/boot/bzImage "$dir/Image"
# Those that a test needs are given to it.
cpio --quiet --create --format=newc </dev/null >"$dir/modules.cpio"
"$top/vm/rootfs.sh" amd64
say "$name is ready: $dir/Image"
