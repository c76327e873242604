// SPDX-License-Identifier: GPL-2.0-only
/*
 * Usage: test_klp-bpf KIND...
 *
 * Attaches one BPF program of each KIND to the rt_sigtimedwait() system call,
 * and then waits there until SIGUSR2.
 *
 *  fentry, fexit, fmod_ret: does nothing
 *  sleepable:	fentry, but called by a trampoline for programs that may sleep
 *  fault:	sleepable, reads from a page that is not there: a page fault which
 *		the kernel's copy routine takes
 *  access:	sleepable, reads from memory that test_klp_sleep provides: sleeps
 *		without a page fault
 *  subprog:	the same, in a function of the program that the program calls
 *  closed:	as access, but when it sleeps there is no file descriptor left that
 *		refers to the program
 *
 * By plain bpf() system calls: this needs nothing of libbpf.
 */

#include <errno.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test_klp-page.h"

#if defined(__x86_64__)
#define FN_PREFIX "__x64_"
#elif defined(__s390x__)
#define FN_PREFIX "__s390x_"
#elif defined(__aarch64__)
#define FN_PREFIX "__arm64_"
#else
#define FN_PREFIX ""
#endif

#define FUNCTION FN_PREFIX "sys_rt_sigtimedwait"
#define ACCESS_FILE "/sys/kernel/debug/test_klp_sleep/access"

#define INSN(_code, _dst, _src, _off, _imm) ((struct bpf_insn) {		\
		.code = _code, .dst_reg = _dst, .src_reg = _src,		\
		.off = _off, .imm = _imm })
#define MOV_REG(dst, src) INSN(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0)
#define MOV_IMM(dst, imm) INSN(BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, imm)
#define ADD_IMM(dst, imm) INSN(BPF_ALU64 | BPF_ADD | BPF_K, dst, 0, 0, imm)
#define CALL(func) INSN(BPF_JMP | BPF_CALL, 0, 0, 0, func)
#define EXIT() INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
/* skip off instructions, and call the function of the program that is there */
#define CALL_SUBPROG(off) INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, off)
/* if the low half of dst is not imm, skip off instructions */
#define JNE32_IMM(dst, imm, off) INSN(BPF_JMP32 | BPF_JNE | BPF_K, dst, 0, off, imm)
/* two halves of one instruction */
#define LD_IMM64_LO(dst, imm) INSN(BPF_LD | BPF_DW | BPF_IMM, dst, 0, 0, (uint32_t)(imm))
#define LD_IMM64_HI(imm) INSN(0, 0, 0, 0, (uint64_t)(imm) >> 32)

static char log_buf[1 << 16];

static long bpf(int cmd, union bpf_attr *attr)
{
	return syscall(__NR_bpf, cmd, attr, sizeof(*attr));
}

/* Bytes that follow a struct btf_type */
static size_t btf_extra(const struct btf_type *t)
{
	size_t vlen = BTF_INFO_VLEN(t->info);

	switch (BTF_INFO_KIND(t->info)) {
	case BTF_KIND_INT:
		return sizeof(uint32_t);
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return vlen * sizeof(struct btf_member);
	case BTF_KIND_ENUM:
		return vlen * sizeof(struct btf_enum);
	case BTF_KIND_FUNC_PROTO:
		return vlen * sizeof(struct btf_param);
	case BTF_KIND_VAR:
		return sizeof(struct btf_var);
	case BTF_KIND_DATASEC:
		return vlen * sizeof(struct btf_var_secinfo);
	case BTF_KIND_DECL_TAG:
		return sizeof(struct btf_decl_tag);
	case BTF_KIND_ENUM64:
		return vlen * sizeof(struct btf_enum64);
	default:
		return 0;
	}
}

static uint32_t btf_func_id(const char *name)
{
	static const char file[] = "/sys/kernel/btf/vmlinux";
	const struct btf_header *hdr;
	const char *types, *strings;
	const struct btf_type *t;
	uint32_t off, id;
	size_t size = 0;
	char *btf = NULL;
	ssize_t len;
	int fd;

	fd = open(file, O_RDONLY);
	if (fd < 0)
		err(1, "%s (CONFIG_DEBUG_INFO_BTF)", file);
	do {
		btf = realloc(btf, size + (1 << 20));
		if (!btf)
			err(1, "realloc");
		len = read(fd, btf + size, 1 << 20);
		if (len < 0)
			err(1, "%s", file);
		size += len;
	} while (len);
	close(fd);

	hdr = (const struct btf_header *)btf;
	types = btf + hdr->hdr_len + hdr->type_off;
	strings = btf + hdr->hdr_len + hdr->str_off;
	for (id = 1, off = 0; off < hdr->type_len; id++) {
		t = (const struct btf_type *)(types + off);
		if (BTF_INFO_KIND(t->info) == BTF_KIND_FUNC &&
		    !strcmp(strings + t->name_off, name))
			return id;
		off += sizeof(*t) + btf_extra(t);
	}
	errx(1, "%s has no function %s", file, name);
}

/* Of the program that was attached last, and of its attachment */
static int prog_fd, link_fd;

