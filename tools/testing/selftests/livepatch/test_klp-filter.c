// SPDX-License-Identifier: GPL-2.0-only
/*
 * Usage: test_klp-filter KIND
 *
 * Spends its time in a BPF program that the kernel has no name for, until it is killed:
 *
 *  socket:	sends to a socket that has a classic filter
 *  ebpf:	the same, with an eBPF program that is loaded by a user without CAP_BPF
 *  seccomp:	makes system calls, with a filter for these
 *
 * By plain system calls: this needs nothing of libbpf.
 */

#include <err.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Much more than there is around it */
#define SOCKET_LEN	1000
#define SECCOMP_LEN	BPF_MAXINSNS

#define NOBODY		65534

static struct sock_filter insns[BPF_MAXINSNS];
static struct bpf_insn ebpf_insns[SOCKET_LEN];

static struct sock_fprog classic(size_t len, uint32_t offset, uint32_t ret)
{
	struct sock_fprog program = { .len = len, .filter = insns };
	size_t i;

	for (i = 0; i < len - 1; i++)
		insns[i] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset);
	insns[i] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, ret);
	return program;
}

/* Nothing of what is sent is received. */
static void send_for_ever(int level, int option, const void *value, size_t size)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, fds))
		err(1, "socketpair");
	if (setsockopt(fds[1], level, option, value, size))
		err(1, "setsockopt");
	while (1)
		if (send(fds[0], "x", 1, 0) < 0)
			err(1, "send");
}

static void socket_filter(void)
{
	struct sock_fprog program = classic(SOCKET_LEN, SKF_AD_OFF + SKF_AD_RANDOM, 0);

	send_for_ever(SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

static void ebpf_filter(void)
{
	union bpf_attr attr;
	size_t i;
	int fd;

	for (i = 0; i < SOCKET_LEN - 2; i++)
		ebpf_insns[i] = (struct bpf_insn){
			.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_get_prandom_u32,
		};
	ebpf_insns[i++] = (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K };
	ebpf_insns[i++] = (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT };

	if (setreuid(NOBODY, NOBODY))
		err(1, "setreuid");
	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
	attr.insns = (uintptr_t)ebpf_insns;
	attr.insn_cnt = i;
	attr.license = (uintptr_t)"GPL";
	fd = syscall(__NR_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	if (fd < 0)
		err(1, "BPF_PROG_LOAD (kernel.unprivileged_bpf_disabled)");
	send_for_ever(SOL_SOCKET, SO_ATTACH_BPF, &fd, sizeof(fd));
}

static void seccomp_filter(void)
{
	/* If it looked at the system call's number alone, the kernel would run it but once. */
	struct sock_fprog program = classic(SECCOMP_LEN, offsetof(struct seccomp_data, args),
					    SECCOMP_RET_ALLOW);

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		err(1, "PR_SET_NO_NEW_PRIVS");
	if (syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program))
		err(1, "seccomp");
	while (1)
		syscall(__NR_getppid);
}

int main(int argc, char *argv[])
{
	if (argc == 2 && !strcmp(argv[1], "socket"))
		socket_filter();
	if (argc == 2 && !strcmp(argv[1], "ebpf"))
		ebpf_filter();
	if (argc == 2 && !strcmp(argv[1], "seccomp"))
		seccomp_filter();
	errx(1, "usage: %s socket|ebpf|seccomp", argv[0]);
}
