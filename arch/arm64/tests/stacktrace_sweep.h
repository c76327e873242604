/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For suites that interrupt functions at each of their instructions.
 *
 * See arch/arm64/tests/stacktrace_sweep_kunit.c.
 */
#ifndef __ARM64_TESTS_STACKTRACE_SWEEP_H
#define __ARM64_TESTS_STACKTRACE_SWEEP_H

#include <kunit/test.h>

struct known;
struct module;
struct shape;

int stacktrace_sweep_init(const struct module *mod);
void stacktrace_sweep_exit(struct kunit_suite *suite);

unsigned int stacktrace_sweep(struct kunit *test, const char *name,
			      void (*situation)(struct known *),
			      void (*replacement)(struct known *));
unsigned int stacktrace_sweep_in_plt(void);
int stacktrace_sweep_patch(unsigned long addr, u32 insn);
bool stacktrace_sweep_called_plt(unsigned long addr, unsigned long ra);
unsigned int stacktrace_sweep_shape(struct kunit *test, const struct shape *shape);

#endif /* __ARM64_TESTS_STACKTRACE_SWEEP_H */
