#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs in the guest. A livepatch has relocations of all kinds for a target that is loaded
# later. It compares what each comes to with what the target says.

set -eu
cd livepatch/test_modules

insmod test_klp_reloc.ko
insmod test_klp_reloc_mod.ko
if ! dmesg | grep 'test_klp_reloc: 0 relocations wrong'; then
	dmesg | grep 'test_klp_reloc: ' | tail -n 20
	echo "FAIL: not written: $(dmesg | sed -n 's/.*test_klp_reloc: \(.*\): .* instead of .*/\1/p' | tr '\n' ' ')"
	exit 1
fi
echo "PASS: each relocation is right"
