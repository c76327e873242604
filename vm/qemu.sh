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

rm -rf "$dir" "$dir.new"
# Their libraries are those that QEMU 7.2 of the machine has, too.
fetch_packages "$dir.new" "$dir.log" bookworm-backports qemu-system-{arm,common,data}
"$dir.new/$qemu" --version >>"$dir.log" 2>&1 || {
	tail -n 5 "$dir.log" >&2
	die "QEMU from Debian's backports does not run here, see $dir.log: install QEMU 10"
}
mv "$dir.new" "$dir"
