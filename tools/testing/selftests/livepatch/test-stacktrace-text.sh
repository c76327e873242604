#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Which text of modules a reliable stack walk goes through on arm64: not PLTs and
# trampolines, and not what is marked as code without frame records.

# shellcheck source=functions.sh
. "$(dirname "$0")"/functions.sh

MOD_TEXT=test_klp_stacktrace_text

[[ $(uname -m) == aarch64 ]] ||
	skip "which text is unwound through is decided like this on arm64 only"

setup_config


start_test "text of modules"

load_mod $MOD_TEXT
unload_mod $MOD_TEXT

check_result "% insmod test_modules/$MOD_TEXT.ko
$MOD_TEXT: task in text: reliable
$MOD_TEXT: task in init text: reliable
$MOD_TEXT: task in .nounwind.text: unreliable
$MOD_TEXT: text: accepted
$MOD_TEXT: init text: accepted
$MOD_TEXT: .nounwind.text: first instruction refused, last instruction refused
$MOD_TEXT: .plt: first instruction refused, last instruction refused
$MOD_TEXT: .init.plt: first instruction refused, last instruction refused
$MOD_TEXT: .text.ftrace_trampoline: first instruction refused, last instruction refused
$MOD_TEXT: .init.text.ftrace_trampoline: first instruction refused, last instruction refused
$MOD_TEXT: data: refused
$MOD_TEXT: kprobe slot: refused
% rmmod $MOD_TEXT"

exit 0
