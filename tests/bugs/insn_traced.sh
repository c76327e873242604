#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs in the guest. The functions that encode instructions, for ftrace among others, are not
# to be traced: the Makefile says so.

set -eu

functions=$(grep -xE 'aarch64_insn_gen_(add_sub_imm|adr|move_reg)' \
	/sys/kernel/tracing/available_filter_functions | tr '\n' ' ') || :
if [ -n "$functions" ]; then
	echo "FAIL: can be traced: $functions"
	exit 1
fi
echo "PASS: the instruction encoder cannot be traced"
