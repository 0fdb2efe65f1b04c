import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { planShell } from '../../../../scripts/commands/shell/shell-plan.ts'

let home: string
let folder: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'statelab-shell-'))
  folder = join(home, "it's ours")
  mkdirSync(folder)
})
afterEach(() => rmSync(home, { recursive: true }))

const VARIABLES = { KUBECONFIG: "/a b/it's", STATELAB_NAME: 'x' }

function plan(program: string, env: Record<string, string> = {}) {
  const platform = 'linux' as const
  return planShell({
    program,
    platform,
    folder,
    env: { PATH: '/usr/bin:/bin', HOME: home, ...env },
    label: '(try) ',
    variables: VARIABLES,
  })
}

/** Runs a shell as for a person, with input where that person would type. */
function interactive(program: string, env: Record<string, string>, input: string): { lines: string[]; status: number | null } {
  const { args, files, env: added } = plan(program, env)
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
  const { stdout, status } = spawnSync(program, [...args, '-i'], {
    input,
    encoding: 'utf8',
    env: { HOME: home, PATH: '/usr/bin:/bin', ...env, ...added },
  })
  return { lines: stdout.trim().split('\n'), status }
}

describe('bash', () => {
  it('reads the start-up file of the learner, and then has the last word', () => {
    writeFileSync(
      join(home, '.bashrc'),
      "mine() { echo mine; }\nexport KUBECONFIG=/elsewhere PATH=/usr/bin:/bin:/own\nPS1='theirs> '\n",
    )
    const input = 'mine\necho "$KUBECONFIG|$STATELAB_NAME|$PATH"\neval "$PROMPT_COMMAND"\necho "[$PS1]"\nexit 9\n'
    const { lines, status } = interactive('bash', {}, input)
    expect(lines).toEqual(['mine', `/a b/it's|x|${folder}/bin:/usr/bin:/bin:/own`, '[(try) theirs> ]'])
    expect(status).toBe(9)
  })

  it.each([['PROMPT_COMMAND=\'PS1="theme> "\''], ['PROMPT_COMMAND=(true "PS1=\'theme> \'")']])(
    'puts the lab before a prompt that is made anew each time, once: %s',
    (rc) => {
      writeFileSync(join(home, '.bashrc'), rc)
      const prompt = 'for c in "${PROMPT_COMMAND[@]}"; do eval "$c"; done\n'
      const { lines } = interactive('bash', {}, `${prompt}${prompt}echo "[$PS1]"\nfalse\n__statelab_prompt\necho $?\n`)
      expect(lines).toEqual(['[(try) theme> ]', '1'])
    },
  )
})

describe('sh', () => {
  it('reads the file that ENV names, and hands ENV on as it was', () => {
    const rc = join(home, 'rc')
    writeFileSync(rc, "PS1='theirs> '\nKUBECONFIG=/elsewhere\n")
    const { lines } = interactive('sh', { ENV: rc }, 'echo "[$PS1] $KUBECONFIG $ENV"\n')
    expect(lines).toEqual([`[(try) theirs> ] /a b/it's ${rc}`])
  })
})

describe('zsh', () => {
  it('finds our files first, which read those of the learner and put the prompt right before each prompt', () => {
    const { env, files } = plan('/usr/bin/zsh', { ZDOTDIR: '/dots' })
    expect(env).toMatchObject({ ZDOTDIR: folder, STATELAB_ZDOTDIR: '/dots' })
    expect(Object.keys(files)).toEqual(['.zshenv', '.zshrc'])
    expect(files['.zshrc']).toMatch(/\. \$ZDOTDIR\/\.zshrc[\s\S]*export KUBECONFIG=[\s\S]*add-zsh-hook precmd __statelab_prompt/)
  })
})

describe('fish', () => {
  it('is given its commands, which it runs after its own configuration', () => {
    const { args, files } = plan('fish')
    expect(args[0]).toBe('--init-command')
    expect(args[1]).toContain("set -gx KUBECONFIG '/a b/it\\'s'\n")
    expect(files).toEqual({})
  })
})

it.each([
  ['C:\\Windows\\System32\\cmd.exe', ['/K']],
  ['pwsh', ['-NoExit', '-Command', expect.stringContaining("'(try) '")]],
  ['/opt/nu', []],
])('%s gets the variables, too', (program, args) => {
  const planned = plan(program)
  expect(planned.args).toEqual(args)
  expect(planned.env).toMatchObject({ ...VARIABLES, PATH: `${folder}/bin:/usr/bin:/bin` })
})
