// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds the parts of a function that are not where the function is.
 *
 * A compiler may move what is hardly ever executed out of foo() into foo.cold, make
 * foo.part.0 of what is left when the rest has been inlined, or make variants of it,
 * foo.isra.0 and foo.constprop.0. A task that is about to return there is still in foo().
 *
 * Nothing but the name says what belongs to a function: a part is called like the
 * function, a dot, and whatever else. A variant may be what is patched, and be a part
 * itself, so only the name up to the first dot counts. Static functions may share a name,
 * and then nobody knows whose part it is. So it counts as a part of each of them. At worst,
 * a task has to wait that need not.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "parts.h"

/* A name of a function: aliases may have others than the one it is patched by. */
struct klp_name {
	struct list_head node;
	struct klp_func *func;
	size_t len;		/* up to the first dot */
	char name[];
};

struct klp_search {
	struct klp_object *obj;
	bool new;
	struct list_head names;
};

static struct klp_parts **klp_parts_of(struct klp_func *func, bool new)
{
	return new ? &func->new_parts : &func->old_parts;
}

static int klp_add_name(void *data, const char *name, unsigned long addr)
{
	struct klp_search *search = data;
	struct klp_func *func;
	struct klp_name *n;
	size_t len;

	klp_for_each_func(search->obj, func) {
		if (addr != (unsigned long)(search->new ? func->new_func : func->old_func))
			continue;

		len = strlen(name);
		n = kmalloc(struct_size(n, name, len + 1), GFP_KERNEL);
		if (!n)
			return -ENOMEM;
		n->func = func;
		n->len = strcspn(name, ".") ?: len;
		memcpy(n->name, name, len + 1);
		list_add(&n->node, &search->names);
	}

	return 0;
}

static int klp_add_part(void *data, const char *name, unsigned long addr)
{
	struct klp_search *search = data;
	unsigned long size, offset;
	struct klp_parts **parts, *p;
	struct klp_name *n;
	unsigned int nr;

	if (!strchr(name, '.'))
		return 0;

	list_for_each_entry(n, &search->names, node) {
		if (strncmp(name, n->name, n->len) || name[n->len] != '.')
			continue;
		/* A module that is being loaded has names of files as well: function.c */
		if (!__kernel_text_address(addr))
			continue;
		if (!kallsyms_lookup_size_offset(addr, &size, &offset))
			return -ENOENT;

		parts = klp_parts_of(n->func, search->new);
		nr = *parts ? (*parts)->nr : 0;
		p = krealloc(*parts, struct_size(p, part, nr + 1), GFP_KERNEL);
		if (!p)
			return -ENOMEM;
		p->nr = nr + 1;
		p->part[nr].addr = addr - offset;
		p->part[nr].size = size;
		*parts = p;
	}

	return 0;
}

typedef int (*klp_symbol_fn_t)(void *data, const char *name, unsigned long addr);

static int klp_visit_symbols(const char *objname, struct klp_search *search,
			     klp_symbol_fn_t fn)
{
	if (objname)
		return module_kallsyms_on_each_symbol(objname, fn, search);

	return kallsyms_on_each_symbol(fn, search);
}

/* Symbols are not in an order that helps, so look at all of them, twice. */
static int __klp_find_parts(struct klp_object *obj, const char *objname, bool new)
{
	struct klp_search search = {
		.obj = obj,
		.new = new,
		.names = LIST_HEAD_INIT(search.names),
	};
	struct klp_name *n, *tmp;
	int ret;

	ret = klp_visit_symbols(objname, &search, klp_add_name);
	if (!ret)
		ret = klp_visit_symbols(objname, &search, klp_add_part);

	list_for_each_entry_safe(n, tmp, &search.names, node)
		kfree(n);

	return ret;
}

/**
 * klp_find_parts() - find the parts of the functions that are patched, and of the new ones
 * @patch:	the livepatch
 * @obj:	an object of it, which is loaded, and whose functions are known
 *
 * Context: Process context, under klp_mutex.
 * Return: 0, or -ENOMEM, or -ENOENT if the size of a part is not known.
 */
int klp_find_parts(struct klp_patch *patch, struct klp_object *obj)
{
	struct klp_func *func;
	int ret;

	/* Those of the last time that the patched module was loaded */
	klp_for_each_func(obj, func)
		klp_free_parts(func);

	ret = __klp_find_parts(obj, obj->name, false);
	if (!ret)
		ret = __klp_find_parts(obj, patch->mod->name, true);
	if (ret)
		pr_err("the parts of the functions of '%s' cannot be found (%d)\n",
		       obj->name ?: "vmlinux", ret);

	return ret;
}

void klp_free_parts(struct klp_func *func)
{
	kfree(func->old_parts);
	kfree(func->new_parts);
	func->old_parts = NULL;
	func->new_parts = NULL;
}
