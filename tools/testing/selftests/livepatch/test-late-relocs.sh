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

# Load a livepatch, then its target again and again: each time the target is
# somewhere else and the relocations are written anew.
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


# - have a kprobe where a late relocation is written: it is refused, whether the target
#   is loaded or not, and when the livepatch is being loaded. So it does not keep the
#   target from being loaded, and nobody executes what was there before.
# - have one beside it, which is not in the way, and is hit

start_test "kprobes where relocations are written"

MOD_PROBE=test_klp_reloc_probe
HELD_UP=$(dmesg | grep -c "$MOD_PROBE: held up")

# try_probes(place...) - try to have a kprobe in each place, one at a time
function try_probes() {
	local place

	for place in "$@"; do
		echo "$place" > /sys/module/$MOD_PROBE/parameters/probe
	done
}

# probes(how, place...) - what the module says when it has tried to have a kprobe there
function probes() {
	local how="$1"; shift

	printf "\n$MOD_PROBE: a kprobe at %s: $how" "$@"
}

LP=$MOD_LIVEPATCH
PLACES="call26+12 call26_many+12 jump26+4 adrp_add+4 adrp_add+8 adrp_ldst64+8
	movw_uabs+4 movw_prel+12"
RELOADED="% insmod test_modules/$MOD_TARGET.ko
livepatch: applying patch '$LP' to loading module '$MOD_TARGET'
$LP: 0 relocations wrong, calls direct"
UNLOADED_TARGET="% rmmod $MOD_TARGET
livepatch: reverting patch '$LP' on unloading module '$MOD_TARGET'"
# Of what is tried at each place
REFUSED=$(probes "error -22" $PLACES; probes registered adrp_add+12 movw_uabs+0)

load_mod $MOD_PROBE lp=$LP
load_lp $LP
for ((i = 0; i < 2; i++)); do
	try_probes $PLACES adrp_add+12 movw_uabs+0
	load_mod $MOD_TARGET
	try_probes $PLACES adrp_add+12 movw_uabs+0
	unload_mod $MOD_TARGET
done
log "$MOD_PROBE: hit beside: $(cat /sys/module/$MOD_PROBE/parameters/hit)"
disable_lp $LP
unload_lp $LP
unload_mod $MOD_PROBE

check_result "% insmod test_modules/$MOD_PROBE.ko lp=$LP
% insmod test_modules/$LP.ko$(probes registered call26+8; probes "error -22" call26+12)
${LOADED//@LP@/$LP}$REFUSED
$RELOADED$REFUSED
$UNLOADED_TARGET$REFUSED
$RELOADED$REFUSED
$UNLOADED_TARGET
$MOD_PROBE: hit beside: Y
${UNLOADED//@LP@/$LP}
% rmmod $MOD_PROBE"


# - have the relocation written after register_kprobe() has read the instruction, and
#   before the kprobe can be found

start_test "relocations while a kprobe is registered"

load_mod $MOD_PROBE lp=$LP
load_lp $LP
for ((i = 0; i < 2; i++)); do
	echo call26+12 > /sys/module/$MOD_PROBE/parameters/held 2> /dev/null &
	HELD=$!
	loop_until '[[ $(dmesg | grep -c "$MOD_PROBE: held up") -gt $HELD_UP ]]' ||
		die "register_kprobe() was not held up"
	HELD_UP=$((HELD_UP + 1))
	load_mod $MOD_TARGET
	! wait $HELD || die "the kprobe was registered"
	unload_mod $MOD_TARGET
done
disable_lp $LP
unload_lp $LP
unload_mod $MOD_PROBE

HELD="$MOD_PROBE: held up in register_kprobe()
$RELOADED
$UNLOADED_TARGET"
check_result "% insmod test_modules/$MOD_PROBE.ko lp=$LP
% insmod test_modules/$LP.ko$(probes registered call26+8; probes "error -22" call26+12)
${LOADED//@LP@/$LP}
$HELD
$HELD
${UNLOADED//@LP@/$LP}
% rmmod $MOD_PROBE"


# - have a kprobe in a PLT entry, which goes with the target

start_test "kprobes in a PLT that is written late"

LP=$MOD_LIVEPATCH_FAR

load_mod $MOD_PROBE lp=$LP
load_lp $LP
for ((i = 0; i < 2; i++)); do
	load_mod $MOD_TARGET
	try_probes "plt $(printf %x "$(cat /sys/module/$LP/parameters/plt)")"
	unload_mod $MOD_TARGET
done
disable_lp $LP
unload_lp $LP
unload_mod $MOD_PROBE

FAR_RELOADED="% insmod test_modules/$MOD_TARGET.ko
livepatch: applying patch '$LP' to loading module '$MOD_TARGET'
$LP: 0 relocations wrong, calls through the PLT$(probes "error -22" plt)
% rmmod $MOD_TARGET
livepatch: reverting patch '$LP' on unloading module '$MOD_TARGET'"
check_result "% insmod test_modules/$MOD_PROBE.ko lp=$LP
% insmod test_modules/$LP.ko$(probes registered call26+8; probes "error -22" call26+12)
${LOADED//@LP@/$LP}
$FAR_RELOADED
$FAR_RELOADED
${UNLOADED//@LP@/$LP}
% rmmod $MOD_PROBE"

exit 0
