// SPDX-License-Identifier: GPL-2.0-only
/*
 * An execution oracle: is the unwind table of a kernel or module right when its code is
 * executed?
 *
 * Each function is executed by an emulator, from its entry, with random numbers in the
 * registers and in memory. At conditional branches, jump labels, alternatives and
 * instructions that may fault, paths go both ways, whatever the numbers are; calls are
 * skipped, as the AAPCS has them. So the oracle knows the return address and the caller's
 * x29, SP and shadow call stack, by having made them up. Before each instruction it looks
 * where the table says that the return address and the caller's x29 are, at each call for
 * the frame record at x29, and at each return for SP, x29, x18 and where it goes. Of
 * unwindtool it knows nothing but the table's format: neither CFI nor rules.
 *
 * What it cannot tell, and counts:
 *
 * - what is behind a call of a function that never returns: objtool's list has these, and
 *   those of a linked file are found by following the branches of each function. A call at
 *   the end of its function is taken for one as well, and a branch to there for one that is
 *   never taken, if x29 points at the frame record;
 * - stores to the stack by a register other than SP or x29, or with an index, that would hit
 *   the return address or the caller's x29: with made up numbers an index may be out of its
 *   array. The path ends there;
 * - where an indirect branch goes: to what nothing else in its function leads to, behind a
 *   branch or a return. Where there is no such code, the path ends;
 * - loops: a path goes back once by each branch;
 * - instructions that the emulator does not know, and those that need a system: a path ends
 *   at the former, of the latter mrs reads random numbers, and others do nothing;
 * - what happens in a function that is reached by falling or branching out of another one
 *   where the table has called that unreliable.
 *
 * No pointer is signed: paciasp and the like do nothing.
 */

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "execute.h"

static const char usage[] =
"usage: execute [--seed S] [--functions N] [--paths N] [--alternatives] [--patch-scs]\n"
"               [--table TABLE.o] [--function NAME] FILE...\n"
"\n"
"Executes the functions of arm64 vmlinux and modules, and compares with their unwind tables.\n"
"A vmlinux has to come before its modules.\n"
"\n"
"  --seed S         what the random numbers begin with (default 1)\n"
"  --functions N    about so many functions of each file, chosen by the seed (default all)\n"
"  --paths N        at least so many paths through each function (default 4): as many as it\n"
"                   takes to go each way of each branch once are made in any case\n"
"  --alternatives   with the replacement of each alternative in its place\n"
"  --patch-scs      with a dynamic shadow call stack, as patched at boot\n"
"  --table TABLE.o  the first file has no table: this is what the assembler has made of that\n"
"                   which \"unwindtool table FILE -o TABLE.S\" writes\n"
"  --function NAME  only this one\n"
"\n"
"Exit status: 0 if nothing disagrees with the tables, 1 if something does, 2 if a file cannot\n"
"be read.\n";

struct arguments {
	struct options options;
	const char *table;
	const char *function;
	unsigned long functions;
	bool alternatives;
};

static bool is_wanted(const struct arguments *args, const struct image *img,
		      const struct function *f)
{
	uint64_t number = args->options.seed ^ f->start;

	if (args->function)
		return !strcmp(args->function, f->name);
	return !args->functions || random_next(&number) % img->nr_functions < args->functions;
}

static bool is_unreliable(const struct image *img, const struct function *f)
{
	uint32_t i = image_index(img, f->start), end = function_end(img, f);

	for (; i < end; i++)
		if (image_reliable(img, i))
			return false;
	return true;
}

static void run_functions(struct machine *m, const struct image *img, const struct arguments *args,
			  struct counts *c)
{
	char report[4096];
	size_t i;

	for (i = 0; i < img->nr_functions; i++) {
		const struct function *f = &img->function[i];
		uint32_t first = image_index(img, f->start);

		if (first == OUTSIDE || f->end == f->start || !is_wanted(args, img, f))
			continue;
		if (f->part)
			c->parts++;
		else if (img->state[first] == NO_TABLE)
			c->not_in_table++;
		else if (is_unreliable(img, f))
			c->unreliable_functions++;
		else if (!machine_run(m, f, report, sizeof(report)))
			printf("%s: mismatch: %s\n%s: again: --seed %lu --function %s%s%s\n",
			       img->name, report, img->name, (unsigned long)args->options.seed,
			       f->name, args->alternatives ? " --alternatives" : "",
			       args->options.patch_scs ? " --patch-scs" : "");
	}
}

