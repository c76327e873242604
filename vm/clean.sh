#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Usage: [FORCE=1] clean.sh
#
# Deletes what was built, but not a kernel tree in which somebody has worked:
# what is there and not yet in patches/ would be lost. FORCE=1 deletes it all the
# same.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

for tree in "$BUILD"/*/linux; do
	[ -e "$tree/.git" ] || continue
	[ -z "${FORCE:-}" ] || continue
	changed=$(git -C "$tree" status --porcelain | head -n 5)
	ahead=$(git -C "$tree" log --oneline refs/series/applied..HEAD 2>/dev/null || git -C "$tree" log --oneline -1)
	[ -z "$changed$ahead" ] ||
		die "$tree has work that is not in patches/ yet (make refresh takes it there, FORCE=1 deletes it):
$ahead${ahead:+
}$changed"
done
# By name: BUILD= may be a directory that holds other things as well.
rm -rf "$BUILD"/v[0-9]* "$BUILD"/{packages,rootfs,rootfs-amd64,series,tests,apt.log,results.lock,results.section} \
	"$BUILD"/{qemu,stress-ng,debian-kernels}{,.*} "$BUILD/toolchains"
rmdir --ignore-fail-on-non-empty "$BUILD"
