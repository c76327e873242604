#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Usage: defconfig.sh COMPILER
#        defconfig.sh -r DIR
#
# Builds arm64's defconfig with unwind tables by that compiler, vmlinux and all
# modules, in build/BASE/defconfig-COMPILER: an hour or two, and 20 GB. Then prints
# what unwindtool says about it: each warning, and sums for vmlinux and for the
# modules together. With -r, only that, for a kernel that is built in DIR.
#
# The exit status is 0 if each table is there and says what the CFI says; warnings
# are for people to look at. With RECORD=1, the report about a build goes into RESULTS.md,
# see result.sh.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# sizes FILE: bytes of its table, and of its text
sizes()
{
	aarch64-linux-gnu-size -A -d "$1" | awk '
	$1 == ".unwind_table" { table = $2 }
	$1 ~ /^\.(init\.|exit\.)?text(\.|$)/ && $1 !~ /ftrace_trampoline/ { text += $2 }
	END { print table + 0, text + 0 }'
}

# sums WHAT: of what check --stats prints, and of lines `sizes TABLE TEXT`
sums()
{
	awk -v what="$1" '
	/ functions are reliable throughout$/ { fine += $2; functions += $4 }
	/ instructions are reliable \(/ { good += $2; insns += $4 }
	/: unreliable: / {
		sub(/.*: unreliable: /, "")
		n = split($0, part, ", ")
		for (i = 1; i <= n; i++) {
			words = part[i]
			sub(/^[0-9]* /, "", words)
			why[i] = words
			insns_by[words] += part[i]
		}
	}
	/: found / {
		if (!($(NF - 1) in findings))
			kind[++kinds] = $(NF - 1)
		findings[$(NF - 1)] += $NF
	}
	/^sizes / { table += $2; text += $3 }
	END {
		printf("%s: %d of %d functions are reliable throughout\n", what, fine, functions)
		printf("%s: %d of %d instructions are reliable (%.3f %%)\n", what, good, insns,
			insns ? 100 * good / insns : 0)
		for (i = 1; i in why; i++)
			if (insns_by[why[i]])
				printf("%s: unreliable: %d %s\n", what, insns_by[why[i]], why[i])
		for (i = 1; i <= kinds; i++)
			printf("%s: found %s %d\n", what, kind[i], findings[kind[i]])
		printf("%s: the table has %d bytes, %.2f %% of %d bytes of text\n", what, table,
			text ? 100 * table / text : 0, text)
	}'
}

# report DIR
report()
{
	local dir tool tmp modules=() tables=0 bad=0
	local noreturns=() module size

	dir=$(realpath "$1")
	tool=$dir/scripts/unwindtool/unwindtool

	[ -x "$tool" ] || die "$tool is not there: $dir has no kernel with CONFIG_ARM64_UNWIND_TABLE=y"
	[ -f "$dir/vmlinux" ] || die "$dir/vmlinux is not there: build it"
	need aarch64-linux-gnu-size
	tmp=$(mktemp -d)
	# shellcheck disable=SC2064
	trap "rm -rf '$tmp'" EXIT
	cd "$dir"
	mapfile -t modules < <(sed 's/\.o$/.ko/' modules.order 2>/dev/null || :)
	[ ! -f vmlinux.noreturns ] || noreturns=(--noreturns vmlinux.noreturns)

	"$tool" check --stats vmlinux >"$tmp/vmlinux" 2>"$tmp/warnings"
	echo "sizes $(sizes vmlinux)" >>"$tmp/vmlinux"
	"$tool" verify vmlinux >/dev/null 2>>"$tmp/warnings" || bad=$((bad + 1))
	for module in "${modules[@]}"; do
		"$tool" check --stats "${noreturns[@]}" "$module" >>"$tmp/modules" 2>>"$tmp/warnings"
		"$tool" verify "${noreturns[@]}" "$module" >/dev/null 2>>"$tmp/warnings" || bad=$((bad + 1))
		size=$(sizes "$module")
		echo "sizes $size" >>"$tmp/modules"
		case $size in
		"0 0") echo "$module has no code" ;;
		"0 "*) echo "$module has no table" >>"$tmp/warnings" && bad=$((bad + 1)) ;;
		*) tables=$((tables + 1)) ;;
		esac
	done
	cat "$tmp/warnings"
	sums vmlinux <"$tmp/vmlinux"
	if [ ${#modules[@]} -gt 0 ]; then
		sums modules <"$tmp/modules"
		echo "modules: $tables of ${#modules[@]} have a table"
	fi
	echo "$(grep -c ' warning: ' "$tmp/warnings" || :) warnings, $bad errors"
	[ "$bad" -eq 0 ]
}

src=$out/linux
if [ "${1:-}" = -r ]; then
	[ -d "${2:-}" ] || die "-r takes the directory of a kernel that is built"
	report "$2"
	exit
fi
[ -n "$(compiler_line "${1:-}")" ] || die "no compiler ${1:-}: vm/compilers has $(compilers)"
[ -e "$src/.git" ] || die "$src is not there: run make tree, which makes it"

dir=$out/defconfig-$1
need_space "$dir" 20000
take_lock "$dir.lock" "$dir"
need bc bison flex perl pahole
use_compiler "$1"
log=$dir/build.log
say "building $dir, log in $log"
printf '%s\n' CONFIG_ARM64_UNWIND_TABLE=y 'CONFIG_LOCALVERSION=""' \
	'# CONFIG_LOCALVERSION_AUTO is not set' >"$dir/fragment"
{
	(cd "$src" && KCONFIG_CONFIG="$dir/config.new" ARCH=arm64 MAKEFLAGS="${tools[*]}" \
		scripts/kconfig/merge_config.sh -O "$dir" arch/arm64/configs/defconfig "$dir/fragment")
	cmp -s "$dir/config.new" "$dir/.config" || cp "$dir/config.new" "$dir/.config"
	grep -x CONFIG_ARM64_UNWIND_TABLE=y "$dir/.config"
	# Not by ccache: it would throw out all else.
	make -C "$src" O="$dir" ARCH=arm64 "${tools[@]}" LOCALVERSION= -j "${JOBS:-$(nproc)}" vmlinux modules
} >"$log" 2>&1 </dev/null || {
	grep -n -E '(error:|Error [0-9]|undefined reference|ERROR:)' "$log" | head -n 20 >&2 || :
	die "defconfig does not build by $1, the whole log is $log"
}
report "$dir" | tee "$dir/report"
"$top/vm/result.sh" "defconfig-$1" "make defconfig COMPILER=$1" <"$dir/report"
