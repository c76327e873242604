#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs in the guest. What ftrace itself needs to modify text must have no site of ftrace.

set -eu

functions=$(grep -oxE 'aarch64_insn_(patch_text_nosync|gen_branch_imm|gen_nop|write)' \
	/sys/kernel/tracing/available_filter_functions | tr '\n' ' ') || :
if [ -n "$functions" ]; then
	echo "FAIL: can be traced and livepatched: $functions"
	exit 1
fi
echo "PASS: what patches text cannot be traced"
