// SPDX-License-Identifier: GPL-2.0-only
/*
 * Usage: test_klp-fault
 *
 * Writes to a pipe from a page that is not there, and so sleeps in a page fault
 * which kernel code took. All is well if the content is in the pipe after
 * SIGUSR1.
 */

#include <string.h>

#include "test_klp-page.h"

int main(void)
{
	char buf[sizeof(PAGE_CONTENT)];
	char *page = missing_page();
	int fds[2];

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
