// SPDX-License-Identifier: GPL-2.0-only
/* A module that is built outside of the kernel's tree */

#include <linux/module.h>

int extmod_digit(int n);

noinline int extmod_digit(int n)
{
	char text[64];

	snprintf(text, sizeof(text), "%d", n);
	return text[0];
}

static int __init extmod_init(void)
{
	pr_info("%c\n", extmod_digit(3));
	return 0;
}

static void __exit extmod_exit(void)
{
	pr_info("%c\n", extmod_digit(1));
}

module_init(extmod_init);
module_exit(extmod_exit);
MODULE_DESCRIPTION("Built outside of the kernel's tree");
MODULE_LICENSE("GPL");
