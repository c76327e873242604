// SPDX-License-Identifier: GPL-2.0-only
/* test_klp_reloc with text so large that its calls need PLT entries. */

#define TEST_KLP_RELOC_FAR
#include "test_klp_reloc_main.c"
