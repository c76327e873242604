#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Usage: show-bugs.sh [-a] [SET...]
#
# Runs what shows the bugs in patches/BASE/bugs, of all sets or of these, on the pristine
# base and on the base with the series, and prints a line for each: how the base
# fails, and that it passes with the series. Fails if a bug cannot be seen, or is
# still there. With -a, runs it on the base with one of the sets alone (and with those that
# it depends on), and not on the pristine base.
#
# From the environment: ONLY=NAME, of what is run. With RECORD=1, the lines go into
# RESULTS.md, see result.sh.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

alone=
if [ "${1:-}" = -a ]; then
	alone=1
	shift
fi
list=$top/patches/$BASE/bugs
[ -f "$list" ] || die "BASE=$BASE: there is no $list"
dir=$out/bugs
need_space "$dir" 300
take_lock "$dir.lock" "$dir"
need aarch64-linux-gnu-gcc rsync

# prepare CONFIG: the kernel, and all that runs on it, in $dir/CONFIG
prepare()
{
	local work=$dir/$1 kernel=$out/$1

	"$top/vm/kernel.sh" "$1"
	rm -rf "$work"
	mkdir -p "$work"
	cp "$top"/tests/bugs/* "$work"
	CONFIG=$1 "$top/vm/selftests.sh" -b "$work/kselftest"
	mv "$work/kselftest/livepatch" "$work/livepatch"
	use_compiler "$1"
	make -C "$kernel" M="$work" ARCH=arm64 "${tools[@]}" CC="$cc" modules >"$work/log" 2>&1 </dev/null || {
		tail -n 20 "$work/log" >&2
		die "the modules do not build, see $work/log"
	}
	aarch64-linux-gnu-gcc -O2 -Wall -Wextra -Werror -static -o "$work/perf_caller" "$work/perf_caller.c"
}

# run CONFIG WHAT CMDLINE: says how it went in one line, and passes or fails
run()
{
	local work=$dir/$1 what=$2 cmdline=$3 log status=0 verdict

	[ "$cmdline" != - ] || cmdline=
	log=$work/$what${cmdline:+-$cmdline}.log
	{
		printf '#!/bin/bash\n'
		case $what in
		*.ko) printf 'insmod %s && dmesg | sed -n "s/^[^]]*] %s: //p"\n' "$what" "${what%.ko}" ;;
		# It wants a directory to build modules in; they are built already.
		test-*) printf 'mkdir kdir && cd livepatch && KDIR=/root/kdir ./%s\n' "$what" ;;
		*) printf './%s\n' "$what" ;;
		esac
	} >"$work/script"
	CONFIG=$1 CMDLINE=$cmdline KEEP=$work/console TIMEOUT=900 "$top/vm/run.sh" "$work/script" \
		"$work"/*.ko "$work"/*.sh "$work"/{perf_caller,livepatch} >"$log" 2>&1 || status=$?
	# A kernel that complains has the last word.
	verdict=$(sed -n "s/.*the guest's kernel complained, line [0-9]*:\(\[[^]]*\] \)\?//p" "$log")
	[ -n "$verdict" ] || verdict=$(grep -m 1 -E '^(FAIL: |ERROR: |# ERROR: )' "$log") ||
		verdict=$(grep -m 1 '^PASS: ' "$log") || verdict="ended with status $status"
	printf '%s\n' "$verdict"
	case $verdict in
	"PASS: "* | "ended with status 0") [ "$status" -eq 0 ] ;;
	*) return 1 ;;
	esac
}

# tell FORMAT TEXT...: a line about a bug
tell()
{
	# shellcheck disable=SC2059
	printf "$@" | tee -a "$dir/table"
}

bad=0
prepared=
: >"$dir/table"
while IFS='|' read -r set what cmdline symptom; do
	read -r set <<<"$set"
	read -r what <<<"$what"
	read -r cmdline <<<"$cmdline"
	read -r symptom <<<"$symptom"
	[[ -n $set && $set != '#'* ]] || continue
	[ $# -eq 0 ] || [[ " $* " == *" $set "* ]] || continue
	[ "${ONLY:-$what}" = "$what" ] || continue
	fixed=series
	[ -z "$alone" ] || fixed=only-$set
	for config in pristine "$fixed"; do
		if [[ $config == pristine && -n $alone || $prepared == *" $config "* ]]; then
			continue
		fi
		prepare "$config"
		prepared+=" $config "
	done
	name=$what$([ "$cmdline" = - ] || printf ' (%s)' "$cmdline")
	if [ -z "$alone" ]; then
		if verdict=$(run pristine "$what" "$cmdline"); then
			tell '%s: pristine: does NOT fail: %s\n' "$name" "$verdict"
			bad=1
		elif ! grep -qE -- "$symptom" <<<"$verdict"; then
			tell '%s: pristine: fails otherwise: %s\n' "$name" "$verdict"
			bad=1
		else
			tell '%s: pristine: fails: %s\n' "$name" "${verdict#FAIL: }"
		fi
	fi
	if verdict=$(run "$fixed" "$what" "$cmdline"); then
		tell '%s: with %s: passes: %s\n' "$name" "$set" "${verdict#PASS: }"
	else
		tell '%s: with %s: FAILS: %s\n' "$name" "$set" "$verdict"
		bad=1
	fi
done <"$list"
[ "$bad" -eq 0 ] || exit 1
name=show-bugs${alone:+-alone}$([ $# -eq 0 ] || printf -- '-%s' "$@")${ONLY:+-${ONLY%.*}}
"$top/vm/result.sh" "${name//_/-}" "${ONLY:+ONLY=$ONLY }vm/show-bugs.sh${alone:+ -a}${*:+ $*}" <"$dir/table"
