// SPDX-License-Identifier: GPL-2.0-only
/* test_klp_fire_patch1 with another version. */

#define FIRE_VERSION	2
#include "test_klp_fire_patch1.c"
