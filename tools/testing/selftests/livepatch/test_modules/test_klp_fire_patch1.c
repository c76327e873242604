// SPDX-License-Identifier: GPL-2.0-only
/*
 * Patches the functions of test_klp_fire_mod, and gcd() of the kernel, which hardly
 * anything calls. They return this livepatch's version. test_klp_fire_patch2 does
 * the same with another version. Each replaces the other.
 */

#include <linux/gcd.h>
#include <linux/livepatch.h>
#include <linux/module.h>

#include "test_klp_fire.h"

#ifndef FIRE_VERSION
#define FIRE_VERSION	1
#endif

static unsigned int spoil;
module_param(spoil, uint, 0600);
MODULE_PARM_DESC(spoil, "Return the old version one time in so many (default=0, never)");

/* Races cost a count, which is all the same here. */
static noinline unsigned int version(void)
{
	static unsigned int calls;
	unsigned int every = READ_ONCE(spoil);
	unsigned int n = READ_ONCE(calls) + 1;

	if (!every)
		return FIRE_VERSION;
	WRITE_ONCE(calls, n);
	return n % every ? FIRE_VERSION : 0;
}

static unsigned int livepatch_fire_low(void)
{
	return version();
}

static unsigned int livepatch_fire_high(void)
{
	return version();
}

static void livepatch_fire_hold(void)
{
	test_klp_fire_sleep();
}

static unsigned long livepatch_gcd(unsigned long a, unsigned long b)
{
	if (a == FIRE_GCD && !b)
		return version() ?: FIRE_GCD;

	while (b) {
		unsigned long rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

static struct klp_func module_funcs[] = {
	{
		.old_name = "test_klp_fire_low",
		.new_func = livepatch_fire_low,
	},
	{
		.old_name = "test_klp_fire_high",
		.new_func = livepatch_fire_high,
	},
	{
		.old_name = "test_klp_fire_hold",
		.new_func = livepatch_fire_hold,
	}, {}
};

static struct klp_func kernel_funcs[] = {
	{
		.old_name = "gcd",
		.new_func = livepatch_gcd,
	}, {}
};

static struct klp_object objs[] = {
	{
		.name = "test_klp_fire_mod",
		.funcs = module_funcs,
	},
	{
		/* no name: the kernel itself */
		.funcs = kernel_funcs,
	}, {}
};

static struct klp_patch patch = {
	.mod = THIS_MODULE,
	.objs = objs,
	.replace = true,
};

static int test_klp_fire_patch_init(void)
{
	return klp_enable_patch(&patch);
}

static void test_klp_fire_patch_exit(void)
{
}

module_init(test_klp_fire_patch_init);
module_exit(test_klp_fire_patch_exit);
MODULE_LICENSE("GPL");
MODULE_INFO(livepatch, "Y");
MODULE_DESCRIPTION("Livepatch test: patch functions under fire");
