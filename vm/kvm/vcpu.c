// SPDX-License-Identifier: GPL-2.0-only
/*
 * Usage: vcpu spin|idle
 *
 * Runs a virtual machine with one CPU that does next to nothing, until it is killed:
 *
 *  spin	it never leaves the guest by itself
 *  idle	it waits for an interrupt that never comes, in the host
 *
 * Says "started" first, and then whenever KVM_RUN comes back to user mode, which neither
 * of these has a reason to do.
 */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#define MEMORY_START	0x10000UL
#define MEMORY_SIZE	0x10000UL

#define WFI		0xd503207f
#define B_SELF		0x14000000
#define B_BACK		0x17ffffff

static int done(const char *what, int ret)
{
	if (ret < 0)
		err(1, "%s", what);
	return ret;
}

static void *map(int fd, int flags, size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | flags, fd, 0);

	if (memory == MAP_FAILED)
		err(1, "mmap");
	return memory;
}

/* A machine with @code in its memory */
static int make_vm(int kvm, const uint32_t code[2])
{
	int vm = done("KVM_CREATE_VM", ioctl(kvm, KVM_CREATE_VM, 0));
	struct kvm_userspace_memory_region region = {
		.guest_phys_addr = MEMORY_START,
		.memory_size = MEMORY_SIZE,
	};
	void *memory = map(-1, MAP_ANONYMOUS, MEMORY_SIZE);

	memcpy(memory, code, 2 * sizeof(*code));
	region.userspace_addr = (uintptr_t)memory;
	done("KVM_SET_USER_MEMORY_REGION", ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region));
	return vm;
}

/* Its CPU, which begins there */
static int make_vcpu(int vm)
{
	int vcpu = done("KVM_CREATE_VCPU", ioctl(vm, KVM_CREATE_VCPU, 0));
	uint64_t start = MEMORY_START;
	struct kvm_vcpu_init init;
	struct kvm_one_reg pc = {
		.id = KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE |
		      KVM_REG_ARM_CORE_REG(regs.pc),
		.addr = (uintptr_t)&start,
	};

	done("KVM_ARM_PREFERRED_TARGET", ioctl(vm, KVM_ARM_PREFERRED_TARGET, &init));
	done("KVM_ARM_VCPU_INIT", ioctl(vcpu, KVM_ARM_VCPU_INIT, &init));
	done("KVM_SET_ONE_REG", ioctl(vcpu, KVM_SET_ONE_REG, &pc));
	return vcpu;
}

int main(int argc, char *argv[])
{
	static const uint32_t spin[] = { B_SELF, 0 }, idle[] = { WFI, B_BACK };
	const struct kvm_run *run;
	int kvm, vcpu;

	if (argc != 2 || (strcmp(argv[1], "spin") && strcmp(argv[1], "idle")))
		errx(1, "usage: %s spin|idle", argv[0]);

	setlinebuf(stdout);
	kvm = done("/dev/kvm", open("/dev/kvm", O_RDWR));
	vcpu = make_vcpu(make_vm(kvm, strcmp(argv[1], "spin") ? idle : spin));
	run = map(vcpu, 0, done("KVM_GET_VCPU_MMAP_SIZE", ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0)));

	puts("started");
	for (;;) {
		if (!ioctl(vcpu, KVM_RUN, 0))
			printf("exit for reason %u\n", run->exit_reason);
		else if (errno == EINTR)
			puts("interrupted");
		else
			err(1, "KVM_RUN");
	}
}
