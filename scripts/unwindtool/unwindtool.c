// SPDX-License-Identifier: GPL-2.0-only
/*
 * unwindtool - stack validation and unwind metadata for arm64, from the CFI
 *
 * The compiler says in its CFI where the return address and the caller's x29 are
 * at every instruction. This tool believes none of it before each instruction has
 * been held against it, by rules that look at one instruction at a time and at the
 * direct branches; and then writes it into a table that the kernel leaves a pt_regs
 * by. Where a rule is broken the table says "unreliable", and the walk ends in an
 * error instead of a wrong trace.
 */

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "../../arch/arm64/include/asm/unwind_table.h"
#include "object.h"

static const char usage[] =
"usage: unwindtool dump [--rows] FILE [FUNCTION]\n"
"       unwindtool check [--werror] [--stats] FILE...\n"
"       unwindtool check|table ... --findings ALL FILE\n"
"       unwindtool check --kinds\n"
"       unwindtool check|table ... --noreturns-out NAMES FILE\n"
"       unwindtool check|table|verify|dump ... --noreturns NAMES FILE\n"
"       unwindtool table [--werror] [--block-size N] [--literal] [--quiet] FILE [-o OUT]\n"
"       unwindtool verify FILE\n"
"       unwindtool mark FILE...\n"
"\n"
"FILE is an arm64 vmlinux, or a module or object file, with CFI in .eh_frame,\n"
".init.eh_frame or .debug_frame. NAMES has functions of vmlinux that cannot return, one\n"
"a line: --noreturns-out writes those that are exported, for modules to be read with.\n"
"\n"
"dump    print where the return address and the caller's x29 are, for each range of\n"
"        instructions, and why a range is unreliable\n"
"  --rows          print the CFI as it was read instead\n"
"check   hold every instruction against the CFI. Where its row of CFI is wrong, an\n"
"        instruction is unreliable; where it breaks a rule, its function is. Each\n"
"        finding is printed as \"FILE: warning: function()+0x10: ...\", of findings\n"
"        that are alike the first three\n"
"  --findings ALL  write every finding into the file ALL\n"
"  --werror        any finding is an error\n"
"  --stats         print how much is reliable, and what was found how often\n"
"  --kinds         print the kinds of findings, which end each warning\n"
"table   check, and make the table for the kernel, see asm/unwind_table.h: that of a\n"
"        module becomes a section of FILE\n"
"  -o OUT          where to write that of a vmlinux: assembly, for the next link\n"
"  --werror        any finding is an error, and no table is made\n"
"  --block-size N  bytes of text per block, a power of two from 256 to 4096\n"
"                  (default 512, which is what the kernel reads; 256 with\n"
"                  CONFIG_ARM64_UNWIND_SMALL_BLOCKS)\n"
"  --literal       spell every place as the CFI does, which takes more changes\n"
"  --quiet         do not print the sizes\n"
"verify  check the tables in FILE, and that they say at every instruction what the\n"
"        CFI says\n"
"mark    mark every function of an object file as non-standard, in place, as\n"
"        UNWIND_NON_STANDARD() does with one: it is unreliable, and not checked\n"
"\n"
"A function that returns with SP, x29 or the pointer to the shadow call stack not as it got\n"
"them spoils the traces of its callers: it is an error without --werror, too.\n"
"\n"
"Exit status: 0 if all is well, or check had nothing but warnings without --werror;\n"
"1 for errors, if --werror was given and something found, if the table does not say what\n"
"the CFI says, or dump did not find the function; 2 if a file cannot be read or is damaged,\n"
"or the command line is wrong.\n";

struct options {
	bool rows, werror, stats, kinds, literal, quiet;
	unsigned int shift;
	const char *out, *noreturns_out, *findings;
};

static void bad_usage(const char *what)
{
	fprintf(stderr, "unwindtool: error: %s\n%s", what, usage);
	exit(EXIT_INPUT);
}

static void print_totals(const char *name, const struct totals *t)
{
	int i;

	printf("%s: %zu of %zu functions are reliable throughout\n", name, t->reliable_functions,
	       t->functions);
	printf("%s: %zu of %zu instructions are reliable (%.3f %%)\n", name, t->reliable, t->insns,
	       t->insns ? 100.0 * t->reliable / t->insns : 0.0);
	printf("%s: unreliable: %zu have no CFI, %zu in functions with findings, ", name,
	       t->no_cfi, t->bad);
	printf("%zu have wrong CFI, %zu unreached, %zu below SP\n", t->row_wrong, t->unreached,
	       t->not_below);
	printf("%s: %zu words are padding or replacement code, and not counted\n", name,
	       t->padding);
	for (i = 0; i < NR_FINDINGS; i++)
		if (t->found[i])
			printf("%s: found %s: %zu\n", name, finding_names[i], t->found[i]);
}

static void read_object(struct object *obj, const char *name)
{
	object_open(obj, name);
	cfi_read(obj);
	read_marks(obj);
	check_object(obj);
}

/* Return: EXIT_FINE, or EXIT_FOUND for findings that are errors */
static int report(const struct object *obj, const struct options *opt)
{
	print_findings(obj, opt->findings);
	if (obj->nr_errors) {
		fprintf(stderr,
			"unwindtool: error: %s: %u errors spoil the traces of other functions\n",
			obj->name, obj->nr_errors);
		return EXIT_FOUND;
	}
	if (!opt->werror || !obj->nr_findings)
		return EXIT_FINE;
	fprintf(stderr, "unwindtool: error: %s: %u findings, and --werror\n", obj->name,
		obj->nr_findings);
	return EXIT_FOUND;
}

