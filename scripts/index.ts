/**
 * The library: an environment (a kind cluster with an NFS server and dynamic volumes) and labs in it, for tests and
 * tools. It never prints and never ends the process; it tells what it does through `emit` and fails with
 * `StatelabError`. What the author of a lab imports is in `statelab/lab`.
 *
 * @example
 * const env = environment('mine')
 * const work = { runner: execaRunner, root: PROJECT.root, signal: AbortSignal.timeout(900_000), emit: () => {} }
 * await ensureDocker({ ...work, allowInstall: false })
 * const images = { ...work, host: localHost(execaRunner), requested: undefined, mayInstall: false }
 * await up(env, { ...work, source: (madeFrom) => openImageSource(images, madeFrom) })
 * const labs = await loadCatalog({ folders: [`${PROJECT.root}/labs`] })
 * const context = { ...work, environment: labEnvironment(env, execaRunner), language: 'en' } as const
 * const { status } = await runLab(findLab(labs, 'redis-persistence'), context)
 * await down(env, work)
 */
export { findLab } from './catalog/find-lab.ts'
export type { Hint, Lab, LabDefinition, SolutionStep, Task, WrongSolution } from './catalog/lab.ts'
export type { Language, Text } from './text.ts'
export { type LoadCatalogOptions, loadCatalog } from './catalog/load-catalog.ts'
export type { Check, CheckContext, Evidence, Finding } from './checks/check.ts'
export { openImageSource } from './commands/image-source.ts'
export { labEnvironment } from './commands/lab-environment.ts'
export { PROJECT } from './commands/project.ts'
export { DEFAULT_ENVIRONMENT, type Environment, ENVIRONMENT_LABEL, environment, stateFolder } from './environment.ts'
export { type ErrorCode, StatelabError } from './errors.ts'
export type { Emit, Note, ProgressEvent, StepFinished, StepOutcome, StepProgress, StepStarted } from './events.ts'
export { type EnsureDockerOptions, ensureDocker } from './host/docker.ts'
export { type DoctorCheck, type DoctorOptions, doctor } from './host/doctor.ts'
export { type Host, localHost } from './host/host.ts'
export { type Mirrors, parseMirrors } from './images/registry/mirrors.ts'
export type { ImageRecord, ImageSource, Provision, SourceName } from './images/source.ts'
export { connect } from './kube/connect.ts'
export type { ExecResult, Kube, ObjectQuery, ObjectRef, WatchEvent } from './kube/kube.ts'
export type { CommandResult, CommandRunner, RunOptions } from './process/command-runner.ts'
export { execaRunner } from './process/execa-runner.ts'
export { down } from './provision/down.ts'
export type { Operation } from './provision/parts.ts'
export { type EnvironmentStatus, isHealthy, readStatus } from './provision/read-status.ts'
export { type UpOptions, up } from './provision/up.ts'
export { type HtmlReportOptions, renderHtml } from './report/html/render-html.ts'
export { renderJunit } from './report/junit.ts'
export { renderTap } from './report/tap.ts'
export { type CheckLabOptions, checkLab } from './runner/check-lab.ts'
export { cleanLab, resetLab } from './runner/clean-lab.ts'
export { hintFor } from './runner/hint-for.ts'
export type { LabContext, LabEnvironment } from './runner/lab-context.ts'
export type { CheckResult, LabResult, RunReport, Status, TaskResult } from './runner/result.ts'
export { proveLab } from './runner/prove-lab.ts'
export { type RunLabOptions, runLab } from './runner/run-lab.ts'
export { type RunLabsOptions, runLabs } from './runner/run-labs.ts'
export { type SolvedStep, type SolveLabOptions, solveLab } from './runner/solve-lab.ts'
export { type Statement, statementsOf } from './runner/statements.ts'
export { startLab } from './runner/start-lab.ts'
export { watchLab } from './runner/watch-lab.ts'
