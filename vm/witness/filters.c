// SPDX-License-Identifier: GPL-2.0-only
/*
 * Usage: filters
 *
 * Spends some time in BPF programs that the kernel has no name for, and lets them go again:
 *
 *  - a classic filter of a socket, for what is sent there
 *  - an eBPF program in its place, of a user without CAP_BPF. The kernel has to allow
 *    this, by kernel.unprivileged_bpf_disabled=0
 *  - a filter of system calls, which is a classic program, too
 *
 * By plain system calls: this needs nothing but the C library.
 */

#include <err.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Some ten thousand instructions each time */
#define LEN	500
#define TIMES	100

#define NOBODY	65534

static struct sock_fprog classic(uint32_t offset, uint32_t ret)
{
	static struct sock_filter insns[LEN];
	int i;

	for (i = 0; i < LEN - 1; i++)
		insns[i] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset);
	insns[i] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, ret);
	return (struct sock_fprog){ .len = LEN, .filter = insns };
}

static void run_socket_filter(int option, const void *value, size_t size)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, fds))
		err(1, "socketpair");
	if (setsockopt(fds[1], SOL_SOCKET, option, value, size))
		err(1, "setsockopt");
	/* What is sent is dropped. */
	for (int i = 0; i < TIMES; i++)
		if (send(fds[0], "x", 1, 0) < 0)
			err(1, "send");
}

static void run_classic(void)
{
	struct sock_fprog program = classic(SKF_AD_OFF + SKF_AD_RANDOM, 0);

	run_socket_filter(SO_ATTACH_FILTER, &program, sizeof(program));
}

static void run_ebpf(void)
{
	struct bpf_insn insns[LEN];
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insns = (uintptr_t)insns,
		.insn_cnt = LEN,
		.license = (uintptr_t)"GPL",
	};
	int i, fd;

	for (i = 0; i < LEN - 2; i++)
		insns[i] = (struct bpf_insn){
			.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_get_prandom_u32,
		};
	insns[i++] = (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K };
	insns[i++] = (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT };

	if (setreuid(NOBODY, NOBODY))
		err(1, "setreuid");
	fd = syscall(__NR_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	if (fd < 0)
		err(1, "BPF_PROG_LOAD");
	run_socket_filter(SO_ATTACH_BPF, &fd, sizeof(fd));
}

static void run_seccomp(void)
{
	/* If it looked at the system call's number alone, the kernel would run it but once. */
	struct sock_fprog program = classic(offsetof(struct seccomp_data, args),
					    SECCOMP_RET_ALLOW);

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		err(1, "PR_SET_NO_NEW_PRIVS");
	if (syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program))
		err(1, "seccomp");
	for (int i = 0; i < 10 * TIMES; i++)
		syscall(__NR_getppid);
}

/* What each does to its process is no matter of the next one. */
int main(void)
{
	void (* const runs[])(void) = { run_classic, run_ebpf, run_seccomp };
	int status;

	for (size_t i = 0; i < sizeof(runs) / sizeof(*runs); i++) {
		pid_t pid = fork();

		if (pid < 0)
			err(1, "fork");
		if (!pid) {
			runs[i]();
			exit(0);
		}
		if (waitpid(pid, &status, 0) < 0)
			err(1, "waitpid");
		if (!WIFEXITED(status) || WEXITSTATUS(status))
			return 1;
	}
	return 0;
}
