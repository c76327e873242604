# SPDX-License-Identifier: GPL-2.0-only
#
# Reads what was measured, lines of kernel, walk, text, depth and instructions,
# of kernel, "fgraph-return" and instructions, of kernel, "lookup", what, a hundred
# times the average and the most instructions, of kernel, "rate walks", walks and
# reliable ones, of kernel, "rate error", how often, reason and where, and of kernel,
# "witness", the instructions of a task without and with it, and its walks; prints the
# table, one figure a line: name, value, unit, limit. Ends with status 1 if a figure
# is over its limit, 2 if one is missing.

BEGIN {
	# What is compared with what, in which text and at which depth (0: all of
	# them), and the most it may be.
	limit["best-effort.KERNEL/pristine", "core", 0] = 1
	limit["best-effort.KERNEL/pristine", "module", 0] = 1
	limit["reliable/best-effort.KERNEL", "core", 0] = 1.5
	limit["reliable/best-effort.KERNEL", "module", 4] = 3
	limit["reliable/best-effort.KERNEL", "module", 64] = 1.5
	# What a walk across an exception may cost, compared with one that is as deep
	# and crosses none. The handler of an exception alone has more than 4 frames.
	most_exception = 1.3
	least_depth = 8
	# Walks of interrupted tasks that have to be reliable, in per cent
	least_reliable = 99.9
	# Instructions that the series adds to the return from a traced function
	most_added = 8
	# Instructions of a look-up in the unwind table: on average, and the worst
	most_lookup["table", "average"] = 60
	most_lookup["table", "worst"] = 120
	most_lookup["reliable", "worst"] = 15
	# What the witness of walks adds, in per cent of 1,000,000,000 instructions a second
	most_witness = 1
}

$2 == "witness" {
	witness($1, 100 * ($4 - $3) / $3, ($4 - $3) / $5)
	next
}

$2 == "lookup" {
	lookup($1, $3, "average", $4 / 100)
	lookup($1, $3, "worst", $5)
	next
}

$2 == "rate" && $3 == "walks" {
	walks = $4
	rate($1, $4, $5)
	next
}

$2 == "rate" {
	printf "%-48s %8.4f %% reason %d, %s\n", "rate.error." $1, 100 * $4 / walks, $5, $6
	next
}

$2 == "fgraph-return" {
	traced_return[$1] = $3
	next
}

{
	count[$1, $2, $3, $4] = $5
	if (!(($3, $4) in known)) {
		known[$3, $4]
		text[++places] = $3
		depth[places] = $4
	}
	if (!($1 in known)) {
		known[$1]
		kernel[++kernels] = $1
	}
}

function lookup(kernel, what, which, value,
		most)
{
	most = most_lookup[what, which]
	printf "%-48s %8.2f instructions", "lookup." what "." which "." kernel, value
	if (most)
		printf " (at most %d)%s", most, (value > most ? " EXCEEDED" : "")
	print ""
	if (most && value > most)
		exceeded = 1
}

function witness(kernel, share, walk)
{
	printf "%-48s %8.0f instructions\n", "witness.walk." kernel, walk
	printf "%-48s %8.2f %% (at most %.1f)%s\n", "witness.share." kernel, share,
	       most_witness, (share > most_witness ? " EXCEEDED" : "")
	if (share > most_witness)
		exceeded = 1
}

function line(what, text, depth, value, unit)
{
	printf "%-48s %8.2f %s", "walk." text "." depth "." what, value, unit
}

function per_frame(kernel, walk, text, depth)
{
	if (!((kernel, walk, text, depth) in count)) {
		# These have no such walk.
		if (walk == "reliable" &&
		    (kernel == "pristine" || (text == "exception" && kernel ~ /noexceptions/)))
			return
		print "error: not measured: " kernel " " walk " " text " " depth >"/dev/stderr"
		missing = 1
		return
	}
	line(walk "." kernel, text, depth, count[kernel, walk, text, depth] / depth,
	     "instructions/frame")
	print ""
}

function ratio(kernel, walk, base_kernel, base_walk, text, depth, what,
	       value, most)
{
	if (!((base_kernel, base_walk, text, depth) in count) ||
	    !((kernel, walk, text, depth) in count))
		return
	value = count[kernel, walk, text, depth] / count[base_kernel, base_walk, text, depth]
	most = limit[what, text, depth] + limit[what, text, 0]
	sub("KERNEL", kernel, what)
	line(what, text, depth, value, "times")
	if (most)
		printf " (at most %.2f)%s", most, (value > most ? " EXCEEDED" : "")
	print ""
	if (most && value > most)
		exceeded = 1
}

function rate(kernel, walks, reliable,
	      value)
{
	value = walks ? 100 * reliable / walks : 0
	printf "%-48s %8d\n", "rate.walks." kernel, walks
	printf "%-48s %8.3f %% (at least %.1f)%s\n", "rate.reliable." kernel, value,
	       least_reliable, (value < least_reliable ? " EXCEEDED" : "")
	if (value < least_reliable)
		exceeded = 1
}

function exception(kernel, depth,
		   value, most)
{
	if (!((kernel, "reliable", "exception", depth) in count) ||
	    !((kernel, "reliable", "core", depth) in count))
		return
	value = count[kernel, "reliable", "exception", depth] / count[kernel, "reliable", "core", depth]
	line("reliable." kernel "/core", "exception", depth, value, "times")
	most = depth >= least_depth ? most_exception : 0
	if (most)
		printf " (at most %.2f)%s", most, (value > most ? " EXCEEDED" : "")
	print ""
	if (most && value > most)
		exceeded = 1
}

function returns(kernel, added)
{
	if (!(kernel in traced_return)) {
		print "error: not measured: " kernel " fgraph-return" >"/dev/stderr"
		missing = 1
		return
	}
	printf "%-48s %8d instructions\n", "fgraph.return." kernel, traced_return[kernel]
	if (kernel == "pristine" || !("pristine" in traced_return))
		return
	added = traced_return[kernel] - traced_return["pristine"]
	printf "%-48s %8d instructions (at most %d)%s\n", "fgraph.return." kernel "-pristine",
	       added, most_added, (added > most_added ? " EXCEEDED" : "")
	if (added > most_added)
		exceeded = 1
}

END {
	for (p = 1; p <= places; p++) {
		for (k = 1; k <= kernels; k++) {
			per_frame(kernel[k], "best-effort", text[p], depth[p])
			per_frame(kernel[k], "reliable", text[p], depth[p])
		}
	}
	for (p = 1; p <= places; p++) {
		for (k = 1; k <= kernels; k++) {
			if (kernel[k] == "pristine")
				continue
			ratio(kernel[k], "best-effort", "pristine", "best-effort",
			      text[p], depth[p], "best-effort.KERNEL/pristine")
			ratio(kernel[k], "reliable", kernel[k], "best-effort",
			      text[p], depth[p], "reliable/best-effort.KERNEL")
		}
	}
	for (p = 1; p <= places; p++)
		for (k = 1; k <= kernels; k++)
			if (text[p] == "exception")
				exception(kernel[k], depth[p])
	for (k = 1; k <= kernels; k++)
		returns(kernel[k])
	if (missing || !places)
		exit 2
	exit exceeded
}
