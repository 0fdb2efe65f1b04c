#include "options.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define USAGE "usage: mount.nfs SERVER:/PATH DIRECTORY [-fnrsvw] [-o OPTIONS]"

struct parser {
    struct mount_options *options;
    bool sloppy;
    char *error;
    size_t error_size;
};

static int fail(struct parser *parser, const char *format, const char *name, const char *value)
{
    snprintf(parser->error, parser->error_size, format, name, value);
    return 1;
}

/* Options whose behaviour this client always has, or that concern only those who read fstab. */
static const char *const ACCEPTED[] = {
    "rw", "hard", "defaults", "auto", "noauto", "user", "nouser", "users", "nousers", "owner", "noowner", "group",
    "nogroup", "_netdev", "nofail", "fg", "tcp", "lock", "nolock", "intr", "nointr", "cto", "nocto", "ac", "noac",
    "acl", "noacl", "rdirplus", "nordirplus", "sharecache", "nosharecache", "resvport", "noresvport", "suid", "dev",
    "exec", "async", "atime", "relatime", "norelatime", "strictatime", "nostrictatime", "diratime", "nolazytime",
    "silent", "loud", "nomand", NULL,
};

/* Options that the kernel applies to any mount. */
static const char *const KERNEL_FLAGS[] = {"ro", "nosuid", "nodev", "noexec", "sync", "dirsync", "noatime", "nodiratime", NULL};

/* Numbers that tune caches and transfers which this client does not have or fixes itself: checked, not used. */
static const char *const TUNING[] = {
    "rsize", "wsize", "bsize", "acregmin", "acregmax", "acdirmin", "acdirmax", "actimeo", "namlen", "nconnect", NULL,
};

static bool listed(const char *const *list, const char *name)
{
    for (; *list; list++)
        if (strcmp(*list, name) == 0) return true;
    return false;
}

static int number(struct parser *parser, const char *name, const char *value, long least, long most, int *result)
{
    char *end;
    errno = 0;
    long parsed = value && *value ? strtol(value, &end, 10) : -1;
    if (!value || !*value || *end || errno || parsed < least || parsed > most)
        return fail(parser, "bad value for option %s: '%s'", name, value ? value : "");
    if (result) *result = (int)parsed;
    return 0;
}

static int version(struct parser *parser, const char *name, const char *value)
{
    if (value && (strcmp(value, "3") == 0 || strcmp(value, "3.0") == 0)) return 0;
    /* libnfs 4.0 neither renews a lease nor recovers it when the server restarts: a version 4 mount dies when it idles. */
    return fail(parser, "%s=%s is not supported: this node's kernel has no NFS client, and the FUSE client speaks only version 3",
                name, value ? value : "");
}

/* Options that take a word of which only some have a meaning here. */
static int word(struct parser *parser, const char *name, const char *value, const char *const *allowed)
{
    if (value && listed(allowed, value)) return 0;
    return fail(parser, "%s=%s is not supported by this client", name, value ? value : "");
}

static int add_kernel_flag(struct parser *parser, const char *flag)
{
    char **flags = &parser->options->kernel_flags;
    char *joined;
    if (asprintf(&joined, "%s%s%s", *flags ? *flags : "", *flags ? "," : "", flag) < 0)
        return fail(parser, "%s%s", "out of memory", "");
    free(*flags);
    *flags = joined;
    return 0;
}

