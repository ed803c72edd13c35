import { copy } from '@/copy'
import type { ExecutionState, StepState } from '@/api/types'
import { Icon, type IconName } from './Icon'

type Look = { icon: IconName; tone: string }

const CALM = 'text-muted'
const LIVE = 'text-accent'
const GOOD = 'text-safe'
const ASKS = 'text-caution'
const BAD = 'text-dangerous'

/** A new state does not compile until it has a glyph. Glyphs of state are outlined; shapes of risk are filled. */
const STEP: Record<StepState, Look> = {
  pending: { icon: 'queued', tone: CALM },
  ready: { icon: 'queued', tone: LIVE },
  await_approval: { icon: 'waiting', tone: ASKS },
  approved: { icon: 'running', tone: LIVE },
  auto_ok: { icon: 'running', tone: LIVE },
  dispatching: { icon: 'running', tone: LIVE },
  running: { icon: 'running', tone: LIVE },
  succeeded: { icon: 'done', tone: GOOD },
  failed: { icon: 'failed', tone: BAD },
  timed_out: { icon: 'expired', tone: BAD },
  manual_intervention: { icon: 'hand', tone: ASKS },
  rollback_available: { icon: 'failed', tone: BAD },
  skipped: { icon: 'skipped', tone: CALM },
  aborted: { icon: 'aborted', tone: CALM },
  expired: { icon: 'expired', tone: ASKS },
  paused: { icon: 'paused', tone: ASKS },
}

const RUN: Record<ExecutionState, Look> = {
  pending: { icon: 'queued', tone: CALM },
  running: { icon: 'running', tone: LIVE },
  waiting: { icon: 'waiting', tone: ASKS },
  paused: { icon: 'paused', tone: ASKS },
  completed: { icon: 'done', tone: GOOD },
  failed: { icon: 'failed', tone: BAD },
  manual_intervention: { icon: 'hand', tone: ASKS },
  aborted: { icon: 'aborted', tone: CALM },
}

function Badge({ look, word }: { look: Look; word: string }) {
  return (
    <span className={`inline-flex items-center gap-1.5 text-sm font-medium whitespace-nowrap ${look.tone}`}>
      <Icon name={look.icon} />
      {word}
    </span>
  )
}

export const StepStateBadge = ({ state }: { state: StepState }) => <Badge look={STEP[state]} word={copy.states[state]} />
export const RunStateBadge = ({ state }: { state: ExecutionState }) => <Badge look={RUN[state]} word={copy.runs.states[state]} />

/** The glyph alone on the rail of the timeline; its word stands beside the step's title. */
export function StepDot({ state }: { state: StepState }) {
  const look = STEP[state]
  return (
    <span className={`grid size-8 shrink-0 place-items-center rounded-full border border-line bg-bg ${look.tone}`}>
      <Icon name={look.icon} />
    </span>
  )
}
