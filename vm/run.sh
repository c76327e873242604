#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Usage: run.sh [SCRIPT [FILE...]]
#
# Boots a kernel under QEMU. With SCRIPT, runs that file as root in the guest,
# in a directory with each FILE (directories too) beside it, prints what it
# prints and exits with its status; without, gives a shell on the console.
#
# The guest says how it went through a port of its own. Whatever it says, a
# kernel that complained on its console has failed. From the environment:
#
#   CONFIG=default   which kernel, as for make kernel
#   CMDLINE=         more kernel command line
#   TIMEOUT=300      seconds, for SCRIPT
#   ICOUNT=1         one guest instruction takes one nanosecond
#   QEMU_ARGS=       more arguments for QEMU
#   KEEP=DIR         where console.log shall be left (default: build/BASE/CONFIG)

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

kernel=$out/${CONFIG:-default}
# vm/x86-64.sh builds for another machine, and says so.
case $(cat "$kernel/machine" 2>/dev/null) in
x86-64)
	qemu="qemu-system-x86_64"
	machine=(-M q35 -accel tcg -cpu max)
	tty=ttyS0 serial=virtio-serial-pci rootfs=$BUILD/rootfs-amd64
	;;
*)
	qemu="qemu-system-aarch64"
	machine=(-M "virt,gic-version=3" -cpu "max,pauth-impdef=on")
	tty=ttyAMA0 serial=virtio-serial-device rootfs=$BUILD/rootfs
	;;
esac
need "$qemu" cpio timeout

# The oldest QEMU this is tested with: that of Debian 12.
version=$("$qemu" --version | sed -n 's/.*version \([0-9]*\.[0-9]*\).*/\1/p')
[ "$(printf '7.2\n%s\n' "${version:-0}" | sort -V | head -n 1)" = 7.2 ] ||
	die "$(command -v "$qemu") is version ${version:-unknown}, and 7.2 or newer is needed"

for f in "$kernel/Image" "$kernel/modules.cpio"; do
	[ -f "$f" ] || die "$f is not there: run make kernel CONFIG=${CONFIG:-default}"
done
rootfs=$rootfs/rootfs.cpio
[ -f "$rootfs" ] || die "$rootfs is not there: run vm/rootfs.sh"
for f; do
	[ -r "$f" ] || die "$f cannot be read, and the guest was to have it"
done

need_space "$out" 500
tmp=$(mktemp -d "$out/vm.XXXXXX")
pid=
# shellcheck disable=SC2317
cleanup()
{
	[ -z "$pid" ] || kill "$pid" 2>/dev/null || :
	rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP

# The guest's files: the root file system, the kernel's modules, and what is
# for this run only. The kernel unpacks one archive after the other.
mkdir -p "$tmp/files/root"
cp "$(dirname "$0")/init" "$tmp/files/init"
chmod 755 "$tmp/files/init"
if [ $# -gt 0 ]; then
	cp -rL "$@" "$tmp/files/root/"
	name=${1##*/}
	chmod 755 "$tmp/files/root/$name"
	printf 'exec ./%q\n' "$name" >"$tmp/files/root/.run"
fi
{
	cat "$rootfs" "$kernel/modules.cpio"
	cd "$tmp/files"
	find . | cpio --quiet --create --format=newc --owner=+0:+0
} >"$tmp/initrd"
rm -rf "$tmp/files"

args=(
	"${machine[@]}" -smp 2 -m 1G -nic none
	-display none -no-reboot
	-kernel "$kernel/Image" -initrd "$tmp/initrd"
	-append "console=$tty panic=-1 ${CMDLINE:-}"
	-device "$serial"
	-chardev "file,id=verdict,path=$tmp/verdict"
	-device "virtserialport,chardev=verdict,name=verdict"
)
[ -z "${ICOUNT:-}" ] || args+=(-icount shift=0)
# shellcheck disable=SC2206
args+=(${QEMU_ARGS:-})
console=$tmp/console.log
: >"$console"
: >"$tmp/verdict"

status=0
if [ $# -gt 0 ]; then
	limit=${TIMEOUT:-300}
	[[ $limit =~ ^[1-9][0-9]*$ ]] || die "TIMEOUT=$limit is no number of seconds"
	# QEMU takes the end of its input for the end of the other side, so it gets
	# an input without one; and it makes its output non-blocking, which is not
	# for whoever called us.
	mkfifo "$tmp/input"
	exec 4> >(exec cat)
	cat=$!
	timeout --kill-after=5 "$limit" "$qemu" "${args[@]}" \
		-serial "file:$console" -monitor none \
		-chardev stdio,id=output,signal=off \
		-device virtserialport,chardev=output,name=output \
		<>"$tmp/input" >&4 2>"$tmp/stderr" 4>&- &
	pid=$!
	exec 4>&-
	wait "$pid" || status=$?
	pid=
	wait "$cat" || :
else
	say "a shell in the guest; exit ends it, and ctrl-a x kills it"
	"$qemu" "${args[@]}" \
		-chardev "stdio,id=console,mux=on,signal=off,logfile=$console" \
		-serial chardev:console -mon console \
		-chardev null,id=output \
		-device virtserialport,chardev=output,name=output || status=$?
	: >"$tmp/stderr"
fi

log=${KEEP:-$kernel}/console.log
mkdir -p "${log%/*}"
cp "$console" "$log.$$"
mv "$log.$$" "$log"

# fail TEXT [LINE]: with the console's end, or what it says around that line
fail()
{
	{
		if [ -n "${2:-}" ]; then
			printf '\n--- the console (%s) at line %s ---\n' "$log" "$2"
			sed -n "$(($2 > 4 ? $2 - 4 : 1)),$(($2 + 45))p" "$console"
		else
			printf '\n--- the end of the console (%s) ---\n' "$log"
			tail -n 30 "$console"
		fi | tr -d '\r'
		printf '%s\n\n' '---'
	} >&2
	die "$1"
}

complaint=$(complaint "$console" "$kernel")
verdict=$(sed -n 's/^status //p' "$tmp/verdict")

if [ -n "$complaint" ]; then
	fail "the guest's kernel complained, line $complaint" "${complaint%%:*}"
elif [ -n "$verdict" ]; then
	# For those who called make, which has one status for all that is not 0.
	[ "$verdict" -eq 0 ] || say "${1:-the shell} ended with status $verdict" >&2
	exit "$verdict"
elif [ "$status" -eq 124 ] || [ "$status" -eq 137 ]; then
	if grep -q up "$tmp/verdict"; then
		fail "${1:-the shell} did not end within ${limit:-} s (TIMEOUT=)"
	elif [ -s "$console" ]; then
		fail "the guest did not reach its first process within $limit s (TIMEOUT=)"
	else
		fail "the guest said nothing at all within $limit s (TIMEOUT=)"
	fi
elif [ "$status" -ne 0 ]; then
	cat "$tmp/stderr" >&2
	fail "QEMU ended with status $status"
elif [ $# -eq 0 ]; then
	exit 0
else
	fail "the guest went down without a verdict"
fi