static int one_option(struct parser *parser, char *option)
{
    static const char *const TCP[] = {"tcp", "tcp6", NULL}, *const SYS[] = {"sys", NULL}, *const NONE[] = {"none", NULL},
                            *const MOUNT_VERSION[] = {"3", NULL}, *const LOOKUP[] = {"all", "none", "pos", "positive", NULL};
    struct mount_options *options = parser->options;
    char *value = strchr(option, '=');
    if (value) *value++ = '\0';

    if (strcmp(option, "vers") == 0 || strcmp(option, "nfsvers") == 0) return version(parser, option, value);
    if (strcmp(option, "port") == 0) return number(parser, option, value, 0, 65535, &options->nfs_port);
    if (strcmp(option, "mountport") == 0) return number(parser, option, value, 0, 65535, &options->mount_port);
    if (strcmp(option, "timeo") == 0) return number(parser, option, value, 1, 36000, &options->timeout_ds);
    if (strcmp(option, "retrans") == 0) return number(parser, option, value, 0, 1000, &options->retransmissions);
    if (strcmp(option, "retry") == 0) return number(parser, option, value, 0, 10000, &options->retry_minutes);
    if (strcmp(option, "proto") == 0 || strcmp(option, "mountproto") == 0) return word(parser, option, value, TCP);
    if (strcmp(option, "mountvers") == 0) return word(parser, option, value, MOUNT_VERSION);
    if (strcmp(option, "sec") == 0) return word(parser, option, value, SYS);
    if (strcmp(option, "local_lock") == 0) return word(parser, option, value, NONE);
    if (strcmp(option, "lookupcache") == 0) return word(parser, option, value, LOOKUP);
    if (listed(TUNING, option)) return number(parser, option, value, 0, INT_MAX, NULL);
    if (strcmp(option, "comment") == 0 || strncmp(option, "x-", 2) == 0 || strncmp(option, "X-", 2) == 0) return 0;
    if (!value) {
        if (strcmp(option, "soft") == 0) return options->soft = true, 0;
        if (strcmp(option, "hard") == 0) options->soft = false;
        if (listed(KERNEL_FLAGS, option)) return add_kernel_flag(parser, option);
        if (listed(ACCEPTED, option)) return 0;
    }
    if (parser->sloppy) return 0;
    return value ? fail(parser, "unknown option: %s=%s", option, value) : fail(parser, "unknown option: %s%s", option, "");
}

static int option_list(struct parser *parser, const char *list)
{
    char *copy = strdup(list), *rest = copy, *option;
    int result = copy ? 0 : fail(parser, "%s%s", "out of memory", "");
    while (result == 0 && (option = strsep(&rest, ",")))
        if (*option) result = one_option(parser, option);
    free(copy);
    return result;
}

/* "server:/path", "[fe80::1]:/path" */
static int specification(struct parser *parser, const char *spec)
{
    struct mount_options *options = parser->options;
    const char *colon = *spec == '[' ? strstr(spec, "]:/") : strstr(spec, ":/");
    if (*spec == '[' && colon) colon++;
    if (!colon || colon == spec) return fail(parser, "'%s' is not of the form SERVER:/PATH%s", spec, "");
    options->spec = strdup(spec);
    options->path = strdup(colon + 1);
    options->server = *spec == '[' ? strndup(spec + 1, (size_t)(colon - spec - 2)) : strndup(spec, (size_t)(colon - spec));
    return 0;
}

static int flag(struct parser *parser, char letter)
{
    switch (letter) {
    case 'n': case 'w': return 0;
    case 'r': return add_kernel_flag(parser, "ro");
    case 's': return parser->sloppy = true, 0;
    case 'f': return parser->options->fake = true, 0;
    case 'v': return parser->options->verbose = true, 0;
    }
    char name[] = {letter, '\0'};
    return fail(parser, "unknown flag -%s. %s", name, USAGE);
}

int options_parse(struct mount_options *options, int argc, char **argv, char *error, size_t error_size)
{
    struct parser parser = {.options = options, .error = error, .error_size = error_size};
    const char *positional[2] = {NULL, NULL}, *lists[64];
    int positionals = 0, list_count = 0;
    *options = (struct mount_options){.timeout_ds = 600, .retransmissions = 2};

    for (int i = 1; i < argc; i++) {
        const char *argument = argv[i];
        if (*argument != '-' || !argument[1]) {
            if (positionals == 2) return fail(&parser, "%s is one argument too many. %s", argument, USAGE);
            positional[positionals++] = argument;
            continue;
        }
        for (const char *letter = argument + 1; *letter; letter++) {
            if (*letter == 'o') {
                const char *list = letter[1] ? letter + 1 : ++i < argc ? argv[i] : NULL;
                if (!list || list_count == (int)(sizeof lists / sizeof *lists)) return fail(&parser, "-o needs options. %s%s", USAGE, "");
                lists[list_count++] = list;
                break;
            }
            if (flag(&parser, *letter)) return 1;
        }
    }
    if (positionals < 2) return fail(&parser, "%s%s", USAGE, "");
    if (specification(&parser, positional[0])) return 1;
    options->directory = strdup(positional[1]);
    /* After the flags, so that -s counts wherever it stands. */
    for (int i = 0; i < list_count; i++)
        if (option_list(&parser, lists[i])) return 1;
    return options->directory && options->server && options->path && options->spec ? 0 : fail(&parser, "%s%s", "out of memory", "");
}
