#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The runner reports what really happened in the guest, and bad input to the
# scripts ends with one clear message.
#
# Alone: it builds the default kernel anew, and looks for guests that were left behind.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

export KEEP=$tmp/keep
run=$top/vm/run.sh

# script TEXT: makes $tmp/script of it
script()
{
	printf '#!/bin/bash\n%s\n' "$1" >"$tmp/script"
}

status_is_passed_on()
{
	local status=0

	script 'echo said on stdout; echo said on stderr >&2; exit 7'
	"$run" "$tmp/script" >"$tmp/printed" || status=$?
	[ "$status" -eq 7 ]
	diff "$tmp/printed" - <<-EOT
		said on stdout
		said on stderr
	EOT
	script 'exit 0'
	"$run" "$tmp/script"
}

files_are_beside_it()
{
	mkdir "$tmp/dir"
	echo one >"$tmp/a file"
	echo two >"$tmp/dir/b"
	script 'set -e; grep one "a file"; grep two dir/b; id -u | grep -x 0'
	"$run" "$tmp/script" "$tmp/a file" "$tmp/dir"
}

# What the scripts of others may rely on.
guest_is_complete()
{
	cat >"$tmp/script" <<-'EOT'
		#!/bin/bash
		set -e
		for tool in awk bash dmesg find insmod modprobe perl ps sed stat strace sysctl taskset; do
			command -v $tool
		done
		for fs in /proc /sys /dev /sys/kernel/debug /sys/kernel/tracing; do
			mountpoint $fs
		done
		echo 1 >/proc/sys/vm/unprivileged_userfaultfd
		[ "$(nproc)" = 2 ]
		modprobe lkdtm
		modprobe livepatch-sample
		rmmod lkdtm
	EOT
	"$run" "$tmp/script"
}

hang_is_reported()
{
	script 'echo here; sleep 1000'
	TIMEOUT=10 fails_with "script did not end within 10 s" "$run" "$tmp/script"
	grep -q 'the end of the console' "$tmp/printed"
	grep -q 'Run /init' "$tmp/printed"
}

hang_before_init_is_reported()
{
	script 'exit 0'
	TIMEOUT=8 CMDLINE="rdinit=/usr/bin/sleep -- 1000" \
		fails_with "did not reach its first process within 8 s" "$run" "$tmp/script"
}

silence_is_reported()
{
	script 'exit 0'
	TIMEOUT=3 QEMU_ARGS=-S fails_with "said nothing at all within 3 s" "$run" "$tmp/script"
}

going_down_is_reported()
{
	script 'echo o >/proc/sysrq-trigger; sleep 100'
	fails_with "went down without a verdict" "$run" "$tmp/script"
}

panic_is_reported()
{
	script 'echo c >/proc/sysrq-trigger; sleep 100'
	fails_with "kernel complained.*sysrq triggered crash\|kernel complained.*Unable to handle\|kernel complained.*Kernel panic" \
		"$run" "$tmp/script"
	grep -q 'Call trace:' "$tmp/printed"
}

# A kernel's complaint weighs more than the script's own word.
warning_is_reported()
{
	script 'modprobe lkdtm; echo WARNING >/sys/kernel/debug/provoke-crash/DIRECT; exit 0'
	fails_with "kernel complained.*WARNING: " "$run" "$tmp/script"
}

oops_is_reported()
{
	script 'modprobe lkdtm; echo BUG >/sys/kernel/debug/provoke-crash/DIRECT; exit 0'
	fails_with "kernel complained.*kernel BUG at" "$run" "$tmp/script"
}

