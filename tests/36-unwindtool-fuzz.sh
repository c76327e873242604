#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# unwindtool reads or refuses whatever it is given, and writes no table that is
# wrong: a minute of fuzzing, that begins as the one before did, so that a change is
# what makes it fail. tests/unwindtool/fuzz/fuzz.sh takes longer runs, at random.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

fuzz()
{
	"$top/tests/unwindtool/fuzz/fuzz.sh" 60s "${SEED:-1}"
}

check "damaged files are read or refused, by a fuzzer" fuzz
progress "$(tail -n 1 "$tmp/out")"
finish
