// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hold unwindtool's decoder against the instruction tables of LLVM.
 *
 * Usage: compare [--all]
 *
 * For some hundred million words, or for all of them: what LLVM does not know is unknown
 * to the decoder; what LLVM knows is known to it, or of a kind that is left out on purpose;
 * and then the two agree on every general purpose register that is written, on where
 * control goes, and on what is stored, where and how much. Prints each disagreement once
 * for an opcode of LLVM, with a word, and how many words there were of each kind. The exit
 * status is 1 if there was one, or if a kind of word that is expected was not seen.
 */

#include "llvm/MC/MCAsmInfo.h"
#include "llvm/MC/MCContext.h"
#include "llvm/MC/MCDisassembler/MCDisassembler.h"
#include "llvm/MC/MCInst.h"
#include "llvm/MC/MCInstPrinter.h"
#include "llvm/MC/MCInstrInfo.h"
#include "llvm/MC/MCRegisterInfo.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/MCTargetOptions.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

extern "C" {
#include "insn.h"
}

using namespace llvm;

/* What LLVM knows, by how the opcode's name begins, and the decoder does not need to */
struct kind {
	uint32_t mask, value;
	const char *name, *what;
	uint64_t words;
};

static kind left_out[] = {
	{ 0x9e000000, 0x80000000, "", "SME, but for what saves and restores its state", 0 },
	{ 0xfffff01f, 0xd503201f, "HINT", "hints that have no meaning yet", 0 },
	{ 0xfffff01f, 0xd503201f, "STSHH", "the same", 0 },
	{ 0xfff80000, 0xd5000000, "MSR", "system registers with op0 = 0, which are none", 0 },
	{ 0xfff80000, 0xd5200000, "MRS", "the same", 0 },
	{ 0xfff80000, 0xd5400000, "MSRR", "the same", 0 },
	{ 0xfff00000, 0xd5600000, "MRRS", "the same, and op0 = 1", 0 },
	{ 0xffe0001f, 0xd4e00000, "TENTER", "it enters an exception", 0 },
	{ 0xfffffbff, 0xd6ff03e0, "TEXIT", "it leaves an exception", 0 },
	{ 0xffe80000, 0xd5800000, "TCHANGE", "it changes how exceptions are entered", 0 },
};

/* Where the decoder means to say something else than LLVM, by how the opcode's name begins */
struct difference {
	const char *name;
	const char *what;
	uint64_t words;
};

static difference x30_kept[] = {
	{ "PAC", "signs the return address", 0 },
	{ "AUTI", "authenticates the return address", 0 },
	{ "XPAC", "strips the return address", 0 },
};

static difference written_too[] = {
	{ "SYSL", "writes a register", 0 },
};

static difference sp_replaced[] = {
	{ "MSR", "MSR SPSel", 0 },
};

static difference no_store[] = {
	{ "HINT", "orders, and does nothing else", 0 },
	{ "CLREX", "orders", 0 },
	{ "DMB", "orders", 0 },
	{ "DSB", "orders", 0 },
	{ "ISB", "orders", 0 },
	{ "PRF", "prefetches", 0 },
	{ "LDXR", "loads", 0 },
	{ "LDXP", "loads", 0 },
	{ "LDAX", "loads", 0 },
	{ "LDATX", "loads", 0 },
	{ "WRFFR", "writes a predicate", 0 },
	{ "SETFFR", "writes a predicate", 0 },
	{ "GCS", "GCSPOPM and GCSSS2: pops from the guarded control stack", 0 },
};

static difference a_store[] = {
	{ "LDT", "LDTADD and its like: loads and stores", 0 },
	{ "SWPT", "loads and stores", 0 },
	{ "GCS", "GCSSTR: stores", 0 },
	{ "SYS", "DC ZVA, DC IVAC and their like", 0 },
};

template <size_t N> static bool is_meant(difference (&list)[N], StringRef name)
{
	for (difference &d : list) {
		if (!name.starts_with(d.name))
			continue;
		d.words++;
		return true;
	}
	return false;
}

