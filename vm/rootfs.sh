#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Usage: rootfs.sh [ARCH]
#
# Makes build/rootfs/rootfs.cpio, the guest's root file system: real Debian
# arm64 packages, unpacked without running any arm64 code and without
# privileges. It is kept, and made anew when this script changes. With ARCH, packages of
# this architecture of Debian, in build/rootfs-ARCH.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# What a test may use. usr-is-merged stands in for usrmerge, which needs all
# of perl.
packages=(
	bash coreutils dash debianutils diffutils findutils gawk grep sed	# scripts
	libc-bin perl-base					# kselftest's runner, getconf
	kmod mount procps util-linux				# modules, mounts, sysctl, dmesg
	busybox-static strace					# a reader's experiments
	usr-is-merged
)

arch=${1:-arm64}
dir=$BUILD/rootfs${1:+-$1}
cpio=$dir/rootfs.cpio
key=$({ cat "$0"; declare -f fetch_packages; } | sha256sum)
need_space "$dir" 600
take_lock "$dir/lock" "$dir"
if [ -f "$cpio" ] && [ "$(cat "$dir/key" 2>/dev/null)" = "$key" ]; then
	exit 0
fi
need cpio

root=$dir/root
rm -rf "$root" "$cpio"
fetch_packages -d -a "$arch" "$root" "$dir/log" bookworm "${packages[@]}"

# No maintainer script was run. What those would have done, as far as the
# guest needs it: /usr merged, sh and awk, root's passwd entry.
cd "$root"
for d in bin sbin lib; do
	[ ! -L "$d" ] || continue
	cp -a --no-clobber "$d" usr/
	rm -rf "$d"
	ln -s "usr/$d" "$d"
done
[ -e bin/sh ] || ln -s dash bin/sh
[ -e usr/bin/awk ] || ln -s gawk usr/bin/awk
[ -e usr/bin/zcat ] || ln -s busybox usr/bin/zcat
[ -e usr/bin/which ] || ln -s which.debianutils usr/bin/which
echo "root:x:0:0:root:/root:/bin/bash" >etc/passwd
echo "root:x:0:" >etc/group
ln -sf /proc/self/mounts etc/mtab
# The guest never looks at these, and every boot would unpack them.
rm -rf usr/share/{doc,man,info,locale,lintian,bash-completion,perl5,bug,common-licenses,i18n,zoneinfo} \
	usr/lib/locale usr/lib/systemd usr/include usr/lib/*/gconv \
	var/cache/* var/lib/apt var/lib/dpkg boot
# Root gets device nodes here and others do not; the guest has devtmpfs.
rm -rf dev/*

find . -print0 | sort -z |
	cpio --quiet --null --create --format=newc --owner=+0:+0 >"$cpio.new"
cd "$dir"
rm -rf "$root"
mv "$cpio.new" "$cpio"
echo "$key" >"$dir/key"
say "$(du -h "$cpio" | cut -f 1) in $cpio"
