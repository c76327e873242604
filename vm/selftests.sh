#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Usage: selftests.sh [NAME...]
#        selftests.sh -b DIR
#
# Builds the kernel's livepatch selftests, those of the series included, against
# build/BASE/CONFIG (default: default) and runs them, or those named, in a guest by
# kselftest's own runner; all but test-under-fire.sh, which has to have a guest of its
# kind, see vm/fire.sh. Prints the runner's KTAP, and, if that kernel has the witness
# of stack walks, what it has seen as comments. The guest has each variable KLP_...
# of the environment. With -b, builds them into DIR and runs none.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

build_only=
if [ "${1:-}" = -b ]; then
	build_only=$2
	shift 2
fi
kernel=$out/${CONFIG:-default}
[ -f "$kernel/Module.symvers" ] || die "$kernel is not built: run make kernel"
need_space "$kernel" 200
need rsync
dir=$(mktemp -d "$kernel/selftests.XXXXXX")
trap 'rm -rf "$dir" "$kernel/kselftest"' EXIT
trap 'exit 130' INT TERM HUP

# kselftest builds a target's modules where its sources are, so these are taken
# out of the tree, as they are: what the work tree has, and git knows of.
mkdir "$dir/linux"
git -C "$out/linux" ls-files -z ':(glob)tools/testing/selftests/*' \
	tools/testing/selftests/{livepatch,kselftest} scripts/subarch.include tools/scripts |
	rsync -a --from0 --files-from=- "$out/linux/" "$dir/linux/"
arch=arm64
if [ "$(cat "$kernel/machine" 2>/dev/null)" = x86-64 ]; then
	arch=x86_64 tools=()
else
	use_compiler "${kernel##*/}"
fi
# Its make hands O on to the one that builds the modules, which takes none for one that is
# empty, from 6.13 on.
make -C "$dir/linux/tools/testing/selftests" install TARGETS=livepatch ARCH=$arch O="$kernel" \
	"${tools[@]}" KDIR="$kernel" INSTALL_PATH="$dir/kselftest" \
	>"$dir/log" 2>&1 || :
# Its make ends well even when a target did not build.
[ -x "$dir/kselftest/run_kselftest.sh" ] || {
	tail -n 30 "$dir/log" >&2
	die "the selftests do not build against $kernel: what make said last is above"
}

if [ -n "$build_only" ]; then
	mv "$dir/kselftest" "$build_only"
	exit 0
fi

if [ $# -eq 0 ]; then
	mapfile -t names < <(sed -n 's/^livepatch://p' "$dir/kselftest/kselftest-list.txt" |
		grep -v -x test-under-fire.sh)
	[ ${#names[@]} -gt 0 ] || die "$dir/kselftest/kselftest-list.txt lists no tests"
	set -- "${names[@]}"
fi
run=${*/#/-t livepatch:}
env=
for name in ${!KLP_@}; do
	env+="export $name=${!name@Q}"$'\n'
done
cat >"$dir/script" <<EOT
#!/bin/bash
# The tests want a directory to build modules in; they are built already.
mkdir kdir
export KDIR=\$PWD/kdir
status=0
$env./kselftest/run_kselftest.sh $run || status=\$?
sed 's/^/# witness: /' /sys/kernel/debug/stacktrace_witness/counters 2>/dev/null || :
exit "\$status"
EOT
TIMEOUT=${TIMEOUT:-1500} "$top/vm/run.sh" "$dir/script" "$dir/kselftest"
