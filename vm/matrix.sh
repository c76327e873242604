#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Usage: [ONLY=NAME] [KEEP=1] matrix.sh [-n]
#
# Builds the configurations in vm/matrix one after the other, and then the default kernel
# of each compiler in vm/compilers. Boots each with the KUnit suites of the series
# (tests/40-kunit.sh), and with the selftests that take tasks over in the middle of an
# exception, if its modules can be unloaded; the compilers' with all livepatch selftests and
# the demo. A kernel that
# checks memory, locks or races is also put under load with the witness of stack walks
# (vm/witness.sh), if it has that: its own code is to be seen by these checks, too. A
# line says what came of it.
# It has failed when it cannot be configured or built, when its build warned of
# anything (unwindtool's findings are warnings), or when a test failed.
#
# With -n, builds nothing: shows what the configurations are, and which pairs of
# values are in none of them. The exit status is 0 if there are only such as are
# impossible.
#
# What has passed is not run again before the source, the configuration, a compiler
# or the tests change. Its objects are deleted, unless KEEP=1 or make check uses them;
# logs stay in build/BASE/matrix/NAME. ONLY=NAME runs one of the configurations.
# ONLY=compilers runs those of the compilers, and prints a table. ONLY=debian executes
# Debian's own kernels against unwind tables made for them, which comes last otherwise, see
# vm/debian-kernels.sh.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# To those who run a guest it is a directory.
keep=${KEEP:-}
unset KEEP
list=${MATRIX:-$top/vm/matrix}
config=$top/vm/config
selftests="test-stack-walk-exception.sh test-stack-walk-trace.sh test-stack-walk-unload.sh"
mapfile -t names < <(sed 's/#.*//; s/[[:space:]]*$//; /^$/d' "$list")
# What a compiler's default kernel is called
read -ra of_compilers < <(compilers | sed 's/\<gcc\>/default/')

# Pairs that no configuration can have, and why not.
impossible="
compiler=GCC scs=dynamic	only Clang has it: UNWIND_PATCH_PAC_INTO_SCS depends on CC_IS_CLANG
scs=dynamic pauth=off	it is patched into the place of the signing instructions: UNWIND_PATCH_PAC_INTO_SCS depends on ARM64_PTR_AUTH_KERNEL (each dynamic one is booted without pointer authentication, too: only then it is there)
"

# axes NAME: its value on each axis, from the configuration on standard input; what
# comes later counts
axes()
{
	awk -v name="$1" '
	/^CONFIG_[A-Z0-9_a-z]+=/ { split($0, a, "="); has[a[1]] = a[2] }
	/^# CONFIG_[A-Z0-9_a-z]+ is not set$/ { delete has[$2] }
	function on(symbol) { return has["CONFIG_" symbol] == "y" }
	function onoff(is) { return is ? "on" : "off" }
	END {
		scs = onoff(on("SHADOW_CALL_STACK"))
		if (on("UNWIND_PATCH_PAC_INTO_SCS"))
			scs = "dynamic"
		preempt = on("PREEMPT") ? "full" : "none"
		if (on("PREEMPT_RT"))
			preempt = "RT"
		random = onoff(on("RANDOMIZE_BASE"))
		if (random != onoff(on("RANDOMIZE_KSTACK_OFFSET")))
			random = "half"
		callops = onoff(on("DYNAMIC_FTRACE_WITH_CALL_OPS"))
		if (!on("DYNAMIC_FTRACE"))
			callops = "-"
		print name, "compiler=" (on("CC_IS_CLANG") ? "Clang" : "GCC"), "scs=" scs,
			"pauth=" onoff(on("ARM64_PTR_AUTH_KERNEL")),
			"pages=" (on("ARM64_64K_PAGES") ? "64K" : "4K"), "preempt=" preempt,
			"random=" random, "callops=" callops
	}'
}

# fragment NAME: what it asks for on each base, and on this one
fragment()
{
	local file found=1

	for file in "$config/$1.config" "$config/$BASE/$1.config"; do
		[ -f "$file" ] || continue
		cat "$file"
		found=0
	done
	return "$found"
}

# asked NAME: its values, by what its fragments ask for. kernel.sh makes no
# configuration that is otherwise.
asked()
{
	local parts part

	mapfile -t parts < <(parts_of "$1")
	{
		[[ $(compiler_line "${1%%+*}") != *clang* ]] || echo CONFIG_CC_IS_CLANG=y
		fragment base
		fragment default
		for part in "${parts[@]}"; do
			fragment "$part" || die "$list: $1: there is no $part.config in $config, nor in $config/$BASE"
		done
	} | axes "$1"
}

