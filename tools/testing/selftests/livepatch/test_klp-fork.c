// SPDX-License-Identifier: GPL-2.0-only
/*
 * Usage: test_klp-fork
 *
 * Has processes and threads come and go until it is killed: some are waited for, some are
 * not, some leave a thread or a child behind.
 */

#include <err.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void *thread(void *arg)
{
	return arg;
}

static void child(unsigned int n)
{
	pthread_t id;

	if (n & 1 && !pthread_create(&id, NULL, thread, NULL) && n & 4)
		pthread_join(id, NULL);
	if (n & 2)
		fork();
	_exit(0);
}

int main(void)
{
	/* The kernel reaps children that nobody waits for. */
	signal(SIGCHLD, SIG_IGN);

	for (unsigned int n = 0; ; n++) {
		pid_t pid = fork();

		if (pid < 0)
			err(1, "fork");
		if (!pid)
			child(n);
		if (n & 8)
			waitpid(pid, NULL, 0);
	}
}
