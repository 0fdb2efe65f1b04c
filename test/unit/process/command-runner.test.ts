import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { CommandFailedError, pasteable } from '../../../scripts/process/command-runner.ts'

describe('pasteable', () => {
  it.each<readonly [string[], string]>([
    [['get', 'pods', '-n', 'a-b'], 'kubectl get pods -n a-b'],
    [['a=b', '--x=y:z,w@v%', './f'], 'kubectl a=b --x=y:z,w@v% ./f'],
    [['two words'], "kubectl 'two words'"],
    [[''], "kubectl ''"],
    [["it's"], `kubectl 'it'\\''s'`],
    [['$(id)', '`id`', '$HOME', '*', '~', '!', '#'], "kubectl '$(id)' '`id`' '$HOME' '*' '~' '!' '#'"],
    [['{{.Names}}\t'], "kubectl '{{.Names}}\t'"],
    [['数据'], "kubectl '数据'"],
  ])('writes %j for a person to paste', (args, text) => {
    expect(pasteable('kubectl', args)).toBe(text)
  })

  it('comes out of a real shell as it went in', () => {
    const args = ['$(id)', "it's", '', 'a b', '\\', '"', '\n', '*', '数据', '-n', '&& true', "'"]
    const printed = execFileSync('sh', ['-c', pasteable('printf', ['%s\\0', ...args])], { encoding: 'utf8' })
    expect(printed.split('\0').slice(0, -1)).toEqual(args)
  })
})

describe('CommandFailedError', () => {
  const facts = { command: 'docker ps', exitCode: 1, stderr: '', notFound: false }

  it.each([
    [{}, 'docker ps exited with 1'],
    [{ stderr: 'no daemon\n' }, 'docker ps exited with 1:\nno daemon'],
    [{ exitCode: undefined, endedBy: 'SIGKILL' }, 'docker ps was ended by SIGKILL'],
    [{ exitCode: undefined }, 'docker ps could not be started'],
    [{ exitCode: undefined, notFound: true, stderr: 'x' }, 'docker ps: no such program'],
  ])('says what happened: %o', (changes, message) => {
    expect(new CommandFailedError({ ...facts, ...changes })).toMatchObject({ code: 'command-failed', message })
  })

  it('shows the last twelve lines of stderr and keeps all of them', () => {
    const stderr = Array.from({ length: 40 }, (_, index) => `line ${index}`).join('\n')
    const error = new CommandFailedError({ ...facts, stderr })
    expect(error.message.split('\n').slice(1)).toEqual(stderr.split('\n').slice(-12))
    expect(error.stderr).toBe(stderr)
  })
})
