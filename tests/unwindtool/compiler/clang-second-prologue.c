/* SPDX-License-Identifier: GPL-2.0-only */
/* Wrong CFI behind a second prologue: see clang-second-prologue.md */
extern int state, other;
long calls(void);
void more(void);

void f(void)
{
	if (__builtin_expect(state != 1, 0))
		asm volatile("brk #0x800");
	if (__builtin_expect(calls() != 0, 0))
		asm volatile("brk #0x800");
	more();
	other = 1;
	more();
}
