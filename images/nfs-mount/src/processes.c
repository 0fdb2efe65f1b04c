#include "processes.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/syslog.h>
#include <unistd.h>

#include "memory.h"
#include "clock.h"

/* Whoever dies as often as the memory counts within this time would do so for ever. */
#define CRASH_LOOP_MS 10000

static int signals = -1;

void block_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    signals = signalfd(-1, &set, SFD_CLOEXEC);
}

/* The kernel reports the end of a mount as an error on its device, also while every thread waits for a dead server. */
enum event wait_for_event(int device, int peer)
{
    struct pollfd fds[] = {
        {.fd = device, .events = 0},
        {.fd = signals, .events = POLLIN},
        {.fd = peer, .events = POLLIN},
    };
    while (poll(fds, 3, -1) < 0 && errno == EINTR) {}
    if (fds[0].revents || memory->ended) return UNMOUNTED;
    return fds[1].revents ? TOLD_TO_END : PEER_DIED;
}

static void log_line(const char *line)
{
    int kernel_log = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
    openlog(WORKER, LOG_PID, LOG_DAEMON);
    syslog(LOG_ERR, "%s", line);
    closelog();
    if (kernel_log < 0) return;
    dprintf(kernel_log, "<3>" WORKER ": %s\n", line);
    close(kernel_log);
}

bool is_mounted(int device)
{
    struct pollfd unmounted = {.fd = device, .events = 0};
    return poll(&unmounted, 1, 0) == 0;
}

void end_mount(int device)
{
    memory->ended = true;
    if (is_mounted(device)) umount2(memory->directory, MNT_DETACH);
    _exit(0);
}

static void count_death(int device)
{
    unsigned place = memory->deaths++ % DEATHS;
    long now = now_ms(), before = memory->death_ms[place];
    memory->death_ms[place] = now;
    if (!before || now - before > CRASH_LOOP_MS) return;
    char line[2 * PATH_MAX + 128];
    snprintf(line, sizeof line, "the processes of %s on %s ended %d times within %d s: unmounting it", memory->spec,
             memory->directory, DEATHS, CRASH_LOOP_MS / 1000);
    log_line(line);
    end_mount(device);
}

static void keep_over_exec(int descriptor)
{
    fcntl(descriptor, F_SETFD, 0);
}

static pid_t start(const char *flag, int device, int shared)
{
    char numbers[3][16];
    int self = pidfd_open(getpid(), 0);
    snprintf(numbers[0], sizeof numbers[0], "%d", device);
    snprintf(numbers[1], sizeof numbers[1], "%d", shared);
    snprintf(numbers[2], sizeof numbers[2], "%d", self);
    const char *name = strcmp(flag, GUARD_FLAG) == 0 ? GUARD : WORKER;
    char *arguments[] = {(char *)name, (char *)flag, numbers[0], numbers[1], numbers[2], memory->spec, memory->directory, NULL};
    char *environment[] = {NULL};
    /* Threads may hold locks: the child does nothing but this. */
    pid_t child = self < 0 ? -1 : fork();
    if (child == 0) {
        close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
        keep_over_exec(device);
        keep_over_exec(shared);
        keep_over_exec(self);
        execve("/proc/self/exe", arguments, environment);
        _exit(127);
    }
    if (self >= 0) close(self);
    return child;
}

int start_peer(const char *flag, int device, int shared)
{
    signal(SIGCHLD, SIG_IGN); /* no zombies */
    pid_t child = start(flag, device, shared);
    return child < 0 ? NO_PEER : pidfd_open(child, 0);
}

int replace_peer(const char *flag, int device, int shared, int dead)
{
    close(dead);
    count_death(device);
    return start_peer(flag, device, shared);
}
