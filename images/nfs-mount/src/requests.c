#include "requests.h"

#include <errno.h>
#include <linux/fuse.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "clock.h"
#include "memory.h"

/* Threads that wait for a request; when there are more, they are ended in a quiet moment: each has a slot of 1 MiB. */
#define IDLE_THREADS 4
#define QUIET_MS 1000

static struct {
    struct fuse_session *session;
    int device;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool used[SLOTS]; /* slots that have a thread */
    bool waiting[SLOTS];
    pthread_t thread_of[SLOTS];
    unsigned threads;
    unsigned idle;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER};

static _Thread_local struct slot *mine;

/* Requests of a predecessor that are not yet carried out. */
static atomic_uint left_over;

static volatile struct fuse_in_header *header_of(struct slot *slot)
{
    return (struct fuse_in_header *)slot->request;
}

void request_is_repeated(void)
{
    if (mine) mine->repeated = true;
}

bool request_was_repeated(void)
{
    return mine && mine->repeated;
}

uint64_t request_number(void)
{
    return mine ? memory->secret ^ header_of(mine)->unique : memory->secret;
}

void request_passes(void)
{
    atomic_store(&mine->passed, true);
}

bool request_has_passed(void)
{
    return mine->passed;
}

static const struct fuse_write_in *write_of(const struct slot *slot)
{
    return (const struct fuse_write_in *)(slot->request + sizeof(struct fuse_in_header));
}

void request_is_taken_in(unsigned place, uint64_t at)
{
    mine->append_at = at;
    mine->taken_in = place + 1;
    request_passes();
    atomic_store(&memory->behind[place].end, at + write_of(mine)->size);
}

bool request_was_taken_in(void)
{
    return mine->passed && mine->taken_in;
}

/* The end of an append to the same file whose place a predecessor chose and which may not be written yet. */
static uint64_t end_of_append(struct slot *slot)
{
    volatile struct fuse_in_header *header = header_of(slot);
    bool chosen = slot->state == SLOT_TAKEN && slot->passed && !slot->taken_in && header->opcode == FUSE_WRITE &&
                  header->nodeid == header_of(mine)->nodeid;
    return chosen ? slot->append_at + write_of(slot)->size : 0;
}

uint64_t request_append_at(uint64_t now)
{
    if (!mine->passed) {
        for (unsigned at = 0; left_over && at < SLOTS; at++) {
            uint64_t end = end_of_append(&memory->slots[at]);
            if (end > now) now = end;
        }
        mine->append_at = now;
        request_passes();
    }
    return mine->append_at;
}

char *request_room(void)
{
    return mine->request + PAGE;
}

static size_t length_of(const struct iovec *parts, int count)
{
    size_t length = 0;
    for (int i = 0; i < count; i++) length += parts[i].iov_len;
    return length;
}

/* Before the kernel has the answer, the slot has it: a request that was answered must not be carried out again. Long
 * answers are those of reads, which may be. */
static void keep(struct slot *slot, const struct iovec *parts, int count, size_t length)
{
    if (length > REPLY_SIZE) return;
    slot->reply_size = 0;
    for (int i = 0; i < count; i++) {
        memcpy(slot->reply + slot->reply_size, parts[i].iov_base, parts[i].iov_len);
        slot->reply_size += (uint32_t)parts[i].iov_len;
    }
    atomic_store(&slot->state, SLOT_ANSWERED);
}

static ssize_t answer(int device, struct iovec *parts, int count, void *nothing)
{
    (void)nothing;
    const struct fuse_out_header *out = parts[0].iov_base;
    size_t length = length_of(parts, count);
    if (!mine) return (ssize_t)length; /* the kernel was greeted by a predecessor */
    if (out->unique == header_of(mine)->unique) keep(mine, parts, count, length);
    return writev(device, parts, count);
}

static ssize_t never(int device, void *buffer, size_t size, void *nothing)
{
    (void)device, (void)buffer, (void)size, (void)nothing;
    errno = ENOSYS;
    return -1;
}

const struct fuse_custom_io request_io = {.writev = answer, .read = never};

static void process(struct slot *slot)
{
    volatile struct fuse_in_header *header = header_of(slot);
    if (header->opcode == FUSE_INIT && header->len <= sizeof memory->init) {
        memcpy(memory->init, slot->request, header->len);
        memory->init_size = header->len;
    }
    /* To forget twice would be to forget too much. */
    if (header->opcode == FUSE_FORGET || header->opcode == FUSE_BATCH_FORGET) {
        slot->reply_size = 0;
        atomic_store(&slot->state, SLOT_ANSWERED);
    }
    fuse_session_process_buf(pool.session, &(struct fuse_buf){.size = header->len, .mem = slot->request});
}

static bool has_request(struct slot *slot)
{
    return slot->state != SLOT_FREE && header_of(slot)->len != 0;
}

