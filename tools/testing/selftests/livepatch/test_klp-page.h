/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A page that is not there: whoever touches it sleeps in a page fault, until
 * the process gets a SIGUSR1. Then it begins with "test_klp".
 */

#ifndef TEST_KLP_PAGE_H
#define TEST_KLP_PAGE_H

#include <err.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE_CONTENT "test_klp"

struct missing_page {
	char *addr;
	long size;
	int uffd;
	sigset_t sigs;
};

static void *provide_page(void *arg)
{
	static char content[1 << 16] = PAGE_CONTENT;
	struct missing_page *page = arg;
	struct uffdio_copy copy = {
		.dst = (unsigned long)page->addr,
		.src = (unsigned long)content,
		.len = page->size,
	};
	int sig;

	sigwait(&page->sigs, &sig);
	if (ioctl(page->uffd, UFFDIO_COPY, &copy))
		err(1, "UFFDIO_COPY");

	return NULL;
}

static char *missing_page(void)
{
	static struct missing_page page;
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	pthread_t thread;

	page.size = sysconf(_SC_PAGESIZE);
	page.addr = mmap(NULL, page.size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page.addr == MAP_FAILED)
		err(1, "mmap");

	page.uffd = syscall(__NR_userfaultfd, O_CLOEXEC);
	if (page.uffd < 0)
		err(1, "userfaultfd");
	if (ioctl(page.uffd, UFFDIO_API, &api))
		err(1, "UFFDIO_API");
	reg.range.start = (unsigned long)page.addr;
	reg.range.len = page.size;
	if (ioctl(page.uffd, UFFDIO_REGISTER, &reg))
		err(1, "UFFDIO_REGISTER");

	sigemptyset(&page.sigs);
	sigaddset(&page.sigs, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &page.sigs, NULL);
	if (pthread_create(&thread, NULL, provide_page, &page))
		errx(1, "pthread_create");

	return page.addr;
}

#endif /* TEST_KLP_PAGE_H */
