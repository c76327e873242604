#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The KUnit suites of the series once more, from debugfs: by then .init.text is
# gone from the kernel, but not from the stack of swapper/0.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

cat >"$tmp/script" <<'EOT'
#!/bin/bash
for suite in /sys/kernel/debug/kunit/arm64_stacktrace*; do
	# Not here, without a machine for them: 40-kunit.sh has one.
	[[ $suite != *_sweep && $suite != *_efi ]] || continue
	echo run >"$suite/run"
	cat "$suite/results"
done
EOT
export KEEP=$tmp/keep
status=0
CMDLINE=kunit.enable=1 "$top/vm/run.sh" "$tmp/script" >"$tmp/results" 2>"$tmp/stderr" || status=$?

# Nothing may be skipped, here as in 40-kunit.
if grep '# SKIP' "$tmp/results" >>"$tmp/stderr"; then status=1; fi
suites=0
while read -r verdict title; do
	suites=$((suites + 1))
	grep -B 15 '^ *not ok' "$tmp/results" >"$tmp/explain" || :
	result "$([ "$verdict" = ok ]; echo $?)" "$title, after the boot" "$tmp/explain"
done < <(sed -n -E 's/^(not ok|ok) [0-9]+ (arm64_stacktrace[a-z_]*).*/\1 \2/p' "$tmp/results" | sed 's/^not ok/not_ok/')
[ "$suites" -ge 4 ] || { status=1; echo "only $suites suites ran" >>"$tmp/stderr"; }
result "$status" "the guest went down in peace" "$tmp/stderr"
finish