class Comparison {
public:
	Comparison();
	void word(uint32_t word);
	int result();

private:
	MCTargetOptions options;
	std::unique_ptr<MCRegisterInfo> registers;
	std::unique_ptr<MCAsmInfo> assembly;
	std::unique_ptr<MCInstrInfo> opcodes;
	std::unique_ptr<MCSubtargetInfo> features;
	std::unique_ptr<MCContext> context;
	std::unique_ptr<MCDisassembler> disassembler;
	std::unique_ptr<MCInstPrinter> printer;
	std::vector<uint32_t> as_mask;		/* by register of LLVM: which of x0 to x30, SP */
	std::vector<uint64_t> seen;		/* by opcode */
	std::map<std::string, uint64_t> wrong;
	uint64_t words = 0, both = 0, neither = 0, texts = 0;

	void say(uint32_t word, const MCInst &in, const char *what);
	uint32_t written(const MCInst &in) const;
	void compare_registers(uint32_t word, const MCInst &in, const insn &ours);
	void compare_flow(uint32_t word, const MCInst &in, const insn &ours);
	void compare_store(uint32_t word, const MCInst &in, const insn &ours);
	void compare_text(uint32_t word, const MCInst &in, const insn &ours);
	std::string printed(const MCInst &in) const;
	StringRef name(const MCInst &in) const { return opcodes->getName(in.getOpcode()); }
};

Comparison::Comparison()
{
	Triple triple("aarch64-linux-gnu");
	std::string error;

	LLVMInitializeAArch64TargetInfo();
	LLVMInitializeAArch64TargetMC();
	LLVMInitializeAArch64Disassembler();
	const Target *target = TargetRegistry::lookupTarget(triple, error);
	if (!target) {
		fprintf(stderr, "compare: error: LLVM: %s\n", error.c_str());
		exit(2);
	}
	registers.reset(target->createMCRegInfo(triple));
	assembly.reset(target->createMCAsmInfo(*registers, triple, options));
	opcodes.reset(target->createMCInstrInfo());
	features.reset(target->createMCSubtargetInfo(triple, "", "+all"));
	context.reset(new MCContext(triple, assembly.get(), registers.get(), features.get()));
	disassembler.reset(target->createMCDisassembler(*features, *context));
	printer.reset(target->createMCInstPrinter(triple, 0, *assembly, *opcodes, *registers));
	seen.resize(opcodes->getNumOpcodes());

	std::map<std::string, int> numbers{ { "FP", 29 }, { "LR", 30 }, { "SP", 31 } };
	for (int i = 0; i < 29; i++)
		numbers["X" + std::to_string(i)] = i;
	as_mask.resize(registers->getNumRegs());
	for (unsigned i = 1; i < registers->getNumRegs(); i++) {
		auto number = numbers.find(registers->getName(i));
		if (number == numbers.end())
			continue;
		for (unsigned k = 1; k < registers->getNumRegs(); k++)
			if (registers->regsOverlap(i, k))
				as_mask[k] |= 1U << number->second;
	}
}

std::string Comparison::printed(const MCInst &in) const
{
	std::string text;
	raw_string_ostream out(text);

	printer->printInst(&in, 0, "", *features, out);
	return text;
}

/* A disagreement, the first of its kind for an opcode */
void Comparison::say(uint32_t word, const MCInst &in, const char *what)
{
	std::string text;

	if (wrong[(name(in) + ": " + what).str()]++)
		return;
	text = printed(in);
	for (char &c : text)
		if (c == '\t')
			c = ' ';
	printf("0x%08x %s,%s: %s\n", word, name(in).str().c_str(), text.c_str(), what);
}

uint32_t Comparison::written(const MCInst &in) const
{
	const MCInstrDesc &desc = opcodes->get(in.getOpcode());
	uint32_t mask = 0;

	for (unsigned i = 0; i < desc.getNumDefs(); i++)
		if (in.getOperand(i).isReg())
			mask |= as_mask[in.getOperand(i).getReg()];
	for (MCPhysReg reg : desc.implicit_defs())
		mask |= as_mask[reg];
	return mask;
}

void Comparison::compare_registers(uint32_t word, const MCInst &in, const insn &ours)
{
	uint32_t theirs = written(in), differ = theirs ^ ours.written;
	insn_set sp = SET_NO, fp = SET_NO;

	if (differ == 1U << 30 && theirs & differ && is_meant(x30_kept, name(in)))
		differ = 0;
	if (differ && !theirs && is_meant(written_too, name(in)))
		differ = 0;
	if (differ == 1U << 31 && ours.written & differ && is_meant(sp_replaced, name(in)))
		differ = 0;
	if (differ & theirs)
		say(word, in, "writes a register, and does not to us");
	else if (differ)
		say(word, in, "does not write a register, and does to us");
	/* How SP and x29 are set; write-back and loads are for compare_text() */
	if (name(in) == "ADDXri" || name(in) == "SUBXri") {
		int32_t imm = in.getOperand(2).getImm() << in.getOperand(3).getImm();
		uint32_t from = as_mask[in.getOperand(1).getReg()];
		insn_set set = from == 1U << 31 ? SET_SP : from == 1U << 29 ? SET_FP : SET_OTHER;

		if (name(in) == "SUBXri")
			imm = -imm;
		if (theirs == 1U << 31) {
			sp = set;
			if (set != SET_OTHER && ours.sp_imm != imm)
				say(word, in, "adds another number to SP");
		} else if (theirs == 1U << 29) {
			fp = set;
			if (set != SET_OTHER && ours.fp_imm != imm)
				say(word, in, "adds another number to x29");
		}
		if (ours.sp != sp || ours.fp != fp)
			say(word, in, "sets SP or x29 in another way");
		return;
	}
	if ((ours.sp != SET_NO) != (ours.written >> 31 & 1))
		say(word, in, "writes SP, and does not, to us");
	if (!ours.load && (ours.fp != SET_NO) != (ours.written >> 29 & 1))
		say(word, in, "writes x29, and does not, to us");
	if (ours.sp == SET_FP || ours.fp == SET_SP || ours.fp == SET_FP)
		say(word, in, "sets SP or x29 to the other, to us");
}

void Comparison::compare_flow(uint32_t word, const MCInst &in, const insn &ours)
{
	const MCInstrDesc &desc = opcodes->get(in.getOpcode());
	insn_flow flow = FLOW_NEXT;
	int64_t imm = 0;
	int reg = -1;

	if (in.getNumOperands()) {
		const MCOperand &first = in.getOperand(0);
		const MCOperand &last = in.getOperand(in.getNumOperands() - 1);

		if (first.isReg() && as_mask[first.getReg()])
			reg = __builtin_ctz(as_mask[first.getReg()]);
		if (last.isImm())
			imm = last.getImm();
	}
	if (name(in) == "BRK")
		flow = FLOW_BRK;
	else if (name(in) == "UDF")
		flow = FLOW_UDF;
	else if (name(in).starts_with("ERET") || name(in) == "DRPS")
		flow = FLOW_ERET;
	else if (desc.isReturn())
		flow = FLOW_RET;
	else if (desc.isCall())
		flow = name(in) == "BL" ? FLOW_BL : FLOW_BLR;
	else if (desc.isIndirectBranch())
		flow = FLOW_BR;
	else if (desc.isUnconditionalBranch())
		flow = FLOW_B;
	else if (desc.isBranch())
		flow = FLOW_BCOND;
	/* To us a condition that is always true is none */
	if (flow == FLOW_BCOND && (word & 0xff00000e) == 0x5400000e)
		flow = FLOW_B;
	if (ours.flow != flow)
		say(word, in, "goes another way");
	if ((flow == FLOW_B || flow == FLOW_BCOND || flow == FLOW_BL) && ours.target != imm * 4)
		say(word, in, "has another target");
	if (flow == FLOW_RET && name(in) != "RET")
		reg = 30;
	if ((flow == FLOW_RET || flow == FLOW_BLR || flow == FLOW_BR) && reg >= 0 &&
	    ours.ret_reg != reg)
		say(word, in, "goes to where another register says");
	if (flow == FLOW_BRK && ours.imm != imm)
		say(word, in, "has another immediate");
}

