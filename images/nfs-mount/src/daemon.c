#include "daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define REPORT_FD 3

static void let_go_of_the_caller(int report)
{
    setsid();
    umask(0);
    signal(SIGPIPE, SIG_IGN); /* the parent may be killed before it hears */
    if (chdir("/") < 0) _exit(32);
    int null = open("/dev/null", O_RDWR);
    if (null < 0 || dup2(report, REPORT_FD) < 0) _exit(32);
    for (int fd = 0; fd <= 2; fd++)
        if (dup2(null, fd) < 0) _exit(32);
    if (close_range(REPORT_FD + 1, ~0U, 0) < 0)
        for (int fd = REPORT_FD + 1; fd < 65536; fd++) close(fd);
    fcntl(REPORT_FD, F_SETFD, FD_CLOEXEC);
}

static void wait_for_report(int from, char *error, size_t error_size)
{
    size_t length = 0;
    ssize_t count;
    while (length < error_size - 1 && ((count = read(from, error + length, error_size - 1 - length)) > 0 || (count < 0 && errno == EINTR)))
        if (count > 0) length += (size_t)count;
    error[length] = '\0';
    /* Success is a single newline, so that a child that died cannot be taken for one that is content. */
    if (length == 0) snprintf(error, error_size, "the mount helper ended before it had mounted");
    else if (strcmp(error, "\n") == 0) *error = '\0';
}

enum daemon_side daemon_start(struct daemon_report *report, char *error, size_t error_size)
{
    int ends[2];
    pid_t child = -1;
    if (pipe(ends) == 0) child = fork();
    if (child < 0) {
        snprintf(error, error_size, "cannot start the mount helper: %s", strerror(errno));
        return DAEMON_PARENT;
    }
    if (child > 0) {
        close(ends[1]);
        wait_for_report(ends[0], error, error_size);
        if (*error) waitpid(child, NULL, 0);
        return DAEMON_PARENT;
    }
    let_go_of_the_caller(ends[1]);
    report->pipe = REPORT_FD;
    return DAEMON_CHILD;
}

void daemon_tell(struct daemon_report *report, const char *error)
{
    const char *message = *error ? error : "\n";
    if (write(report->pipe, message, strlen(message)) < 0 && errno != EPIPE) _exit(32);
    close(report->pipe);
}
