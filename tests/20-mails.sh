#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The series as mails: complete, applying to the pristine base, and to the
# liking of the kernel's own checkpatch.pl --strict.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

check "git am of make series gives the tested tree" "$top/patches/series.sh" "$BASE"
check "checkpatch --strict finds nothing" "$top/patches/checkpatch.sh" "$BASE"
finish
