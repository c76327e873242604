// SPDX-License-Identifier: GPL-2.0-only
/*
 * Write a file whole or not at all: beside the one whose place it takes in the end, by
 * rename(). Whatever ends the program before leaves what was there as it was.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "object.h"

static char *unfinished;

static void remove_unfinished(void)
{
	if (unfinished)
		unlink(unfinished);
}

/* What cannot be replaced, such as /dev/stdout, is written itself */
static bool is_replaced(const char *name, mode_t *mode)
{
	struct stat st;
	mode_t mask;

	if (!stat(name, &st)) {
		*mode = st.st_mode & 07777;
		return S_ISREG(st.st_mode);
	}
	mask = umask(0);
	umask(mask);
	*mode = 0666 & ~mask;
	return true;
}

/**
 * new_file - begin a file that takes the place of another one, or is new
 * @name: the file's name
 *
 * Return: the file, to be written to ->file and given to replace_file(). An error ends the
 * program, and names the file.
 */
struct new_file new_file(const char *name)
{
	static const char suffix[] = ".XXXXXX";
	struct new_file new = { .name = name };
	char *real = realpath(name, NULL);
	mode_t mode;
	int fd;

	if (!is_replaced(name, &mode)) {
		free(real);
		new.file = fopen(name, "we");
		if (!new.file)
			die(name, "%s", strerror(errno));
		return new;
	}
	/* Behind a symbolic link there is the file that is replaced */
	new.name = real ?: name;
	if (!access(new.name, F_OK) && access(new.name, W_OK))
		die(name, "%s", strerror(errno));
	new.path = xcalloc(strlen(new.name) + sizeof(suffix), 1);
	memcpy(new.path, new.name, strlen(new.name));
	memcpy(new.path + strlen(new.name), suffix, sizeof(suffix));
	fd = mkostemp(new.path, O_CLOEXEC);
	if (fd < 0)
		die(name, "%s", strerror(errno));
	if (!unfinished)
		atexit(remove_unfinished);
	unfinished = new.path;
	new.file = fdopen(fd, "w");
	if (!new.file || fchmod(fd, mode))
		die(name, "%s", strerror(errno));
	return new;
}

/**
 * copy_file - begin a file that is to be another one, changed
 * @name: the file's name
 *
 * Return: the file, a copy that is changed in place by ->path, and given to replace_file().
 */
struct new_file copy_file(const char *name)
{
	struct new_file new = new_file(name);
	FILE *from = fopen(name, "re");
	char buf[0x10000];
	size_t got;

	if (!from)
		die(name, "%s", strerror(errno));
	if (!new.path)
		die(name, "not a regular file");
	while ((got = fread(buf, 1, sizeof(buf), from)))
		if (fwrite(buf, 1, got, new.file) != got)
			break;
	if (ferror(from) || ferror(new.file) || fclose(new.file))
		die(name, "cannot be copied: %s", strerror(errno));
	fclose(from);
	new.file = NULL;
	return new;
}

/**
 * replace_file - a file has been written: it takes its place
 * @new: what new_file() or copy_file() has returned
 */
void replace_file(struct new_file *new)
{
	if (new->file && (fflush(new->file) || ferror(new->file) || fclose(new->file)))
		die(new->name, "cannot be written: %s", strerror(errno));
	if (new->path && rename(new->path, new->name))
		die(new->name, "%s", strerror(errno));
	unfinished = NULL;
	free(new->path);
	new->path = NULL;
}