static void run_file(const char *name, const char *table, const struct arguments *args,
		     struct counts *c)
{
	struct counts before = *c;
	struct machine *m;
	struct image img;

	image_open(&img, name, table, args->alternatives);
	img.shadow_stack |= args->options.patch_scs;
	if (!img.nr_states && img.nr_functions)
		die(name, "has no unwind table");
	image_find_never_returns(&img);
	m = machine_open(&img, &args->options, c);
	run_functions(m, &img, args, c);
	machine_reached(m);
	machine_close(m);
	image_close(&img);
	printf("%s: %lu functions, %lu instructions on %lu paths, %lu points compared, %lu mismatches\n",
	       name, c->functions - before.functions, c->executed - before.executed,
	       c->paths - before.paths, c->compared - before.compared,
	       c->mismatches - before.mismatches);
	fflush(stdout);
}

static void print_counts(const struct counts *c, int files)
{
	printf("all %d files: %lu functions, %lu instructions on %lu paths, %lu points compared, %lu mismatches\n",
	       files, c->functions, c->executed, c->paths, c->compared, c->mismatches);
	printf("reliable instructions that were executed: %lu of %lu (%.2f %%)\n", c->reached,
	       c->reliable, c->reliable ? 100.0 * c->reached / c->reliable : 0.0);
	printf("functions left out: %lu unreliable throughout, %lu not in a table, %lu parts of others\n",
	       c->unreliable_functions, c->not_in_table, c->parts);
	printf("points left out: %lu unreliable, %lu not in a table\n", c->unreliable, c->outside);
	printf("calls: %lu skipped, %lu to the middle of a function followed\n", c->calls,
	       c->odd_calls);
	printf("not executed: %lu system instructions, %lu reads of system registers, %lu traps\n",
	       c->skipped_system, c->read_system, c->skipped_traps);
	printf("paths ended: %lu by a return, %lu by a tail call, %lu by a call that never returns, %lu by a call at the function's end, %lu by a BUG(), %lu by eret\n",
	       c->returns, c->tail_calls, c->never_return, c->ran_off, c->bugs,
	       c->exception_returns);
	printf("paths cut off: %lu at branches to their function's end, %lu in loops, %lu at indirect branches, %lu at stray stores, %lu at instructions not known to the emulator, %lu at accesses that fail, %lu where the stack pointer is selected, %lu behind unreliable code\n",
	       c->never_taken, c->loops, c->indirect, c->strays, c->unknown, c->memory, c->stack_selects, c->left);
}

static unsigned long number(const char *arg)
{
	char *end;
	unsigned long value = strtoul(arg, &end, 0);

	if (!*arg || *end)
		die(arg, "is not a number");
	return value;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "alternatives", no_argument, NULL, 'a' },
		{ "function", required_argument, NULL, 'f' },
		{ "functions", required_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ "patch-scs", no_argument, NULL, 'x' },
		{ "paths", required_argument, NULL, 'p' },
		{ "seed", required_argument, NULL, 's' },
		{ "table", required_argument, NULL, 't' },
		{ NULL, 0, NULL, 0 },
	};
	struct arguments args = { .options.seed = 1, .options.paths = 4 };
	struct counts counts = { 0 };
	int c, i;

	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		switch (c) {
		case 'a':
			args.alternatives = true;
			break;
		case 'f':
			args.function = optarg;
			break;
		case 'n':
			args.functions = number(optarg);
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		case 'x':
			args.options.patch_scs = true;
			break;
		case 'p':
			args.options.paths = number(optarg);
			break;
		case 's':
			args.options.seed = number(optarg);
			break;
		case 't':
			args.table = optarg;
			break;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	if (optind == argc) {
		fputs(usage, stderr);
		return 2;
	}
	for (i = optind; i < argc; i++)
		run_file(argv[i], i == optind ? args.table : NULL, &args, &counts);
	print_counts(&counts, argc - optind);
	if (args.function && !counts.functions)
		die(args.function, "no function of that name was executed");
	return counts.mismatches ? 1 : 0;
}
