import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { CatalogAnswer } from '../../helpers/catalog-process.ts'

const OURS = fileURLToPath(new URL('../../../labs', import.meta.url))
const TEACHERS = fileURLToPath(new URL('../../fixtures/labs/teacher', import.meta.url))

let catalog: ChildProcess
let folder: string
let lab: string

beforeAll(() => {
  catalog = fork(fileURLToPath(new URL('../../helpers/catalog-process.ts', import.meta.url)))
})

afterAll(() => catalog.kill())

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'statelab-labs-'))
  lab = join(folder, '10-first-claim')
  await cp(TEACHERS, folder, { recursive: true })
})

afterEach(() => rm(folder, { recursive: true, force: true }))

describe('labs that are right', () => {
  test('the labs that come with statelab are valid and in the order of their numbers', async () => {
    const labs = await labsOf(OURS)
    expect(labs.map(({ id }) => id)).toEqual(expect.arrayContaining(['redis-persistence', 'redis-replication']))
    expect(labs.map(({ folder: path }) => path)).toEqual(labs.map(({ folder: path }) => path).sort())
  })

  test('the labs that come with statelab follow one another track by track, in the order of the course', async () => {
    const labs = await labsOf(OURS)
    const changes = labs.filter(({ track }, index) => track !== labs[index - 1]?.track)
    expect(changes.map(({ track }) => track)).toEqual(['volumes', 'nfs', 'statefulset', 'redis', 'operate'])
  })

  test("a teacher's folder outside the package may import statelab/lab", async () => {
    const labs = await labsOf(folder)
    expect(labs).toEqual([{ id: 'first-claim', track: 'volumes', folder: lab, checks: ['pvc-bound/first'] }])
  })

  test('folders follow one another, and numbers order the labs within each: 9 before 10', async () => {
    await cp(lab, join(folder, '9-zero'), { recursive: true })
    await edit('9-zero/lab.ts', "id: 'first-claim'", "id: 'zero'")
    const labs = await labsOf(OURS, folder)
    expect(labs.map(({ id }) => id).slice(-2)).toEqual(['zero', 'first-claim'])
  })

  test('folders that are no labs are not looked at', async () => {
    await mkdir(join(folder, 'shared'))
    expect(await labsOf(folder)).toHaveLength(1)
  })
})

