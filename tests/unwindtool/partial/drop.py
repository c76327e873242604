#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
#
# Usage: drop.py none|undefined FILE FUNCTION...
#
# Cuts functions out of a relocatable file as tools do that make livepatch modules: nothing
# refers to their sections any longer, so that objcopy can remove them, and calls of
# them go out of the file. Their FDEs stay behind, with no relocation, or with one by the
# function's symbol, which is undefined.

import struct
import sys

way, path, names = sys.argv[1], sys.argv[2], set(sys.argv[3:])
with open(path, "rb") as file:
    data = bytearray(file.read())
shoff, = struct.unpack_from("<Q", data, 0x28)
number, shstrndx = struct.unpack_from("<HH", data, 0x3c)
header = [struct.unpack_from("<IIQQQQIIQQ", data, shoff + 64 * i) for i in range(number)]


def string(section, offset):
    start = header[section][4] + offset
    return data[start:data.index(b"\0", start)].decode()


dropped = {i for i in range(number) if string(shstrndx, header[i][0])[6:] in names
           and string(shstrndx, header[i][0]).startswith(".text.")}
assert len(dropped) == len(names), "no such section"
symtab, = (h for h in header if h[1] == 2)
symbols = range(symtab[4], symtab[4] + symtab[5], 24)
# Of each dropped section: its function's symbol
function = {}
gone = set()
for index, at in enumerate(symbols):
    name, info, other, section, value, size = struct.unpack_from("<IBBHQQ", data, at)
    if section not in dropped:
        continue
    if info & 15 != 2:
        gone.add(index)
        continue
    function[section] = index
    struct.pack_into("<IBBHQQ", data, at, name, 0x10, other, 0, 0, 0)
section_of = {i: struct.unpack_from("<H", data, at + 6)[0] for i, at in enumerate(symbols)}
for h in header:
    if h[1] != 4 or h[7] in dropped:
        continue
    fdes = string(shstrndx, header[h[7]][0]).endswith((".eh_frame", ".debug_frame"))
    for at in range(h[4], h[4] + h[5], 24):
        offset, info, addend = struct.unpack_from("<QQq", data, at)
        if info >> 32 not in gone:
            continue
        if fdes and way == "undefined":
            info = function[section_of[info >> 32]] << 32 | info & 0xffffffff
        else:
            info = 0
        struct.pack_into("<QQq", data, at, offset, info, 0)
with open(path, "wb") as file:
    file.write(data)
