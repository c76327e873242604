/* SPDX-License-Identifier: GPL-2.0-only */
/* bad() and global() call without a frame: found, unless they are marked */
#include <linux/unwind_mark.h>

int other(void);

static noinline int bad(int x)
{
	asm volatile("bl other");
	return x + 1;
}

int global(int x)
{
	asm volatile("bl other");
	return x + 2;
}

#ifdef MARK
UNWIND_NON_STANDARD(bad);
UNWIND_NON_STANDARD(global);
#endif

int f(int x)
{
	return bad(x) * bad(x + 1) + global(x) + other();
}

int other(void)
{
	return 3;
}
