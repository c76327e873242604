#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
#
# Usage: read_table.py [--built] MODULE.ko
#
# Holds the tables of a module, made by `unwindtool table --literal`, against its CFI
# as binutils reads it: at every instruction of every section of code. Shares nothing
# with unwindtool. Prints a line for each difference, and at last how many functions
# are reliable, how many are not, and how many FDEs are of functions that are gone.
#
# With --built, for any module of the kernel: what mapping symbols call data is no code,
# and instructions may be unreliable although they have CFI, for which there are many
# reasons. The last line then has how many instructions there are, and how many of these.

import re
import struct
import subprocess
import sys

NOP = 0xd503201f
PAC_OR_BTI = {0xd503233f, 0xd503245f}
UNRELIABLE, REG, SP, FP, SCS = range(5)
ENTRY = (REG, 0, REG, 0)
# Sections of code that have no table
LEFT_OUT = re.compile(r"\.(init\.)?plt$|\.(init\.)?text\.ftrace_trampoline$")


class Elf:
    """A relocatable file, as far as it matters here"""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = file.read()
        shoff, = struct.unpack_from("<Q", self.data, 0x28)
        number, names = struct.unpack_from("<HH", self.data, 0x3c)
        fields = "name type flags addr offset size link info align entsize".split()
        self.sections = [
            dict(zip(fields, struct.unpack_from("<IIQQQQIIQQ", self.data, shoff + 64 * i)))
            for i in range(number)]
        for index, section in enumerate(self.sections):
            section["index"] = index
            section["name"] = self.string(names, section["name"])
        self.symbols = []
        for section in self.sections:
            if section["type"] == 2:
                for at in range(0, section["size"], 24):
                    name, info, _, index, value, size = struct.unpack_from(
                        "<IBBHQQ", self.data, section["offset"] + at)
                    self.symbols.append({
                        "name": self.string(section["link"], name), "type": info & 15,
                        "section": index, "value": value, "size": size})

    def string(self, section, offset):
        start = self.sections[section]["offset"] + offset
        return self.data[start:self.data.index(b"\0", start)].decode()

    def named(self, name):
        return [s for s in self.sections if s["name"] == name]

    def contents(self, section):
        return self.data[section["offset"]:section["offset"] + section["size"]]

    def data_in(self, section):
        """Offsets of words that mapping symbols call data"""
        marks = sorted((s["value"], s["name"][1] == "d") for s in self.symbols
                       if s["section"] == section["index"] and re.match(r"\$[xd]", s["name"]))
        ends = [at for at, _ in marks[1:]] + [section["size"]]
        return {offset for (at, is_data), end in zip(marks, ends) if is_data
                for offset in range(at & -4, end, 4)}

    def relocations(self, section):
        """Offset in the section: type, symbol, addend"""
        found = {}
        for s in self.sections:
            if s["type"] == 4 and s["info"] == section["index"]:
                for at in range(0, s["size"], 24):
                    offset, info, addend = struct.unpack_from("<QQq", self.data,
                                                              s["offset"] + at)
                    # Of an FDE that it drops, ld leaves an empty one in another's place
                    if info & 0xffffffff:
                        found[offset] = (info & 0xffffffff, self.symbols[info >> 32], addend)
        return found


