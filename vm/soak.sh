#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Usage: [ONLY=JOB] soak.sh [-n]
#
# Tests that go on for hours, until they have seen enough. A job runs its command
# again and again; each run is a portion, which prints what it counted as words
# NAME=NUMBER and fails if it found a fault. What has been counted is kept in
# build/BASE/soak/JOB.log, and counts as long as the job's kernel is the same: another
# run goes on where this one was stopped. Two runs may do a job each at once. With -n,
# prints how far each job is and runs none. A failed portion ends it all, and leaves
# what it printed in JOB.failed. With RECORD=1, the counts of all jobs, each on its kernel as
# it is, go into RESULTS.md at the end, see result.sh.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# The name, the configuration, what has to be counted, and the command, from the top of
# the repository, which finds CONFIG in its environment
jobs()
{
	local fire='KLP_FIRE_TRANSITIONS=100 KLP_FIRE_SWITCHES=1000 KLP_FIRE_CALLS=8000000 TIMEOUT=3600 vm/fire.sh'

	local figures="| awk -f vm/witness/sum.awk"
	local witness="vm/witness.sh 600 $figures"
	local dynamic="arm64.nopauth arm64.nobti"

	job fire-nmi default "calls=60000000 switches=3000 transitions=300" "$fire nmi"
	job fire-irq default "calls=30000000 switches=3000 transitions=300" "$fire irq"
	job fire-scs scs "calls=10000000 switches=1000 transitions=100" "$fire nmi"
	job fire-nocallops nocallops "calls=20000000 switches=3000 transitions=300" "$fire nmi"
	job witness-nmi scs "walks=4000000 compared=3400000" "NMI=1 $witness"
	job witness-irq scs "walks=2000000 compared=1700000" "$witness"
	job witness-rt scs+nopauth+rt "walks=2000000 compared=1600000" "NMI=1 $witness"
	job witness-dynamic clang "walks=1500000 compared=1300000" "NMI=1 CMDLINE='$dynamic' $witness"
	# That kernel has no shadow call stack where return addresses are signed.
	job witness-none clang "walks=500000" "NMI=1 $witness"
	job witness-selftests scs "walks=200000 compared=150000" \
		"CMDLINE='irqchip.gicv3_pseudo_nmi=1 stacktrace_witness.period_us=500' vm/selftests.sh $figures"
	job stacks clang+scs+kasan "cases=1000000" "vm/stacks.sh 100000"
}

only_show=
only_print=
if [ "${1:-}" = -n ]; then
	only_show=1
	shift
fi
# A portion is no result of its own.
record=${RECORD:-}
unset RECORD
[ $# -eq 0 ] || die "usage: [ONLY=JOB] soak.sh [-n]"
dir=$out/soak
need_space "$dir" 500
seen=

# kernel CONFIG: what tells one kernel from another
kernel()
{
	sha256sum "$out/$1/Image" 2>/dev/null | cut -c 1-16
}

# counted JOB CONFIG GOAL...: how much that kernel has of each; fails if it is not enough
counted()
{
	local log=$dir/$1.log

	[ -e "$log" ] || log=/dev/null
	awk -v kernel="kernel=$(kernel "$2")" -v goals="${*:3}" '
	$2 == kernel {
		portions++
		for (i = 3; i <= NF; i++)
			if (split($i, word, "=") == 2)
				sum[word[1]] += word[2]
	}
	END {
		n = split(goals, goal, " ")
		for (i = 1; i <= n; i++) {
			split(goal[i], word, "=")
			printf("%s %d of %d, ", word[1], sum[word[1]], word[2])
			less += sum[word[1]] < word[2]
		}
		print portions + 0 " portions"
		exit less > 0
	}' "$log"
}

# row JOB CONFIG: what that kernel has of everything, for people
row()
{
	local log=$dir/$1.log

	[ -e "$log" ] || log=/dev/null
	awk -v job="$1" -v config="$2" -v kernel="kernel=$(kernel "$2")" '
	$2 == kernel {
		portions++
		for (i = 3; i <= NF; i++)
			if (split($i, word, "=") == 2 && word[2] ~ /^[0-9]+$/ && word[1] !~ /seed/) {
				if (!(word[1] in sum))
					name[++names] = word[1]
				sum[word[1]] += word[2]
			}
	}
	END {
		printf("%s on %s: ", job, config)
		if (portions)
			printf("%s portions=%d", kernel, portions)
		else
			printf("nothing on the kernel as it is")
		for (i = 1; i <= names; i++)
			printf(" %s=%d", name[i], sum[name[i]])
		print ""
	}' "$log" | fold -s -w 90 | sed '2,$s/^/    /'
}

# job NAME CONFIG GOALS COMMAND
job()
{
	local name=$1 config=$2 goals=$3 command=$4 log=$dir/$1.log printed=$dir/$1.printed

	if [ -n "$only_print" ]; then
		row "$name" "$config"
		return 0
	fi
	[ -z "${ONLY:-}" ] || [ "$ONLY" = "$name" ] || return 0
	seen=1
	if [ -z "$only_show" ]; then
		[[ $name != fire-* ]] || "$top/vm/qemu.sh"
		take_lock "$dir/$name.lock" "$name"
		"$top/vm/kernel.sh" "$config"
	fi
	# shellcheck disable=SC2086
	until say "$name: $(counted "$name" "$config" $goals)" &&
		counted "$name" "$config" $goals >/dev/null; do
		[ -z "$only_show" ] || return 0
		(cd "$top" && CONFIG=$config eval "$command") >"$printed" 2>&1 </dev/null || {
			mv "$printed" "$dir/$name.failed"
			tail -n 20 "$dir/$name.failed" >&2
			die "$name found a fault: see $dir/$name.failed"
		}
		printf '%s kernel=%s %s\n' "$(date -u +%FT%TZ)" "$(kernel "$config")" \
			"$(tail -n 1 "$printed")" >>"$log"
	done
}

jobs
[ -n "$seen" ] || die "ONLY=$ONLY is none of the jobs, see vm/soak.sh"
[ -z "$only_show" ] || exit 0
only_print=1
jobs >"$dir/table"
RECORD=$record "$top/vm/result.sh" soak "make soak" <"$dir/table"