# Each pair of values, of which the lines on standard input have not got one
uncovered()
{
	awk -F '\t' -v impossible="$impossible" '
	BEGIN {
		split("compiler=GCC compiler=Clang scs=off scs=on scs=dynamic pauth=on pauth=off " \
			"pages=4K pages=64K preempt=full preempt=none preempt=RT " \
			"random=on random=off callops=on callops=off", values, " ")
		n = split(impossible, lines, "\n")
		for (i = 1; i <= n; i++) {
			if (!split(lines[i], part, "\t"))
				continue
			split(part[1], pair, " ")
			why[pair[1], pair[2]] = why[pair[2], pair[1]] = part[2]
		}
	}
	function axis(value) { return substr(value, 1, index(value, "=")) }
	{
		n = split($0, has, " ")
		for (i = 2; i <= n; i++)
			for (j = 2; j <= n; j++)
				covered[has[i], has[j]] = has[1]
	}
	END {
		for (i = 1; i in values; i++) {
			for (j = i + 1; j in values; j++) {
				if (axis(values[i]) == axis(values[j]))
					continue
				all++
				if ((values[i], values[j]) in covered) {
					if ((values[i], values[j]) in why) {
						print "not impossible: " values[i] " " values[j] ": " covered[values[i], values[j]]
						bad++
					}
				} else if ((values[i], values[j]) in why) {
					print "impossible: " values[i] " " values[j] ": " why[values[i], values[j]]
					left++
				} else {
					print "in none of them: " values[i] " " values[j]
					bad++
				}
			}
		}
		print all " pairs, " left + 0 " impossible, " bad + 0 " wrong"
		exit bad != 0
	}'
}

[ ${#names[@]} -gt 0 ] || die "$list has no configurations"
if [ "${1:-}" = -n ]; then
	table=$(for name in "${names[@]}"; do asked "$name"; done)
	printf '%s\n' "name compiler scs pauth pages preempt random callops" "$table" |
		awk '{ gsub(/ [a-z]*=/, " "); printf("%-46s %-9s %-8s %-6s %-6s %-8s %-7s %s\n", $1, $2, $3, $4, $5, $6, $7, $8) }'
	uncovered <<<"$table" || die "$list lacks the pairs above: add a configuration, or say in vm/matrix.sh why there is none"
	exit 0
fi

# is_in NAME NAME...
is_in()
{
	[[ " ${*:2} " == *" $1 "* ]]
}

[ -n "${MATRIX:-}" ] || for name in "${of_compilers[@]}"; do
	is_in "$name" "${names[@]}" || names+=("$name")
done
case ${ONLY:-} in
'') ;;
compilers) names=("${of_compilers[@]}") ;;
debian) exec "$top/vm/debian-kernels.sh" ;;
*)
	is_in "$ONLY" "${names[@]}" ||
		die "ONLY=$ONLY is not in vm/matrix, and no compiler: there are ${names[*]}, compilers and debian"
	names=("$ONLY")
	;;
esac

logs=$out/matrix
need_space "$logs" 2500
take_lock "$logs/lock" "$logs"