describe('labs that are refused, each with the file, the line, the field, what was expected and what was found', () => {
  const cases: [name: string, spoil: () => Promise<unknown>, message: RegExp][] = [
    ['a folder that is missing', () => rm(folder, { recursive: true }), /there is no such folder of labs/],
    ['an empty folder', () => rm(lab, { recursive: true }), /no labs in it; a lab is a folder such as/],
    ['no lab.ts', () => rm(join(lab, 'lab.ts')), /10-first-claim\/lab\.ts: missing$/],
    ['no default export', () => write('lab.ts', 'export const a = 1\n'), /lab\.ts: no default export/],
    [
      'a missing field',
      () => edit('lab.ts', "title: { en: 'The first claim', zh: '第一个申领' }", "title: { en: 'The first claim' }"),
      /lab\.ts:10: title\.zh: expected a text, found nothing$/,
    ],
    [
      'a field of another type',
      () => edit('lab.ts', 'minutes: 5', "minutes: '5'"),
      /lab\.ts:8: minutes: expected a number, found "5"$/,
    ],
    [
      'a field that labs do not have',
      () => edit('lab.ts', 'minutes: 5', 'minutes: 5, hours: 1'),
      /lab\.ts:8: hours: unknown field$/,
    ],
    [
      'an empty text',
      () => edit('lab.ts', "en: 'The claim is bound'", "en: ' '"),
      /lab\.ts:14: tasks\[0\]\.title\.en: expected a text, found an empty text$/,
    ],
    [
      'no tasks',
      () => edit('lab.ts', /tasks: \[[\s\S]*?\n {2}\],/, 'tasks: [],'),
      /lab\.ts:11: tasks: expected at least one task, found an empty list$/,
    ],
    [
      'something that is no check',
      () => edit('lab.ts', "checks: [pvcBound('first', { storageClass: 'nfs-client' })]", "checks: ['bound']"),
      /lab\.ts:15: tasks\[0\]\.checks\[0\]: expected a check, such as pvcBound\(…\), found "bound"$/,
    ],
    [
      'a range that is none',
      () => edit('lab.ts', "'>=1.27'", "'1.27+'"),
      /lab\.ts:9: kubernetes: expected a range such as ">=1\.27", found "1\.27\+"$/,
    ],
    [
      'a step that does nothing',
      () => edit('lab.ts', "apply: 'claim.yaml', why", 'why'),
      /lab\.ts:22: solution\[0\]: expected one of apply, exec, delete, [^:]*, found none of them$/,
    ],
    [
      'a step whose file is outside',
      () => edit('lab.ts', "apply: 'claim.yaml'", "apply: '../../../etc/passwd'"),
      /lab\.ts:3: solution\[0\]\.apply: expected a file inside the folder, found "\.\.\/\.\.\/\.\.\/etc\/passwd"$/,
    ],
    [
      'a step whose file is missing',
      () => rm(join(lab, 'solution', 'claim.yaml')),
      /lab\.ts:3: solution\[0\]\.apply: there is no file solution\/claim\.yaml$/,
    ],
    [
      'a file that no step uses',
      () => write('solution/other.yaml', ''),
      /10-first-claim\/solution\/other\.yaml: no step applies it$/,
    ],
    [
      'a wrong solution for no task',
      () => edit('lab.ts', "refusedBy: 'bound'", "refusedBy: 'boundd'"),
      /lab\.ts:23: wrong\[0\]\.refusedBy: expected one of bound, found "boundd"$/,
    ],
    ['no Chinese brief', () => rm(join(lab, 'README.zh.md')), /10-first-claim\/README\.zh\.md: missing$/],
    ['an empty brief', () => write('README.md', '\n'), /10-first-claim\/README\.md: empty$/],
    [
      'a manifest that is no YAML',
      () => write('start/10-settings.yaml', 'a: [1\n'),
      /10-first-claim\/start\/10-settings\.yaml:2: Flow sequence .* end with a \]$/,
    ],
    [
      'a manifest without a name',
      () => write('start/10-settings.yaml', 'apiVersion: v1\nkind: ConfigMap\n'),
      /start\/10-settings\.yaml:1: a ConfigMap without metadata\.name$/,
    ],
    [
      'an id other than the folder says',
      () => edit('lab.ts', "id: 'first-claim'", "id: 'last-claim'"),
      /lab\.ts:6: id: expected "first-claim", as the folder says, found "last-claim"$/,
    ],
    [
      'an id used twice',
      () => cp(lab, join(folder, '11-first-claim'), { recursive: true }),
      /11-first-claim\/lab\.ts:6: id: "first-claim" is also the id of .*10-first-claim$/,
    ],
    ['a syntax error', () => edit('lab.ts', 'minutes: 5,', 'minutes: = 5,'), /lab\.ts:8: syntax error: Expression expected$/],
    [
      'a module that throws',
      () => edit('lab.ts', 'export default', 'undefined.claim\nexport default'),
      /lab\.ts:5: Cannot read properties of undefined/,
    ],
    [
      'an import of what is not there',
      () => edit('lab.ts', 'pvcBound }', 'pvcBounded as pvcBound }'),
      /lab\.ts:1: statelab\/lab has no pvcBounded; did you mean pvcBound\?$/,
    ],
    [
      'a check that was given no check',
      () => edit('lab.ts', "not(objectHas('PersistentVolumeClaim', 'first'))", "not('first' as never)"),
      /lab\.ts:17: a check was given something that it cannot use: Cannot read properties of undefined/,
    ],
    [
      'an import of a module that is not there',
      () => edit('lab.ts', 'const claim', "import { checks } from './checks.ts'\nconst claim"),
      /lab\.ts:3: cannot find the module checks\.ts$/,
    ],
    [
      'a mistake in a module of its own',
      async () => {
        await edit('lab.ts', 'const claim', "import { checks } from './checks.ts'\nconst claim")
        await write('checks.ts', 'export const checks = []\nexport const = 1\n')
      },
      /10-first-claim\/checks\.ts:2: syntax error: /,
    ],
    [
      'a step that does two things',
      () => edit('lab.ts', "{ ...claim, task: 'bound'", "{ ...claim, delete: { kind: 'Pod', name: 'a' }, task: 'bound'"),
      /lab\.ts:22: solution\[0\]: expected one of apply, .*, found apply and delete$/,
    ],
    [
      'a step whose action lacks something',
      () => edit('lab.ts', "{ ...claim, task: 'bound'", "{ why: claim.why, exec: { pod: 'a' }, task: 'bound'"),
      /lab\.ts:22: solution\[0\]\.exec\.command: expected a list, found nothing$/,
    ],
    [
      'a kind that labs do not know',
      () => edit('lab.ts', "{ ...claim, task: 'bound'", "{ why: claim.why, delete: { kind: 'Pood', name: 'a' }, task: 'bound'"),
      /lab\.ts:22: solution\[0\]\.delete\.kind: expected a kind that labs know, found "Pood"$/,
    ],
    [
      'a probe as the condition of a hint',
      () => edit('lab.ts', 'when: not(', "when: ((check) => ({ ...check, kind: 'probe' as const }))("),
      /lab\.ts:17: tasks\[0\]\.hints\[0\]\.when: expected a check that only observes, found an object with id, kind/,
    ],
    [
      'an id used for two tasks',
      () => edit('lab.ts', /(tasks: \[\n)([\s\S]*?\n {4}\},\n)/, '$1$2$2'),
      /lab\.ts:22: tasks\[1\]\.id: "bound" is there twice$/,
    ],
    [
      'a cyclic import',
      async () => {
        await edit('lab.ts', 'const claim', "import { checks } from './checks.ts'\n\nconst claim")
        await write('checks.ts', "import lab from './lab.ts'\nexport const checks = () => lab.tasks\n")
      },
      /lab\.ts:3: modules import each other in a circle: lab\.ts → checks\.ts → lab\.ts$/,
    ],
  ]

  test.each(cases)('%s', async (_name, spoil, message) => {
    await spoil()
    const found = await failureOf(folder)
    expect(found).toMatch(message)
    expect(found.split('\n')).toHaveLength(1)
  })

  test('in Chinese, too', async () => {
    await edit('lab.ts', 'minutes: 5', "minutes: '5'")
    const answer = await ask([folder])
    expect('messageZh' in answer && answer.messageZh).toMatch(/lab\.ts:8: minutes: 应为一个数，实际是 "5"\s*$/)
  })

  test('all problems of all labs are told at once', async () => {
    await cp(lab, join(folder, '20-other'), { recursive: true })
    await rm(join(lab, 'README.md'))
    await edit('lab.ts', "refusedBy: 'bound'", "refusedBy: 'b'")
    const found = await failureOf(folder, join(folder, 'nowhere'))
    expect(found.split('\n')).toEqual([
      expect.stringMatching(/10-first-claim\/lab\.ts:23: wrong\[0\]\.refusedBy/),
      expect.stringMatching(/10-first-claim\/README\.md: missing/),
      expect.stringMatching(/20-other\/lab\.ts:6: id: expected "other"/),
      expect.stringMatching(/nowhere: there is no such folder/),
      expect.stringMatching(/20-other\/lab\.ts:6: id: "first-claim" is also/),
    ])
  })
})

