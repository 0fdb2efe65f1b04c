import type { NfsClient } from './nfs-client.ts'

/** NFS version 3's numbers. */
const PROCEDURES = {
  GETATTR: 1,
  SETATTR: 2,
  LOOKUP: 3,
  READLINK: 5,
  READ: 6,
  WRITE: 7,
  CREATE: 8,
  MKDIR: 9,
  SYMLINK: 10,
  REMOVE: 12,
  RMDIR: 13,
  RENAME: 14,
  LINK: 15,
  READDIRPLUS: 17,
  FSSTAT: 18,
  COMMIT: 21,
}
type Procedure = keyof typeof PROCEDURES

/** Between the mounts of a client and their server, which loses what it is told to lose. */
export class LossyServer {
  /** The options of a mount of 127.0.0.1 that goes through it. */
  static readonly options = 'rw,port=2050,mountport=20048'
  readonly #client: NfsClient

  private constructor(client: NfsClient) {
    this.#client = client
  }

  static async start(client: NfsClient, server: string): Promise<LossyServer> {
    await client.output(`cat > /tmp/proxy.py <<'END_OF_PROGRAM'${PROXY}\nEND_OF_PROGRAM
python3 /tmp/proxy.py ${server} > /tmp/proxy.log 2>&1 < /dev/null &`)
    await client.untilExists('/tmp/proxy-listens')
    return new LossyServer(client)
  }

  /** From now on the first call of some procedures does not reach the server, and of others the first answer the client. */
  async lose(calls: readonly Procedure[], answers: readonly Procedure[]): Promise<void> {
    const lines = [...calls.map((name) => `call ${PROCEDURES[name]}`), ...answers.map((name) => `answer ${PROCEDURES[name]}`)]
    await this.#client.output(`printf '%s\\n' '${lines.join("' '")}' > /tmp/lose.new && mv /tmp/lose.new /tmp/lose`)
  }

  /** What it has not been able to lose yet. */
  async left(): Promise<string> {
    return this.#client.output('cat /tmp/left')
  }
}

const PROXY = `
import os, socket, struct, sys, threading
wanted, lost_answers = set(), set()
def bytes_of(source, size):
    data = b''
    while len(data) < size:
        part = source.recv(size - len(data))
        if not part: raise EOFError
        data += part
    return data
def record_of(source):
    mark = bytes_of(source, 4)
    return mark + bytes_of(source, struct.unpack('>I', mark)[0] & 0x7fffffff)
def load():
    if not os.path.exists('/tmp/lose'): return
    wanted.update(tuple(line.split()) for line in open('/tmp/lose')); os.unlink('/tmp/lose')
def takes(what):
    if what not in wanted: return False
    wanted.remove(what)
    open('/tmp/left', 'w').write(repr(sorted(wanted)))
    return True
def passes_call(record):
    load()
    xid, kind, version, program, version, procedure = struct.unpack('>6I', record[4:28])
    if takes(('call', str(procedure))): return False
    if takes(('answer', str(procedure))): lost_answers.add(xid)
    return True
def passes_answer(record):
    xid = struct.unpack('>I', record[4:8])[0]
    if xid not in lost_answers: return True
    lost_answers.remove(xid)
    return False
def pump(source, target, passes):
    try:
        while True:
            record = record_of(source)
            if passes(record): target.sendall(record)
    except (EOFError, OSError): source.close(); target.close()
def serve(port, to, call_passes, answer_passes):
    listener = socket.create_server(('127.0.0.1', port))
    while True:
        client = listener.accept()[0]; server = socket.create_connection((sys.argv[1], to))
        threading.Thread(target=pump, args=(client, server, call_passes)).start()
        threading.Thread(target=pump, args=(server, client, answer_passes)).start()
anything = lambda record: True
threading.Thread(target=serve, args=(20048, 20048, anything, anything)).start()
open('/tmp/proxy-listens', 'w').close()
serve(2050, 2049, passes_call, passes_answer)`