static int cmd_dump(char **files, int nr, const struct options *opt)
{
	struct object obj;
	int ret = EXIT_FINE;

	if (nr < 1 || nr > 2)
		bad_usage("dump takes a file, and may take a function");
	if (opt->rows) {
		object_open(&obj, files[0]);
		cfi_read(&obj);
		dump_rows(&obj);
	} else {
		read_object(&obj, files[0]);
		ret = dump_object(&obj, nr == 2 ? files[1] : NULL);
		if (ret)
			fprintf(stderr, "unwindtool: error: %s: no function %s\n", files[0],
				nr == 2 ? files[1] : "at all");
	}
	object_close(&obj);
	return ret;
}

static int cmd_check(char **files, int nr, const struct options *opt)
{
	struct totals totals;
	struct object obj;
	int ret = EXIT_FINE, i;

	for (i = 0; opt->kinds && i < NR_FINDINGS; i++)
		puts(finding_names[i]);
	if (nr < 1 && !opt->kinds)
		bad_usage("check takes files");
	if ((opt->noreturns_out || opt->findings) && nr != 1)
		bad_usage("check takes one file with --noreturns-out or --findings");
	for (i = 0; i < nr; i++) {
		read_object(&obj, files[i]);
		if (report(&obj, opt))
			ret = EXIT_FOUND;
		if (opt->noreturns_out)
			write_noreturns(&obj, opt->noreturns_out);
		if (opt->stats) {
			memset(&totals, 0, sizeof(totals));
			count(&obj, &totals);
			print_totals(files[i], &totals);
		}
		object_close(&obj);
	}
	return ret;
}

static int cmd_table(char **files, int nr, const struct options *opt)
{
	struct object obj;
	int ret;

	if (nr != 1)
		bad_usage("table takes one file");
	read_object(&obj, files[0]);
	if (obj.rel == !!opt->out)
		bad_usage("table takes -o OUT with a linked file, and only then");
	ret = report(&obj, opt);
	if (opt->noreturns_out)
		write_noreturns(&obj, opt->noreturns_out);
	if (!ret)
		table_write(&obj, opt->out, opt->shift, opt->literal, opt->quiet);
	object_close(&obj);
	return ret;
}

static int cmd_verify(char **files, int nr, const struct options *opt)
{
	struct object obj;
	int ret;

	(void)opt;
	if (nr != 1)
		bad_usage("verify takes one file");
	read_object(&obj, files[0]);
	ret = table_verify(&obj);
	object_close(&obj);
	return ret;
}

static int cmd_mark(char **files, int nr, const struct options *opt)
{
	int i;

	(void)opt;
	if (nr < 1)
		bad_usage("mark takes files");
	for (i = 0; i < nr; i++)
		mark_file(files[i]);
	return EXIT_FINE;
}

static unsigned int block_shift(const char *arg)
{
	unsigned long size;
	unsigned int shift;
	char *end;

	size = strtoul(arg, &end, 0);
	for (shift = UNWIND_BLOCK_SHIFT_MIN; shift <= UNWIND_BLOCK_SHIFT_MAX; shift++)
		if (!*end && size == 1UL << shift)
			return shift;
	bad_usage("--block-size is a power of two from 256 to 4096");
	return 0;
}

static const struct {
	const char *name;
	int (*run)(char **files, int nr, const struct options *opt);
} commands[] = {
	{ "dump", cmd_dump },
	{ "check", cmd_check },
	{ "table", cmd_table },
	{ "verify", cmd_verify },
	{ "mark", cmd_mark },
	{ NULL, NULL },
};

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "block-size", required_argument, NULL, 'b' },
		{ "findings", required_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ "kinds", no_argument, NULL, 'k' },
		{ "literal", no_argument, NULL, 'l' },
		{ "noreturns", required_argument, NULL, 'n' },
		{ "noreturns-out", required_argument, NULL, 'N' },
		{ "output", required_argument, NULL, 'o' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "rows", no_argument, NULL, 'r' },
		{ "stats", no_argument, NULL, 's' },
		{ "werror", no_argument, NULL, 'w' },
		{ NULL, 0, NULL, 0 },
	};
	struct options opt = { .shift = UNWIND_BLOCK_SHIFT };
	size_t i;
	int c, ret;

	while ((c = getopt_long(argc, argv, "ho:", longs, NULL)) != -1) {
		switch (c) {
		case 'b':
			opt.shift = block_shift(optarg);
			break;
		case 'f':
			opt.findings = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			return EXIT_FINE;
		case 'k':
			opt.kinds = true;
			break;
		case 'l':
			opt.literal = true;
			break;
		case 'n':
			read_noreturns(optarg);
			break;
		case 'N':
			opt.noreturns_out = optarg;
			break;
		case 'o':
			opt.out = optarg;
			break;
		case 'q':
			opt.quiet = true;
			break;
		case 'r':
			opt.rows = true;
			break;
		case 's':
			opt.stats = true;
			break;
		case 'w':
			opt.werror = true;
			break;
		default:
			bad_usage("unknown option");
		}
	}
	if (optind == argc)
		bad_usage("which command?");
	for (i = 0; commands[i].name; i++) {
		if (strcmp(argv[optind], commands[i].name))
			continue;
		ret = commands[i].run(argv + optind + 1, argc - optind - 1, &opt);
		if (fflush(stdout) || ferror(stdout))
			die("standard output", "cannot be written");
		return ret;
	}
	bad_usage("unknown command");
	return EXIT_INPUT;
}
