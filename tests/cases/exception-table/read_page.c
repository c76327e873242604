// SPDX-License-Identifier: GPL-2.0-only
/*
 * Has sched_rr_get_interval(2) read from where nothing can be, and then from a page that is
 * not there until SIGUSR1. Prints what came of it.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "test_klp-page.h"

static long read_by_kernel(const void *where)
{
	return syscall(SYS_sched_rr_get_interval, 0, where);
}

int main(void)
{
	char *page = missing_page();
	int val;

	if (read_by_kernel((void *)16) == -1)
		printf("%s\n", errno == EFAULT ? "EFAULT" : strerror(errno));
	fflush(stdout);
	memcpy(&val, PAGE_CONTENT, sizeof(val));
	printf("%s\n", read_by_kernel(page) == val ? "content" : "something else");
	return 0;
}