static void attach(int type, int flags, const struct bpf_insn *insns, size_t count)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_TRACING;
	attr.expected_attach_type = type;
	attr.attach_btf_id = btf_func_id(FUNCTION);
	attr.prog_flags = flags;
	attr.insns = (unsigned long)insns;
	attr.insn_cnt = count;
	attr.license = (unsigned long)"GPL";
	attr.log_buf = (unsigned long)log_buf;
	attr.log_size = sizeof(log_buf);
	attr.log_level = 1;
	memcpy(attr.prog_name, "test_klp", sizeof("test_klp"));
	prog_fd = bpf(BPF_PROG_LOAD, &attr);
	if (prog_fd < 0)
		err(1, "%sBPF_PROG_LOAD", log_buf);

	memset(&attr, 0, sizeof(attr));
	attr.raw_tracepoint.prog_fd = prog_fd;
	link_fd = bpf(BPF_RAW_TRACEPOINT_OPEN, &attr);
	if (link_fd < 0)
		err(1, "BPF_RAW_TRACEPOINT_OPEN");
}

static void attach_nop(int type, int flags)
{
	const struct bpf_insn insns[] = {
		MOV_IMM(BPF_REG_0, 0),
		EXIT(),
	};

	attach(type, flags, insns, sizeof(insns) / sizeof(*insns));
}

/*
 * The programs that sleep do so in this task only: others that make the system
 * call are not to be harmed.
 */

static void attach_fault(void)
{
	char *page = missing_page();
	const struct bpf_insn insns[] = {
		CALL(BPF_FUNC_get_current_pid_tgid),
		JNE32_IMM(BPF_REG_0, getpid(), 6),
		MOV_REG(BPF_REG_1, BPF_REG_10),
		ADD_IMM(BPF_REG_1, -8),
		MOV_IMM(BPF_REG_2, 8),
		LD_IMM64_LO(BPF_REG_3, (unsigned long)page),
		LD_IMM64_HI((unsigned long)page),
		CALL(BPF_FUNC_copy_from_user),
		MOV_IMM(BPF_REG_0, 0),
		EXIT(),
	};

	attach(BPF_TRACE_FENTRY, BPF_F_SLEEPABLE, insns,
	       sizeof(insns) / sizeof(*insns));
}

static void attach_access(int subprog)
{
	int fd = open(ACCESS_FILE, O_RDONLY);
	char *mem = mmap(NULL, sysconf(_SC_PAGESIZE), PROT_READ, MAP_SHARED, fd, 0);
	const struct bpf_insn insns[] = {
		/* The rest is a function of its own, which this calls. */
		CALL_SUBPROG(1),
		EXIT(),
		CALL(BPF_FUNC_get_current_pid_tgid),
		JNE32_IMM(BPF_REG_0, getpid(), 9),
		CALL(BPF_FUNC_get_current_task_btf),
		MOV_REG(BPF_REG_4, BPF_REG_0),
		MOV_REG(BPF_REG_1, BPF_REG_10),
		ADD_IMM(BPF_REG_1, -8),
		MOV_IMM(BPF_REG_2, 8),
		LD_IMM64_LO(BPF_REG_3, (unsigned long)mem),
		LD_IMM64_HI((unsigned long)mem),
		MOV_IMM(BPF_REG_5, 0),
		CALL(BPF_FUNC_copy_from_user_task),
		MOV_IMM(BPF_REG_0, 0),
		EXIT(),
	};
	int first = subprog ? 0 : 2;

	if (mem == MAP_FAILED)
		err(1, "%s", ACCESS_FILE);
	attach(BPF_TRACE_FENTRY, BPF_F_SLEEPABLE, insns + first,
	       sizeof(insns) / sizeof(*insns) - first);
}

static void *close_program(void *unused)
{
	char stack[4096] = "", name[64];
	ssize_t len;
	int fd;

	snprintf(name, sizeof(name), "/proc/self/task/%d/stack", getpid());
	while (!strstr(stack, " test_klp_sleep_access+")) {
		usleep(10000);
		fd = open(name, O_RDONLY);
		if (fd < 0)
			err(1, "%s", name);
		len = read(fd, stack, sizeof(stack) - 1);
		if (len < 0)
			err(1, "%s", name);
		stack[len] = 0;
		close(fd);
	}
	close(link_fd);
	close(prog_fd);

	return NULL;
}

static void attach_closed(void)
{
	pthread_t thread;

	attach_access(0);
	if (pthread_create(&thread, NULL, close_program, NULL))
		errx(1, "pthread_create");
}

int main(int argc, char *argv[])
{
	sigset_t sigs;
	int i;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "fentry"))
			attach_nop(BPF_TRACE_FENTRY, 0);
		else if (!strcmp(argv[i], "fexit"))
			attach_nop(BPF_TRACE_FEXIT, 0);
		else if (!strcmp(argv[i], "fmod_ret"))
			attach_nop(BPF_MODIFY_RETURN, 0);
		else if (!strcmp(argv[i], "sleepable"))
			attach_nop(BPF_TRACE_FENTRY, BPF_F_SLEEPABLE);
		else if (!strcmp(argv[i], "fault"))
			attach_fault();
		else if (!strcmp(argv[i], "access"))
			attach_access(0);
		else if (!strcmp(argv[i], "subprog"))
			attach_access(1);
		else if (!strcmp(argv[i], "closed"))
			attach_closed();
		else
			errx(1, "unknown kind of program: %s", argv[i]);
	}

	sigemptyset(&sigs);
	sigaddset(&sigs, SIGUSR2);
	sigprocmask(SIG_BLOCK, &sigs, NULL);
	while (sigwaitinfo(&sigs, NULL) < 0)
		if (errno != EINTR)
			err(1, "sigwaitinfo");

	return 0;
}
