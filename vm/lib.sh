# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the scripts in this directory share. To be sourced. Reads from the
# environment:
#
#   BASE    the kernel the series is for (default: v6.12)
#   LINUX   set when the reader's own kernel tree is used
#   BUILD   where everything is built (default: build/ of the repository)
#
# and sets:
#
#   top     the repository
#   out     $BUILD/$BASE, or $BUILD/$BASE-own with LINUX=
#   llvm    the suffix of LLVM's tools

set -eu -o pipefail
export LC_ALL=C
# depmod and its like are out of an ordinary user's way.
PATH=$PATH:/usr/sbin:/sbin

die()
{
	printf '%s: error: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

say()
{
	printf '%s: %s\n' "${0##*/}" "$*"
}

need()
{
	local tool

	for tool; do
		command -v "$tool" >/dev/null ||
			die "needs $tool, which is not installed: vm/deps.sh installs it or says how"
	done
}

# need_space DIR MB: make DIR, and see that it can be written and has room
need_space()
{
	local free

	mkdir -p "$1" 2>/dev/null || :
	[ -w "$1" ] ||
		die "$1 cannot be written: give this user write permission there, or set BUILD= to another directory"
	free=$(df --output=avail -B 1M "$1" | tail -n 1)
	[ "$free" -ge "$2" ] ||
		die "$1 has $((free)) MB free and $2 MB are needed: free some, or set BUILD= to another directory"
}

# take_lock FILE WHAT: one at a time; the lock goes when the script does
take_lock()
{
	exec 9>"$1"
	flock -n 9 || {
		say "another run is at work on $2, waiting for it"
		flock 9
	}
}

# debian_packages DIR LOG PACKAGE...: unpack Debian's arm64 packages and what they need
# into DIR, without running any arm64 code and without privileges
debian_packages()
{
	local suite=bookworm dir=$1 log=$2

	shift 2
	say "fetching Debian $suite arm64 packages into $dir"
	mmdebstrap --mode=chrootless --architectures=arm64 --variant=extract \
		--include="$(IFS=,; echo "$*")" "$suite" "$dir" ${MIRROR:+"$MIRROR"} >"$log" 2>&1 || {
		tail -n 5 "$log" >&2
		die "mmdebstrap failed ($log): without a network, or behind a proxy that apt does not know, set MIRROR= to a Debian mirror in reach"
	}
}

# new_qemu: is there QEMU 10, or a newer one? That of vm/qemu.sh is the first in PATH then.
new_qemu()
{
	local version

	[ ! -x "$BUILD/qemu/usr/bin/qemu-system-aarch64" ] || PATH=$BUILD/qemu/usr/bin:$PATH
	version=$(qemu-system-aarch64 --version 2>/dev/null | sed -n 's/.*version \([0-9]*\)\..*/\1/p')
	[ "${version:-0}" -ge 10 ]
}

# of_interest FILE KERNEL: a console's log, without the headings of KCSAN's reports of races
# between functions none of which is the walk's, livepatch's or their tests': the base has
# some. Lines stay where they are. KERNEL is where the kernel was built.
of_interest()
{
	local ours=''

	if grep -q '^CONFIG_KCSAN=y' "$2/.config" 2>/dev/null; then
		# Not each kernel has all of them.
		ours=$(find "$2"/arch/arm64/kernel/{stacktrace,unwind,module,patching}*.o \
			"$2"/arch/arm64/{net,tests}/*.o \
			"$2"/kernel/{livepatch/,stacktrace,trace/fgraph}*.o \
			-exec aarch64-linux-gnu-nm {} + 2>/dev/null | grep -i ' [tw] ') || :
	fi
	# Without a name to go by, everything is.
	if [ -z "$ours" ]; then
		cat "$1"
		return
	fi
	awk '
	NR == FNR { ours[$NF] = 1; next }
	/BUG: KCSAN: / {
		n = split($0, word, " ")
		if (!(word[n] in ours) && !(word[n - 1] == "/" && word[n - 2] in ours))
			$0 = ""
	}
	{ print }' <(echo "$ours") <(tr -d '\r' <"$1")
}

# complaint FILE KERNEL: the first line of a console's log, with its number, with which
# a kernel says that something is wrong with it; nothing when there is none
complaint()
{
	of_interest "$1" "$2" | grep -a -n -m 1 -E \
		-e 'Kernel panic|Oops|BUG:|kernel BUG at|WARNING: |Call trace:|Internal error' \
		-e 'self-detected stall|detected stalls|blocked for more than|soft lockup|hard LOCKUP' \
		-e 'possible recursive locking|circular locking|inconsistent lock state|suspicious RCU' \
		-e 'Unable to handle kernel|list_(add|del) corruption|stack-protector|scheduling while atomic' \
		- | tr -d '\r' || :
}

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
: "${BASE:=v6.12}" "${BUILD:=$top/build}"
mkdir -p "$BUILD" 2>/dev/null || :
BUILD=$(cd "$BUILD" 2>/dev/null && pwd) || die "BUILD=$BUILD cannot be made: see its permissions"
# shellcheck disable=SC2034
out=$BUILD/$BASE${LINUX:+-own}
# shellcheck disable=SC2034
llvm=-19
# One make's options and variables are not for the makes started from here.
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL
