/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEST_KLP_FIRE_H
#define TEST_KLP_FIRE_H

/* In test_klp_fire_mod: patched, and return the version of what was called. */
unsigned int test_klp_fire_low(void);
unsigned int test_klp_fire_high(void);

/* In test_klp_fire_mod: patched, calls the other, which sleeps */
void test_klp_fire_hold(void);
void test_klp_fire_sleep(void);

/* In test_klp_fire: a direct trampoline, and what that calls */
void test_klp_fire_direct(void);
void test_klp_fire_direct_tramp(void);

/*
 * gcd(FIRE_GCD, 0) is FIRE_GCD, unless gcd() is patched: then it is the version.
 * For all others the patched function has the result that it should have.
 */
#define FIRE_GCD	0x6b6c702066697265UL

#endif
