# SPDX-License-Identifier: GPL-2.0-only
#
# Reads what was measured, lines of name, "size" and bytes of functions, and of name,
# seconds and MB; prints the table, one figure a line: name, value, unit, limit. The
# smallest of several runs counts. Ends with status 1 if a figure is over its limit.

$2 == "size" {
	size[$1] = $3 / 1e6
	next
}

{
	if (!($1 in time) || $2 < time[$1])
		time[$1] = $2
	if (!($1 in memory) || $3 < memory[$1])
		memory[$1] = $3
}

function line(name, value, unit, most)
{
	printf "%-40s %8.3f %s", name, value, unit
	if (most)
		printf " (at most %.1f)%s", most, (value > most ? " EXCEEDED" : "")
	print ""
	if (most && value > most)
		exceeded = 1
}

# One runs after the other: their times add up, and their memory does not
function seconds(name)
{
	return time[name ".check"] + time[name ".table"]
}

function peak(name,
	      check, table)
{
	check = memory[name ".check"]
	table = memory[name ".table"]
	return check > table ? check : table
}

END {
	theirs = size["objtool"]
	ours = size["unwindtool"]
	if (!theirs || !ours || !time["objtool"] || !seconds("unwindtool"))
		exit 2
	line("functions.objtool", theirs, "MB")
	line("functions.unwindtool", ours, "MB")
	line("time.objtool", time["objtool"] / theirs, "s/MB")
	line("time.unwindtool.check", time["unwindtool.check"] / ours, "s/MB")
	line("time.unwindtool.table", time["unwindtool.table"] / ours, "s/MB")
	# As objtool, "table" does both, in one run. The build runs no other
	ratio = time["unwindtool.table"] / ours / (time["objtool"] / theirs)
	line("time.unwindtool.table/objtool", ratio, "times", 0.5)
	ratio = seconds("unwindtool") / ours / (time["objtool"] / theirs)
	line("time.unwindtool.check+table/objtool", ratio, "times")
	line("memory.objtool", memory["objtool"] / theirs, "MB/MB")
	line("memory.unwindtool", peak("unwindtool") / ours, "MB/MB")
	ratio = peak("unwindtool") / ours / (memory["objtool"] / theirs)
	line("memory.unwindtool/objtool", ratio, "times", 0.5)
	if (file != "") {
		line("time.check+table." file, seconds("file"), "s", 3)
		line("memory." file, peak("file"), "MB", 400)
	}
	exit exceeded
}
