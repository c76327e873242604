#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The demo, which checks every step of its story.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

check "the demo's story is true" "$top/vm/demo.sh"
finish
