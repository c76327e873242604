# SPDX-License-Identifier: GPL-2.0-only
#
# The one entry point; `make help` lists it all. The work is done by the scripts
# in patches/, vm/ and tests/.

BASE ?= v6.12
CONFIG ?= default
COMPILER ?= gcc
# The reader's own kernel tree, in place of the base's package.
LINUX ?=
# For make vm: a script to run in the guest, and files to put beside it.
SCRIPT ?=
FILES ?=
# For make bench-objtool: a vmlinux to measure as well
VMLINUX ?=
# For make series and make bisect: a set of the series; and who sends the mails
SET ?=
SENDER ?=
export BASE LINUX SET SENDER
# A configuration's name begins with its compiler.
ifneq ($(COMPILER),gcc)
override CONFIG := $(subst +default,,$(COMPILER)+$(CONFIG))
export CONFIG
endif
ifneq ($(BUILD),)
export BUILD
endif

.DEFAULT_GOAL := help
# Each target is a chain of scripts that use all processors by themselves.
.NOTPARALLEL:

.PHONY: help
help:
	@echo 'make demo     build everything, livepatch a running arm64 kernel, tell what happens'
	@echo 'make check    run every test'
	@echo 'make bench    measure what a walk of the stack costs'
	@echo 'make bench-objtool  compare the build-time check with objtool: builds an x86-64 kernel'
	@echo '                VMLINUX=FILE measures that, too'
	@echo
	@echo 'make kernel   build the kernel with the series: build/$(BASE)/$(CONFIG)'
	@echo '                CONFIG=A+B adds vm/config/A.config and B.config; pristine is the base alone'
	@echo '                COMPILER=NAME builds it by another compiler than this machine'"'"'s GCC, in'
	@echo '                build/$(BASE)/NAME or NAME+A+B. Those that are not installed are fetched'
	@echo '                from Debian, and stay in build/toolchains: see vm/compilers, which has'
	@echo '                $(shell awk '!/^\#/ && NF { print $$1 }' vm/compilers)'
	@echo 'make vm       a shell in a guest with that kernel'
	@echo '                SCRIPT=FILE [FILES="..."] runs that script as root in the guest'
	@echo '                [CMDLINE=] [TIMEOUT=] [ICOUNT=1] [QEMU_ARGS=], see vm/run.sh'
	@echo
	@echo 'make tree     the base and the series as a git tree: build/$(BASE)/linux'
	@echo 'make refresh  take commits edited in that tree back into this repository'
	@echo 'make matrix   build and test the configurations in vm/matrix, each pair of choices'
	@echo '                once at least: hours. ONLY=NAME one of them, KEEP=1 deletes none;'
	@echo '                ONLY=compilers the default kernel of each compiler, ONLY=debian Debian'"'"'s'
	@echo 'make soak     run the tests that take hours until they have seen enough; goes on where'
	@echo '                it was stopped. ONLY=JOB one of them; vm/soak.sh -n shows how far they are'
	@echo 'make defconfig [COMPILER=NAME]'
	@echo '              build arm64 defconfig, and print what unwindtool says: an hour or two'
	@echo 'make series   write the finished mails: build/series/$(BASE), in folders by set. SET=NAME'
	@echo '                one set alone; SENDER="Name <mail>" makes and signs them for this person'
	@echo 'make bisect   build the series mail by mail. SET=NAME builds that set alone, and runs what'
	@echo '                shows the bugs that it fixes'
	@echo 'make show-bugs  run what shows the bugs that the sets fix, without and with the series.'
	@echo '                SET=NAME those of one set; BASE=v7.3 has some'
	@echo 'make clean    delete all that was built'
	@echo
	@echo 'RECORD=1 has bench, bench-objtool, soak, defconfig and show-bugs write what they print'
	@echo 'into RESULTS.md. TESTING.md has each test of make check; make deps installs what is needed.'
	@echo
	@echo 'BASE=$(BASE) is the kernel the series is for (patches/ has them all).'
	@echo 'LINUX=DIR uses a kernel tree of yours in place of Debian'"'"'s; BUILD=DIR builds there.'

.PHONY: deps
deps:
	@vm/deps.sh

.PHONY: tree
tree: deps
	@patches/tree.sh $(BASE)

.PHONY: refresh
refresh: deps
	@patches/refresh.sh $(BASE)

.PHONY: series
series: tree
	@patches/series.sh $(BASE)

.PHONY: kernel
kernel: tree
	@vm/kernel.sh $(CONFIG)

.PHONY: rootfs
rootfs: deps
	@vm/rootfs.sh

.PHONY: vm
vm: kernel rootfs
	@vm/run.sh $(SCRIPT) $(FILES)

.PHONY: demo
demo: kernel rootfs
	@vm/demo.sh

.PHONY: check
check: kernel rootfs
	@vm/kernels.sh
	@tests/run.sh

.PHONY: matrix
matrix: tree
	@vm/matrix.sh

.PHONY: soak
soak: tree rootfs
	@vm/soak.sh

.PHONY: defconfig
defconfig: tree
	@vm/defconfig.sh $(COMPILER)

.PHONY: bench
bench: kernel rootfs
	@vm/kernel.sh pristine
	@vm/bench.sh

.PHONY: bench-objtool
bench-objtool: kernel
	@vm/bench-objtool.sh $(VMLINUX)

# With the configuration of make kernel, and not the variable of that name.
.PHONY: bisect
bisect: kernel $(if $(SET),rootfs)
	@CONFIG= patches/bisect.sh $(BASE)
	$(if $(SET),@vm/show-bugs.sh -a $(SET))

.PHONY: show-bugs
show-bugs: tree rootfs
	@vm/show-bugs.sh $(SET)

.PHONY: clean
clean:
	@vm/clean.sh
