#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Livepatches a host of virtual machines, with and without VHE: while one virtual CPU never
# leaves its guest, and another one waits for an interrupt, which it does in the host. And
# walks what is interrupted there, with a shadow call stack to compare with. (What KUnit
# tests, it tests at EL2 as well: 40-kunit.sh.)

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

need aarch64-linux-gnu-gcc
aarch64-linux-gnu-gcc -O2 -Wall -Wextra -Werror -static -o "$tmp/vcpu" "$top/vm/kvm/vcpu.c" ||
	die "$top/vm/kvm/vcpu.c does not build"

# figure NAME: from the last run
figure()
{
	sed -n "s/^$1 //p" "$tmp/figures"
}

# host WHAT MODE CMDLINE: as KVM calls the mode
host()
{
	local what=$1 mode=$2 status=0 name

	progress "$what"
	CONFIG=$scs_kernel CMDLINE=$3 KEEP=$tmp QEMU_ARGS="-M virt,gic-version=3,virtualization=on" \
		"$top/vm/run.sh" "$top/vm/kvm/guest" "$tmp/vcpu" >"$tmp/figures" 2>&1 </dev/null || status=$?
	sed -n 's/^\(.*-ms\|walks\|reliable\|compared\|undecided\) /# progress: &/p' "$tmp/figures"
	result "$status" "$what: no complaint" "$tmp/figures"
	check "$what: KVM is in $mode mode" test "$(figure mode)" = "$mode"
	check "$what: both virtual CPUs run to the end" test -z "$(figure wrong)"
	for name in patch unpatch; do
		check "$what: $name: complete in less than 20 s" test "$(figure "$name-ms")" -lt 20000
		check "$what: $name: the one that waits was switched in its sleep" \
			test "$(figure "$name-idle-switches")" -eq 0
	done
	check "$what: and was not interrupted" test "$(figure idle-lines)" = started,
	check "$what: walks, and $(figure reliable) are reliable" test "$(figure reliable)" -ge 1000
	check "$what: none disagrees" test "$(figure disagreements)" -eq 0
	check "$what: all that were reliable were compared, or are undecided" \
		test "$(figure reliable)" -eq "$(($(figure compared) + $(figure undecided)))"
}

host "VHE" VHE ""
host "nVHE" "Hyp nVHE" kvm-arm.mode=nvhe
finish
