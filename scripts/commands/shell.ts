import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import type { Lab } from '../catalog/lab.ts'
import { StatelabError } from '../errors.ts'
import { CommandFailedError } from '../process/command-runner.ts'
import { namespaceOf } from '../runner/lab-context.ts'
import { labKubeconfig } from './lab-kubeconfig.ts'
import { loadLab } from './labs.ts'
import { nameFlag } from './name-flag.ts'
import { needEnvironment } from './need-environment.ts'
import { nfsVariables } from './nfs-variables.ts'
import type { Session } from './session.ts'
import { planShell, programFolder } from './shell/shell-plan.ts'
import { shellPrograms } from './shell/shell-programs.ts'
import type { Verb } from './verb.ts'

/** The learner's own shell, in which kubectl means this lab. */
export const shell: Verb = {
  usage: 'shell <lab>',
  group: 'group.labs',
  summary: 'help.shell',
  examples: ['statelab shell redis-persistence', 'echo "kubectl get pods" | statelab shell redis-persistence'],
  run: async (session, { args: [id = ''] }) => {
    const lab = await loadLab(session, id)
    await session.work((emit, signal) => needEnvironment(session, { emit, signal }))
    await assertStarted(session, lab)
    await using folder = await shellFolder(session)
    session.say(session.t('shell.welcome', { lab: lab.id, namespace: namespaceOf(lab) }))
    return await runShell(session, lab, folder.path)
  },
}

async function assertStarted(session: Session, { id }: Lab): Promise<void> {
  const { engine, settings, signal, t } = session
  if ((await engine.labStates(settings.environment, signal)).has(id)) return
  throw new StatelabError('not-found', t('error.notStarted', { lab: id }), { fix: `statelab start ${id}${nameFlag(session)}` })
}

/** In the environment's folder, so that `down` takes what a killed shell may leave. */
async function shellFolder({ settings }: Session): Promise<AsyncDisposable & { readonly path: string }> {
  await mkdir(settings.environment.folder, { recursive: true, mode: 0o700 })
  const path = await mkdtemp(join(settings.environment.folder, 'shell-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** @returns the shell's exit code. */
async function runShell(session: Session, lab: Lab, folder: string): Promise<number> {
  const { io, settings, signal } = session
  const { env, self, platform } = io
  const kubeconfig = join(folder, 'kubeconfig')
  const plan = planShell({
    program: programOf(session),
    ...{ platform, folder, env },
    label: `(${lab.id}) `,
    variables: {
      KUBECONFIG: kubeconfig,
      STATELAB_NAME: settings.environment.name,
      ...(await nfsVariables(session)),
      STATELAB_LANG: settings.language,
      ...(settings.labFolders.length > 0 && { STATELAB_LABS: settings.labFolders.join(delimiter) }),
    },
  })
  const programs = shellPrograms({ platform, self, labId: lab.id, withKubectl: !(await hasKubectl(session)) })
  await writeAll(folder, { ...plan.files, kubeconfig: await labKubeconfig(settings.environment, namespaceOf(lab)) }, 0o600)
  await writeAll(programFolder(folder), programs, 0o700)
  const { exitCode } = await io.runner.run(programOf(session), plan.args, {
    ...{ signal, env: plan.env },
    stdio: 'inherit',
    allow: 'any',
  })
  return exitCode
}

function programOf({ io }: Session): string {
  const fallback = io.platform === 'win32' ? (io.env.COMSPEC ?? 'cmd.exe') : '/bin/sh'
  return io.env.SHELL || fallback
}

async function hasKubectl({ io, signal }: Session): Promise<boolean> {
  try {
    await io.runner.run('kubectl', ['version', '--client'], { signal, allow: 'any' })
    return true
  } catch (error) {
    if (error instanceof CommandFailedError && error.notFound) return false
    throw error
  }
}

async function writeAll(folder: string, files: Readonly<Record<string, string>>, mode: number): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name)
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await writeFile(path, content, { mode })
  }
}
