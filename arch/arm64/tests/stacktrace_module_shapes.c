// SPDX-License-Identifier: GPL-2.0-only
/* The same functions, compiled for a module */
#include "stacktrace_shapes.c"
