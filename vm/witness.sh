#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Usage: witness.sh [SECONDS [WALKS]]
#
# Boots a kernel that has CONFIG_ARM64_STACKTRACE_WITNESS, puts load on it for SECONDS
# (default: 60), until WALKS (default: 0) were reliable and each load has done something,
# and prints the witness's figures.
# Ends with an error if a walk and the shadow call stack disagree, or if the kernel
# complains about anything else. From the environment:
#
#   CONFIG=scs       which kernel
#   SEED=            what is switched on and off, and when: a number that an earlier run
#                    has printed does the same again (default: at random)
#   PERIOD=500       microseconds between walks. With 250 or 100 there are hardly more walks
#                    in a second on an emulated machine, and little else happens
#   NMI=1            with pseudo-NMIs
#   and CMDLINE=, QEMU_ARGS=, KEEP=, ICOUNT= as for run.sh

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

seconds=${1:-60}
walks=${2:-0}
seed=${SEED:-$RANDOM}
for n in "$seconds" "$walks" "$seed" "${PERIOD:=500}"; do
	[[ $n =~ ^[0-9]+$ ]] || die "$n is no number"
done
need aarch64-linux-gnu-gcc
"$top/vm/kselftests.sh"
"$top/vm/stress-ng.sh"
need_space "$out" 20

dir=$(mktemp -d "$out/witness.XXXXXX")
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM HUP
for program in bpf_attach filters; do
	aarch64-linux-gnu-gcc -O2 -Wall -Werror -static -o "$dir/$program" "$top/vm/witness/$program.c" ||
		die "$top/vm/witness/$program.c does not build"
done
printf '#!/bin/bash\nexec ./guest %s %s %s %s\n' "$seed" "$seconds" "$walks" "$PERIOD" >"$dir/script"

say "seed $seed: SEED=$seed $0 $* does the same again"
# A machine that has other things to do boots for a while, and waits for transitions.
# It has little memory, so that it runs out of that at times.
CONFIG=${CONFIG:-scs} QEMU_ARGS="-m 320M ${QEMU_ARGS:-}" TIMEOUT=$((10 * seconds + 300)) \
	CMDLINE="${NMI:+irqchip.gicv3_pseudo_nmi=1} ${CMDLINE:-}" \
	"$top/vm/run.sh" "$dir/script" "$top/vm/witness/guest" "$dir/bpf_attach" "$dir/filters" "$out/kselftests/kselftests" \
	"$BUILD/stress-ng/stress-ng" "$top/vm/guest-stress"