# KCSAN's reports count where a function of the series' files has a part in the race
races_are_sorted()
{
	local kernel=$tmp/kcsan names want got

	mkdir -p "$kernel/arch/arm64/kernel"
	echo CONFIG_KCSAN=y >"$kernel/.config"
	echo 'void ours(void) { }' |
		aarch64-linux-gnu-gcc -c -x c - -o "$kernel/arch/arm64/kernel/stacktrace.o"
	while read -r names want; do
		printf '[ 1] %s\n' "==========" "BUG: KCSAN: data-race in ${names//,/ / }" \
			"read to 0x1 of 8 bytes" "==========" "all is well" >"$tmp/races"
		got=$(complaint "$tmp/races" "$kernel" | cut -d : -f 1)
		echo "$names: ${got:-none}"
		[ "${got:-none}" = "$want" ]
		# Another CPU's warning in the middle of it
		sed -i 's/read to.*/WARNING: &/' "$tmp/races"
		[ "$(complaint "$tmp/races" "$kernel" | cut -d : -f 1)" = "${want/none/3}" ]
	done <<-'EOT'
		ours,theirs 2
		theirs,ours 2
		ours 2
		theirs none
		theirs,another none
	EOT
	# Of a kernel whose functions are not known, all that it says counts.
	rm "$kernel/arch/arm64/kernel/stacktrace.o"
	[ "$(complaint "$tmp/races" "$kernel" | cut -d : -f 1)" = 2 ]
	# Any other kernel has none.
	rm "$kernel/.config"
	[ -n "$(complaint "$tmp/races" "$kernel")" ]
}

two_at_once()
{
	local first second

	script 'sleep 2; exit 3'
	KEEP=$tmp/keep1 "$run" "$tmp/script" &
	first=$!
	KEEP=$tmp/keep2 "$run" "$tmp/script" &
	second=$!
	if wait "$first"; then return 1; else [ $? -eq 3 ]; fi
	if wait "$second"; then return 1; else [ $? -eq 3 ]; fi
}

# Interrupted, it takes its guest and its files along.
interrupt_leaves_nothing()
{
	local pid dir

	script 'sleep 1000'
	touch "$tmp/before"
	"$run" "$tmp/script" &
	pid=$!
	sleep 5
	dir=$(find "$out" -maxdepth 1 -name 'vm.*' -newer "$tmp/before")
	pgrep -f "$dir/verdict"
	kill -TERM "$pid"
	if wait "$pid"; then return 1; fi
	sleep 1
	if pgrep -f "$dir/verdict"; then return 1; fi
	[ ! -e "$dir" ]
}

# hide TOOL...: a PATH without these
hide()
{
	local tool

	rm -rf "${tmp:?}/bin"
	mkdir "$tmp/bin"
	IFS=: read -r -a dirs <<<"$PATH:/usr/sbin:/sbin"
	for dir in "${dirs[@]}"; do
		# What comes first on the path stays.
		[ ! -d "$dir" ] || find "$dir/" -maxdepth 1 -mindepth 1 -exec ln -s -t "$tmp/bin" {} + 2>/dev/null || :
	done
	for tool; do
		rm -f "$tmp/bin/$tool"
	done
}

# The scripts add the directories of sbin again, so those hold no tool tested.
missing_qemu()
{
	hide qemu-system-aarch64
	script 'exit 0'
	PATH=$tmp/bin fails_with "needs qemu-system-aarch64" "$run" "$tmp/script"
}

old_qemu()
{
	mkdir -p "$tmp/old"
	printf '#!/bin/sh\necho "QEMU emulator version 5.2.0 (Debian 1:5.2)"\n' >"$tmp/old/qemu-system-aarch64"
	chmod +x "$tmp/old/qemu-system-aarch64"
	script 'exit 0'
	PATH=$tmp/old:$PATH fails_with "is version 5.2, and 7.2 or newer is needed" "$run" "$tmp/script"
}

missing_compiler()
{
	hide aarch64-linux-gnu-gcc
	PATH=$tmp/bin fails_with "needs aarch64-linux-gnu-gcc" "$top/vm/kernel.sh"
}

missing_package_is_named()
{
	hide aarch64-linux-gnu-gcc sudo id
	printf '#!/bin/sh\necho 1000\n' >"$tmp/bin/id"
	chmod +x "$tmp/bin/id"
	PATH=$tmp/bin fails_with "apt-get install --no-install-recommends gcc-aarch64-linux-gnu" "$top/vm/deps.sh"
}

