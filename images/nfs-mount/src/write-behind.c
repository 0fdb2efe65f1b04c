#include "write-behind.h"

#include <errno.h>
#include <string.h>

#include "clock.h"
#include "file-system.h"
#include "requests.h"
#include "session.h"
#include "uncommitted.h"

/* What arrives within this time after the first byte is sent together. Nobody waits for it: those who do have it sent. */
#define LINGER_MS 20
#define TICK_MS 100
/* What could not be sent is tried again after this time: a full disk may have room by then. */
#define LATER_MS 1000
/* Larger writes are worth a call of their own. */
#define SMALL (BEHIND_SIZE / 4)

/* Of the places in memory->behind: what only this process knows. Under the lock. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t more; /* for the thread that sends */
    pthread_cond_t sent;
    bool sending[BEHIND];
    bool failed[BEHIND]; /* the last time */
    long due_ms[BEHIND]; /* when somebody who has nothing else to do should send it */
} mine = {.lock = PTHREAD_MUTEX_INITIALIZER};

static unsigned place_of(const struct behind *behind)
{
    return (unsigned)(behind - memory->behind);
}

static bool waits(const struct behind *behind)
{
    return behind->node && behind->begin != behind->end;
}

static struct behind *find(const struct node *node)
{
    for (struct behind *behind = memory->behind; behind < memory->behind + BEHIND; behind++)
        if (behind->node == node->id) return behind;
    return NULL;
}

bool is_behind(const struct node *node)
{
    const struct behind *behind = find(node);
    return behind && waits(behind);
}

static struct behind *claim(struct node *node)
{
    for (struct behind *behind = memory->behind; behind < memory->behind + BEHIND; behind++) {
        if (behind->node) continue;
        node_pin(node);
        atomic_store(&behind->node, node->id);
        return behind;
    }
    return NULL;
}

/* Under the lock. */
static void release_if_idle(struct behind *behind)
{
    if (!behind->node || behind->begin != behind->end || mine.sending[place_of(behind)]) return;
    struct node *node = node_of(behind->node);
    atomic_store(&behind->node, 0);
    if (node) node_forget(node, 1);
}

/* Copies into the ring, which has room, at the virtual place `at`. */
static void copy_in(struct behind *behind, uint64_t at, const char *bytes, uint32_t size)
{
    char *ring = memory->behind_bytes[place_of(behind)];
    uint32_t from = at % BEHIND_SIZE, first = size < BEHIND_SIZE - from ? size : BEHIND_SIZE - from;
    memcpy(ring + from, bytes, first);
    memcpy(ring, bytes + first, size - first);
}

/* Under the lock. An empty place takes any write, another only what follows. */
static bool fits(struct behind *behind, uint32_t size, uint64_t offset)
{
    bool at_the_end = offset == AT_THE_END;
    if (!waits(behind)) {
        behind->at_the_end = at_the_end;
        behind->origin = offset - behind->end;
        mine.failed[place_of(behind)] = false;
    }
    if (mine.failed[place_of(behind)]) return false;
    if (behind->at_the_end != at_the_end || BEHIND_SIZE - (behind->end - behind->begin) < size) return false;
    return at_the_end || behind->origin + behind->end == offset;
}

bool write_behind(struct node *node, const char *bytes, uint32_t size, uint64_t offset)
{
    if (size > SMALL) return false;
    pthread_mutex_lock(&mine.lock);
    struct behind *behind = find(node);
    if (!behind) behind = claim(node);
    bool taken = behind && fits(behind, size, offset);
    if (taken) {
        copy_in(behind, behind->end, bytes, size);
        if (!waits(behind)) {
            mine.due_ms[place_of(behind)] = now_ms() + LINGER_MS;
            pthread_cond_signal(&mine.more);
        }
        request_is_taken_in(place_of(behind), behind->end);
    }
    pthread_mutex_unlock(&mine.lock);
    return taken;
}

/* Where an append goes is decided once: a successor that finds the decision sends to the same place. */
static int decide(const struct terms *terms, struct behind *behind, struct node *node, uint64_t end)
{
    fattr3 attributes;
    if (!behind->at_the_end || behind->decided > behind->begin) return 0;
    int status = get_attributes(terms->request, &node->handle, &attributes);
    if (status) return status;
    behind->origin = attributes.size - behind->begin;
    atomic_store(&behind->decided, end);
    return 0;
}

