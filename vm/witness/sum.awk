# SPDX-License-Identifier: GPL-2.0-only
#
# Reads what a guest with the witness of stack walks has printed, and prints it. The last
# line is what vm/soak.sh counts, in words NAME=NUMBER. A test that has failed or was left
# out is an error, and so are a walk that disagrees and walks that there was nothing to
# compare with, if there was for others.

{
	print
	sub(/^# witness: /, "")
}

/^(walks|reliable|compared|undecided|not-compared|disagreements) / {
	figures[$1] = $2
	words = words " " $1 "=" $2
}

/^ok / {
	tests++
}

/^not ok |^ok .*# SKIP/ {
	bad = 1
}

END {
	print "tests=" tests + 0 words
	exit bad || figures["disagreements"] || (figures["compared"] && figures["not-compared"])
}