def read_table(elf, section, states):
    """All states of a table, (section, offset): state"""
    data, relocations = elf.contents(section), elf.relocations(section)
    magic, version, shift, _, nr_ranges, nr_states, nr_index, nr_changes = \
        struct.unpack_from("<IHBBIIII", data)
    assert magic == 0x54574e55 and version == 1 and 8 <= shift <= 12, "not a table"
    insns = 1 << (shift - 2)
    nr_numbers = 65536 // insns
    at_states = 24 + 16 * nr_ranges
    at_index = at_states + 8 * nr_states
    at_changes = at_index + 4 * nr_index
    assert len(data) == at_changes + 2 * nr_changes, "size"
    for i in range(nr_ranges):
        at = 24 + 16 * i
        _, size, index = struct.unpack_from("<qII", data, at)
        kind, symbol, addend = relocations[at]
        assert kind == 260 and symbol["value"] + addend == 0, "not the start of a section"
        for offset in range(0, size, 4):
            block, number = index + (offset >> shift), offset // 4 % insns
            first, end = (w & 0x7fffffff for w in
                          struct.unpack_from("<II", data, at_index + 4 * block))
            changes = struct.unpack_from("<%dH" % (end - first), data, at_changes + 2 * first)
            # By scan, and not by bisection
            state = [c % nr_numbers for c in changes if c // nr_numbers <= number][-1]
            ra, fp, ra_off, fp_off, _ = struct.unpack_from("<BBHHH", data,
                                                           at_states + 8 * state)
            assert (symbol["section"], offset) not in states, "twice in the tables"
            states[symbol["section"], offset] = (ra, 8 * ra_off, fp, 8 * fp_off)


def place(cfa, rule, slot_fp):
    """Where readelf says that a register is: what the table should say"""
    if rule in ("u", "s"):
        return REG, 0
    register, cfa_offset = re.fullmatch(r"(sp|x29)\+(\d+)", cfa).groups()
    offset = int(re.fullmatch(r"c([+-]\d+)", rule).group(1))
    if register == "sp":
        return SP, int(cfa_offset) + offset
    # x29 points at the place of the caller's
    assert int(cfa_offset) == -int(slot_fp[1:]), "x29 is no frame record"
    return FP, int(cfa_offset) + offset


def read_cfi(path, elf):
    """Places by the CFI, (section, offset): state, and the number of FDEs of nothing"""
    text = subprocess.run(
        ["aarch64-linux-gnu-readelf", "--debug-dump=frames-interp", path],
        check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    places, dropped, fde, last = {}, 0, None, None

    def fill(end):
        if last:
            for offset in range(last[0], end, 4):
                assert (fde[0], offset) not in places, "two FDEs"
                places[fde[0], offset] = last[1]

    for line in text.splitlines():
        words = line.split()
        if line.startswith("Contents of the "):
            section, = elf.named(words[3])
            relocations = elf.relocations(section)
        elif " FDE " in line or " CIE " in line:
            if fde:
                fill(fde[2])
            fde = last = None
            if " CIE " in line:
                continue
            _, symbol, addend = relocations.get(int(words[0], 16) + 8, (0, None, 0))
            index = symbol["section"] if symbol else 0
            if not 0 < index < 0xff00:
                dropped += 1
                continue
            start, end = (int(n, 16) for n in words[-1][3:].split(".."))
            assert start == symbol["value"] + addend
            fde = (index, start, end)
            last = (start, ENTRY)
        elif words and words[0] == "LOC":
            columns = words
        elif fde and len(words) > 1 and re.fullmatch("[0-9a-f]{16}", words[0]):
            fill(int(words[0], 16))
            row = dict(zip(columns, words))
            fp = row.get("x29", "u")
            last = (int(words[0], 16),
                    place(row["CFA"], row.get("ra", "u"), fp) + place(row["CFA"], fp, fp))
    if fde:
        fill(fde[2])
    return places, dropped


def main():
    built, path = sys.argv[1] == "--built", sys.argv[-1]
    elf = Elf(path)
    tables, bad, reliable, unreliable, nr, refused = {}, 0, 0, 0, 0, 0
    for name in (".unwind_table", ".init.unwind_table", ".exit.unwind_table"):
        for section in elf.named(name):
            read_table(elf, section, tables)
    places, dropped = read_cfi(path, elf)
    for section in elf.sections:
        if section["flags"] & 6 != 6 or LEFT_OUT.match(section["name"]) or section["type"] == 8:
            continue
        data = elf.data_in(section) if built else set()
        words = struct.unpack("<%dI" % (section["size"] // 4), elf.contents(section))
        functions = sorted((s["value"], s["value"] + s["size"]) for s in elf.symbols
                           if s["type"] == 2 and s["section"] == section["index"])
        with_cfi = {start for start, end in functions
                    if any((section["index"], at) in places for at in range(start, end, 4))}
        reliable += len(with_cfi)
        unreliable += len(set(functions)) - len(with_cfi)
        for offset in range(0, section["size"], 4):
            at = (section["index"], offset)
            state = tables.pop(at, None)
            if offset in data:
                continue
            nr += 1
            want = places.get(at, (UNRELIABLE, 0, UNRELIABLE, 0))
            if at not in places and words[offset // 4] in PAC_OR_BTI | {NOP}:
                # What is executed before the FDE, and what may be before the function
                inside = [start for start, end in functions if start <= offset < end]
                behind = [start for start, end in functions if start > offset][:1]
                if inside and inside[0] in with_cfi:
                    want = ENTRY
                elif not inside and behind and behind[0] in with_cfi:
                    want = ENTRY
            if built and state in (None, (UNRELIABLE, 0, UNRELIABLE, 0)):
                refused += want[0] != UNRELIABLE
            elif state != want:
                print("%s+%#x: table %s, CFI %s" % (section["name"], offset, state, want))
                bad += 1
    for index, offset in tables:
        print("%s+%#x: is in the table, and no code" % (elf.sections[index]["name"], offset))
        bad += 1
    if built:
        print(nr, refused)
    else:
        print(reliable, unreliable, dropped)
    sys.exit(bad != 0)


main()
