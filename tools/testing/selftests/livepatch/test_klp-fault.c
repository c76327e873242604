// SPDX-License-Identifier: GPL-2.0-only
/*
 * Usage: test_klp-fault [FILE]
 *
 * Writes to a pipe from a page that is not there, and so sleeps in a page fault
 * which kernel code took. All is well if the content is in the pipe after
 * SIGUSR1. With FILE, which has nothing in it, reads that into the page.
 */

#include <string.h>

#include "test_klp-page.h"

static int read_file(const char *name, char *page)
{
	int fd = open(name, O_RDONLY);

	if (fd < 0)
		err(1, "%s", name);
	if (read(fd, page, 1))
		errx(1, "%s is not empty", name);

	return 0;
}

int main(int argc, char *argv[])
{
	char buf[sizeof(PAGE_CONTENT)];
	char *page = missing_page();
	int fds[2];

	if (argc > 1)
		return read_file(argv[1], page);

	if (pipe(fds))
		err(1, "pipe");
	if (write(fds[1], page, sizeof(buf)) != sizeof(buf))
		err(1, "write");
	if (read(fds[0], buf, sizeof(buf)) != sizeof(buf))
		err(1, "read");
	if (memcmp(buf, PAGE_CONTENT, sizeof(buf)))
		errx(1, "not what was in the page");

	return 0;
}
