#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Kprobes in a livepatch, where its late relocations are written.

. "$(dirname "$0")/functions.sh"

MOD_LIVEPATCH=test_klp_reloc
MOD_LIVEPATCH_FAR=test_klp_reloc_far
MOD_TARGET=test_klp_reloc_mod
MOD_PROBE=test_klp_reloc_probe

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


# - have a kprobe where a late relocation is written: it is refused, whether the target
#   is loaded or not, and when the livepatch is being loaded. So it does not keep the
#   target from being loaded, and nobody executes what was there before.
# - have one beside it, which is not in the way, and is hit

start_test "kprobes where relocations are written"

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
