import type { ExecutionView, StepState, StepView } from '@/api/types'

/** States in which a person may be asked something. */
const ASKING: ReadonlySet<StepState> = new Set(['ready', 'await_approval', 'failed', 'timed_out', 'manual_intervention', 'rollback_available', 'expired'])

/** The one step that asks now: the service says what may be done with it, or why nothing may. */
export function askingStep(run: ExecutionView): StepView | null {
  const asks = run.steps.filter((step) => ASKING.has(step.state) && (step.allowed_actions.length > 0 || step.blocked_reason))
  return asks.find((step) => step.state === 'await_approval') ?? asks[0] ?? null
}

export type Question = 'run' | 'approve' | 'typed' | 'byHand' | 'showOnly' | 'decision' | 'failed' | 'unknown' | 'expired'

/** Which question a step asks. */
export function questionOf(step: StepView): Question {
  if (step.state === 'expired') return 'expired'
  if (step.state === 'failed' || step.state === 'timed_out' || step.state === 'rollback_available') return 'failed'
  if (step.state === 'manual_intervention') return step.command && step.attempt > 0 ? 'unknown' : 'byHand'
  return byGate(step)
}

function byGate(step: StepView): Question {
  if (step.kind === 'decision') return 'decision'
  const gates: Record<StepView['gate'], Question> = { show_only: 'showOnly', by_hand: 'byHand', auto: 'run', run: 'run', approve: 'approve', typed: 'typed' }
  return gates[step.gate]
}

/** The objects whose names are typed, one by one. */
export function objectsOf(step: StepView): { kind: string; name: string }[] {
  if (step.objects && step.objects.length > 0) return step.objects
  return step.object ? [step.object] : []
}

export const isFinal = (run: ExecutionView): boolean => run.state === 'completed' || run.state === 'aborted'
