/* SPDX-License-Identifier: GPL-2.0-only */
/* CFI that names a place below SP: see gcc-scs-below-sp.md */
void use(char *buf);

void f(void)
{
	char buf[400];

	use(buf);
}
