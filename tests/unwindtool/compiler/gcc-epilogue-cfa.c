// SPDX-License-Identifier: GPL-2.0-only
void use(void *p);
void hand_on(void *frame);

void f(void)
{
	char buf[32];

	use(buf);
	hand_on(__builtin_frame_address(0));
}
