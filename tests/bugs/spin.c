// SPDX-License-Identifier: GPL-2.0-only
/* Stays in user space, for so many seconds if told, or forever. */
#include <stdlib.h>
#include <time.h>

int main(int argc, char **argv)
{
	time_t end = argc > 1 ? time(NULL) + atoi(argv[1]) : 0;

	while (!end || time(NULL) < end)
		;
	return 0;
}
