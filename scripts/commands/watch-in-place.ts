import type { WriteStream } from 'node:tty'
import type { Lab } from '../catalog/lab.ts'
import type { ProgressEvent } from '../events.ts'
import { openScreen } from '../report/screen.ts'
import { renderWatch, type WatchView } from '../report/watch-frame.ts'
import { shownKey } from '../runner/check-lab.ts'
import type { CheckResult, LabResult } from '../runner/result.ts'
import { count } from '../progress/progress.ts'
import { recordResult, saveProgress } from './learner-progress.ts'
import type { Session } from './session.ts'
import { emptyView, greenTasks, turnedGreen } from './watch-view.ts'

/**
 * Watches a lab on a terminal, which it draws on in place. `h` asks for a hint, `p` has the tool do what only it can
 * show, `q` ends.
 * @returns what was seen last.
 */
export async function watchInPlace(session: Session, lab: Lab, terminal: WriteStream): Promise<LabResult | undefined> {
  const { engine, settings, io, t, noticeStyle: style } = session
  const { environment, language } = settings
  const stop = new AbortController()
  const signal = AbortSignal.any([session.signal, stop.signal])
  const work = { emit: () => {}, signal, language }
  /** What probes have shown while watching. */
  const shown = new Map<string, CheckResult>()
  let view: WatchView = { ...emptyView(session, lab), keys: io.keyboard !== undefined }
  let failure: unknown
  /** What a key has asked for: one thing at a time. */
  let asked: Promise<void> | undefined
  let isProbing = false

  using screen = openScreen(terminal, (size) => renderWatch(view, { ...size, t, style }))
  using _listening = io.keyboard?.listen(onKey)
  try {
    for await (const result of engine.watchLab(environment, lab, { ...work, shown })) {
      // While a Pod is away on purpose, what the observations see is no news.
      if (!isProbing) await see(result)
      if (signal.aborted) break
    }
  } catch (error) {
    if (!signal.aborted) failure ??= error
  }
  await asked
  if (failure !== undefined) throw failure
  return view.result

  function update(change: Partial<WatchView>): void {
    view = { ...view, ...change }
    screen.redraw()
  }

  async function see(result: LabResult): Promise<void> {
    const before = view.result
    const green = greenTasks(result)
    const news = lab.tasks.filter(({ id, learned }) => learned && turnedGreen(before, result).includes(id))
    const learned = news.map((task) => ({ task: task.id, text: task.learned?.[language] ?? '' }))
    const hint = view.hint && !green.includes(view.hint.task) ? view.hint : undefined
    update({ result, hint, learned: [...view.learned, ...learned] })
    if (!before || turnedGreen(before, result).length > 0) await recordResult(session, lab, result)
    if (result.status === 'passed') stop.abort()
  }

  function onKey(key: string): void {
    if (key === 'q' || key === 'escape') stop.abort()
    const answer = key === 'h' ? giveHint : key === 'p' && view.result ? probe : undefined
    if (!answer || asked || signal.aborted) return
    asked = answer()
      .catch((error: unknown) => {
        if (signal.aborted) return
        failure = error
        stop.abort()
      })
      .finally(() => {
        asked = undefined
        update({ busy: undefined })
      })
  }

  /** The most fitting hint; asked again for the same, the next one. */
  async function giveHint(): Promise<void> {
    update({ busy: t('watch.findingHint') })
    const found = await engine.hintsFor(environment, lab, work)
    if (!found) return
    const texts = found.hints.map(({ text }) => text[language])
    const before = view.hint?.task === found.task ? texts.indexOf(view.hint.text) : -1
    const index = (before + 1) % texts.length
    update({ hint: { task: found.task, text: texts[index] ?? '', number: index + 1, of: texts.length } })
    await saveProgress(session, (progress) => count(progress, lab.id, 'hints'))
  }

  async function probe(): Promise<void> {
    update({ busy: t('watch.probing') })
    isProbing = true
    try {
      const result = await engine.checkLab(environment, lab, { ...work, emit: (event) => tellProgress(event) })
      for (const { key, check } of probesOf(lab, result)) {
        if (check.status === 'passed') shown.set(key, check)
      }
      await see(result)
    } finally {
      isProbing = false
    }
  }

  function tellProgress(event: ProgressEvent): void {
    if (event.type === 'step-started') update({ busy: event.title })
    if (event.type === 'step-progress') update({ busy: event.line.split('\n')[0] ?? '' })
  }
}

function probesOf(lab: Lab, { tasks }: LabResult): { readonly key: string; readonly check: CheckResult }[] {
  const probes = new Set(
    lab.tasks.flatMap((task) => task.checks.filter(({ kind }) => kind === 'probe').map(({ id }) => shownKey(task.id, id))),
  )
  return tasks
    .flatMap((task) => task.checks.map((check) => ({ key: shownKey(task.id, check.id), check })))
    .filter(({ key }) => probes.has(key))
}