test('a lab that is asked for by its id loads, whatever is wrong with another', async () => {
  await cp(lab, join(folder, '20-broken'), { recursive: true })
  await rm(join(folder, '20-broken', 'lab.ts'))
  catalog.send({ folders: [folder], ids: ['first-claim'] })
  const [answer] = (await once(catalog, 'message')) as [CatalogAnswer]
  expect(answer).toMatchObject({ labs: [{ id: 'first-claim' }] })
})

async function labsOf(...folders: string[]) {
  const answer = await ask(folders)
  if ('message' in answer) throw new Error(answer.message)
  return answer.labs
}

async function failureOf(...folders: string[]): Promise<string> {
  const answer = await ask(folders)
  expect(answer).toMatchObject({ exitCode: 2 })
  return 'message' in answer ? answer.message : ''
}

async function ask(folders: string[]): Promise<CatalogAnswer> {
  catalog.send({ folders })
  const [answer] = (await once(catalog, 'message')) as [CatalogAnswer]
  return answer
}

function write(file: string, text: string): Promise<void> {
  return writeFile(join(lab, file), text)
}

async function edit(file: string, from: string | RegExp, to: string): Promise<void> {
  const path = file.startsWith('9-') ? join(folder, file) : join(lab, file)
  const text = await readFile(path, 'utf8')
  const changed = text.replace(from, to)
  expect(changed).not.toBe(text)
  await writeFile(path, changed)
}
