#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The series as mails: complete, applying to the pristine base, and to the
# liking of the kernel's own checkpatch.pl --strict.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# send DIR: git send-email would send the mails there, signed
send()
{
	local mail count=0

	for mail in "$1"/*[1-9]-*.patch; do
		grep -qx 'Signed-off-by: A Person <person@example.org>' "$mail"
		grep -qx 'From: A Person <person@example.org>' "$mail"
		count=$((count + 1))
	done
	git -C "$tmp" -c sendemail.smtpserver=/bin/false -c sendemail.confirm=never send-email \
		--dry-run --from="A Person <person@example.org>" --suppress-cc=self "$1"/*.patch >"$tmp/sent" 2>&1 </dev/null || {
		cat "$tmp/sent"
		return 1
	}
	[ "$(grep -c '^Dry-OK' "$tmp/sent")" -ge "$count" ]
}

# The mails of a person, and then those that are not signed again
signed()
{
	local dir

	SENDER="A Person <person@example.org>" "$top/patches/series.sh" "$BASE"
	for dir in "$BUILD/series/$BASE"/*/; do
		send "${dir%/}"
	done
	"$top/patches/series.sh" "$BASE"
}

check "git am of make series gives the tested tree" "$top/patches/series.sh" "$BASE"
check "checkpatch --strict and get_maintainer.pl find nothing" "$top/patches/checkpatch.sh" "$BASE"
# A series that has no sets is not for sending.
! grep -q '^\[' "$top/patches/$BASE/series" ||
	check "git send-email sends what a person has signed" signed
finish
