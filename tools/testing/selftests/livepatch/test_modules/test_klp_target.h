/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of test_klp_target share, and other modules call. */
#ifndef TEST_KLP_TARGET_H
#define TEST_KLP_TARGET_H

#include <linux/compiler.h>
#include <linux/types.h>

extern bool test_klp_target_awake;

void test_klp_target_sleep(void);
/*
 * Makes the code around a call cold. The kernel's __cold is empty with compilers that align
 * cold functions otherwise than others, but this one is not traced.
 */
__attribute((__cold__)) void test_klp_target_sleep_rarely(void);
void test_klp_target_wake(void);
void test_klp_target_cold(void);

#endif /* TEST_KLP_TARGET_H */
