#include "guard.h"

#include <unistd.h>

#include "memory.h"
#include "processes.h"

#define RETRY_S 1

void guard(int device, int shared, int peer)
{
    if (memory_open(shared)) return;
    for (;;) {
        switch (wait_for_event(device, peer)) {
        case UNMOUNTED: return;
        case TOLD_TO_END: end_mount(device);
        case PEER_DIED: peer = replace_peer(WORKER_FLAG, device, shared, peer);
        }
        /* A mount without a guard is served; without a worker it is not. */
        while (peer == NO_PEER && is_mounted(device)) {
            sleep(RETRY_S);
            peer = start_peer(WORKER_FLAG, device, shared);
        }
    }
}
