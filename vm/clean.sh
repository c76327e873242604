#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Usage: [FORCE=1] clean.sh
#
# Deletes build/, but not a kernel tree in which somebody has worked: what is
# there and not yet in patches/ would be lost. FORCE=1 deletes it all the same.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

for tree in "$BUILD"/*/linux; do
	[ -z "${FORCE:-}" ] && [ -e "$tree/.git" ] || continue
	changed=$(git -C "$tree" status --porcelain | head -n 5)
	ahead=$(git -C "$tree" log --oneline refs/series/applied..HEAD 2>/dev/null || git -C "$tree" log --oneline -1)
	[ -z "$changed$ahead" ] ||
		die "$tree has work that is not in patches/ yet (make refresh takes it there, FORCE=1 deletes it):
$ahead${ahead:+
}$changed"
done
# A work tree may have files without write permission.
rm -rf "$BUILD" 2>/dev/null || {
	chmod -R u+w "$BUILD"
	rm -rf "$BUILD"
}
