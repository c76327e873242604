// SPDX-License-Identifier: GPL-2.0-only
/*
 * Usage: test_klp-crowd FILE [THREADS [NAME]]
 *
 * Reads FILE in so many threads (1), which have that name, and sleep where FILE has them
 * sleep. Prints the ID of each thread first.
 */

#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *file, *name;

static void *reader(void *arg)
{
	char buf[16];
	int fd = open(file, O_RDONLY);

	if (fd < 0)
		err(1, "%s", file);
	if (name && prctl(PR_SET_NAME, name))
		err(1, "PR_SET_NAME");
	printf("%ld\n", syscall(SYS_gettid));
	fflush(stdout);
	if (read(fd, buf, sizeof(buf)) < 0)
		err(1, "%s", file);
	close(fd);

	return arg;
}

int main(int argc, char *argv[])
{
	int threads = argc > 2 ? atoi(argv[2]) : 1;
	pthread_t ids[threads];
	pthread_attr_t attr;

	if (argc < 2)
		errx(1, "usage: test_klp-crowd FILE [THREADS [NAME]]");
	file = argv[1];
	name = argc > 3 ? argv[3] : NULL;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 128 * 1024);
	for (int i = 1; i < threads; i++)
		if (pthread_create(&ids[i], &attr, reader, NULL))
			err(1, "thread %d", i);
	reader(NULL);
	for (int i = 1; i < threads; i++)
		pthread_join(ids[i], NULL);

	return 0;
}
