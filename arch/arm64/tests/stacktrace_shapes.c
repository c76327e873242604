// SPDX-License-Identifier: GPL-2.0-only
/*
 * For the KUnit tests of the reliable stack walk: functions of all shapes that
 * compilers give them, to be interrupted at each of their instructions.
 */

#include <linux/bug.h>
#include <linux/compiler.h>
#include <linux/jump_label.h>
#include <linux/panic.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "stacktrace_shapes.h"

/* 0, which no compiler knows */
static unsigned long nothing;

static noinline __noclone unsigned long leaf(unsigned long x)
{
	return x * 3 + READ_ONCE(nothing);
}

/* Its calls have returned, or are still to be made, when it is interrupted. */
static noinline __noclone unsigned long two_calls(unsigned long x)
{
	return leaf(x) + leaf(x + 1);
}

/* More callee-saved registers than are used elsewhere here */
static noinline __noclone unsigned long many_registers(unsigned long x)
{
	unsigned long a = leaf(x), b = leaf(a), c = leaf(b), d = leaf(c), e = leaf(d);

	return leaf(a) + leaf(b) * a + leaf(c) * b + leaf(d) * c + leaf(e) * d + e;
}

static noinline __noclone unsigned long large_frame(unsigned long x)
{
	unsigned char buf[1600];

	buf[x % sizeof(buf)] = x;
	barrier_data(buf);
	return leaf(buf[0]);
}

/* So large that SP is not moved by one instruction */
static noinline __noclone unsigned long alloca_frame(unsigned long x)
{
	unsigned char *buf = __builtin_alloca(16 + x % 64);

	buf[0] = x;
	barrier_data(buf);
	return leaf(buf[0]);
}

/* The compiler makes the frame only on the way that needs it. */
static noinline __noclone unsigned long shrink_wrapped(unsigned long x)
{
	if (x & 1)
		return x;
	return leaf(x) + leaf(x + 2);
}

static noinline __noclone unsigned long several_exits(unsigned long x)
{
	switch (x) {
	case 0:
		return leaf(1);
	case 1:
		return leaf(2) * leaf(3);
	case 2:
		if (READ_ONCE(nothing))
			return 0;
		return leaf(4) + 1;
	case 3:
		return 5;
	default:
		return leaf(x) - leaf(x - 1);
	}
}

/* The call that does not return is the last thing in the function. */
static noinline __noclone unsigned long noreturn_at_the_end(unsigned long x)
{
	if (!READ_ONCE(nothing))
		return leaf(x);
	panic("nothing is something");
}

/*
 * x30 has the address of a function, and not the return address. The call clobbers
 * what any call does.
 */
static noinline __noclone unsigned long callee_in_x30(unsigned long x)
{
	register unsigned long x0 asm("x0") = x;

	asm volatile("adr	x30, %c[leaf]\n"
		     "blr	x30\n"
		     : "+r" (x0)
		     : [leaf] "S" (leaf)
		     : "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11",
		       "x12", "x13", "x14", "x15", "x16", "x17", "x30", "cc", "memory");
	/* A call that the compiler knows of, for which it makes a frame */
	return leaf(x0);
}

static noinline __noclone unsigned long recursion(unsigned long x)
{
	if (!x)
		return leaf(x);
	return recursion(x - 1) + 1;
}

static noinline __noclone unsigned long by_pointer(unsigned long (**fn)(unsigned long),
						   unsigned long x)
{
	return READ_ONCE(*fn)(x) + 1;
}

static unsigned long catch[2];

/*
 * unwindtool has to see that it does not return, and sweep_throw() looks as if it did.
 * That one is not made to be called by a pointer, and has no type for kCFI.
 */
static noinline __noclone __nocfi void __noreturn does_not_return(unsigned long x)
{
	void (*throw)(unsigned long catch[2]) = sweep_throw;

	leaf(x);
	OPTIMIZER_HIDE_VAR(throw);
	while (1)
		throw(catch);
}

/* The return address of the last call is behind the function's end. */
static noinline __noclone void calls_noreturn(void)
{
	does_not_return(leaf(1));
}

static DEFINE_STATIC_KEY_FALSE(shape_key);

/* A jump, or a NOP in its place */
static noinline __noclone unsigned long jump_label(unsigned long x)
{
	if (static_branch_unlikely(&shape_key))
		x = leaf(x);
	return static_branch_likely(&shape_key) ? x : leaf(x + 1);
}

/* Its return address is in x30 when it faults. */
static noinline __noclone unsigned long load_that_faults(unsigned long addr)
{
	unsigned long x;

	__get_kernel_nofault(&x, addr, unsigned long, failed);
	return x;
failed:
	return 0;
}

static void shape_calls(struct known *known)
{
	unsigned long (*fn)(unsigned long) = two_calls;

	two_calls(1);
	many_registers(2);
	recursion(3);
	by_pointer(&fn, 4);
	barrier();
}

static void shape_frames(struct known *known)
{
	large_frame(1);
	for (unsigned long x = 0; x < 3; x++)
		alloca_frame(x);
	barrier();
}

static void shape_exits(struct known *known)
{
	for (unsigned long x = 0; x < 5; x++) {
		shrink_wrapped(x);
		several_exits(x);
	}
	noreturn_at_the_end(1);
	barrier();
}

static void shape_x30(struct known *known)
{
	callee_in_x30(1);
	barrier();
}

/* Of the sizes that the string routines treat in different ways */
static void shape_strings(struct known *known)
{
	static const size_t sizes[] = { 0, 1, 3, 7, 15, 17, 33, 65, 97, 129, 200 };
	static char from[256], to[256];
	unsigned long x;

	for (int i = 0; i < ARRAY_SIZE(sizes); i++) {
		size_t size = READ_ONCE(sizes[i]);

		memset(from, 'a', size);
		from[size] = 0;
		memcpy(to, from, size + 1);
		memmove(to + 1, to, size);
		x = memcmp(to, from, size) + strcmp(to, from) + strncmp(to, from, size) +
			  strlen(from) + strnlen(from, size) +
			  !!memchr(from, 'b', size) + !!strchr(from, 'b') +
			  !!strrchr(from, 'a');
		OPTIMIZER_HIDE_VAR(x);
	}
	barrier();
}

static void shape_noreturn(struct known *known)
{
	sweep_catch(catch, calls_noreturn);
	barrier();
}

static void shape_jump_label(struct known *known)
{
	jump_label(1);
	barrier();
}

/* Nothing is mapped there. The copy routine tries byte by byte, and faults again. */
static void shape_faults(struct known *known)
{
	static char buf[8];
	unsigned long x;

	load_that_faults(-PAGE_SIZE);
	x = raw_copy_from_user(buf, (const void __user *)PAGE_SIZE, sizeof(buf));
	OPTIMIZER_HIDE_VAR(x);
	barrier();
}

const struct shape shapes[] = {
	{ "calls",		shape_calls },
	{ "frames",		shape_frames },
	{ "exits",		shape_exits },
	{ "callee in x30",	shape_x30 },
	{ "string routines",	shape_strings },
	{ "calls that do not return", shape_noreturn },
	{ "jump labels, off",	shape_jump_label },
	{ "jump labels, on",	shape_jump_label, &shape_key.key },
	{ "faults",		shape_faults },
	{}
};