no_network()
{
	hide aarch64-linux-gnu-gcc apt-get
	cat >"$tmp/bin/apt-get" <<-'EOT'
		#!/bin/sh
		echo "E: Failed to fetch http://deb.debian.org/: Temporary failure resolving"
		exit 100
	EOT
	chmod +x "$tmp/bin/apt-get"
	# Root needs no sudo, and for others sudo does as it is told.
	cat >"$tmp/bin/sudo" <<-'EOT'
		#!/bin/sh
		[ "$1" != -n ] || shift
		exec "$@"
	EOT
	chmod +x "$tmp/bin/sudo"
	PATH=$tmp/bin BUILD=$tmp/b fails_with "no network" "$top/vm/deps.sh"
	grep -q 'Temporary failure resolving' "$tmp/printed"
}

no_network_for_packages()
{
	MIRROR=http://localhost:1/debian BUILD=$tmp/b fails_with "without a network" "$top/vm/rootfs.sh"
	[ ! -e "$tmp/b/rootfs/rootfs.cpio" ]
	MIRROR=http://localhost:1/debian BUILD=$tmp/b fails_with "without a network" "$top/vm/toolchain.sh" gcc-14
	[ ! -e "$tmp/b/toolchains/gcc-14" ]
}

no_room()
{
	mkdir -p "$tmp/full"
	printf '#!/bin/sh\necho Avail\necho 12\n' >"$tmp/full/df"
	chmod +x "$tmp/full/df"
	PATH=$tmp/full:$PATH fails_with "12 MB free and [0-9]* MB are needed" "$top/vm/kernel.sh"
}

no_write_permission()
{
	BUILD=/proc/nowhere fails_with "BUILD=.*cannot be made" "$top/vm/rootfs.sh"
}

unknown_configuration()
{
	local name

	fails_with "no configuration nonesuch" make -s -C "$top" kernel CONFIG=nonesuch
	for name in scs+nonesuch nonesuch+scs scs++64k ../config/scs; do
		fails_with "no configuration $name" "$top/vm/kernel.sh" "$name"
	done
}

unknown_compiler()
{
	fails_with "no configuration nonesuch+scs: .* compilers are gcc .*clang" \
		make -s -C "$top" kernel COMPILER=nonesuch CONFIG=scs
	fails_with "no compiler nonesuch: .* has gcc .*clang" "$top/vm/defconfig.sh" nonesuch
	fails_with "no compiler nonesuch: .* has gcc .*clang" "$top/vm/toolchain.sh" nonesuch
}

unknown_base()
{
	fails_with "BASE=v1.0" make -s -C "$top" kernel BASE=v1.0
}

unreadable_script()
{
	fails_with "$tmp/nonesuch cannot be read" "$run" "$tmp/nonesuch"
}

bad_timeout()
{
	script 'exit 0'
	TIMEOUT=soon fails_with "TIMEOUT=soon is no number" "$run" "$tmp/script"
}

no_kernel_yet()
{
	script 'exit 0'
	mkdir -p "$tmp/empty"
	BUILD=$tmp/empty fails_with "run make kernel" "$run" "$tmp/script"
}

# A symbol that did not come to be stops the build before it begins.
wrong_configuration()
{
	mkdir -p "$tmp/repo" "$tmp/b/$BASE"
	cp -r "$top/vm" "$tmp/repo"
	ln -sfn "$out/linux" "$tmp/b/$BASE/linux"
	printf 'CONFIG_NONESUCH=y\n# CONFIG_MODULES is not set\n' >"$tmp/repo/vm/config/odd.config"
	BUILD=$tmp/b fails_with "cannot have the configuration odd" "$tmp/repo/vm/kernel.sh" odd
	grep -q 'asked: CONFIG_NONESUCH=y, got: nothing' "$tmp/printed"
	[ ! -e "$tmp/b/$BASE/odd/vmlinux" ]
}

