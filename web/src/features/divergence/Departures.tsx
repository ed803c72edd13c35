import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { api, must } from '@/api/client'
import { divergenceQuery, runbookQuery } from '@/api/queries'
import { useMay } from '@/api/session'
import type { Departure, Divergence, DivergenceItem, ExecutionView } from '@/api/types'
import { Button } from '@/components/Button'
import { Load, Note, Refusal } from '@/components/States'
import { copy } from '@/copy'
import { DepartureItem } from './DepartureItem'
import { DraftReview } from './DraftReview'

/** What an ended run did beside what its runbook prescribes, and the way to take it over into the runbook. */
export function Departures({ run }: { run: ExecutionView }) {
  const query = useQuery(divergenceQuery(run.id, run.revision))
  return (
    <section id="departures" data-testid="departures" aria-labelledby="departures-title" className="mb-8 scroll-mt-24">
      <h2 id="departures-title" className="mb-2 text-base font-semibold">
        {copy.divergence.title}
      </h2>
      <Load query={query} rows={2}>
        {(found) => (found.exact ? <Note tone="info">{copy.divergence.exact}</Note> : <Compared key={run.revision} found={found} />)}
      </Load>
    </section>
  )
}

const PLAIN: ReadonlySet<Departure> = new Set(['as_written', 'not_chosen', 'not_reached'])

function Compared({ found }: { found: Divergence }) {
  const writes = useMay('lead')
  const departed = found.steps.filter((item) => !PLAIN.has(item.departure))
  const offered = departed.filter((item) => item.suggestion)
  // What was left out once may be needed the next time: that a command goes is for somebody to tick.
  const [ticked, setTicked] = useState<ReadonlySet<string>>(() => new Set(offered.filter((item) => item.suggestion !== 'remove').map((item) => item.step_id)))
  const { data: runbook } = useQuery(runbookQuery(found.runbook_id))
  const superseded = runbook !== undefined && runbook.latest_version !== found.version
  const draft = useMutation({
    mutationFn: () => must(api.POST('/api/v1/runbooks/{id}/drafts', { params: { path: { id: found.runbook_id } }, body: { execution_id: found.execution_id, items: [...ticked] } })),
  })
  const toggle = (id: string) => {
    draft.reset()
    setTicked((before) => new Set(before.has(id) ? [...before].filter((other) => other !== id) : [...before, id]))
  }
  const mayTick = writes && !superseded
  return (
    <>
      {offered.length > 0 && mayTick && <p className="mb-2 max-w-2xl text-sm text-pretty text-muted">{copy.divergence.lead}</p>}
      {departed.length > 0 && (
        <ol className="card divide-y divide-line overflow-hidden" aria-label={copy.divergence.title}>
          {departed.map((item) => (
            <DepartureItem key={item.step_id} item={item} ticked={ticked.has(item.step_id)} onTick={mayTick ? () => toggle(item.step_id) : null} />
          ))}
        </ol>
      )}
      <Rest items={found.steps} />
      {offered.length > 0 && (
        <div className="mt-3 space-y-3">
          {superseded && runbook ? (
            <Note>{copy.divergence.superseded(found.version, runbook.latest_version)}</Note>
          ) : writes ? (
            <Button kind="primary" disabled={ticked.size === 0 || draft.isSuccess} busy={draft.isPending && copy.divergence.making} onClick={() => draft.mutate()}>
              {copy.divergence.apply(ticked.size)}
            </Button>
          ) : (
            <p className="text-sm text-muted">{copy.divergence.needsLead}</p>
          )}
          <Refusal error={draft.error} />
          {draft.data && <DraftReview draft={draft.data} titles={titlesOf(departed)} onDiscard={() => draft.reset()} />}
        </div>
      )}
    </>
  )
}

const titlesOf = (items: readonly DivergenceItem[]) => new Map(items.map((item) => [item.step_id, copy.divergence.step(item.order, item.title)]))

/** What did not depart, in one line: it is no news. */
function Rest({ items }: { items: readonly DivergenceItem[] }) {
  const count = (departure: Departure) => items.filter((item) => item.departure === departure).length
  const [written, reached, chosen] = [count('as_written'), count('not_reached'), count('not_chosen')]
  const lines = [written > 0 && copy.divergence.asWritten(written), reached > 0 && copy.divergence.notReached(reached), chosen > 0 && copy.divergence.notChosen(chosen)].filter(Boolean)
  return lines.length > 0 ? <p className="numbers mt-2 text-sm text-muted">{lines.join(' ')}</p> : null
}