void requests_take_in(void)
{
    for (struct slot *slot = memory->slots; slot < memory->slots + SLOTS; slot++) {
        if (slot->state != SLOT_TAKEN || !slot->passed || !slot->taken_in) continue;
        struct behind *behind = &memory->behind[slot->taken_in - 1];
        if (behind->end == slot->append_at) atomic_store(&behind->end, slot->append_at + write_of(slot)->size);
    }
}

static void go_on(struct slot *slot)
{
    if (slot->state == SLOT_ANSWERED) {
        /* ENOENT: it was told. */
        if (slot->reply_size && write(pool.device, slot->reply, slot->reply_size) < 0 && errno != ENOENT) errno = 0;
        return;
    }
    slot->repeated = true;
    process(slot);
}

enum received { REQUEST, NOTHING, END };

static enum received receive(struct slot *slot)
{
    atomic_store(&slot->state, SLOT_FREE);
    header_of(slot)->len = 0;
    slot->repeated = false;
    slot->passed = false;
    slot->taken_in = 0;
    atomic_store(&slot->state, SLOT_TAKEN);
    if (read(pool.device, slot->request, sizeof slot->request) > 0) return REQUEST;
    /* ENOENT: the request was interrupted before it was read. */
    return errno == EINTR || errno == EAGAIN || errno == ENOENT ? NOTHING : END;
}

static void start_thread(unsigned at);

static void start_another(void)
{
    for (unsigned at = 0; at < SLOTS; at++) {
        if (pool.used[at]) continue;
        start_thread(at);
        return;
    }
}

/* Returns true when the thread has a request: another waits in its place then. Else the thread is not needed any more. */
static bool wait_for_request(struct slot *slot)
{
    long at = slot - memory->slots;
    enum received received = NOTHING;
    pthread_mutex_lock(&pool.lock);
    pool.idle++;
    for (bool first = true; received == NOTHING && (first || pool.idle <= IDLE_THREADS); first = false) {
        pool.waiting[at] = true;
        pthread_mutex_unlock(&pool.lock);
        received = receive(slot);
        pthread_mutex_lock(&pool.lock);
        pool.waiting[at] = false;
    }
    pool.idle--;
    if (received == REQUEST && pool.idle == 0) start_another();
    pthread_mutex_unlock(&pool.lock);
    return received == REQUEST;
}

static void *work(void *argument)
{
    mine = argument;
    /* The kernel must be able to store a whole request while this process is being killed. */
    madvise(mine->request, sizeof mine->request, MADV_POPULATE_WRITE);
    if (has_request(mine)) {
        go_on(mine);
        left_over--;
    }
    while (wait_for_request(mine)) process(mine);
    atomic_store(&mine->state, SLOT_FREE);
    madvise(mine->request, sizeof mine->request, MADV_REMOVE);
    pthread_mutex_lock(&pool.lock);
    pool.used[mine - memory->slots] = false;
    if (--pool.threads == 0) pthread_cond_signal(&pool.ended);
    pthread_mutex_unlock(&pool.lock);
    return NULL;
}

/* Under the lock of the pool. */
static void start_thread(unsigned at)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, 256 * 1024);
    pool.used[at] = true;
    pool.threads++;
    if (pthread_create(&pool.thread_of[at], &attributes, work, &memory->slots[at])) {
        pool.used[at] = false;
        pool.threads--;
    }
    pthread_attr_destroy(&attributes);
}

static void wake_up(int number)
{
    (void)number;
}

/* Their read ends with EINTR, and they see that they are not needed. Under the lock. */
static void wake_surplus(void)
{
    unsigned surplus = pool.idle > IDLE_THREADS ? pool.idle - IDLE_THREADS : 0;
    for (unsigned at = 0; at < SLOTS && surplus; at++) {
        if (!pool.waiting[at]) continue;
        pthread_kill(pool.thread_of[at], SIGUSR1);
        surplus--;
    }
}

/* Then it is answered as any other request. */
static bool greeting_is_left_over(void)
{
    for (unsigned at = 0; at < SLOTS; at++) {
        struct slot *slot = &memory->slots[at];
        if (has_request(slot) && slot->state == SLOT_TAKEN && header_of(slot)->opcode == FUSE_INIT) return true;
    }
    return false;
}

void requests_serve(struct fuse_session *session, int device)
{
    pool.session = session;
    pool.device = device;
    condition_init(&pool.ended);
    sigaction(SIGUSR1, &(struct sigaction){.sa_handler = wake_up}, NULL);
    if (memory->init_size && !greeting_is_left_over())
        fuse_session_process_buf(session, &(struct fuse_buf){.size = memory->init_size, .mem = memory->init});
    pthread_mutex_lock(&pool.lock);
    for (unsigned at = 0; at < SLOTS; at++)
        if (has_request(&memory->slots[at])) {
            left_over++;
            start_thread(at);
        }
    start_another();
    while (pool.threads) {
        if (!wait_at_most(&pool.ended, &pool.lock, QUIET_MS)) wake_surplus();
    }
    pthread_mutex_unlock(&pool.lock);
}
