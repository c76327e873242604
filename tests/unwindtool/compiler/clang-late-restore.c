/* SPDX-License-Identifier: GPL-2.0-only */
/* CFI that names places below SP: see clang-late-restore.md */
void use(void);

void f(void)
{
	use();
	use();
}
