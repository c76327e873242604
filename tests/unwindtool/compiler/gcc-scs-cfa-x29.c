/* SPDX-License-Identifier: GPL-2.0-only */
/* Wrong CFI after x29 is reloaded: see gcc-scs-cfa-x29.md */
void use(void *frame, char *buf);

void f(void)
{
	char buf[400];

	use(__builtin_frame_address(0), buf);
}
