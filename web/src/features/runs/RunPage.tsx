import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useCallback, useState } from 'react'
import { panicQuery } from '@/api/queries'
import type { ExecutionView, StepView } from '@/api/types'
import { Page } from '@/components/Page'
import { Load } from '@/components/States'
import { copy } from '@/copy'
import { Departures } from '@/features/divergence/Departures'
import { type Explained, WhyDrawer } from '@/features/steps/WhyDrawer'
import { AnotherCommand } from './AnotherCommand'
import { askingStep, isFinal } from './asking'
import { JumpToAsk } from './JumpToAsk'
import type { Outputs } from './output'
import { RunActions, RunFacts, RunNotes } from './RunHeader'
import { StepItem } from './StepItem'
import { useChannels } from './useChannels'
import { useRun } from './useRun'

/** A run, live: what happened, what happens, and the one thing that is asked. */
export default function RunPage() {
  const { id } = useParams({ from: '/shell/runs/$id' })
  return <Followed key={id} id={id} />
}

function Followed({ id }: { id: string }) {
  const { query, outputs, current } = useRun(id)
  return <Load query={query}>{(run) => <RunView run={run} outputs={outputs} current={current} />}</Load>
}

function RunView({ run, outputs, current }: { run: ExecutionView; outputs: Outputs; current: boolean }) {
  const { data: panic } = useQuery(panicQuery)
  const channels = useChannels(run)
  const [why, setWhy] = useState<Explained | null>(null)
  const onWhy = useCallback(({ title, order, command, classification }: StepView) => command != null && classification && setWhy({ title, order, command, classification }), [])
  const asking = askingStep(run)
  const halted = panic?.halted ?? false
  const orderOf = (id: string | null | undefined) => run.steps.find((step) => step.id === id)?.order
  return (
    <Page
      title={run.title}
      tab={asking && asking.allowed_actions.length > 0 ? copy.run.tabTitle(asking.order) : run.title}
      lead={<RunFacts run={run} />}
      actions={<RunActions run={run} halted={halted} />}
    >
      <RunNotes run={run} />
      {isFinal(run) && <Departures run={run} />}
      <ol aria-label={copy.run.timeline}>
        {run.steps.map((step, i) => (
          <StepItem
            key={step.id}
            runId={run.id}
            step={step}
            asks={step.id === asking?.id}
            last={i === run.steps.length - 1}
            current={current}
            halted={halted}
            outputs={outputs}
            via={channels.get(step.id) ?? null}
            rollbackOf={orderOf(step.rollback_of)}
            onWhy={onWhy}
          />
        ))}
      </ol>
      <AnotherCommand run={run} />
      <p className="mt-2">
        <Link to="/audit" search={{ run: run.id }} className="link font-medium">
          {copy.run.events}
        </Link>
      </p>
      <JumpToAsk order={asking?.order ?? null} />
      <WhyDrawer explained={why} onClose={() => setWhy(null)} />
    </Page>
  )
}