# What a configuration's result depends on, beside its .config, which has the
# compiler's version.
state=$(git -C "$out/linux" rev-parse 'HEAD^{tree}'; git -C "$out/linux" diff HEAD
	qemu-system-aarch64 --version
	cat "$top"/vm/{kernel,matrix,selftests,kselftests,stress-ng,run,lib,witness,demo}.sh \
		"$top"/vm/{witness/guest,witness/bpf_attach.c,witness/filters.c,guest-stress} \
		"$top"/vm/demo/* "$top"/tests/{40-kunit,lib}.sh)

# key DIR
key()
{
	{ echo "$state"; grep -v '^# ' "$1/.config"; } | sha256sum
}

# all_compared NAME: with a shadow call stack, each reliable walk was
all_compared()
{
	! grep -q '^CONFIG_SHADOW_CALL_STACK=y' "$out/$1/.config" || awk '
		{ figure[$1] = $2 }
		END {
			exit !(figure["compared"] > 0 &&
				figure["reliable"] == figure["compared"] + figure["undecided"])
		}' "$logs/$1/witness"
}

# all_selftests: the livepatch selftests, but one that needs a guest of its kind
all_selftests()
{
	(cd "$out/linux/tools/testing/selftests/livepatch" && ls test-*.sh) | grep -v -x test-under-fire.sh
}

# run NAME: 0 and nothing else if all is well, else a line that says what is not
run()
{
	local name=$1 dir=$out/$1 log=$logs/$1 passed=0 failed values test skips wrong status cmdline
	local tests=$selftests

	rm -rf "${log:?}"/*
	mkdir -p "$log"
	"$top/vm/kernel.sh" -n "$name" >"$log/configure" 2>&1 || {
		echo "cannot be configured, see $log/configure"
		return 1
	}
	values=$(axes "$name" <"$dir/.config")
	[ "$values" = "$(asked "$name")" ] || {
		echo "is another configuration than its name says: ${values#* }"
		return 1
	}
	# What was built by an earlier run said its warnings there: link again.
	rm -f "$dir/vmlinux"
	find "$dir" -name '*.ko' -delete
	"$top/vm/kernel.sh" "$name" >"$log/kernel" 2>&1 || {
		cp "$dir/build.log" "$log" 2>/dev/null || :
		echo "does not build, see $log/kernel"
		return 1
	}
	cp "$dir"/{build.log,.config} "$log"
	if grep -i 'warning:' "$dir/build.log" >"$log/warnings"; then
		echo "$(wc -l <"$log/warnings") warnings, the first: $(head -n 1 "$log/warnings")"
		failed=1
	fi
	"$top/tests/40-kunit.sh" "$name" >"$log/kunit" 2>"$log/kunit.stderr" </dev/null || :
	passed=$(grep -c '^ok' "$log/kunit") || :
	if grep -q '^not ok' "$log/kunit"; then
		echo "$(grep -c '^not ok' "$log/kunit") tests failed, the first: $(sed -n 's/^not ok [0-9]* - //p' "$log/kunit" | head -n 1), see $log/kunit"
		failed=1
	elif [ "$(tail -n 1 "$log/kunit")" != "1..$passed" ] || [ "$passed" -eq 0 ]; then
		echo "the tests did not end, see $log/kunit.stderr"
		failed=1
	fi
	if grep -q '^CONFIG_MODULE_UNLOAD=y' "$dir/.config" && grep -q '^CONFIG_LIVEPATCH=y' "$dir/.config"; then
		# Why they may skip themselves, or the rest of what they do
		skips='' wrong='' status=0
		grep -q '^CONFIG_PREEMPTION=y' "$dir/.config" ||
			skips='needs a kernel that preempts tasks in the kernel'
		! grep -q '^# CONFIG_ARM64_UNWIND_EXCEPTIONS is not set' "$dir/.config" ||
			skips='no reliable stack walk across exceptions'
		! is_in "$name" "${of_compilers[@]}" || tests=$(all_selftests)
		# shellcheck disable=SC2086
		CONFIG=$name "$top/vm/selftests.sh" $tests >"$log/selftests" 2>&1 </dev/null || status=$?
		for test in $tests; do
			# One that skips itself is "ok", too.
			if grep -q "^ok [0-9]* selftests: livepatch: $test\$" "$log/selftests" ||
				{ [ -n "$skips" ] && grep -q "SKIP: $skips" "$log/selftests" &&
					grep -q "^ok [0-9]* selftests: livepatch: $test # SKIP" "$log/selftests"; }; then
				passed=$((passed + 1))
			else
				echo "$test failed, see $log/selftests"
				wrong=1
			fi
		done
		# Of what the kernel says meanwhile, they know nothing.
		[ "$status" -eq 0 ] || [ -n "$wrong" ] || {
			echo "the selftests: $(tail -n 1 "$log/selftests"), see $log/selftests"
			wrong=1
		}
		failed=${wrong:-${failed:-}}
	fi
	if grep -q '^CONFIG_ARM64_STACKTRACE_WITNESS=y' "$dir/.config" &&
		grep -q -E '^CONFIG_(KASAN|KCSAN|PROVE_LOCKING)=y' "$dir/.config"; then
		# Where there is one only if the CPU cannot sign return addresses
		cmdline=
		! grep -q '^CONFIG_UNWIND_PATCH_PAC_INTO_SCS=y' "$dir/.config" ||
			cmdline="arm64.nopauth arm64.nobti"
		if ! CONFIG=$name NMI=1 PERIOD=4000 CMDLINE=$cmdline QEMU_ARGS="-m 2G" \
			"$top/vm/witness.sh" 60 5000 >"$log/witness" 2>&1 </dev/null; then
			echo "the load with the witness failed, see $log/witness"
			failed=1
		elif all_compared "$name"; then
			passed=$((passed + 1))
		else
			echo "the load with the witness had walks that were not compared, see $log/witness"
			failed=1
		fi
	fi
	if is_in "$name" "${of_compilers[@]}"; then
		if CONFIG=$name "$top/vm/demo.sh" >"$log/demo" 2>&1 </dev/null; then
			passed=$((passed + 1))
			touch "$log/demo.passed"
		else
			echo "the demo: $(tail -n 1 "$log/demo"), see $log/demo"
			failed=1
		fi
		"$top/vm/defconfig.sh" -r "$dir" >"$log/report" 2>&1 || {
			echo "unwindtool: $(tail -n 1 "$log/report"), see $log/report"
			failed=1
		}
	fi
	cp "$dir"/*.log "$log"
	[ -z "${failed:-}" ] || return 1
	key "$dir" >"$log/passed"
	echo "$passed tests"
}

# again NAME: it has passed, and nothing has changed since
again()
{
	[ -f "$logs/$1/passed" ] || return 1
	"$top/vm/kernel.sh" -n "$1" >/dev/null 2>&1 || return 1
	[ "$(key "$out/$1")" = "$(cat "$logs/$1/passed")" ]
}

passed=0 failed=0
for name in "${names[@]}"; do
	start=$SECONDS
	if again "$name"; then
		passed=$((passed + 1))
		echo "ok      $name: has passed before"
	else
		say "$name, since $(date +%H:%M)"
		status=0
		what=$(run "$name") || status=$?
		if [ "$status" -eq 0 ]; then
			passed=$((passed + 1))
			echo "ok      $name: $what, $((SECONDS - start)) s"
		else
			failed=$((failed + 1))
			echo "failed  $name: ${what//$'\n'/; }, $((SECONDS - start)) s"
		fi
	fi
	case $name in
	default | clang | "$(newest_gcc)+scs") ;;	# make check uses them
	*) [ -n "$keep" ] || [ ! -f "$logs/$name/passed" ] || rm -rf "${out:?}/$name" ;;
	esac
done

# figures NAME: what was seen of a compiler's kernel, as lines "NAME, COLUMN, VALUE" with tabs
# between them
figures()
{
	local log=$logs/$1

	{
		sed -n '/^CONFIG_CC_VERSION_TEXT=/ { s/.*(Debian \([^ ]*\)).*/version \1/p; s/.*clang version \([^ ]*\) (\(.*\))"/version \1-\2/p }' "$log/.config"
		cat "$log/report"
		sed 's/^/KUnit: /' "$log/kunit"
		sed 's/^/selftests: /' "$log/selftests"
		if [ -e "$log/demo.passed" ]; then echo "demo: ok 1"; else echo "demo: not ok 1"; fi
	} 2>/dev/null | awk -v name="$1" '
	function add(what, n) { sum[what] += n; if (!seen[what]++) column[++columns] = what }
	BEGIN {
		split("functions,reliable", first, ",")
		last = split("KUnit,sweep,selftests,demo", tests, ",")
	}
	/^version / { version = $NF }
	/: [0-9]* of [0-9]* functions are reliable throughout$/ {
		add("functions", $4)
		add("reliable", $2)
	}
	/: unreliable: / {
		n = $3
		sub(/.*: unreliable: [0-9]* /, "")
		add($0, n)
	}
	/^[A-Za-z]*: (not )?ok [0-9]/ {
		what = $1
		sub(/:$/, "", what)
		if (/, sweep/)
			what = "sweep"
		if ($2 == "ok" && !/# SKIP/)
			passed[what]++
		else
			failed[what]++
	}
	END {
		printf("%s\tversion\t%s\n", name, version)
		for (i = 1; i <= columns; i++)
			printf("%s\t%s\t%d\n", name, column[i], sum[column[i]])
		for (i = 1; i <= last; i++)
			printf("%s\t%s\t%d/%d\n", name, tests[i], passed[tests[i]], failed[tests[i]])
	}'
}

