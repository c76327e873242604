#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Usage: kernels.sh
#
# Builds the kernels that the suites boot: those which patches/BASE/check names, or all
# that TESTING.md names.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

kernels=(default "$(newest_gcc)+scs" clang)
[ ! -f "$check_list" ] || mapfile -t kernels < <(check_lines kernel)
[ "${#kernels[@]}" -gt 0 ] || die "$check_list names no kernel"
for name in "${kernels[@]}"; do
	"$top/vm/kernel.sh" "$name"
done
