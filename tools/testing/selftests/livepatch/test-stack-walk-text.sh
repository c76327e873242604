#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Which text outside of the kernel image a reliable stack walk accepts on arm64:
# that of modules, but not PLTs and trampolines, and BPF. Nothing sleeps in most of
# the rest, so this asks the function that decides.

# shellcheck source=functions.sh
. "$(dirname "$0")"/functions.sh
# shellcheck source=functions-stack-walk.sh
. "$(dirname "$0")"/functions-stack-walk.sh

is_arm64 || skip "which text may be unwound through is decided like this on arm64 only"

MOD_TEXT=test_klp_unwind_text

setup_stack_walk

# bpf_symbol(pattern) - print the address of some BPF text
function bpf_symbol() {
	awk -v pattern="$1" '$3 ~ pattern { print "0x" $1; exit }' /proc/kallsyms
}


start_test "text of modules, BPF and kprobes"

sysctl -q net.core.bpf_jit_kallsyms=1
start ./test_klp-bpf fexit
BPF_PID=$PID
wait_asleep "$BPF_PID" do_sigtimedwait
BPF_PROG=$(bpf_symbol '^bpf_prog_[0-9a-f]+_test_klp$')
BPF_TRAMPOLINE=$(bpf_symbol '^bpf_trampoline_[0-9]+$')
[[ -n $BPF_PROG && -n $BPF_TRAMPOLINE ]] ||
	die "no BPF program or trampoline in /proc/kallsyms"

load_mod $MOD_TEXT bpf_prog="$BPF_PROG" bpf_trampoline="$BPF_TRAMPOLINE"
unload_mod $MOD_TEXT
kill -USR2 "$BPF_PID"
wait "$BPF_PID" || die "test_klp-bpf failed"

check_result "% insmod test_modules/$MOD_TEXT.ko bpf_prog=$BPF_PROG bpf_trampoline=$BPF_TRAMPOLINE
$MOD_TEXT: text: accepted
$MOD_TEXT: init text: accepted
$MOD_TEXT: .nounwind.text: first instruction refused, last instruction refused
$MOD_TEXT: .plt: first instruction refused, last instruction refused
$MOD_TEXT: .init.plt: first instruction refused, last instruction refused
$MOD_TEXT: .text.ftrace_trampoline: first instruction refused, last instruction refused
$MOD_TEXT: .init.text.ftrace_trampoline: first instruction refused, last instruction refused
$MOD_TEXT: data: no text
$MOD_TEXT: nothing: no text
$MOD_TEXT: BPF program: accepted
$MOD_TEXT: BPF trampoline: accepted
$MOD_TEXT: kprobe slot: no text
% rmmod $MOD_TEXT"

exit 0