if [ "${ONLY:-}" = compilers ]; then
	echo "vmlinux and modules: functions, those reliable throughout, unreliable instructions by" \
		"what unwindtool says of them; tests: passed/failed"
	for name in "${names[@]}"; do
		figures "$name"
	done | awk -F '\t' '
	function see(c) {
		if (!(c in width)) {
			column[++columns] = c
			width[c] = length(c)
		}
	}
	BEGIN {
		see("compiler")
		# Those of the tests are the last.
		split("KUnit sweep selftests demo", tests, " ")
		for (i in tests)
			is_test[tests[i]] = 1
	}
	!seen[$1]++ { row[++rows] = $1; value[$1, "compiler"] = $1 }
	!($2 in is_test) { see($2) }
	{ value[$1, $2] = $3 }
	END {
		for (i = 1; i in tests; i++)
			see(tests[i])
		for (c in width)
			for (i = 1; i <= rows; i++)
				if (length(value[row[i], c]) > width[c])
					width[c] = length(value[row[i], c])
		for (i = 0; i <= rows; i++) {
			for (j = 1; j <= columns; j++) {
				text = i ? value[row[i], column[j]] : column[j]
				printf(j < 3 ? "%-*s  " : "%*s  ", width[column[j]], text == "" ? 0 : text)
			}
			print ""
		}
	}'
fi
if [ -z "${ONLY:-}" ]; then
	if "$top/vm/debian-kernels.sh"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
	fi
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
