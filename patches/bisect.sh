#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
usage="Usage: CONFIG=<.config> [SET=<set>] [JOBS=n] bisect.sh BASE

Build the base and then each mail of the series on top of the one before, as git
bisect would meet them: vmlinux and modules of the configuration CONFIG, in
build/BASE/bisect. With SET, that set alone, on top of what it depends on. Stops at the
first mail that does not build."

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

setup "$@"
require_applied
need make
CONFIG=${CONFIG:-$out/default/.config}
[ -f "$CONFIG" ] || die "CONFIG=$CONFIG is not there: run make kernel, which makes it"
: "${ARCH:=arm64}" "${CROSS_COMPILE:=aarch64-linux-gnu-}" "${JOBS:=$(nproc)}"
cc=${CROSS_COMPILE}gcc
need "$cc"
! command -v ccache >/dev/null || cc="ccache $cc"
# The kernel's make must not take our variables for its own.
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL LINUX

work=$out/bisect
log=$work/log
mkdir -p "$work"
check_set "${SET:-}"
mapfile -t commits < <(git -C "$tree" rev-list --reverse "base..${SET:+refs/series/only/$SET}")
# What begins a set changes nothing.
built=("$(ref base)")
for commit in "${commits[@]}"; do
	git -C "$tree" diff --quiet "$commit^" "$commit" || built+=("$commit")
done
# The work tree stays for the next run: only what changed is built again.
if [ -d "$work/linux/.git" ]; then
	rm -f "$work/linux/.git/index.lock"
	git -C "$work/linux" fetch -q origin HEAD '+refs/series/only/*:refs/series/only/*'
else
	throwaway "$work/linux"
fi
# Hours of building keep nobody from working in the tree.
exec 9>"$work/.lock"
flock -n 9 || die "another bisect is under way in $work"

build()
{
	# A fixed release, or all that prints it is built again for each mail.
	make -C "$work/linux" O="$work/out" ARCH="$ARCH" CROSS_COMPILE="$CROSS_COMPILE" \
		CC="$cc" LOCALVERSION= -j "$JOBS" "$@"
}

targets=(vmlinux)
! grep -q '^CONFIG_MODULES=y' "$CONFIG" || targets+=(modules)
for n in "${!built[@]}"; do
	what=$(git -C "$tree" log -1 --format=%s "${built[n]}")
	start=$SECONDS
	git -C "$work/linux" checkout -q --force --detach "${built[n]}"
	mkdir -p "$work/out"
	cp "$CONFIG" "$work/out/.config"
	if ! { build olddefconfig && build "${targets[@]}"; } >"$log" 2>&1; then
		grep -E '[Ee]rror|ERROR|undefined' "$log" | sed -n 1,20p >&2 || :
		die "$n/$((${#built[@]} - 1)) $what does not build; the whole log is $log"
	fi
	say "ok $n/$((${#built[@]} - 1)) $what ($((SECONDS - start)) s)"
done
