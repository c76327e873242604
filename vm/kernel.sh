#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Usage: kernel.sh [-n] [NAME]
#
# Builds the kernel in build/BASE/linux with the configuration NAME (default:
# default) in build/BASE/NAME; with -n, stops when it is configured. Configurations
# are fragments in vm/config, merged onto allnoconfig:
#
#   pristine   base and nodebuginfo, and without the series: walks are compared with its own
#   only-SET   the same, and of the series that set, with those that it depends on
#   series     the same, with all of the series
#   default    base and default
#   A+B+...    base, default, and A.config, B.config, ...: a later one has the last
#              word
#
# The fragment A is A.config in vm/config, for all bases, and then A.config in
# vm/config/BASE, for that base alone. One of the two files is enough. A fragment with the
# line #include "OTHER.config" needs that one before it.
#
# Where A is a compiler that vm/compilers has, that builds it, with the fragment that the
# compiler has there in place of A.config, and any other name is built by this machine's
# GCC: scs, clang, clang+scs, gcc-14, gcc-14+scs.
#
# ALLOW_MISSING=1 lets symbols go that the tree does not have or cannot set.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

only_configure=
if [ "${1:-}" = -n ]; then
	only_configure=1
	shift
fi
name=${1:-default}
dir=$out/$name
src=$out/linux
config=$top/vm/config
fragments=()
# add_fragment NAME: what it needs, and the fragment; each once
add_fragment()
{
	local files=() file needed

	for file in "$config/$1.config" "$config/$BASE/$1.config"; do
		[[ ! $1 =~ ^[a-z0-9-]+$ || ! -f $file ]] || files+=("$file")
	done
	[ ${#files[@]} -gt 0 ] ||
		die "no configuration $name: there is no $config/$1.config, nor one in $config/$BASE, and the compilers are $(compilers)"
	[[ " ${fragments[*]} " != *" ${files[0]} "* ]] || return 0
	while read -r needed; do
		add_fragment "$needed"
	done < <(sed -n 's/^#include "\(.*\)\.config"$/\1/p' "${files[@]}")
	fragments+=("${files[@]}")
}
add_fragment base
case $name in
pristine | only-* | series)
	add_fragment nodebuginfo
	;;
*)
	add_fragment default
	mapfile -t parts < <(parts_of "$name")
	for part in "${parts[@]}"; do
		add_fragment "$part"
	done
	;;
esac
[ -e "$out/linux/.git" ] || die "$out/linux is not there: run make tree, which makes it"

need_space "$dir" 2500
take_lock "$dir.lock" "$dir"
need bc bison flex perl pahole depmod cpio
use_compiler "$name"
if command -v ccache >/dev/null; then
	# CCACHE_DEPEND would save it a run of the preprocessor, which is where it sees an
	# .incbin, of whose file it knows nothing: a kernel would get another one's vDSO.
	unset CCACHE_DEPEND
	cc="ccache $cc"
fi

case $name in
pristine) plain_tree base ;;
series) plain_tree HEAD ;;
only-*) plain_tree "refs/series/only/${name#only-}" ;;
esac

# A fixed release, or everything that prints it is built again for each commit. And no
# word of when and where, so that what was built twice of the same source is the same:
# make soak counts by the Image.
build()
{
	make -C "$src" O="$dir" ARCH=arm64 "${tools[@]}" CC="$cc" \
		LOCALVERSION= KBUILD_BUILD_VERSION=1 KBUILD_BUILD_TIMESTAMP="Thu Jan 1 00:00:00 UTC 1970" \
		KBUILD_BUILD_USER=vm KBUILD_BUILD_HOST=vm \
		-j "${JOBS:-$(nproc)}" "$@"
}

# check_config FILE: every symbol that a fragment asks for is as it asks
check_config()
{
	awk '
	function symbol(line) {
		return line ~ /^#/ ? substr(line, 3, length(line) - 13) : substr(line, 1, index(line, "=") - 1)
	}
	/^CONFIG_[A-Z0-9_a-z]+=/ || /^# CONFIG_[A-Z0-9_a-z]+ is not set$/ {
		if (FILENAME == ARGV[1])
			real[symbol($0)] = $0
		else
			want[symbol($0)] = $0
	}
	END {
		for (s in want) {
			if (s in real ? want[s] == real[s] : want[s] ~ /^#/)
				continue
			print "    asked: " want[s] ", got: " (s in real ? real[s] : "nothing by that name")
		}
	}' "$1" "${fragments[@]}"
}

