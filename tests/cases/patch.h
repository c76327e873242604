/* SPDX-License-Identifier: GPL-2.0-only */
/* A livepatch that replaces one function, for the modules of these tests. */

#ifndef CASES_PATCH_H
#define CASES_PATCH_H

#include <linux/livepatch.h>
#include <linux/module.h>

/* REPLACE(object, old, new): @object is a module's name, or NULL for vmlinux */
#define REPLACE(object, old, new)						\
	static struct klp_func funcs[] = {					\
		{ .old_name = (old), .new_func = (new) },			\
		{ }								\
	};									\
	static struct klp_object objects[] = {					\
		{ .name = (object), .funcs = funcs },				\
		{ }								\
	};									\
	static struct klp_patch patch = { .mod = THIS_MODULE, .objs = objects };\
										\
	static int __init patch_init(void)					\
	{									\
		return klp_enable_patch(&patch);				\
	}									\
										\
	static void __exit patch_exit(void)					\
	{									\
	}									\
										\
	module_init(patch_init);						\
	module_exit(patch_exit);						\
	MODULE_LICENSE("GPL");							\
	MODULE_INFO(livepatch, "Y");						\
	MODULE_DESCRIPTION("Livepatch for a test: " old)

#endif /* CASES_PATCH_H */