void Comparison::compare_store(uint32_t word, const MCInst &in, const insn &ours)
{
	bool stores = opcodes->get(in.getOpcode()).mayStore();

	if (stores && !ours.store && !is_meant(no_store, name(in)))
		say(word, in, "stores, and does not to us");
	/* A hint that LLVM has no name for has no meaning */
	if (name(in) == "HINT" && printed(in).rfind("\thint", 0) == 0)
		say(word, in, "has no meaning yet, and is known to us");
	if (!stores && ours.store && !is_meant(a_store, name(in)))
		say(word, in, "does not store, and does to us");
}

/* An instruction as LLVM prints it: its name, and what is before, in and behind brackets */
struct text {
	std::string name;
	std::vector<std::string> operands;
	std::string base, after;
	long off = 0;
	bool has_memory = false, index = false, vl = false, pre = false;
};

static text parse(const std::string &printed)
{
	size_t at = printed.find_first_not_of('\t'), end = printed.find_first_of("\t ", at);
	size_t open, close;
	std::string part;
	text t;

	t.name = printed.substr(at, end - at);
	if (end == std::string::npos)
		return t;
	/* A bracket that has a register in it, and not a lane */
	for (open = printed.find('[', end); open != std::string::npos;
	     open = printed.find('[', open + 1))
		if (strchr("xsz", printed[open + 1]))
			break;
	for (at = end; at < std::min(open, printed.size()); at++) {
		if (printed[at] == ',') {
			t.operands.push_back(part);
			part.clear();
		} else if (!strchr("\t {}", printed[at])) {
			part += printed[at];
		}
	}
	if (!part.empty())
		t.operands.push_back(part);
	if (open == std::string::npos)
		return t;
	t.has_memory = true;
	close = printed.find(']', open);
	part = printed.substr(open + 1, close - open - 1);
	t.base = part.substr(0, part.find(','));
	t.vl = part.find("mul vl") != std::string::npos;
	if (part.find('#') != std::string::npos)
		t.off = strtol(part.c_str() + part.find('#') + 1, nullptr, 0);
	at = part.find_first_not_of(", ", t.base.size());
	t.index = at != std::string::npos && part[at] != '#';
	t.after = printed.substr(close + 1);
	t.pre = !t.after.empty() && t.after[0] == '!';
	return t;
}

/* Bytes of a register, by its letter, or of a vector with lanes */
static unsigned register_size(const std::string &reg)
{
	size_t dot = reg.find('.');
	unsigned lane;

	if (reg[0] == 'v' && dot != std::string::npos) {
		lane = 1U << std::string("bhsd").find(reg[reg.find_first_of("bhsd", dot)]);
		return std::max(1, atoi(reg.c_str() + dot + 1)) * lane;
	}
	switch (reg[0]) {
	case 'b':
		return 1;
	case 'h':
		return 2;
	case 'w':
	case 's':
		return 4;
	case 'x':
	case 'd':
		return 8;
	case 'q':
		return 16;
	}
	return 0;
}

