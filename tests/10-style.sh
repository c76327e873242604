#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What every file of the repository owes its readers.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
cd "$top"

# Committed or about to be.
mapfile -t files < <(git ls-files --cached --others --exclude-standard)

# A series' data: mails as git writes them, and the lists beside them.
spdx()
{
	local f bad=0

	for f in "${files[@]}"; do
		[[ ! $f =~ ^patches/v[^/]*/ && $f != MAINTAINERS && -f $f ]] || continue
		# The kernel's ABI files have none.
		[[ $f != Documentation/ABI/* ]] || continue
		# The documentation's files may begin with a reference label.
		head -n 5 "$f" | grep -q 'SPDX-License-Identifier: GPL-2.0-only' || {
			echo "$f: no SPDX-License-Identifier: GPL-2.0-only in its first lines"
			bad=1
		}
	done
	return "$bad"
}

scripts=()
for f in "${files[@]}"; do
	[ -f "$f" ] || continue
	case $f in
	*.sh) scripts+=("$f") ;;
	*) ! head -n 1 "$f" | grep -aq -E '^#!.*\b(ba)?sh\b' || scripts+=("$f") ;;
	esac
done

check "every file has its licence" spdx
for f in "${scripts[@]}"; do
	# What goes into the kernel's selftests is written as its siblings are.
	case $f in
	tools/testing/selftests/*) check "shellcheck $f" shellcheck --severity=error "$f" ;;
	*) check "shellcheck $f" shellcheck -x "$f" ;;
	esac
done
finish
