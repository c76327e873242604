/* SPDX-License-Identifier: GPL-2.0-only */
/* Add a section, with relocations, to a relocatable ELF file */
#ifndef UNWINDTOOL_ELF_ADD_H
#define UNWINDTOOL_ELF_ADD_H

#include <linux/types.h>
#include <stddef.h>

/**
 * struct added_rela - a relocation of the added section
 * @offset: in the added section
 * @addend: offset in @section
 * @type: R_AARCH64_*
 * @section: ELF number of the section that is referred to
 */
struct added_rela {
	__u64 offset;
	__s64 addend;
	__u32 type;
	__u32 section;
};

void object_add_section(const char *file, const char *path, const char *name,
			const void *data, size_t size, __u64 flags, __u64 align,
			const struct added_rela *rela, size_t nr);

#endif
