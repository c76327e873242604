#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs in the guest. A livepatch has calls that need PLT entries, and their target is loaded
# 100 times, each time somewhere else than the time before: every other time there is a module
# in the place where it was.

set -eu
cd livepatch/test_modules

where=
insmod test_klp_reloc_far.ko
for ((i = 1; i <= 100; i++)); do
	((i % 2)) || insmod test_klp_callbacks_mod.ko
	insmod test_klp_reloc_mod.ko || { echo "FAIL: the target cannot be loaded for the ${i}th time"; exit 1; }
	dmesg | tail -n 5 | grep 'test_klp_reloc_far: 0 relocations wrong' ||
		{ echo "FAIL: $(dmesg | grep 'test_klp_reloc_far: .* instead of' | tail -n 1)"; exit 1; }
	before=$where
	where=$(</sys/module/test_klp_reloc_mod/sections/.text)
	[ "$where" != "$before" ] || { echo "FAIL: the target is in the same place again"; exit 1; }
	rmmod test_klp_reloc_mod
	((i % 2)) || rmmod test_klp_callbacks_mod
done
echo "PASS: the target was loaded 100 times"
