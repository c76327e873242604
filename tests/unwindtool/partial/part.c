// SPDX-License-Identifier: GPL-2.0-only
/*
 * Three hundred functions, part_100() to part_399(), with all kinds of frames. Most call
 * the one before them in their ten. PARTS has a bit for each hundred.
 */

#include <linux/module.h>

int part_sum(const char *text, int n);
int part_warn(int n) __cold;
int part_start(void);
void part_stop(void);

#define PART(n, before)								\
int part_##n(int x);								\
noinline int part_##n(int x)							\
{										\
	char buf[8 + 24 * ((n) % 5)];						\
										\
	switch ((n) % 4) {							\
	case 0:		/* a leaf */						\
		return x * 3 + (n);						\
	case 1:		/* a frame, of many sizes */				\
		memset(buf, x, sizeof(buf));					\
		return part_sum(buf, sizeof(buf)) + before;			\
	case 2:		/* one that grows: the CFA is x29 plus a number */	\
		return part_sum(memset(__builtin_alloca(x), 0, x), x) + before;	\
	default:	/* one that is not always made, and a cold part */	\
		if (x < 0)							\
			return -1;						\
		if (x > (n))							\
			return part_warn(x) + x;				\
		return before + x;						\
	}									\
}

#define TEN(n)									\
	PART(n##0, x) PART(n##1, part_##n##0(x)) PART(n##2, part_##n##1(x))	\
	PART(n##3, part_##n##2(x)) PART(n##4, part_##n##3(x))			\
	PART(n##5, part_##n##4(x)) PART(n##6, part_##n##5(x))			\
	PART(n##7, part_##n##6(x)) PART(n##8, part_##n##7(x))			\
	PART(n##9, part_##n##8(x))
#define HUNDRED(n)								\
	TEN(n##0) TEN(n##1) TEN(n##2) TEN(n##3) TEN(n##4)			\
	TEN(n##5) TEN(n##6) TEN(n##7) TEN(n##8) TEN(n##9)

#if PARTS & 1
HUNDRED(1)
#endif
#if PARTS & 2
HUNDRED(2)
#endif
#if PARTS & 4
HUNDRED(3)

static int __init part_init(void)
{
	return part_399(3) < 0 ? -EINVAL : part_start();
}

static void __exit part_exit(void)
{
	part_stop();
	part_warn(part_399(3));
}
module_init(part_init);
module_exit(part_exit);
MODULE_DESCRIPTION("Hundreds of sections of code");
MODULE_LICENSE("GPL");
#endif