/* How many bytes it stores, 0: nobody but the CPU knows */
static unsigned store_size(const text &t)
{
	static const std::map<std::string, unsigned> sizes = {
		{ "stg", 16 }, { "stzg", 16 }, { "st2g", 32 }, { "stz2g", 32 }, { "stgm", 0 },
		{ "stzgm", 0 }, { "st64b", 64 }, { "st64bv", 64 }, { "st64bv0", 64 },
		{ "gcsstr", 8 }, { "gcssttr", 8 },
	};
	const std::string &name = t.name;
	unsigned size = 0;
	bool first;

	if (sizes.count(name))
		return sizes.at(name);
	if (!t.operands.empty() && t.operands[0] == "zt0")
		return 64;
	if (t.operands.empty() || strchr("zp", t.operands[0][0]))
		return 0;
	if (name.rfind("ldbf", 0) == 0 || name.rfind("stbf", 0) == 0)
		return 2;
	/* Atomic operations on two registers together */
	for (const char *stem : { "clrp", "setp", "swpp", "rcwcasp", "rcwscasp" })
		if (name.find(stem) != std::string::npos)
			return 16;
	if (name.rfind("casp", 0) == 0)
		return 2 * register_size(t.operands[0]);
	/* Store exclusive has the status first */
	first = name.find("xr") != std::string::npos || name.find("xp") != std::string::npos;
	size = register_size(t.operands[first]);
	if (t.operands[first][0] == 'w' && name.back() == 'b')
		size = 1;
	else if (t.operands[first][0] == 'w' && name.back() == 'h')
		size = 2;
	/* Pairs, and structures */
	if (name.rfind("st", 0) == 0)
		size *= t.operands.size() - first;
	return size;
}

/* Where it loads or stores, from what LLVM prints */
void Comparison::compare_text(uint32_t word, const MCInst &in, const insn &ours)
{
	unsigned base, vectors, vector;
	long start, end, back = 0;
	bool adds = false;

	texts++;
	text t = parse(printed(in));
	if (!t.has_memory)
		return;
	base = t.base == "sp" ? 31 : t.base[0] == 'x' ? atoi(t.base.c_str() + 1) : REG_NONE;
	/* Write-back */
	if (t.pre)
		back = t.off;
	else if (t.after.find('#') != std::string::npos)
		back = strtol(t.after.c_str() + t.after.find('#') + 1, nullptr, 0);
	else
		adds = t.after.find('x') != std::string::npos;
	if (base == 31 && (back || ours.sp == SET_SP) && (ours.sp != SET_SP || ours.sp_imm != back))
		say(word, in, "adds another number to SP");
	if (base == 31 && adds && ours.sp != SET_OTHER)
		say(word, in, "adds a register to SP");
	if (base == 18 && ours.x18_step != back)
		say(word, in, "adds another number to x18");
	if (ours.load) {
		for (int i = 0; i < ours.nr_mem; i++) {
			const std::string &reg = t.operands[i];

			if (reg[0] != 'x' || (reg == "xzr" ? 31 : atoi(reg.c_str() + 1)) !=
			    ours.mem[i].reg)
				say(word, in, "loads another register");
			if (ours.mem[i].off != t.off + 8 * i || ours.mem[i].size != 8)
				say(word, in, "loads from another place");
		}
		if (ours.base != base || ours.nr_mem != t.operands.size())
			say(word, in, "loads from elsewhere");
		return;
	}
	if (!ours.store)
		return;
	/* Copying and setting memory names its registers in brackets, and no place on a stack */
	if (name(in).starts_with("CPY") || name(in).starts_with("SET") ||
	    name(in).starts_with("MOPS"))
		return;
	if (ours.base != base)
		say(word, in, "stores at another base");
	if (t.index || base == REG_NONE) {
		if (ours.nr_mem)
			say(word, in, "stores at an index, and does not to us");
		return;
	}
	if (!ours.nr_mem) {
		say(word, in, "stores at an offset, and not to us");
		return;
	}
	start = ours.mem[0].off;
	end = ours.mem[ours.nr_mem - 1].off + (long)ours.mem[ours.nr_mem - 1].size;
	if (ours.nr_mem == 2 && start + (long)ours.mem[0].size != ours.mem[1].off)
		say(word, in, "has a gap");
	for (int i = 0; i < ours.nr_mem; i++) {
		const std::string reg = i < (int)t.operands.size() ? t.operands[i] : "";
		int number = reg == "xzr" ? 31 : reg[0] == 'x' ? atoi(reg.c_str() + 1) : -1;

		if (ours.mem[i].reg != REG_NONE && ours.mem[i].reg != number)
			say(word, in, "stores another register");
		if (ours.mem[i].reg == REG_NONE && ours.nr_mem == 2 && number >= 0)
			say(word, in, "stores a register, and none to us");
	}
	if (!store_size(t)) {
		vectors = 0;
		for (const std::string &reg : t.operands)
			vectors += reg[0] == 'z' && reg[1] != 'a';
		for (unsigned vl = 16; vl <= 256; vl += 16) {
			vector = t.operands.size() && t.operands[0][0] == 'p' ? vl / 8 : vl;
			if (start > t.off * (long)vector ||
			    end < (t.off + (long)std::max(vectors, 1U)) * (long)vector)
				say(word, in, "stores further than to us");
		}
		return;
	}
	if (start != t.off || end != start + store_size(t))
		say(word, in, "stores at another place, or another number of bytes");
}

