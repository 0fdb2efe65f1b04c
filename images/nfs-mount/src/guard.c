#include "guard.h"

#include "memory.h"
#include "processes.h"

void guard(int device, int shared, int peer)
{
    if (memory_open(shared)) return;
    for (;;) {
        switch (wait_for_event(device, peer)) {
        case UNMOUNTED: return;
        case TOLD_TO_END: end_mount(device);
        case PEER_DIED: peer = replace_peer(WORKER_FLAG, device, shared, peer);
        }
    }
}
