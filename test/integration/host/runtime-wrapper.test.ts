import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runtimeWrapper, wrappedRuntime } from '../../../scripts/host/runtime-wrapper.ts'

/** Written by Docker 20.10 for a privileged container whose arguments and environment look like capabilities. */
const DOCKERS_CONFIG = readFileSync(new URL('../../fixtures/host/privileged-config.json', import.meta.url), 'utf8')

let folder: string
let wrapper: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'statelab-'))
  wrapper = join(folder, 'wrapper')
  const runtime = join(folder, 'runtime')
  writeFileSync(runtime, '#!/bin/sh\nprintf "%s\\n" "$@"\nexit 42\n')
  chmodSync(runtime, 0o755)
  writeWrapper(['CAP_SYS_RESOURCE'])
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('create', () => {
  test("leaves the capability out of Docker's config and changes nothing else", () => {
    expect(DOCKERS_CONFIG).toContain('"args":["/exit","CAP_SYS_RESOURCE"]')
    expect(afterCreate(DOCKERS_CONFIG)).toEqual(withoutCapabilities(DOCKERS_CONFIG, ['CAP_SYS_RESOURCE']))
  })

  test('leaves several out', () => {
    const several = ['CAP_CHOWN', 'CAP_SYS_RESOURCE', 'CAP_SYS_TIME', 'CAP_AUDIT_READ']
    writeWrapper(several)
    expect(afterCreate(DOCKERS_CONFIG)).toEqual(withoutCapabilities(DOCKERS_CONFIG, several))
  })

  test.each([
    ['alone', ['CAP_SYS_RESOURCE']],
    ['first', ['CAP_SYS_RESOURCE', 'CAP_KILL']],
    ['last', ['CAP_KILL', 'CAP_SYS_RESOURCE']],
    ['twice', ['CAP_SYS_RESOURCE', 'CAP_KILL', 'CAP_SYS_RESOURCE']],
    ['the beginning of another name', ['CAP_SYS_RESOURCE_X', 'CAP_SYS_RESOURCE']],
  ])('where it is %s in a list', (_, names) => {
    const config = { process: { capabilities: { bounding: names, ambient: [] } } }
    const kept = names.filter((name) => name !== 'CAP_SYS_RESOURCE')
    for (const indent of [undefined, 2, '\t']) {
      expect(afterCreate(JSON.stringify(config, undefined, indent))).toEqual({
        process: { capabilities: { bounding: kept, ambient: [] } },
      })
    }
  })

  test('text that looks like capabilities stays', () => {
    const config = {
      process: {
        args: ['CAP_SYS_RESOURCE', ',]'],
        env: ['A="capabilities":{"x":["CAP_SYS_RESOURCE",]}'],
        capabilities: { bounding: ['CAP_KILL'] },
      },
      annotations: { capabilities: 'CAP_SYS_RESOURCE', note: '"CAP_SYS_RESOURCE"' },
    }
    expect(afterCreate(JSON.stringify(config))).toEqual(config)
  })

  test('a config without it is not even rewritten', () => {
    const file = writeConfig('{"process":{"capabilities":{"bounding":["CAP_KILL"]}}}')
    const { ino } = statSync(file)
    run(['create', '--bundle', folder, 'id'])
    expect(statSync(file).ino).toBe(ino)
  })

  test.each([
    [
      "containerd's own order",
      [
        '--root',
        '/run/r',
        '--log',
        'exec',
        '--log-format',
        'json',
        '--systemd-cgroup',
        'create',
        '--bundle',
        'DIR',
        '--pid-file',
        '/p',
        'id',
      ],
    ],
    ['--bundle=', ['create', '--bundle=DIR', 'id']],
    ['-b', ['run', '-b', 'DIR', 'exec']],
    ['the working directory', ['create', 'id']],
  ])('finds the bundle: %s', (_, args) => {
    writeConfig(DOCKERS_CONFIG)
    run(args.map((arg) => arg.replace('DIR', folder)))
    expect(readConfig()).toEqual(withoutCapabilities(DOCKERS_CONFIG, ['CAP_SYS_RESOURCE']))
  })
})

test('exec leaves it out of the process file', () => {
  const process = join(folder, 'process.json')
  const json = JSON.stringify((JSON.parse(DOCKERS_CONFIG) as { process: unknown }).process)
  writeFileSync(process, json)
  run(['--root', '/run/r', 'exec', '--process', process, '--detach', '--pid-file', '/p', 'id'])
  expect(JSON.parse(readFileSync(process, 'utf8'))).toEqual(
    withoutCapabilities(`{"process":${json}}`, ['CAP_SYS_RESOURCE']).process,
  )
})

test('start, delete and the like touch no file', () => {
  writeConfig(DOCKERS_CONFIG)
  for (const command of ['start', 'kill', 'delete', 'state']) run([command, 'create'])
  expect(readFileSync(join(folder, 'config.json'), 'utf8')).toBe(DOCKERS_CONFIG)
})

test('becomes the real runtime, with its arguments and exit code', () => {
  const { stdout, status } = run(['--root', '/a b', 'state', '', '*'])
  expect(stdout).toBe('--root\n/a b\nstate\n\n*\n')
  expect(status).toBe(42)
})

test('names the runtime that it wraps', () => {
  expect(wrappedRuntime(runtimeWrapper(['CAP_BPF'], '/usr/sbin/runc'))).toBe('/usr/sbin/runc')
  expect(wrappedRuntime('#!/bin/sh\nexec runc "$@"\n')).toBeUndefined()
})

function writeWrapper(missing: readonly string[]): void {
  writeFileSync(wrapper, runtimeWrapper(missing, join(folder, 'runtime')))
  chmodSync(wrapper, 0o755)
}

function run(args: readonly string[]) {
  return spawnSync(wrapper, args, { cwd: folder, encoding: 'utf8' })
}

function writeConfig(json: string): string {
  writeFileSync(join(folder, 'config.json'), json)
  return join(folder, 'config.json')
}

function readConfig(): unknown {
  return JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'))
}

function afterCreate(json: string): unknown {
  writeConfig(json)
  run(['create', '--bundle', folder, 'id'])
  return readConfig()
}

function withoutCapabilities(json: string, left: readonly string[]): { process: { capabilities: Record<string, string[]> } } {
  const config = JSON.parse(json) as { process: { capabilities: Record<string, string[]> } }
  for (const [set, names] of Object.entries(config.process.capabilities)) {
    config.process.capabilities[set] = names.filter((name) => !left.includes(name))
  }
  return config
}