void Comparison::word(uint32_t word)
{
	uint8_t bytes[] = { (uint8_t)word, (uint8_t)(word >> 8), (uint8_t)(word >> 16),
			    (uint8_t)(word >> 24) };
	uint64_t size;
	MCInst in;
	insn ours;

	words++;
	insn_decode(word, &ours);
	if (disassembler->getInstruction(in, size, bytes, 0, nulls()) == MCDisassembler::Fail) {
		neither++;
		if (ours.flow != FLOW_UNKNOWN && !wrong["not known to LLVM"]++)
			printf("0x%08x: known to us, and not to LLVM\n", word);
		return;
	}
	if (ours.flow == FLOW_UNKNOWN) {
		for (kind &k : left_out) {
			if ((word & k.mask) != k.value || !name(in).starts_with(k.name))
				continue;
			k.words++;
			return;
		}
		say(word, in, "not known to us");
		return;
	}
	both++;
	compare_registers(word, in, ours);
	compare_flow(word, in, ours);
	compare_store(word, in, ours);
	/* Printing takes its time */
	if ((ours.store || ours.load || ours.sp == SET_SP || ours.x18_step) &&
	    (seen[in.getOpcode()]++ < 3000 || words % 64 == 0))
		compare_text(word, in, ours);
}

template <size_t N> static int report(difference (&list)[N])
{
	int bad = 0;

	for (difference &d : list) {
		printf("%12lu words of %s*: %s\n", (unsigned long)d.words, d.name, d.what);
		bad |= !d.words;
	}
	return bad;
}

int Comparison::result()
{
	int bad = !wrong.empty();

	printf("%12lu words: %lu known to both, %lu to neither; %lu were read as text\n",
	       (unsigned long)words, (unsigned long)both, (unsigned long)neither,
	       (unsigned long)texts);
	for (kind &k : left_out) {
		printf("%12lu words of %s* left out: %s\n", (unsigned long)k.words, k.name, k.what);
		bad |= !k.words;
	}
	bad |= report(x30_kept) | report(written_too) | report(sp_replaced) | report(no_store) |
	       report(a_store);
	for (auto &w : wrong)
		printf("%12lu words wrong: %s\n", (unsigned long)w.second, w.first.c_str());
	return bad;
}

/* xorshift */
static uint32_t any()
{
	static uint32_t x = 1;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return x;
}

int main(int argc, char **argv)
{
	static const unsigned rd[] = { 0, 18, 29, 30, 31 }, rn[] = { 0, 18, 29, 31 };
	Comparison comparison;
	uint64_t i;

	if (argc == 2 && !strcmp(argv[1], "--all")) {
		for (i = 0; i < 1ULL << 32; i++)
			comparison.word(i);
		return comparison.result();
	}
	/* All that is above the two lowest registers, and of these the ones that matter */
	for (i = 0; i < 1ULL << 32; i += 1 << 10) {
		for (unsigned n : rn)
			for (unsigned d : rd)
				comparison.word(i | n << 5 | d);
		comparison.word(i | (any() & 0x3ff));
	}
	/* System instructions have their opcode down there */
	for (i = 0xd4000000; i < 0xd8000000; i++)
		comparison.word(i);
	for (i = 0; i < 20000000; i++)
		comparison.word(any());
	return comparison.result();
}
