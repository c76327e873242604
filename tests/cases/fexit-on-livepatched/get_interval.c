// SPDX-License-Identifier: GPL-2.0-only
/* Prints what sched_rr_get_interval(2) returns. */

#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int main(void)
{
	struct timespec interval;

	printf("%ld\n", syscall(SYS_sched_rr_get_interval, 0, &interval));
	return 0;
}
