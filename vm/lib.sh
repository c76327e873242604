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
#   check_list  patches/BASE/check, which need not be there

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

# check_lines WORD: what the lines of $check_list say that begin with this word
check_lines()
{
	[ ! -f "$check_list" ] || sed -n "s/^$1[[:space:]]\+//p" "$check_list"
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

# fetch_packages [-d] [-a ARCH] [-f FILES] DIR LOG SUITE PACKAGE...: unpack these packages of that
# suite of Debian into DIR, for this machine's architecture or another; with -d, those that
# they depend on, too, as on a machine where none is installed; with -f, only what matches that
# pattern, if anything does. Nothing is installed, no code of theirs is run, and no privileges
# are needed. apt has sources, lists and a cache of its own, and takes what Debian has signed.
fetch_packages()
{
	local arch='' depends='' files='*' dir log suite apt suites source options OPTARG OPTIND=1 option

	while getopts da:f: option; do
		case $option in
		d) depends=1 ;;
		a) arch=$OPTARG ;;
		f) files=$OPTARG ;;
		*) die "fetch_packages has no such option" ;;
		esac
	done
	shift $((OPTIND - 1))
	dir=$1 log=$2 suite=$3
	shift 3
	need apt-get dpkg-deb
	: "${arch:=$(dpkg --print-architecture)}"
	say "fetching $* ($arch) of Debian $suite into $dir"
	# What these depend on is in another suite.
	case $suite in
	*-backports) suites="${suite%-backports} $suite" ;;
	experimental) suites="sid $suite" ;;
	*) suites=$suite ;;
	esac
	apt=$dir.apt
	rm -rf "$apt"
	mkdir -p "$dir" "$apt"/{etc,state/lists/partial,cache/archives/partial,debs}
	: >"$apt/status"
	for source in $suites; do
		echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${MIRROR:-http://deb.debian.org/debian} $source main"
	done >"$apt/sources"
	options=(-q -y -t "$suite" -o "APT::Architecture=$arch" -o "APT::Architectures=$arch"
		-o "Dir::Etc::SourceList=$apt/sources" -o "Dir::Etc::SourceParts=$apt/etc"
		-o "Dir::Etc::Preferences=$apt/none" -o "Dir::Etc::PreferencesParts=$apt/etc"
		-o "Dir::State=$apt/state" -o "Dir::State::Status=$apt/status" -o "Dir::Cache=$apt/cache"
		-o APT::Sandbox::User= -o APT::Install-Recommends=false -o Acquire::Retries=3
		-o APT::Update::Error-Mode=any)
	# Each command fails by itself: the caller's || has switched off -e.
	(
		cd "$apt/debs" && apt-get "${options[@]}" update || exit
		if [ -n "$depends" ]; then
			apt-get "${options[@]}" install --download-only "$@" || exit
			mv "$apt"/cache/archives/*.deb . || exit
		else
			apt-get "${options[@]}" download "$@" || exit
		fi
		for package in *.deb; do
			if [ "$files" = '*' ]; then
				dpkg-deb --extract "$package" "$dir" || exit
				continue
			fi
			dpkg-deb --fsys-tarfile "$package" | tar -x -C "$dir" --wildcards "$files"
			# tar fails where nothing matches.
			[ "${PIPESTATUS[0]}" -eq 0 ] || exit
		done
	) >"$log" 2>&1 </dev/null || {
		rm -rf "$apt"
		grep -E '^(E|W|Err)' "$log" | tail -n 5 >&2 || tail -n 5 "$log" >&2
		die "apt cannot fetch $* of Debian $suite, see $log: without a network, or behind a proxy that apt does not know, set MIRROR= to a Debian mirror in reach (where a signature is unknown, the package debian-archive-keyring here is too old)"
	}
	rm -rf "$apt"
}

# compiler_line NAME: its line in vm/compilers, or nothing
compiler_line()
{
	awk -v name="$1" '$1 == name' "$top/vm/compilers"
}

# compilers: the names that it has
compilers()
{
	awk '!/^#/ && NF { print $1 }' "$top/vm/compilers" | paste -s -d ' '
}

# newest_gcc: the newest GCC there, which make check builds a kernel with
newest_gcc()
{
	awk '/^gcc-[0-9]+[[:space:]]/ { print $1; exit }' "$top/vm/compilers"
}

# parts_of CONFIG: the names of the fragments that it is made of, one a line, beside base and
# default. Where its name begins with a compiler, that brings the first, if any.
parts_of()
{
	local parts fragment

	IFS=+ read -r -a parts <<<"$1"
	read -r _ fragment _ <<<"$(compiler_line "${parts[0]}")"
	case $fragment in
	'') ;;
	-) parts=("${parts[@]:1}") ;;
	*) parts[0]=$fragment ;;
	esac
	[ ${#parts[@]} -eq 0 ] || printf '%s\n' "${parts[@]}"
}

# use_compiler CONFIG: fetches that which builds the configuration, if need be, and sets
#
#   cc      its command
#   tools   what make has to be told: an array
use_compiler()
{
	local name=${1%%+*} line suite

	line=$(compiler_line "$name")
	read -r _ _ suite _ cc _ <<<"${line:-$(compiler_line gcc)}"
	if [ "$suite" != - ]; then
		"$top/vm/toolchain.sh" "$name"
		# What ccache goes by: the content, and not this directory's name and age
		CCACHE_COMPILERCHECK=string:$(cat "$BUILD/toolchains/$name/id")
		export CCACHE_COMPILERCHECK
		cc=$BUILD/toolchains/$name/$cc
	fi
	need "$cc"
	# shellcheck disable=SC2034
	case $cc in
	*/clang) tools=(LLVM="${cc%clang}" HOSTCC=gcc HOSTCXX=g++) ;;
	clang-*) tools=(LLVM="${cc#clang}") ;;
	*) tools=(CROSS_COMPILE="${cc%gcc*}") ;;
	esac
}

# plain_tree COMMIT: a second work tree of the git tree, as $src, with this commit checked
# out, for whoever waits for it. All kernels that are not of build/BASE/linux as it is share
# it, so that ccache knows what is the same in them.
plain_tree()
{
	local commit

	src=$out/pristine-linux
	exec 8>"$src.lock"
	flock -n 8 || {
		say "another run builds from $src, waiting for it"
		flock 8
	}
	commit=$(git -C "$out/linux" rev-parse -q --verify "$1^{commit}") ||
		die "the series for $BASE has no ${1##*/}"
	if [ ! -e "$src/.git" ]; then
		rm -rf "$src"
		git -C "$out/linux" worktree prune
		git -C "$out/linux" worktree add -q --detach "$src" "$commit"
	fi
	git -C "$src" checkout -q --force --detach "$commit"
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
check_list=$top/patches/$BASE/check
# shellcheck disable=SC2034
llvm=$(compiler_line clang | sed 's/.*[[:space:]]clang//')
# One make's options and variables are not for the makes started from here.
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL
