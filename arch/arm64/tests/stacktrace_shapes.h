/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __ARM64_TESTS_STACKTRACE_SHAPES_H
#define __ARM64_TESTS_STACKTRACE_SHAPES_H

struct known;
struct static_key;

/**
 * struct shape - functions to be interrupted
 * @name:	what is special about them; NULL ends the list
 * @situation:	calls them, at the end of the known chain
 * @key:	to be switched on meanwhile, or NULL
 */
struct shape {
	const char *name;
	void (*situation)(struct known *known);
	struct static_key *key;
};

extern const struct shape shapes[];

/* Call @fn, which ends by sweep_throw(). */
void sweep_catch(unsigned long catch[2], void (*fn)(void));
void sweep_throw(unsigned long catch[2]);

extern const char sweep_caught[], sweep_throw_end[];

#endif /* __ARM64_TESTS_STACKTRACE_SHAPES_H */
