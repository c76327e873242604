/* SPDX-License-Identifier: GPL-2.0-only */
/* -Oz has no asynchronous CFI: see clang-oz-sync.md */
void use(void);

void f(void)
{
	use();
	use();
}
