/* SPDX-License-Identifier: GPL-2.0-only */
#define TEST_KLP_RELOC_FAR
#include "test_klp_reloc_sites.S"