/* Sends from the ring, in which writers only add behind `end` meanwhile. */
static int send_until(const struct terms *terms, struct behind *behind, struct node *node, uint64_t end, bool stable)
{
    const char *ring = memory->behind_bytes[place_of(behind)];
    int status = 0;
    for (uint64_t at = behind->begin; at < end && !status;) {
        uint32_t from = at % BEHIND_SIZE, left = (uint32_t)(end - at), part = left < BEHIND_SIZE - from ? left : BEHIND_SIZE - from;
        status = write_bytes(terms->request, node, ring + from, part, behind->origin + at, stable);
        at += part;
    }
    return status;
}

/* One batch, which nobody else is sending. Under the lock, which it lets go meanwhile. */
static int send_batch(const struct terms *terms, struct behind *behind, struct node *node, bool stable)
{
    struct file *file = file_of(node);
    if (!file) return -ENOMEM;
    mine.sending[place_of(behind)] = true;
    uint64_t end = behind->end;
    pthread_mutex_unlock(&mine.lock);
    pthread_mutex_lock(&file->appending);
    int status = decide(terms, behind, node, end);
    if (behind->at_the_end && behind->decided > behind->begin) end = behind->decided;
    if (!status) status = send_until(terms, behind, node, end, stable);
    pthread_mutex_unlock(&file->appending);
    pthread_mutex_lock(&mine.lock);
    mine.sending[place_of(behind)] = false;
    mine.failed[place_of(behind)] = status != 0;
    mine.due_ms[place_of(behind)] = now_ms() + (status ? LATER_MS : LINGER_MS);
    if (!status) atomic_store(&behind->begin, end);
    pthread_cond_broadcast(&mine.sent);
    return status;
}

int send_behind(fuse_req_t request, struct node *node, bool stable)
{
    struct behind *behind = find(node);
    if (!behind || !waits(behind)) return 0;
    const struct terms *terms = AS_ROOT(request);
    long started_ms = now_ms();
    int status = 0;
    pthread_mutex_lock(&mine.lock);
    uint64_t end = behind->end;
    while (!status && behind->node == node->id && behind->begin < end) {
        if (!mine.sending[place_of(behind)]) status = send_batch(terms, behind, node, stable);
        else if (!(status = reason_to_give_up(terms, started_ms))) wait_at_most(&mine.sent, &mine.lock, TICK_MS);
    }
    release_if_idle(behind);
    pthread_mutex_unlock(&mine.lock);
    return status;
}

/* The next to be sent of those which nobody sends; NULL: none. Under the lock. */
static struct behind *next_due(void)
{
    struct behind *found = NULL;
    for (struct behind *behind = memory->behind; behind < memory->behind + BEHIND; behind++) {
        if (!waits(behind) || mine.sending[place_of(behind)]) continue;
        if (!found || mine.due_ms[place_of(behind)] < mine.due_ms[place_of(found)]) found = behind;
    }
    return found;
}

static void *send_what_lingers(void *nothing)
{
    static const struct terms on_nobodys_behalf;
    pthread_mutex_lock(&mine.lock);
    for (;;) {
        struct behind *behind = next_due();
        long left_ms = behind ? mine.due_ms[place_of(behind)] - now_ms() : 0;
        if (!behind) {
            pthread_cond_wait(&mine.more, &mine.lock);
        } else if (left_ms > 0) {
            wait_at_most(&mine.sent, &mine.lock, left_ms);
        } else {
            send_batch(&on_nobodys_behalf, behind, node_of(behind->node), false);
            release_if_idle(behind);
        }
    }
    return nothing;
}

void drop_behind(struct node *node)
{
    pthread_mutex_lock(&mine.lock);
    struct behind *behind = find(node);
    while (behind && mine.sending[place_of(behind)]) pthread_cond_wait(&mine.sent, &mine.lock);
    if (behind && behind->node == node->id) {
        atomic_store(&behind->begin, behind->end);
        release_if_idle(behind);
    }
    pthread_mutex_unlock(&mine.lock);
}

int write_behind_start(void)
{
    pthread_t sender;
    condition_init(&mine.more);
    condition_init(&mine.sent);
    requests_take_in();
    return -pthread_create(&sender, NULL, send_what_lingers, NULL);
}
