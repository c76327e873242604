#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only

. "$(dirname "$0")/functions.sh"

MOD_LIVEPATCH=test_klp_reloc
MOD_LIVEPATCH_FAR=test_klp_reloc_far
MOD_TARGET=test_klp_reloc_mod
RELOADS=20

setup_config

[[ $(uname -m) == aarch64 ]] ||
	skip "the relocations are those of arm64"
grep -qw 'rodata=off' /proc/cmdline &&
	skip "booted with rodata=off, nothing is read-only"

LOADED="livepatch: enabling patch '@LP@'
livepatch: '@LP@': initializing patching transition
livepatch: '@LP@': starting patching transition
livepatch: '@LP@': completing patching transition
livepatch: '@LP@': patching complete"

UNLOADED="% echo 0 > /sys/kernel/livepatch/@LP@/enabled
livepatch: '@LP@': initializing unpatching transition
livepatch: '@LP@': starting unpatching transition
livepatch: '@LP@': completing unpatching transition
livepatch: '@LP@': unpatching complete
% rmmod @LP@"

# Load a livepatch, then its target again and again: the relocations are written
# anew each time.
function reload_target() {
	local lp="$1"
	local calls="$2"
	local expect="% insmod test_modules/$lp.ko
${LOADED//@LP@/$lp}"
	local i

	load_lp "$lp"

	for ((i = 0; i < RELOADS; i++)); do
		# load_mod() without its modinfo, for it is slow
		__load_mod $MOD_TARGET
		unload_mod $MOD_TARGET
		expect+="
% insmod test_modules/$MOD_TARGET.ko
livepatch: applying patch '$lp' to loading module '$MOD_TARGET'
$lp: 0 relocations wrong, calls $calls
% rmmod $MOD_TARGET
livepatch: reverting patch '$lp' on unloading module '$MOD_TARGET'"
	done

	disable_lp "$lp"
	unload_lp "$lp"

	check_result "$expect
${UNLOADED//@LP@/$lp}"
}


# - load a livepatch, then load and unload its target $RELOADS times
# - verify that the relocations are right each time, and that they are in
#   memory that is read-only

start_test "relocations written late, calls in range"

reload_target $MOD_LIVEPATCH direct


# - the same with calls that are out of range of the target, for which the
#   livepatch has only so many PLT entries

start_test "relocations written late, calls through the PLT"

reload_target $MOD_LIVEPATCH_FAR "through the PLT"


# - let the livepatch refuse to have its target loaded: the relocations have
#   been written by then
# - load the target again, with calls through the PLT as above

start_test "relocations written again after the target was refused"

load_lp $MOD_LIVEPATCH_FAR
set_pre_patch_ret $MOD_LIVEPATCH_FAR -19
for ((i = 0; i < 10; i++)); do
	load_failing_mod $MOD_TARGET
done
set_pre_patch_ret $MOD_LIVEPATCH_FAR 0
load_mod $MOD_TARGET
unload_mod $MOD_TARGET
disable_lp $MOD_LIVEPATCH_FAR
unload_lp $MOD_LIVEPATCH_FAR

LP=$MOD_LIVEPATCH_FAR
REFUSED=
for ((i = 0; i < 10; i++)); do
	REFUSED+="% insmod test_modules/$MOD_TARGET.ko
livepatch: applying patch '$LP' to loading module '$MOD_TARGET'
livepatch: pre-patch callback failed for object '$MOD_TARGET'
livepatch: patch '$LP' failed for module '$MOD_TARGET', refusing to load module '$MOD_TARGET'
insmod: ERROR: could not insert module test_modules/$MOD_TARGET.ko: No such device
"
done

check_result "% insmod test_modules/$MOD_LIVEPATCH_FAR.ko
${LOADED//@LP@/$MOD_LIVEPATCH_FAR}
% echo -19 > /sys/module/$MOD_LIVEPATCH_FAR/parameters/pre_patch_ret
${REFUSED}% echo 0 > /sys/module/$MOD_LIVEPATCH_FAR/parameters/pre_patch_ret
% insmod test_modules/$MOD_TARGET.ko
livepatch: applying patch '$MOD_LIVEPATCH_FAR' to loading module '$MOD_TARGET'
$MOD_LIVEPATCH_FAR: 0 relocations wrong, calls through the PLT
% rmmod $MOD_TARGET
livepatch: reverting patch '$MOD_LIVEPATCH_FAR' on unloading module '$MOD_TARGET'
${UNLOADED//@LP@/$MOD_LIVEPATCH_FAR}"

exit 0
