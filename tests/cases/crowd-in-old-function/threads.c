// SPDX-License-Identifier: GPL-2.0-only
/* Usage: threads N FILE. N threads read FILE, each with an open file of its own. */

#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *file;

static void *reader(void *arg)
{
	char buf[16];
	int fd = open(file, O_RDONLY);

	if (fd < 0 || read(fd, buf, sizeof(buf)) < 0)
		err(1, "%s", file);
	close(fd);
	return arg;
}

int main(int argc, char *argv[])
{
	int n = argc == 3 ? atoi(argv[1]) : 0;
	pthread_attr_t attr;
	pthread_t *ids;

	if (n <= 0)
		errx(1, "usage: threads N FILE");
	file = argv[2];
	ids = calloc(n, sizeof(*ids));
	if (!ids)
		err(1, "calloc");
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 64 * 1024);
	for (int i = 0; i < n; i++) {
		if (pthread_create(&ids[i], &attr, reader, NULL))
			errx(1, "thread %d cannot be made", i);
	}
	for (int i = 0; i < n; i++)
		pthread_join(ids[i], NULL);
	return 0;
}
