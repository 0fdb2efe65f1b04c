import { setTimeout as delay } from 'node:timers/promises'
import { docker } from './nfs-client.ts'
import { NfsLab } from './nfs-lab.ts'
import { appenders, namer, overwriters, writer } from './writers.ts'

export interface WhileAway {
  /** What the writers of a hard mount printed. */
  readonly hard: string
  /** How calls on a soft mount ended while the server was away, with their seconds, and whether it works since. */
  readonly soft: { readonly ended: readonly (readonly [string, number])[]; readonly works: boolean }
}

/** Writers start before it and go on after it; a hard and a soft mount of two clients see the same absence. */
export async function seenWhileAway(seconds: number, softOptions: string): Promise<WhileAway> {
  await using lab = await NfsLab.withServer()
  const [hard, soft] = await Promise.all([lab.client(), lab.client()])
  await hard.mountTwice(lab.source)
  await soft.mount(lab.source, '/mnt/a', softOptions)
  const limit = seconds + 60
  const programs = [writer, namer, appenders, overwriters].map((program) => program(seconds + 4))
  const waiting = hard.output(`${programs.join(' & ')} & wait`, limit)
  const failing = soft.python(SOFT, limit)
  const pausing = (async () => {
    await Promise.all([hard.untilExists('/mnt/a/overwritten-15'), soft.untilExists('/tmp/ready')])
    // Not `docker pause`: a cgroup v1 freezer gives up on a server that waits for its disk all the time.
    await docker('kill', '--signal', 'STOP', lab.env.nfsContainer)
    await soft.output('touch /tmp/away')
    await delay(seconds * 1000) // the time is what is tested
    await docker('kill', '--signal', 'CONT', lab.env.nfsContainer)
    await soft.output('touch /tmp/back')
  })()
  const [hardSaid, softSaid] = await Promise.all([waiting, failing, pausing])
  return { hard: hardSaid, soft: JSON.parse(softSaid) }
}

const SOFT = `
import errno, json, os, time
def ended(action):
    began, name = time.monotonic(), 'fine'
    try: action()
    except OSError as e: name = errno.errorcode[e.errno]
    return name, time.monotonic() - began
def until(path):
    while not os.path.exists(path): time.sleep(0.1)
fd = os.open('/mnt/a/soft', os.O_CREAT | os.O_RDWR); os.write(fd, b'before'); os.fsync(fd)
open('/tmp/ready', 'w').close(); until('/tmp/away')
during = [ended(lambda: os.fstat(fd)), ended(lambda: os.pread(fd, 1, 0)), ended(lambda: (os.pwrite(fd, b'during', 6), os.fsync(fd)))]
until('/tmp/back')
os.pwrite(fd, b'after', 6); os.fsync(fd)
print(json.dumps({'ended': during, 'works': open('/mnt/a/soft', 'rb').read(11) == b'beforeafter'}))`
