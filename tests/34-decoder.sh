#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# unwindtool's decoder against the instruction tables of LLVM: what writes a general
# purpose register, what stores and where, what changes the flow of control, and what is
# no instruction. See tests/unwindtool/decoder/compare.cpp.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
tables=-22	# the newest LLVM that Debian 12 has, as it knows the newest instructions
need cc g++ "llvm-config$tables"

build()
{
	local flags

	flags=$("llvm-config$tables" --cxxflags)
	cc -std=gnu11 -Wall -Wextra -Werror -O2 -c "$top/scripts/unwindtool/insn.c" -o "$tmp/insn.o"
	# LLVM's headers have warnings of their own
	# shellcheck disable=SC2046,SC2086
	g++ -O2 -Wall -Wextra -Werror -I "$top/scripts/unwindtool" ${flags//-I/-isystem } \
		"$top/tests/unwindtool/decoder/compare.cpp" "$tmp/insn.o" \
		$("llvm-config$tables" --ldflags --libs) -o "$tmp/compare"
}

# What it has compared goes into the log, if it agrees or not
agrees()
{
	"$tmp/compare" >"$tmp/compared" || { cat "$tmp/compared"; return 1; }
}

check "the comparison builds without a warning" build
check "the decoder says what LLVM says" agrees
sed 's/^/# /' "$tmp/compared"
finish
