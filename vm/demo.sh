#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Usage: demo.sh
#
# Builds the demo's modules against build/BASE/CONFIG (default: default) and runs
# demo/story.sh in a guest.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

kernel=$out/${CONFIG:-default}
[ -f "$kernel/Module.symvers" ] || die "$kernel is not built: run make kernel"
dir=$kernel/demo
need_space "$dir" 100
use_compiler "${kernel##*/}"
# Built outside of the sources, which stay as they are.
cp -p "$top"/vm/demo/* "$dir"
make -C "$kernel" ARCH=arm64 "${tools[@]}" LOCALVERSION= M="$dir" modules \
	>"$dir/log" 2>&1 || {
	tail -n 20 "$dir/log" >&2
	die "the demo's modules do not build, see $dir/log"
}
# The selftest's program that is blocked in a page fault of the kernel
aarch64-linux-gnu-gcc -static -pthread -o "$dir/writer" \
	"$top/tools/testing/selftests/livepatch/test_klp-fault.c" >"$dir/log" 2>&1 || {
	tail -n 20 "$dir/log" >&2
	die "the demo's program does not build, see $dir/log"
}
say "booting the guest"
TIMEOUT=${TIMEOUT:-180} "$top/vm/run.sh" "$dir/story.sh" "$dir/writer" \
	"$dir/demo_target.ko" "$dir/demo_livepatch.ko"
