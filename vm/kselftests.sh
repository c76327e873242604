#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Usage: kselftests.sh
#
# Builds some of the kernel's selftests, of different subsystems, into
# build/BASE/kselftests/kselftests/SUBSYSTEM, for the witness's load (vm/witness.sh):
# those that need no library in the guest, take a few seconds there at most, and do not
# rely on a busy machine being as fast as an idle one. Kept, and built anew when the
# sources or this script change.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

tests="
exec/null-argv exec/recursion-depth
futex/functional/futex_requeue_pi futex/functional/futex_requeue_pi_mismatched_ops
futex/functional/futex_requeue_pi_signal_restart futex/functional/futex_wait_wouldblock
membarrier/membarrier_test_multi_thread membarrier/membarrier_test_single_thread
pidfd/pidfd_getfd_test pidfd/pidfd_open_test
proc/fd-001-lookup proc/proc-self-map-files-001 proc/proc-uptime-001 proc/read
ptrace/get_syscall_info ptrace/peeksiginfo
sigaltstack/sas
"

src=$out/linux
dir=$out/kselftests
need_space "$dir" 200
take_lock "$dir.lock" "$dir"
need aarch64-linux-gnu-gcc rsync
key=$(sha256sum <"$0"; git -C "$src" rev-parse HEAD:tools/testing/selftests HEAD:include/uapi HEAD:arch/arm64/include/uapi
	git -C "$src" diff HEAD -- tools/testing/selftests | sha256sum)
[ "$(cat "$dir/key" 2>/dev/null)" != "$key" ] || exit 0
rm -rf "$dir"
mkdir -p "$dir/kselftests"

# build WHAT ARGUMENT...: what it printed if it does not end well
build()
{
	make -s ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- -j "${JOBS:-$(nproc)}" "${@:2}" >"$dir/log" 2>&1 </dev/null || {
		tail -n 20 "$dir/log" >&2
		die "$1 do not build, see $dir/log"
	}
}

say "building into $dir"
build "the kernel's headers for user space" -C "$src" O="$dir/headers" headers
for test in $tests; do
	# That of futex is below a directory which builds all.
	mkdir -p "$dir/out/${test%/*}" "$dir/kselftests/${test%%/*}"
	build "the selftests $test" -C "$src/tools/testing/selftests/${test%/*}" \
		OUTPUT="$dir/out/${test%/*}" LDFLAGS=-static \
		KHDR_INCLUDES="-isystem $dir/headers/usr/include" "$dir/out/$test"
	cp "$dir/out/$test" "$dir/kselftests/${test%%/*}"
done
rm -rf "$dir/headers" "$dir/out"
echo "$key" >"$dir/key"
