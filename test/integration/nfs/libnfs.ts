import type { NfsClient } from './nfs-client.ts'

/**
 * Runs a Python script that speaks NFS with libnfs, no kernel and no mount between: `nfs = mount(version)` gives an object
 * with `write(path, text)` (a new file, fsynced), `read(path)`, `size(path)` (None when there is none), `uid(path)`.
 */
export async function libnfs(client: NfsClient, server: string, script: string): Promise<string> {
  return client.python(`SERVER = b'${server}'\n${LIBNFS}\n${script}`)
}

const LIBNFS = `
import ctypes, errno, os, time
lib = ctypes.CDLL('libnfs.so.13')
lib.nfs_init_context.restype = ctypes.c_void_p
lib.nfs_get_error.restype = ctypes.c_char_p

class Nfs:
    def __init__(self, version):
        self.context = ctypes.c_void_p(lib.nfs_init_context())
        self.call(lib.nfs_set_version, version)
        self.call(lib.nfs_mount, SERVER, b'/export')

    def call(self, function, *arguments):
        result = function(self.context, *arguments)
        if result < 0: raise OSError(-result, lib.nfs_get_error(self.context).decode())
        return result

    def opened(self, function, path, mode):
        handle = ctypes.c_void_p()
        self.call(function, path.encode(), mode, ctypes.byref(handle))
        return handle

    def write(self, path, text):
        if self.stat(path): self.call(lib.nfs_unlink, path.encode())
        handle = self.opened(lib.nfs_open, path, os.O_RDWR | os.O_CREAT)
        data = text.encode()
        self.call(lib.nfs_write, handle, ctypes.c_uint64(len(data)), data)
        self.call(lib.nfs_fsync, handle)
        self.call(lib.nfs_close, handle)

    def read(self, path):
        handle = self.opened(lib.nfs_open, path, os.O_RDONLY)
        buffer = ctypes.create_string_buffer(100000)
        count = self.call(lib.nfs_read, handle, ctypes.c_uint64(len(buffer)), buffer)
        self.call(lib.nfs_close, handle)
        return buffer.raw[:count].decode()

    def stat(self, path):
        fields = (ctypes.c_uint64 * 20)()
        try: self.call(lib.nfs_stat64, path.encode(), fields)
        except FileNotFoundError: return None
        return dict(zip(['dev', 'ino', 'mode', 'nlink', 'uid', 'gid', 'rdev', 'size'], fields))

    def size(self, path):
        found = self.stat(path)
        return found and found['size']

mount = Nfs
`