# The configuration is merged when anything it is made of has changed: merging
# takes as long as finding out that there is nothing to build.
key=$(cat "${fragments[@]}" "$0" | sha256sum; git -C "$src" rev-parse HEAD
	git -C "$src" diff HEAD -- '*Kconfig*'; $cc --version | head -n 1)
log=$dir/build.log
if [ ! -f "$dir/.config" ] || [ "$(cat "$dir/config.key" 2>/dev/null)" != "$key" ]; then
	rm -f "$dir/config.key"
	(cd "$src" && KCONFIG_CONFIG="$dir/config.new" ARCH=arm64 \
		MAKEFLAGS="${tools[*]} CC=${cc// /\\ }" \
		scripts/kconfig/merge_config.sh -n -O "$dir" "${fragments[@]}") >"$log" 2>&1 || {
		tail -n 20 "$log" >&2
		die "the configuration $name cannot be merged, see $log"
	}
	wrong=$(check_config "$dir/config.new")
	if [ -n "$wrong" ]; then
		echo "$wrong" >&2
		[ -n "${ALLOW_MISSING:-}" ] ||
			die "this tree cannot have the configuration $name: the symbols above are unknown to it or depend on others (see ${fragments[*]})"
	fi
	cmp -s "$dir/config.new" "$dir/.config" || cp "$dir/config.new" "$dir/.config"
	echo "$key" >"$dir/config.key"
fi
[ -z "$only_configure" ] || exit 0

# One line every few seconds, and everything in the log.
progress()
{
	local line words n=0 next=$((SECONDS + 5)) start=$SECONDS

	while IFS= read -r line; do
		printf '%s\n' "$line" >&3
		[[ $line == "  "[A-Z]* ]] || continue
		n=$((n + 1))
		[ "$SECONDS" -ge "$next" ] || continue
		read -ra words <<<"$line"
		say "$name, $((SECONDS - start)) s, step $n: ${words[*]}"
		next=$((SECONDS + 10))
	done 3>"$log"
}

say "building $dir, log in $log"
build all 2>&1 </dev/null | progress || {
	grep -n -E '(error:|Error [0-9]|undefined reference|ERROR:|WARNING:)' "$log" | head -n 20 >&2 || :
	tail -n 20 "$log" >&2
	if grep -q 'No space left on device' "$log"; then
		die "the disk is full: $BUILD needs more room"
	fi
	die "the kernel does not build, the whole log is $log"
}
ln -sf arch/arm64/boot/Image "$dir/Image"

# The modules as an archive of their own, to be put behind the root file system.
if ! grep -q '^CONFIG_MODULES=y' "$dir/.config"; then
	cpio --quiet --create --format=newc </dev/null >"$dir/modules.cpio"
elif [ ! -f "$dir/modules.cpio" ] || [ "$dir/modules.order" -nt "$dir/modules.cpio" ] ||
	[ -n "$(find "$dir" -path "$dir/modroot" -prune -o -name '*.ko' -newer "$dir/modules.cpio" -print -quit)" ]; then
	rm -rf "$dir/modroot" "$dir/modules.cpio"
	build INSTALL_MOD_PATH="$dir/modroot" INSTALL_MOD_STRIP=1 modules_install >"$dir/modules.log" 2>&1 || {
		tail -n 20 "$dir/modules.log" >&2
		die "the modules cannot be installed into $dir/modroot"
	}
	# In the guest /lib is a link to usr/lib.
	mkdir -p "$dir/modroot/usr"
	mv "$dir/modroot/lib" "$dir/modroot/usr/lib"
	rm -f "$dir"/modroot/usr/lib/modules/*/{build,source}
	(cd "$dir/modroot" && find usr/lib/modules | LC_ALL=C sort |
		cpio --quiet --create --format=newc --owner=+0:+0) >"$dir/modules.cpio.new"
	mv "$dir/modules.cpio.new" "$dir/modules.cpio"
fi
say "$name is ready: $dir/Image"
