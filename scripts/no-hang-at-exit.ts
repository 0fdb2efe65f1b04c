import { setFlagsFromString } from 'node:v8'

/**
 * A thread of V8 that compiles in the background may wait for the main thread to collect garbage; when that one is in
 * process.exit() already, it waits for the thread, and the process hangs for ever with its work done. Node 24 did so in two
 * of forty commands. Imported before anything that could be compiled.
 */
setFlagsFromString('--no-concurrent-sparkplug')
