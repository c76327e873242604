#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The demo, which checks every step of its story.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# A kernel that crosses exceptions has all of the story to tell.
story()
{
	"$top/vm/demo.sh" | tee "$tmp/story"
	! grep -Eq '^CONFIG_(ARM64_UNWIND_EXCEPTIONS|UNWIND_MAP)=y' "$out/default/.config" ||
		grep -q 'the writer in its sleep' "$tmp/story"
}

check "the demo's story is true" story
finish