# The last of them has the last word, and each brings what it needs.
joined_configuration()
{
	mkdir -p "$tmp/repo" "$tmp/b/$BASE"
	cp -r "$top/vm" "$tmp/repo"
	ln -sfn "$out/linux" "$tmp/b/$BASE/linux"
	printf 'CONFIG_LOG_BUF_SHIFT=16\n' >"$tmp/repo/vm/config/small.config"
	printf '#include "small.config"\nCONFIG_IKCONFIG=y\n' >"$tmp/repo/vm/config/odd.config"
	BUILD=$tmp/b "$tmp/repo/vm/kernel.sh" -n scs+odd
	grep -qx 'CONFIG_SHADOW_CALL_STACK=y' "$tmp/b/$BASE/scs+odd/.config"
	grep -qx 'CONFIG_LOG_BUF_SHIFT=16' "$tmp/b/$BASE/scs+odd/.config"
	grep -qx 'CONFIG_IKCONFIG=y' "$tmp/b/$BASE/scs+odd/.config"
	[ ! -e "$tmp/b/$BASE/scs+odd/vmlinux" ]
	printf '# CONFIG_SHADOW_CALL_STACK is not set\n' >>"$tmp/repo/vm/config/small.config"
	BUILD=$tmp/b "$tmp/repo/vm/kernel.sh" -n scs+odd
	grep -qx '# CONFIG_SHADOW_CALL_STACK is not set' "$tmp/b/$BASE/scs+odd/.config"
	BUILD=$tmp/b "$tmp/repo/vm/kernel.sh" -n odd+scs
	grep -qx 'CONFIG_SHADOW_CALL_STACK=y' "$tmp/b/$BASE/odd+scs/.config"
}

# Killed in the middle of it, and no more to be done than to try again.
interrupted_build()
{
	local dir=$out/default

	rm -f "$dir"/lib/{sort,bsearch,string}.o "$dir/vmlinux" "$dir/Image"
	setsid "$top/vm/kernel.sh" >"$tmp/first" 2>&1 &
	for ((i = 0; i < 600; i++)); do
		! grep -q 'lib/.*\.o$' "$dir/build.log" || break
		sleep 0.1
	done
	kill -KILL -- "-$!"
	wait "$!" || :
	[ ! -e "$dir/Image" ]
	"$top/vm/kernel.sh"
	script 'exit 0'
	"$run" "$tmp/script"
}

check "the script's status and output are passed on" status_is_passed_on
check "files and directories are beside the script" files_are_beside_it
check "the guest has what scripts need" guest_is_complete
check "two guests at once" two_at_once
check "a hanging script is reported" hang_is_reported
check "a guest that hangs in boot is reported" hang_before_init_is_reported
check "a silent guest is reported" silence_is_reported
check "a guest that goes down early is reported" going_down_is_reported
check "a panic is reported" panic_is_reported
check "a WARN is reported" warning_is_reported
check "a BUG is reported" oops_is_reported
check "a race in other code is none of ours, one in ours is reported" races_are_sorted
check "an interrupted run leaves nothing" interrupt_leaves_nothing
check "QEMU missing" missing_qemu
check "QEMU too old" old_qemu
check "a compiler missing" missing_compiler
check "packages missing, and no root" missing_package_is_named
check "packages missing, and no network" no_network
check "no network for the guest's packages" no_network_for_packages
check "no room on the disk" no_room
check "no write permission" no_write_permission
check "an unknown configuration" unknown_configuration
check "an unknown compiler" unknown_compiler
check "an unknown base" unknown_base
check "a script that is not there" unreadable_script
check "a bad TIMEOUT" bad_timeout
check "no kernel yet" no_kernel_yet
check "a configuration that the tree cannot have" wrong_configuration
check "a configuration of joined fragments" joined_configuration
check "an interrupted build" interrupted_build
finish
