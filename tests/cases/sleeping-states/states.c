// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes a process for each of these states, in which it stays until it is killed, and says
 * the state's name and the process's ID:
 *
 *  stopped		by a signal
 *  tracer, tracee	the one waits for a signal, the other one for the tracer
 *  vfork-parent	waits for a child that does not end
 *  zombie		whose parent does not ask for it
 *  fifo, epoll, futex, accept	asleep in a system call that has nothing to end it
 *  io_uring-poll	has a kernel thread that polls its queue, and has stopped doing so
 *  io_uring-open	has one that opens a FIFO (to read from a pipe, it would poll)
 *  frozen		by a control group, when somebody puts it there
 */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/io_uring.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static long done(const char *what, long ret)
{
	if (ret < 0)
		err(1, "%s", what);
	return ret;
}

static void say(const char *name, pid_t pid)
{
	printf("%s %d\n", name, pid);
	fflush(stdout);
}

/* Until a signal comes that nobody sends */
static void wait_for_nothing(void)
{
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (;;)
		sigwait(&set, &sig);
}

static void stop(void)
{
	for (;;)
		raise(SIGSTOP);
}

static void trace(void)
{
	pid_t child = done("fork", fork());

	if (!child) {
		done("PTRACE_TRACEME", ptrace(PTRACE_TRACEME, 0, NULL, NULL));
		stop();
	}
	done("waitpid", waitpid(child, NULL, 0));
	say("tracee", child);
	wait_for_nothing();
}

static void wait_for_vfork(void)
{
	if (!done("vfork", vfork())) {
		for (;;)
			pause();
	}
}

static void keep_zombie(void)
{
	pid_t child = done("fork", fork());

	if (!child)
		_exit(0);
	say("zombie", child);
	wait_for_nothing();
}

static void open_fifo(void)
{
	done("mkfifo", mkfifo("lonely", 0600));
	done("open", open("lonely", O_WRONLY));
}

static void wait_for_epoll(void)
{
	struct epoll_event event;
	int fd = done("epoll_create1", epoll_create1(0));

	for (;;)
		epoll_wait(fd, &event, 1, -1);
}

static void wait_for_futex(void)
{
	static uint32_t word;

	for (;;)
		syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, word, NULL, NULL, 0);
}

static void wait_for_accept(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "nobody-connects" };
	int fd = done("socket", socket(AF_UNIX, SOCK_STREAM, 0));

	done("bind", bind(fd, (struct sockaddr *)&name, sizeof(name)));
	done("listen", listen(fd, 1));
	for (;;)
		accept(fd, NULL, NULL);
}

static int make_ring(struct io_uring_params *params)
{
	long fd = syscall(SYS_io_uring_setup, 1, params);

	/* A kernel without; whoever asks for the thread will see */
	if (fd < 0 && errno == ENOSYS)
		wait_for_nothing();
	return done("io_uring_setup", fd);
}

static void poll_ring(void)
{
	struct io_uring_params params = { .flags = IORING_SETUP_SQPOLL, .sq_thread_idle = 1 };

	make_ring(&params);
	wait_for_nothing();
}

static void *map_ring(int fd, size_t size, off_t what)
{
	void *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, what);

	if (map == MAP_FAILED)
		err(1, "mmap");
	return map;
}

static void open_by_ring(void)
{
	struct io_uring_params params = {};
	int fd = make_ring(&params);
	struct io_uring_sqe *entry = map_ring(fd, sizeof(*entry), IORING_OFF_SQES);
	char *ring = map_ring(fd, params.sq_off.array + sizeof(uint32_t), IORING_OFF_SQ_RING);

	done("mkfifo", mkfifo("lonely-too", 0600));
	entry->opcode = IORING_OP_OPENAT;
	entry->flags = IOSQE_ASYNC;
	entry->fd = AT_FDCWD;
	entry->addr = (uintptr_t)"lonely-too";
	entry->open_flags = O_WRONLY;
	/* The entry's number, 0, is in the array already. */
	__atomic_store_n((uint32_t *)(ring + params.sq_off.tail), 1, __ATOMIC_RELEASE);
	done("io_uring_enter", syscall(SYS_io_uring_enter, fd, 1, 0, 0, NULL, 0));
	wait_for_nothing();
}

static const struct {
	const char *name;
	void (*get_there)(void);
} states[] = {
	{ "stopped", stop },
	{ "tracer", trace },
	{ "vfork-parent", wait_for_vfork },
	{ "zombie-parent", keep_zombie },
	{ "fifo", open_fifo },
	{ "epoll", wait_for_epoll },
	{ "futex", wait_for_futex },
	{ "accept", wait_for_accept },
	{ "io_uring-poll", poll_ring },
	{ "io_uring-open", open_by_ring },
	{ "frozen", wait_for_nothing },
};

int main(void)
{
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		pid_t pid = done("fork", fork());

		if (!pid) {
			states[i].get_there();
			errx(1, "%s: came back", states[i].name);
		}
		say(states[i].name, pid);
	}
	wait_for_nothing();
}
