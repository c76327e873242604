#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Usage: toolchain.sh NAME
#
# Unpacks the compiler NAME of vm/compilers into build/toolchains/NAME, with all that it
# needs, its C library included. Nothing is installed. It is kept, and fetched anew when
# its line there or this script changes; delete the directory to have what the suite has now.
#
# Its programs need a newer C library than the machine's, or another processor. So each
# becomes a script that runs it by its own loader, or under QEMU: a compiler starts an
# assembler and others, and finds the scripts where it would find these.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

name=${1:-}
line=$(compiler_line "$name")
[ -n "$line" ] || die "no compiler $name: vm/compilers has $(compilers)"
read -r _ _ suite arch cc packages <<<"$line"
[ "$suite" != - ] || die "$name is a compiler of this machine: vm/deps.sh installs it"
dir=$BUILD/toolchains/$name
key=$({ echo "$line"; cat "$0"; declare -f fetch_packages; } | sha256sum)
[ "$(cat "$dir/key" 2>/dev/null)" != "$key" ] || exit 0
need_space "$BUILD/toolchains" 2500
take_lock "$dir.lock" "$dir"
# Whoever waited for another run has it by now.
[ "$(cat "$dir/key" 2>/dev/null)" != "$key" ] || exit 0
need aarch64-linux-gnu-readelf

rm -rf "$dir" "$dir.new"
# shellcheck disable=SC2086
fetch_packages -d -a "$arch" "$dir.new" "$dir.log" "$suite" $packages
emulator=
if [ "$arch" != "$(dpkg --print-architecture)" ]; then
	case $arch in
	arm64) emulator=qemu-aarch64-static ;;
	*) die "no emulator is known here for programs of the architecture $arch" ;;
	esac
	fetch_packages "$dir.new/emulator" "$dir.emulator.log" bookworm qemu-user-static
fi
[ -f "$dir.new/$cc" ] || die "$cc is in none of the packages $packages of Debian $suite, see vm/compilers"

# Where its C library is, with and without /usr, is all that it depends on.
libc=$(find "$dir.new" -path '*/lib/*/libc.so.6' -printf '%h\n' -quit)
loader=$(find "${libc:-$dir.new}" -maxdepth 1 -name 'ld-linux*' -type f -print -quit)
[ -n "$loader" ] || die "$name has no loader: there is no C library among the packages of Debian $suite"
libraries=$dir/usr/lib/${libc##*/}:$dir/lib/${libc##*/}
run="'$dir${loader#"$dir.new"}' --library-path '$libraries' --argv0 \"\$0\""
[ -z "$emulator" ] || run="'$dir/emulator/usr/bin/$emulator' $run"

while IFS= read -r file; do
	# Not those that are scripts, or need no library
	aarch64-linux-gnu-readelf -lW "$file" 2>/dev/null | grep -q ' INTERP ' || continue
	mv "$file" "$file.elf"
	{
		echo '#!/bin/sh'
		case ${emulator:+emulated }${file##*/} in
		clang)
			# By /proc/self/exe it would find the loader. (With -cc1, which has to come
			# first, it is started by itself.)
			# shellcheck disable=SC2016
			echo 'case ${1:-} in -cc1*) ;; *) set -- -no-canonical-prefixes "$@" ;; esac'
			;;
		"emulated ${cc##*/}")
			# No cross compiler: it looks in the machine's directories for the C library
			# and the assembler.
			echo "set -- '--sysroot=$dir' '-B$dir/${cc%/*}' \"\$@\""
			;;
		esac
		echo "exec $run '$dir${file#"$dir.new"}.elf' \"\$@\""
	} >"$file"
	chmod +x "$file"
done < <(find "$dir.new" -path "$dir.new/emulator" -prune -o -type f -perm /111 ! -name '*.so*' -print)

# make looks for a name without a version.
case $cc in
*-gcc-*) ln -sf "${cc##*/}" "$dir.new/${cc%-*}" ;;
esac
(cd "$dir.new" && find . -type f \( -name '*.elf' -o -name '*.so*' \) -print0 | sort -z |
	xargs -0 sha256sum | sha256sum | cut -d ' ' -f 1) >"$dir.new/id"
echo "$key" >"$dir.new/key"
mv "$dir.new" "$dir"
"$dir/$cc" --version >>"$dir.log" 2>&1 || {
	tail -n 5 "$dir.log" >&2
	rm "$dir/key"
	die "$name does not run here, see $dir.log"
}
say "$name: $("$dir/$cc" --version | head -n 1)"
