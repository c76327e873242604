#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Usage: qemu.sh
#
# Unpacks QEMU 10 from Debian's backports into build/qemu, unless the QEMU that is
# installed is as new. Nothing is installed. vm/fire.sh says what for.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

dir=$BUILD/qemu
qemu=usr/bin/qemu-system-aarch64
need_space "$BUILD" 300
# Whoever waited for another run has it by now, and that run uses it.
take_lock "$dir.lock" "$dir"
! new_qemu || exit 0
need apt-get dpkg-deb

rm -rf "$dir" "$dir.new"
mkdir -p "$dir.new"/apt/{lists,cache/archives}/partial
say "fetching QEMU from Debian's backports into $dir"
echo "deb ${MIRROR:-http://deb.debian.org/debian} bookworm-backports main" >"$dir.new/apt/sources"
options=(-o "Dir::Etc::SourceList=$dir.new/apt/sources" -o Dir::Etc::SourceParts=/dev/null
	-o "Dir::State::Lists=$dir.new/apt/lists" -o "Dir::Cache=$dir.new/apt/cache"
	-o APT::Sandbox::User=)
(
	cd "$dir.new/apt"
	apt-get "${options[@]}" update
	apt-get "${options[@]}" download qemu-system-{arm,common,data}
	for package in *.deb; do
		dpkg-deb --extract "$package" "$dir.new"
	done
) >"$dir.log" 2>&1 </dev/null || {
	tail -n 5 "$dir.log" >&2
	die "QEMU cannot be fetched ($dir.log): without a network, or behind a proxy that apt does not know, set MIRROR= to a Debian mirror in reach"
}
"$dir.new/$qemu" --version >>"$dir.log" 2>&1 || {
	tail -n 5 "$dir.log" >&2
	die "QEMU from Debian's backports does not run here, see $dir.log: install QEMU 10"
}
rm -rf "$dir.new/apt"
mv "$dir.new" "$dir"
