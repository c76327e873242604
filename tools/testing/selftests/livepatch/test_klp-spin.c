// SPDX-License-Identifier: GPL-2.0-only
/*
 * Usage: test_klp-spin CPU [starve | FILE]
 *
 * Keeps a CPU busy in user mode, for ever; with FILE, from when a read from it
 * returns.
 *
 * With "starve" it does so with real-time priority, and has two children on that
 * CPU with less: one that it preempted in user mode, and one that never got to
 * run. They will not run before it ends. What is there to save tasks from
 * starvation does not help real-time tasks against each other. Prints the PIDs
 * of both when it is so.
 */

#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

static unsigned long *count;

static void spin(void)
{
	while (1)
		__atomic_fetch_add(count, 1, __ATOMIC_RELAXED);
}

static void set_priority(int priority)
{
	struct sched_param param = { .sched_priority = priority };

	if (sched_setscheduler(0, SCHED_FIFO, &param))
		err(1, "sched_setscheduler");
}

static void starve(void)
{
	pid_t preempted, newborn;

	set_priority(2);

	preempted = fork();
	if (preempted < 0)
		err(1, "fork");
	if (!preempted) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		set_priority(1);
		spin();
	}

	/* The child runs while this sleeps. When it counts, it is in user mode. */
	while (!__atomic_load_n(count, __ATOMIC_RELAXED))
		usleep(1000);

	/* A child with the same priority comes when this sleeps again: never. */
	newborn = fork();
	if (newborn < 0)
		err(1, "fork");
	if (!newborn)
		_exit(0);

	printf("%d %d\n", preempted, newborn);
	fflush(stdout);
}

static void wait_for(const char *file)
{
	char c;
	int fd;

	fd = open(file, O_RDONLY);
	if (fd < 0)
		err(1, "%s", file);

	/* From then on, this is not to sleep in a page fault. */
	if (mlockall(MCL_CURRENT))
		err(1, "mlockall");

	if (read(fd, &c, 1) < 0)
		err(1, "%s", file);
}

int main(int argc, char *argv[])
{
	cpu_set_t cpus;

	if (argc < 2)
		errx(1, "usage: %s CPU [starve | FILE]", argv[0]);

	CPU_ZERO(&cpus);
	CPU_SET(atoi(argv[1]), &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus))
		err(1, "sched_setaffinity");

	count = mmap(NULL, sizeof(*count), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (count == MAP_FAILED)
		err(1, "mmap");

	if (argc > 2 && !strcmp(argv[2], "starve"))
		starve();
	else if (argc > 2)
		wait_for(argv[2]);
	spin();
}
