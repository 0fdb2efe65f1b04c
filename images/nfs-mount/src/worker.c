#include "worker.h"

#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <unistd.h>

#include "file-system.h"
#include "memory.h"
#include "processes.h"
#include "requests.h"
#include "uncommitted.h"
#include "write-behind.h"

/* After the kernel has let go of the mount, calls that still wait for a server get this long to end. */
#define LAST_CALLS_S 3

static struct {
    int device;
    int shared;
    int peer;
} mine;

/* Closing and unmounting at once leaves the kernel no time to tell of the close. */
static void remove_hidden_names(void)
{
    for (uint32_t place = 1; place < memory->node_count; place++) {
        struct node *node = &memory->nodes[place];
        if (!node->id || !node->hidden_in) continue;
        node->opens = 0;
        reveal(NULL, node);
    }
}

static void *clean_up(void *nothing)
{
    remove_hidden_names();
    session_abandon();
    return nothing;
}

static void *watch(void *nothing)
{
    (void)nothing;
    for (;;) {
        enum event event = wait_for_event(mine.device, mine.peer);
        if (event == TOLD_TO_END) end_mount(mine.device);
        if (event == UNMOUNTED) break;
        mine.peer = replace_peer(GUARD_FLAG, mine.device, mine.shared, mine.peer);
    }
    sleep(LAST_CALLS_S);
    _exit(0);
}

int worker_prepare(void)
{
    struct session_settings settings = {
        .server = memory->server,
        .port = memory->export.port,
        .give_up_ms = memory->give_up_ms,
    };
    /* Buffers of a transfer's size come and go: from the heap, which uncommitted.c trims, they need no new pages each time. */
    mallopt(M_ARENA_MAX, 2);
    mallopt(M_MMAP_THRESHOLD, 4 << 20);
    mallopt(M_TRIM_THRESHOLD, 64 << 20);
    int status = nodes_start();
    if (!status) status = session_start(&settings);
    if (!status) status = uncommitted_start();
    if (!status) status = write_behind_start();
    return status;
}

void worker_serve(int device, int shared, int peer)
{
    char *name[] = {WORKER, NULL};
    struct fuse_args arguments = FUSE_ARGS_INIT(1, name);
    struct fuse_session *session = fuse_session_new(&arguments, &operations, sizeof operations, NULL);
    pthread_t watcher;
    mine.device = device;
    mine.shared = shared;
    mine.peer = peer == NO_PEER ? start_peer(GUARD_FLAG, device, shared) : peer;
    if (!session || fuse_session_custom_io(session, &request_io, device) || pthread_create(&watcher, NULL, watch, NULL)) _exit(32);
    requests_serve(session, device);
    pthread_t cleaner;
    if (pthread_create(&cleaner, NULL, clean_up, NULL) == 0) pthread_join(cleaner, NULL);
    _exit(0);
}

void worker_take_over(int device, int shared, int peer)
{
    if (memory_open(shared) || worker_prepare()) return;
    worker_serve(device, shared, peer);
}
