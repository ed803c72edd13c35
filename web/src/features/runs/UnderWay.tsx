import type { StepView } from '@/api/types'
import { Button } from '@/components/Button'
import { copy } from '@/copy'
import { Refused } from './Ask'
import { useDecide } from './useDecide'

const UNDER_WAY: ReadonlySet<StepView['state']> = new Set(['approved', 'auto_ok', 'dispatching', 'running', 'paused'])

/** What a person may do with a command on its way: stop it, ask after it, or, while the agent is gone, say what became of it. */
export function UnderWay({ runId, step }: { runId: string; step: StepView }) {
  const decide = useDecide(runId, step)
  const may = (action: StepView['allowed_actions'][number]) => step.allowed_actions.includes(action)
  if (step.state === 'succeeded' && may('rollback')) return <RollBack decide={decide} />
  if (!UNDER_WAY.has(step.state)) return null
  const off = decide.isPending
  return (
    <div className="mt-2 space-y-2 empty:hidden">
      {step.stop_asked_by && <p className="text-sm text-pretty">{copy.underWay.stopAsked(step.stop_asked_by)}</p>}
      {(may('stop') || may('check') || may('done')) && (
        <div className="flex flex-wrap gap-2">
          {may('stop') && (
            <Button icon="stop" disabled={off} onClick={() => decide.mutate({ act: 'stop', reason: '' })}>
              {step.stop_asked_by ? copy.underWay.stopAgain : copy.underWay.stop}
            </Button>
          )}
          {may('check') && (
            <Button icon="unknown" disabled={off} onClick={() => decide.mutate({ act: 'check' })}>
              {copy.underWay.check}
            </Button>
          )}
          {may('done') && (
            <>
              <Button disabled={off} onClick={() => decide.mutate({ act: 'done', note: '', outcome: 'it_ran' })}>
                {copy.ask.buttons.itRan}
              </Button>
              <Button disabled={off} onClick={() => decide.mutate({ act: 'done', note: '', outcome: 'it_did_not_run' })}>
                {copy.ask.buttons.itDidNot}
              </Button>
            </>
          )}
        </div>
      )}
      <Refused error={decide.error} />
    </div>
  )
}

/** What ended well can be undone too, while the run is live: the inverse becomes a step of its own and asks. */
function RollBack({ decide }: { decide: ReturnType<typeof useDecide> }) {
  return (
    <div className="mt-1">
      <Button kind="quiet" icon="undone" disabled={decide.isPending} onClick={() => decide.mutate({ act: 'rollback' })}>
        {copy.underWay.rollBack}
      </Button>
      <Refused error={decide.error} />
    </div>
  )
}
