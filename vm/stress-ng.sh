#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Usage: stress-ng.sh
#
# Puts Debian's arm64 stress-ng into build/stress-ng/stress-ng, with all its libraries,
# for loads in the guest (vm/guest-stress). Kept, and made anew when this script changes.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

dir=$BUILD/stress-ng
key=$({ cat "$0"; declare -f fetch_packages; } | sha256sum)
need_space "$dir" 200
take_lock "$dir.lock" "$dir"
[ "$(cat "$dir/key" 2>/dev/null)" != "$key" ] || exit 0
need aarch64-linux-gnu-readelf

root=$dir/root
rm -rf "$root" "$dir/stress-ng"
fetch_packages -d -a arm64 "$root" "$dir/log" bookworm stress-ng

mkdir "$dir/stress-ng"
cp "$root/usr/bin/stress-ng" "$dir/stress-ng"
# needed FILE: the libraries it wants, and those they want
needed()
{
	local name file

	for name in $(aarch64-linux-gnu-readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do
		[ ! -e "$dir/stress-ng/$name" ] || continue
		file=$(find "$root"/lib "$root"/usr/lib -name "$name" -print -quit)
		[ -n "$file" ] || die "stress-ng needs $name, which is in none of its packages"
		cp -L "$file" "$dir/stress-ng/$name"
		needed "$file"
	done
}
needed "$root/usr/bin/stress-ng"
rm -rf "$root"
echo "$key" >"$dir/key"
