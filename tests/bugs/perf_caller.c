// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs in the guest. The call chain that perf records at the tracepoint task:task_rename
 * begins with who called perf there, and goes on with that function's caller.
 */
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ID	"/sys/kernel/tracing/events/task/task_rename/id"

struct sample {
	struct perf_event_header header;
	uint64_t nr;
	uint64_t ips[];
};

/* function_at() - the name of the function that has this address */
static void function_at(uint64_t ip, char name[64])
{
	FILE *symbols = fopen("/proc/kallsyms", "r");
	unsigned long long addr, best = 0;
	char line[256], type, symbol[64];

	strcpy(name, "?");
	while (symbols && fgets(line, sizeof(line), symbols)) {
		if (sscanf(line, "%llx %c %63s", &addr, &type, symbol) != 3 ||
		    (type != 't' && type != 'T') || addr > ip || addr < best)
			continue;
		best = addr;
		strcpy(name, symbol);
	}
	if (symbols)
		fclose(symbols);
}

int main(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(attr),
		.sample_period = 1,
		.sample_type = PERF_SAMPLE_CALLCHAIN,
		.exclude_callchain_user = 1,
	};
	long page_size = sysconf(_SC_PAGESIZE);
	struct perf_event_mmap_page *page;
	const struct sample *sample;
	char names[2][64];
	uint64_t ips[2], i;
	unsigned int nr = 0;
	FILE *file;
	int fd;

	file = fopen(ID, "r");
	if (!file || fscanf(file, "%lli", (long long *)&attr.config) != 1) {
		perror(ID);
		return 2;
	}
	fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
	if (fd < 0) {
		perror("perf_event_open");
		return 2;
	}
	page = mmap(NULL, 2 * page_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED) {
		perror("mmap");
		return 2;
	}
	prctl(PR_SET_NAME, "renamed");

	/* It is the first record, which begins the ring buffer. */
	sample = (const struct sample *)((char *)page + page_size);
	if (!page->data_head || sample->header.type != PERF_RECORD_SAMPLE) {
		fprintf(stderr, "there is no sample\n");
		return 2;
	}
	for (i = 0; i < sample->nr && nr < 2; i++) {
		/* PERF_CONTEXT_KERNEL and the like are no addresses. */
		if (sample->ips[i] < (uint64_t)PERF_CONTEXT_MAX)
			ips[nr++] = sample->ips[i];
	}
	if (nr < 2) {
		fprintf(stderr, "the call chain has %u entries\n", nr);
		return 2;
	}
	function_at(ips[0], names[0]);
	function_at(ips[1], names[1]);
	printf("%s: perf's call chain begins with %s(), %s()\n",
	       ips[0] == ips[1] ? "FAIL" : "PASS", names[0], names[1]);
	return ips[0] == ips[1];
}
