#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Usage: deps.sh
#
# Sees that everything this repository's targets need is installed; installs
# what is missing as root or with a sudo that asks nothing, else prints the
# command that does.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# What shows that a package is there (a command, or a file's path or pattern),
# and the Debian package that brings it.
table="
git				git
/usr/lib/git-core/git-send-email	git-email
/usr/share/perl5/Mail/Address.pm	libmailtools-perl
make				make
gcc				gcc
g++				g++
/usr/include/stdio.h		libc6-dev
bc				bc
bison				bison
flex				flex
perl				perl
python3				python3
/usr/lib/python3/dist-packages/ply/__init__.py	python3-ply
rsync				rsync
xz				xz-utils
cpio				cpio
depmod				kmod
pahole				dwarves
ccache				ccache
/usr/include/openssl/ssl.h	libssl-dev
/usr/include/gelf.h		libelf-dev
/usr/include/elfutils/libdw.h	libdw-dev
/usr/include/unicorn/unicorn.h	libunicorn-dev
aarch64-linux-gnu-gcc		gcc-aarch64-linux-gnu
/usr/aarch64-linux-gnu/include/stdio.h	libc6-dev-arm64-cross
clang-19			clang-19
ld.lld-19			lld-19
llvm-objcopy-19			llvm-19
llvm-config-22			llvm-22-dev
/usr/lib/llvm-19/lib/clang/*/lib/linux/libclang_rt.fuzzer-*	libclang-rt-19-dev
qemu-system-aarch64		qemu-system-arm
/usr/share/qemu-efi-aarch64/QEMU_EFI.fd	qemu-efi-aarch64
/usr/share/keyrings/debian-archive-keyring.gpg	debian-archive-keyring
shellcheck			shellcheck
"
# The base's source, unless the reader brings a tree. (An unknown base is for
# patches/tree.sh to complain about.) It is installed, or, when the base names a suite
# of Debian that this machine may not have, unpacked into build/packages.
source=
[ -n "${LINUX:-}" ] || source=$(sed -n 's/^package=//p' "$top/patches/$BASE/base" 2>/dev/null) || :
suite=$(sed -n 's/^suite=//p' "$top/patches/$BASE/base" 2>/dev/null) || :
[ -z "$source" ] || [ -n "$suite" ] || table+="
/usr/src/$source.tar.xz	$source
"

have()
{
	case $1 in
	# A path that may have a pattern in it.
	/*) compgen -G "$1" >/dev/null ;;
	*) command -v "$1" >/dev/null ;;
	esac
}

missing=()
while read -r proof package; do
	[ -z "$proof" ] || have "$proof" || missing+=("$package")
done <<<"$table"

# fetch_source: the base's, of a suite that apt need not know
fetch_source()
{
	local dir=$BUILD/packages/$source

	[ -n "$source" ] && [ -n "$suite" ] || return 0
	! have "/usr/src/$source.tar.*" && ! have "$dir/usr/src/$source.tar.*" || return 0
	need_space "$BUILD/packages" 1000
	take_lock "$dir.lock" "$dir"
	! have "$dir/usr/src/$source.tar.*" || return 0
	rm -rf "$dir" "$dir.new"
	fetch_packages "$dir.new" "$dir.log" "$suite" "$source"
	mv "$dir.new" "$dir"
}

if [ ${#missing[@]} -eq 0 ]; then
	fetch_source
	exit 0
fi

command -v apt-get >/dev/null ||
	die "not installed: ${missing[*]} (names of Debian's packages; this machine has no apt-get to install them with)"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
	as_root=(sudo -n)
	sudo -n true 2>/dev/null ||
		die "not installed: ${missing[*]}. Run: sudo apt-get update && sudo apt-get install --no-install-recommends ${missing[*]}"
fi

log=$BUILD/apt.log
apt()
{
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
		-o Acquire::Retries=3 -o DPkg::Lock::Timeout=120 "$@" </dev/null >>"$log" 2>&1
}

need_space "$BUILD" 100
say "installing ${missing[*]}"
: >"$log"
# The lists may be fresh enough; when they are not, get them and try once more.
apt install --no-install-recommends "${missing[@]}" ||
	{ say "updating apt's lists"; apt update && apt install --no-install-recommends "${missing[@]}"; } || {
	grep -E '^(E|W|Err)' "$log" | tail -n 5 >&2 || tail -n 5 "$log" >&2
	die "apt could not install ${missing[*]}: no network, no room on the disk, or sources without these packages (see $log). The command was: apt-get install --no-install-recommends ${missing[*]}"
}
say "installed"
fetch_source
