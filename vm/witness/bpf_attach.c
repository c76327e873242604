// SPDX-License-Identifier: GPL-2.0-only
/*
 * Usage: bpf_attach KIND:WHERE...
 *
 * Attaches a BPF program at each place, and leaves them there until its standard
 * input ends:
 *
 *  tp:NAME		at a tracepoint
 *  fentry:FUNCTION	where a function of the kernel begins
 *  fexit:FUNCTION	where it ends
 *
 * The programs ask what time it is, again and again: to spend some time in a
 * program, and in what it calls.
 *
 * By plain bpf() system calls: this needs nothing but the C library.
 */

#include <err.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <fcntl.h>

#define ROUNDS	8

static char verifier[65536];

/* The vmlinux BTF, which is mapped nowhere, so read it */
static char *btf;

static void read_btf(void)
{
	const char *file = "/sys/kernel/btf/vmlinux";
	struct stat st;
	size_t have = 0;
	ssize_t got;
	int fd;

	fd = open(file, O_RDONLY);
	if (fd < 0 || fstat(fd, &st))
		err(1, "%s", file);
	btf = malloc(st.st_size);
	if (!btf)
		err(1, "malloc");
	while ((got = read(fd, btf + have, st.st_size - have)) > 0)
		have += got;
	if (got < 0 || have < sizeof(struct btf_header))
		err(1, "%s", file);
	close(fd);
}

/* How long a type is, in bytes, with what comes after its struct btf_type */
static uint32_t type_size(const struct btf_type *type)
{
	static const struct {
		uint8_t fixed;
		uint8_t each;
	} behind[NR_BTF_KINDS] = {
		[BTF_KIND_INT]		= { .fixed = sizeof(uint32_t) },
		[BTF_KIND_ARRAY]	= { .fixed = sizeof(struct btf_array) },
		[BTF_KIND_STRUCT]	= { .each = sizeof(struct btf_member) },
		[BTF_KIND_UNION]	= { .each = sizeof(struct btf_member) },
		[BTF_KIND_ENUM]		= { .each = sizeof(struct btf_enum) },
		[BTF_KIND_ENUM64]	= { .each = sizeof(struct btf_enum64) },
		[BTF_KIND_FUNC_PROTO]	= { .each = sizeof(struct btf_param) },
		[BTF_KIND_VAR]		= { .fixed = sizeof(struct btf_var) },
		[BTF_KIND_DATASEC]	= { .each = sizeof(struct btf_var_secinfo) },
		[BTF_KIND_DECL_TAG]	= { .fixed = sizeof(struct btf_decl_tag) },
	};
	unsigned int kind = BTF_INFO_KIND(type->info);

	if (kind >= NR_BTF_KINDS)
		errx(1, "the kernel's BTF has a kind of type that is not known: %u", kind);
	return sizeof(*type) + behind[kind].fixed +
	       behind[kind].each * BTF_INFO_VLEN(type->info);
}

static uint32_t function_id(const char *name)
{
	const struct btf_header *header = (const struct btf_header *)btf;
	const char *at = btf + header->hdr_len + header->type_off;
	const char *end = at + header->type_len;
	const char *names = btf + header->hdr_len + header->str_off;

	for (uint32_t id = 1; at < end; id++) {
		const struct btf_type *type = (const struct btf_type *)at;

		if (BTF_INFO_KIND(type->info) == BTF_KIND_FUNC &&
		    !strcmp(names + type->name_off, name))
			return id;
		at += type_size(type);
	}
	errx(1, "the kernel's BTF has no function %s", name);
}

static long bpf(int cmd, union bpf_attr *attr)
{
	return syscall(__NR_bpf, cmd, attr, sizeof(*attr));
}

static void attach(const char *kind, const char *where)
{
	struct bpf_insn insns[ROUNDS + 2] = {};
	union bpf_attr attr = {};
	int fd;

	for (int i = 0; i < ROUNDS; i++)
		insns[i] = (struct bpf_insn){
			.code = BPF_JMP | BPF_CALL,
			.imm = BPF_FUNC_ktime_get_ns,
		};
	insns[ROUNDS].code = BPF_ALU64 | BPF_MOV | BPF_K;
	insns[ROUNDS + 1].code = BPF_JMP | BPF_EXIT;

	if (!strcmp(kind, "tp")) {
		attr.prog_type = BPF_PROG_TYPE_RAW_TRACEPOINT;
	} else {
		attr.prog_type = BPF_PROG_TYPE_TRACING;
		attr.attach_btf_id = function_id(where);
		if (!strcmp(kind, "fentry"))
			attr.expected_attach_type = BPF_TRACE_FENTRY;
		else if (!strcmp(kind, "fexit"))
			attr.expected_attach_type = BPF_TRACE_FEXIT;
		else
			errx(1, "%s is none of tp, fentry, fexit", kind);
	}
	attr.insns = (uintptr_t)insns;
	attr.insn_cnt = ROUNDS + 2;
	attr.license = (uintptr_t)"GPL";
	attr.log_buf = (uintptr_t)verifier;
	attr.log_size = sizeof(verifier);
	attr.log_level = 1;
	fd = bpf(BPF_PROG_LOAD, &attr);
	if (fd < 0)
		err(1, "the program for %s:%s cannot be loaded: %s", kind, where, verifier);

	memset(&attr, 0, sizeof(attr));
	if (!strcmp(kind, "tp"))
		attr.raw_tracepoint.name = (uintptr_t)where;
	attr.raw_tracepoint.prog_fd = fd;
	if (bpf(BPF_RAW_TRACEPOINT_OPEN, &attr) < 0)
		err(1, "the program cannot be attached to %s:%s", kind, where);
}

int main(int argc, char *argv[])
{
	char c;

	read_btf();
	for (int i = 1; i < argc; i++) {
		char *where = strchr(argv[i], ':');

		if (!where)
			errx(1, "%s is not KIND:WHERE", argv[i]);
		*where++ = 0;
		attach(argv[i], where);
	}

	puts("attached");
	fflush(stdout);
	while (read(0, &c, 1) > 0)
		;
	return 0;
}
