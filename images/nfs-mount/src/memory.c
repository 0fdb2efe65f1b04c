#include "memory.h"

#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

struct memory *memory;

int memory_open(int descriptor)
{
    void *mapped = mmap(NULL, sizeof *memory, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, descriptor, 0);
    if (mapped == MAP_FAILED) return -errno;
    memory = mapped;
    return 0;
}

int memory_create(void)
{
    int descriptor = memfd_create("nfs-mount", MFD_CLOEXEC);
    if (descriptor < 0) return -errno;
    int status = ftruncate(descriptor, sizeof *memory) ? -errno : memory_open(descriptor);
    if (!status && getrandom(&memory->secret, sizeof memory->secret, 0) < 0) status = -errno;
    if (status) {
        close(descriptor);
        return status;
    }
    memory->node_count = 1;
    return descriptor;
}
