import type { PreviewEvent } from '@/api/preview'
import type { ParsedRunbook, Step } from '@/api/types'

/** What the service makes of a text, of exactly which text, and how far it is. */
export type Reading = {
  text: string
  parsed: ParsedRunbook
  /** The steps, by id, of which both keys have spoken, now or when the same command stood in the reading before. */
  judged: ReadonlySet<string>
  /** `open`: keys are still asked. `late`: the budget is over, and what comes is added. `whole`: nothing more comes. */
  stage: 'open' | 'late' | 'whole'
  /** Whether the structure is as good as it gets within the budget. */
  settled: boolean
  /** Milliseconds since the text was sent. */
  tookMs: number
}

/** What is shown, what is on its way, and what went wrong last. */
export type Preview = { shown: Reading | null; coming: Reading | null; error: unknown; asking: boolean }

export type PreviewAction = { type: 'asked' } | { type: 'heard'; text: string; event: PreviewEvent; ms: number } | { type: 'ended' } | { type: 'failed'; error: unknown } | { type: 'cleared' }

export const NOTHING: Preview = { shown: null, coming: null, error: null, asking: false }

/** The next state. What is shown stays until what comes is at least as good, so that nothing flickers. */
export function previewAfter(state: Preview, action: PreviewAction): Preview {
  switch (action.type) {
    case 'asked':
      return { ...state, coming: null, error: null, asking: true }
    case 'heard': {
      const coming = readingAfter(state.coming, state.shown, action.text, action.event, action.ms)
      if (coming === null) return state
      return isShown(coming, state) ? { ...state, shown: coming, coming } : { ...state, coming }
    }
    case 'ended':
      return { ...state, coming: null, asking: false }
    case 'failed': {
      // What is not judged by now stays as the scanner alone sees it.
      const shown = state.coming ?? state.shown
      return { shown: shown && { ...shown, stage: 'whole' }, coming: null, error: action.error, asking: false }
    }
    case 'cleared':
      return NOTHING
  }
}

/** The commands that are not judged by both keys yet. */
export function unjudged({ parsed, judged, stage }: Reading): ReadonlySet<string> {
  if (stage !== 'open') return new Set()
  return new Set(parsed.steps.flatMap((step) => (step.command && !judged.has(step.id) ? [step.id] : [])))
}

function readingAfter(coming: Reading | null, shown: Reading | null, text: string, event: PreviewEvent, tookMs: number): Reading | null {
  switch (event.name) {
    case 'structure':
      return { text, ...carriedOver(event.data, new Set(), shown), stage: 'open', settled: false, tookMs }
    case 'labels': {
      const heard = new Set(coming ? [...coming.judged].filter((id) => isHeard(event.data, id)) : [])
      return { text, ...carriedOver(event.data, heard, shown), stage: coming?.stage ?? 'open', settled: true, tookMs }
    }
    case 'verdicts':
      return coming && { ...withVerdicts({ ...coming, parsed: { ...coming.parsed, timings_ms: event.data.timings_ms } }, event.data.steps), tookMs }
    case 'warning':
      return coming && { ...coming, settled: true }
    case 'done':
      return { text, parsed: event.data.runbook, judged: new Set(event.data.runbook.steps.map((step) => step.id)), stage: event.data.waiting ? 'late' : 'whole', settled: true, tookMs }
  }
}

function isHeard(parsed: ParsedRunbook, id: string): boolean {
  return parsed.steps.some((step) => step.id === id && step.classification?.reviewer)
}

function withVerdicts(reading: Reading, verdicts: readonly Pick<Step, 'id' | 'classification' | 'rollback'>[]): Reading {
  const news = new Map(verdicts.map((verdict) => [verdict.id, verdict]))
  const steps = reading.parsed.steps.map((step) => ({ ...step, ...news.get(step.id) }))
  return { ...reading, parsed: { ...reading.parsed, steps }, judged: new Set([...reading.judged, ...news.keys()]) }
}

/** Gives a command that stood in the reading before, and that the scanner sees alike, the verdict it had there until it is judged anew. */
function carriedOver(parsed: ParsedRunbook, heard: ReadonlySet<string>, before: Reading | null): Pick<Reading, 'parsed' | 'judged'> {
  const known = new Map<string, Step[]>()
  for (const step of before?.parsed.steps ?? []) {
    if (before?.stage === 'open' && !before.judged.has(step.id)) continue
    const same = known.get(identity(step))
    if (same) same.push(step)
    else known.set(identity(step), [step])
  }
  const judged = new Set(heard)
  const steps = parsed.steps.map((step) => {
    const old = known.get(identity(step))?.shift()
    if (!step.classification || !old?.classification || judged.has(step.id) || old.classification.scanner.risk !== step.classification.scanner.risk) return step
    judged.add(step.id)
    return { ...step, classification: old.classification }
  })
  return { parsed: { ...parsed, steps }, judged }
}

const identity = ({ command }: Step): string => (command ? `${command.language}\u0000${command.text}` : '')

/** Whether to show what comes. Rules alone are at once better than nothing, and than the reading of another text; not than a model's labels on nearly the same one. */
function isShown(coming: Reading, { shown, coming: earlier }: Preview): boolean {
  if (shown === null || shown === earlier || coming.settled || shown.parsed.extracted_by !== 'model') return true
  const here = new Set(coming.parsed.steps.map(identity))
  const commands = shown.parsed.steps.filter((step) => step.command)
  return commands.filter((step) => here.has(identity(step))).length * 2 < commands.length
}
