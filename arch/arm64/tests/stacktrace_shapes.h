/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __ARM64_TESTS_STACKTRACE_SHAPES_H
#define __ARM64_TESTS_STACKTRACE_SHAPES_H

struct known;

/**
 * struct shape - functions to be interrupted
 * @name:	what is special about them; NULL ends the list
 * @situation:	calls them, at the end of the known chain
 */
struct shape {
	const char *name;
	void (*situation)(struct known *known);
};

extern const struct shape shapes[];

#endif /* __ARM64_TESTS_STACKTRACE_SHAPES_H */
