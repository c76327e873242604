/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * See arch/arm64/tests/stacktrace_probes.c.
 */
#ifndef __ARM64_TESTS_STACKTRACE_PROBES_H
#define __ARM64_TESTS_STACKTRACE_PROBES_H

#include <linux/bits.h>
#include <linux/ftrace.h>
#include <linux/kprobes.h>

#include "stacktrace_kunit.h"

#define INNER		BIT(0)
#define MIDDLE		BIT(1)
#define OUTER		BIT(2)
#define THREAD		BIT(3)
#define REPLACEMENT	BIT(4)
#define CHAIN		(INNER | MIDDLE | OUTER | THREAD)
#define NR_FUNCTIONS	5

extern void * const traced_functions[NR_FUNCTIONS];

/*
 * What is done to the functions of the chain. Everything is there twice: a
 * function can have two kretprobes, and be traced for two users.
 */
struct tracing {
	const char *name;
	unsigned int kretprobe[2];	/* functions that have a kretprobe */
	unsigned int fgraph[2];		/* functions that are graph-traced */
	bool redirect;			/* known_middle to known_replacement */
	unsigned int recursion;		/* of known_inner */
	unsigned int maxactive;		/* of the kretprobes, 0 for enough */
};

/* What is registered, such that it can be taken away again */
struct probes {
	struct kretprobe kretprobe[2 * NR_FUNCTIONS];
	struct kretprobe *kretprobes[2 * NR_FUNCTIONS];
	int nr_kretprobes;
	struct fgraph_ops fgraph[2];
	int nr_fgraph;
	struct ftrace_ops redirect;
	bool redirected;
};

extern atomic_t tracing_hits;

/* How often the probes are hit when the chain is run through once */
unsigned int tracing_expected_hits(const struct tracing *tracing);

struct probes *tracing_add_probes(struct kunit *test, const struct tracing *tracing);
void tracing_remove_probes(struct probes *probes);

/* Stop the function graph tracing, and nothing else; start it again */
void tracing_stop_fgraph(struct probes *probes);
int tracing_restart_fgraph(struct probes *probes);

/* Expect a trace of the chain, whatever is done to it. */
void tracing_expect_chain(struct kunit *test, const struct tracing *tracing,
			  const struct trace *trace, bool blocked);

/* All combinations that are different to the walk, for KUNIT_CASE_PARAM() */
const void *tracing_gen_params(const void *prev, char *desc);

#endif /* __ARM64_TESTS_STACKTRACE_PROBES_H */
