#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs in the guest. A livepatch has calls that need PLT entries, and their target is loaded
# 100 times, each time somewhere else.

set -eu
cd livepatch/test_modules

insmod test_klp_reloc_far.ko
for ((i = 1; i <= 100; i++)); do
	insmod test_klp_reloc_mod.ko || { echo "FAIL: the target cannot be loaded for the ${i}th time"; exit 1; }
	dmesg | tail -n 5 | grep 'test_klp_reloc_far: 0 relocations wrong' ||
		{ echo "FAIL: $(dmesg | grep 'test_klp_reloc_far: .* instead of' | tail -n 1)"; exit 1; }
	rmmod test_klp_reloc_mod
done
echo "PASS: the target was loaded 100 times"
