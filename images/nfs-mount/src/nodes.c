#include "nodes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define NOWHERE 0u

/* The index over the table: chains of places, by the hash of a handle. This process's own. */
static struct {
    pthread_mutex_t lock;
    uint32_t *heads;
    uint32_t head_count; /* a power of two */
    uint32_t used;
    uint32_t *next;      /* place after a place in its chain, or in the list of free places */
    uint32_t free;
    struct file **files; /* by place */
} table = {.lock = PTHREAD_MUTEX_INITIALIZER};

static uint32_t hash(const struct handle *handle)
{
    uint64_t value = 14695981039346656037u;
    for (uint32_t i = 0; i < handle->size; i++) value = (value ^ (uint8_t)handle->bytes[i]) * 1099511628211u;
    return (uint32_t)(value ^ value >> 32);
}

static bool same(const struct handle *one, const struct handle *other)
{
    return one->size == other->size && memcmp(one->bytes, other->bytes, one->size) == 0;
}

static uint32_t place_of(const struct node *node)
{
    return (uint32_t)(node - memory->nodes);
}

static uint32_t *head(const struct handle *handle)
{
    return &table.heads[hash(handle) & (table.head_count - 1)];
}

static void enter(uint32_t place)
{
    uint32_t *first = head(&memory->nodes[place].handle);
    table.next[place] = *first;
    *first = place;
    table.used++;
}

static void leave(uint32_t place)
{
    uint32_t *link = head(&memory->nodes[place].handle);
    while (*link != place) link = &table.next[*link];
    *link = table.next[place];
    table.used--;
}

static bool grow(void)
{
    uint32_t wanted = table.head_count ? table.head_count * 2 : 256;
    uint32_t *heads = calloc(wanted, sizeof *heads);
    if (!heads) return false;
    free(table.heads);
    table.heads = heads;
    table.head_count = wanted;
    table.used = 0;
    for (uint32_t place = 1; place < memory->node_count; place++)
        if (memory->nodes[place].id) enter(place);
    return true;
}

static uint32_t free_place(void)
{
    uint32_t place = table.free;
    if (place != NOWHERE) table.free = table.next[place];
    else if (memory->node_count < NODES) place = memory->node_count++;
    return place;
}

static struct node *add(const struct handle *handle, uint64_t file_number)
{
    uint32_t place = free_place();
    if (place == NOWHERE) return NULL;
    struct node *node = &memory->nodes[place];
    node->handle = *handle;
    node->file_number = file_number;
    node->lookups = 0;
    node->hidden_in = 0;
    node->opens = 0;
    node->error = 0;
    node->uncommitted = false;
    node->flows = false;
    memset(node->verifier, 0, sizeof node->verifier);
    if (table.used >= table.head_count) grow(); /* if it cannot, longer chains will do */
    atomic_store(&node->id, (uint64_t)node->generation << 32 | place);
    enter(place);
    return node;
}

static void *sparse(size_t size)
{
    void *mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return mapped == MAP_FAILED ? NULL : mapped;
}

int nodes_start(void)
{
    table.next = sparse(NODES * sizeof *table.next);
    table.files = sparse(NODES * sizeof *table.files);
    if (!table.next || !table.files) return -ENOMEM;
    for (uint32_t place = 1; place < memory->node_count; place++) {
        if (memory->nodes[place].lookups) continue;
        memory->nodes[place].id = 0; /* nobody was told of it */
        table.next[place] = table.free;
        table.free = place;
    }
    while (table.head_count < memory->node_count)
        if (!grow()) return -ENOMEM;
    if (memory->node_count > 1) return 0;
    struct node *root = add(&memory->export.root, 0);
    if (!root || root->id != FUSE_ROOT_ID) return -ENOMEM;
    root->lookups = 1; /* never taken back */
    return 0;
}

struct node *node_of(fuse_ino_t id)
{
    uint32_t place = (uint32_t)id;
    return place < NODES && memory->nodes[place].id == id ? &memory->nodes[place] : NULL;
}

static struct node *find(const struct handle *handle)
{
    uint32_t place = *head(handle);
    while (place != NOWHERE && !same(&memory->nodes[place].handle, handle)) place = table.next[place];
    return place == NOWHERE ? NULL : &memory->nodes[place];
}

struct node *node_remember(const struct handle *handle, uint64_t file_number)
{
    pthread_mutex_lock(&table.lock);
    struct node *node = find(handle);
    if (!node) node = add(handle, file_number);
    if (node) node->lookups++;
    pthread_mutex_unlock(&table.lock);
    return node;
}

void node_pin(struct node *node)
{
    pthread_mutex_lock(&table.lock);
    node->lookups++;
    pthread_mutex_unlock(&table.lock);
}

struct node *node_known(const struct handle *handle)
{
    pthread_mutex_lock(&table.lock);
    struct node *node = find(handle);
    pthread_mutex_unlock(&table.lock);
    return node;
}

static void file_free(struct file *file)
{
    pthread_mutex_destroy(&file->committing);
    pthread_rwlock_destroy(&file->writing);
    pthread_mutex_destroy(&file->appending);
    free(file);
}

void node_forget(struct node *node, uint64_t count)
{
    pthread_mutex_lock(&table.lock);
    uint32_t place = place_of(node);
    node->lookups = node->lookups > count ? node->lookups - count : 0;
    if (!node->lookups) {
        leave(place);
        node->generation++;
        atomic_store(&node->id, 0);
        table.next[place] = table.free;
        table.free = place;
        if (table.files[place]) file_free(table.files[place]);
        table.files[place] = NULL;
    }
    pthread_mutex_unlock(&table.lock);
}

static struct file *file_new(struct node *node)
{
    struct file *file = calloc(1, sizeof *file);
    if (!file) return NULL;
    pthread_mutex_init(&file->committing, NULL);
    pthread_rwlock_init(&file->writing, NULL);
    pthread_mutex_init(&file->appending, NULL);
    file->node = node;
    file->inherited = node->uncommitted;
    return file;
}

struct file *file_of(struct node *node)
{
    struct file **file = &table.files[place_of(node)];
    pthread_mutex_lock(&table.lock);
    if (!*file) *file = file_new(node);
    pthread_mutex_unlock(&table.lock);
    return *file;
}
