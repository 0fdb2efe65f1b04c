#include "file-system.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "requests.h"

/*
 * A server that removes a file's last name removes the file, also under those who have it open. So a name that goes away
 * while this mount has the file open is replaced by a hidden one, which is removed after the last close.
 */
struct hidden_name {
    char text[64];
};

static struct hidden_name hidden_name(const struct node *node)
{
    struct hidden_name name;
    snprintf(name.text, sizeof name.text, ".nfs%016" PRIx64 "%08" PRIx32 "%016" PRIx64, node->file_number, (uint32_t)memory->secret,
             (uint64_t)node->id);
    return name;
}

void count_open(struct node *node)
{
    node->opens++;
    memory->opens++;
}

void count_close(struct node *node)
{
    if (node->opens) node->opens--;
    if (memory->opens) memory->opens--;
}

struct node *open_file_called(fuse_req_t request, struct node *directory, const char *name)
{
    struct found found;
    if (!memory->opens || look_up(request, directory, name, &found)) return NULL;
    if (found.attributes.value.type == NF3DIR) return NULL;
    struct node *node = node_known(&found.handle);
    return node && node->opens ? node : NULL;
}

static void let_go(uint64_t id)
{
    struct node *directory = id ? node_of(id) : NULL;
    if (directory) node_forget(directory, 1);
}

/* Said before it is done, so that a successor knows of it. */
static void say_hidden(struct node *node, struct node *directory)
{
    node_pin(directory);
    let_go(atomic_exchange(&node->hidden_in, directory->id));
}

static void say_not_hidden(struct node *node)
{
    let_go(atomic_exchange(&node->hidden_in, 0));
}

/* The last close may have come meanwhile, and have found no hidden name yet. */
static void reveal_if_closed(fuse_req_t request, struct node *node, struct node *directory)
{
    if (!node->hidden_in) say_hidden(node, directory);
    reveal(request, node);
}

/* A file that was hidden by another request than this one has a name that holds it. */
static bool held_already(const struct node *node)
{
    if (node->hidden_in && !request_has_passed()) return true;
    request_passes();
    return false;
}

int hide(fuse_req_t request, struct node *node, struct node *directory, const char *name)
{
    if (held_already(node)) {
        REMOVE3args arguments = {.object = entry_in(directory, name)};
        return call(AS_ROOT(request), &REMOVE, &arguments, NULL);
    }
    struct hidden_name hidden = hidden_name(node);
    RENAME3args arguments = {.from = entry_in(directory, name), .to = entry_in(directory, hidden.text)};
    if (!node->hidden_in) say_hidden(node, directory);
    int status = call(AS_ROOT(request), &RENAME, &arguments, NULL);
    if (!status) reveal_if_closed(request, node, directory);
    else if (!request_was_repeated()) say_not_hidden(node);
    return status;
}

int hide_also(fuse_req_t request, struct node *node, struct node *directory)
{
    if (held_already(node)) return 0;
    struct hidden_name hidden = hidden_name(node);
    LINK3args arguments = {.file = fh_of(&node->handle), .link = entry_in(directory, hidden.text)};
    if (!node->hidden_in) say_hidden(node, directory);
    int status = call(AS_ROOT(request), &LINK, &arguments, NULL);
    if (status == -EEXIST) status = 0; /* only this node makes this name */
    if (!status) reveal_if_closed(request, node, directory);
    else say_not_hidden(node);
    return status;
}

void reveal(fuse_req_t request, struct node *node)
{
    if (!node->hidden_in || node->opens) return;
    struct node *directory = node_of(node->hidden_in);
    struct hidden_name hidden = hidden_name(node);
    if (directory) {
        REMOVE3args arguments = {.object = entry_in(directory, hidden.text)};
        call(AS_ROOT(request), &REMOVE, &arguments, NULL);
    }
    say_not_hidden(node);
}
