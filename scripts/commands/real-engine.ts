import { join } from 'node:path'
import type { Environment } from '../environment.ts'
import type { Host } from '../host/host.ts'
import type { SourceName } from '../images/source.ts'
import type { CommandRunner } from '../process/command-runner.ts'
import type { LabContext } from '../runner/lab-context.ts'
import type { Engine, Work } from './engine.ts'

export interface EngineOptions {
  readonly runner: CommandRunner
  /** The project's folder: images/, labs/ and manifests/ are in it. */
  readonly root: string
}

const NOTHING = { emit: () => {} }

/** Joins the verbs to the folders that do the work. */
export function createEngine({ runner, root }: EngineOptions): Engine {
  const host = async (): Promise<Host> => (await import('../host/host.ts')).localHost(runner)
  const needDocker = async (signal: AbortSignal): Promise<void> =>
    (await import('./need-docker.ts')).needDocker(await host(), signal)
  const operation = ({ emit, signal }: Work) => ({ runner, root, emit, signal })

  /** A lab may have the learner stop a worker: to start it again is not for any other command to do. */
  const isControlPlaneRunning = async (env: Environment, signal: AbortSignal): Promise<boolean> => {
    const { listNodes } = await import('../cluster/nodes.ts')
    return (await listNodes(runner, env.cluster, signal)).some(
      ({ role, state }) => role === 'control-plane' && state === 'running',
    )
  }

  const labContext = async (
    env: Environment,
    { emit, signal, language }: Work & Pick<LabContext, 'language'>,
  ): Promise<LabContext> => {
    const { labEnvironment } = await import('./lab-environment.ts')
    return { environment: labEnvironment(env, runner), emit, signal, language }
  }

  return {
    async loadLabs(folders, ids) {
      const { loadCatalog } = await import('../catalog/load-catalog.ts')
      return loadCatalog({ folders: [join(root, 'labs'), ...folders], ...(ids && { ids }) })
    },

    async doctor({ emit, signal, fix, source, ...choice }) {
      const [{ doctor }, { imageSources }, { checkSources }] = await Promise.all([
        import('../host/doctor.ts'),
        import('./image-source.ts'),
        import('./source-checks.ts'),
      ])
      const sources = await imageSources({
        ...choice,
        host: await host(),
        root,
        requested: source,
        mayInstall: false,
        ...NOTHING,
        signal,
      })
      const look = async () => {
        const ofHost = doctor({ runner, signal, ...(source !== undefined && { source }) })
        return (await Promise.all([ofHost, checkSources(sources, source, signal)])).flat()
      }
      const checks = await look()
      if (!fix || checks.every(({ status }) => status === 'ok')) return checks
      const { fixHost } = await import('../host/fix.ts')
      await fixHost(checks, { runner, signal, emit })
      return look()
    },

    async checkImages({ source, ...choice }, signal) {
      const { assertImageSource } = await import('./image-source.ts')
      await assertImageSource({ ...choice, host: await host(), root, requested: source, mayInstall: false, ...NOTHING, signal })
    },

    async ensureDocker({ emit, signal, mayInstall }) {
      const { ensureDocker } = await import('../host/docker.ts')
      const { inStep } = await import('../runner/step.ts')
      await inStep(emit, { id: 'docker', title: 'Docker' }, async (progress) => {
        const facts = await ensureDocker({ runner, signal, emit, allowInstall: mayInstall, progress })
        return { value: undefined, detail: facts.serverVersion }
      })
    },

    async up(env, { source, kubernetes, mirrors, mayInstall, ...work }) {
      const [{ up }, { openImageSource }] = await Promise.all([import('../provision/up.ts'), import('./image-source.ts')])
      const choice = { requested: source, kubernetes, mirrors, mayInstall }
      const open = async (madeFrom: SourceName | undefined) =>
        openImageSource({ host: await host(), root, ...choice, ...work }, madeFrom)
      return up(env, { ...operation(work), kubernetes, madeFrom: source, source: open })
    },

    async down(env, work) {
      await needDocker(work.signal)
      const { down } = await import('../provision/down.ts')
      await down(env, operation(work))
    },

    async status(env, signal) {
      await needDocker(signal)
      const [{ readStatus }, { readLabStates }] = await Promise.all([
        import('../provision/read-status.ts'),
        import('./lab-environment.ts'),
      ])
      const [status, states] = await Promise.all([readStatus(env, runner, signal), readLabStates(env, signal)])
      return { ...status, labs: [...states].map(([id, state]) => ({ id, state })) }
    },

    async isUsable(env, signal, kubernetes) {
      const { readDocker } = await import('../host/docker-state.ts')
      const { SYSTEM_DAEMON } = await import('../host/daemon.ts')
      if ((await readDocker(await host(), SYSTEM_DAEMON, signal)).state !== 'running') return false
      const { readStatus } = await import('../provision/read-status.ts')
      let { cluster } = await readStatus(env, runner, signal)
      // A busy machine answers late, and that is nothing to mend.
      if (cluster.state === 'unreachable') cluster = (await readStatus(env, runner, signal)).cluster
      if (cluster.state === 'stopped') return isControlPlaneRunning(env, signal)
      if (kubernetes !== undefined && kubernetes !== cluster.kubernetes) return false
      return cluster.state === 'running' || cluster.state === 'degraded'
    },

    async exists(env, signal) {
      const { listNodes } = await import('../cluster/nodes.ts')
      return (await listNodes(runner, env.cluster, signal)).length > 0
    },

    async pause(env, work) {
      await needDocker(work.signal)
      const { pauseEnvironment } = await import('./pause-environment.ts')
      return pauseEnvironment(env, operation(work))
    },

    async prune(work) {
      await needDocker(work.signal)
      const { pruneEnvironments } = await import('./prune-environments.ts')
      return pruneEnvironments(operation(work))
    },

    async diagnostics(env, signal) {
      await needDocker(signal)
      const [{ collectDiagnostics }, { connect }] = await Promise.all([import('./diagnostics.ts'), import('../kube/connect.ts')])
      return collectDiagnostics(env, { runner, kube: connect(env.kubeconfig), signal })
    },

    async images({ source, mirrors, signal }) {
      await needDocker(signal)
      const { openImageSource } = await import('./image-source.ts')
      const opened = await openImageSource({
        host: await host(),
        root,
        requested: source,
        mirrors,
        mayInstall: false,
        ...NOTHING,
        signal,
      })
      return opened.records(signal)
    },

    async writeSboms({ source, mirrors, folder, ...work }) {
      await needDocker(work.signal)
      const [{ openImageSource }, { writeSourceSboms }] = await Promise.all([
        import('./image-source.ts'),
        import('./image-upkeep.ts'),
      ])
      const opened = await openImageSource({ host: await host(), root, requested: source, mirrors, mayInstall: false, ...work })
      return writeSourceSboms(opened, folder, operation(work))
    },

    async collectGarbage({ dryRun, ...work }) {
      await needDocker(work.signal)
      const { removeGarbage } = await import('./image-upkeep.ts')
      return removeGarbage(dryRun, operation(work))
    },

    async saveBundle({ source, kubernetes, mirrors, mayInstall, file, force, labs, onlyTheirs, ...work }) {
      const [{ openImageSource }, { saveFrom }] = await Promise.all([import('./image-source.ts'), import('./bundle-work.ts')])
      const { assertFree } = await import('../images/bundle/save-bundle.ts')
      await assertFree({ file, force })
      await this.ensureDocker({ ...work, mayInstall })
      const machine = await host()
      const opened = await openImageSource({ host: machine, root, requested: source, kubernetes, mirrors, mayInstall, ...work })
      return saveFrom(opened, machine, { file, force, labs, onlyTheirs }, operation(work))
    },

    async loadBundle({ file, mayInstall, ...work }) {
      const { loadFrom } = await import('./bundle-work.ts')
      return loadFrom(file, await host(), operation(work), () => this.ensureDocker({ ...work, mayInstall }))
    },

    async verifyBundle({ file, ...work }) {
      const { verify } = await import('./bundle-work.ts')
      return verify(file, await host(), operation(work))
    },

    async labStates(env, signal) {
      const { readLabStates } = await import('./lab-environment.ts')
      return readLabStates(env, signal)
    },

    async startLab(env, lab, { variant, ...work }) {
      const [{ startLab }, { assertCanRun }] = await Promise.all([
        import('../runner/start-lab.ts'),
        import('../runner/requirements.ts'),
      ])
      const context = await labContext(env, work)
      await assertCanRun(lab, context.environment.kube, work.signal)
      await startLab(lab, context, { variant })
    },

    async checkLab(env, lab, work) {
      const { checkLab } = await import('../runner/check-lab.ts')
      return checkLab(lab, await labContext(env, work), { probes: true })
    },

    async *watchLab(env, lab, { shown, ...work }) {
      const { watchLab } = await import('../runner/watch-lab.ts')
      yield* watchLab(lab, await labContext(env, work), { ...(shown && { shown }) })
    },

    async solvedTasks(env, lab, signal) {
      const [{ solvedTasks }, { connect }] = await Promise.all([import('../runner/lab-state.ts'), import('../kube/connect.ts')])
      return solvedTasks(connect(env.kubeconfig), lab, signal)
    },

    async solveLab(env, lab, work) {
      const { solveForLearner } = await import('../runner/solve-for-learner.ts')
      return solveForLearner(lab, await labContext(env, work), work)
    },

    async hintsFor(env, lab, work) {
      const { hintsFor } = await import('../runner/hint-for.ts')
      return hintsFor(lab, await labContext(env, work))
    },

    async learnerWork(env, lab, work) {
      const { learnerWork } = await import('../runner/learner-work.ts')
      return learnerWork(lab, await labContext(env, work))
    },

    async resetLab(env, lab, { variant, ...work }) {
      const { resetLab } = await import('../runner/clean-lab.ts')
      await resetLab(lab, await labContext(env, work), { variant })
    },

    async proveLab(env, lab, work) {
      const { proveLab } = await import('../runner/prove-lab.ts')
      return proveLab(lab, await labContext(env, work))
    },

    async runLabs(env, labs, work, options) {
      const { runLabs } = await import('../runner/run-labs.ts')
      return runLabs(labs, await labContext(env, work), options)
    },
  }
}
