import { useQueries, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { executionQuery, executionsQuery } from '@/api/queries'
import type { ExecutionSummary, ExecutionView } from '@/api/types'
import { buttonLook } from '@/components/Button'
import { CommandText } from '@/components/Command'
import { Page } from '@/components/Page'
import { ByHandBadge, RiskBadge } from '@/components/RiskBadge'
import { RunStateBadge } from '@/components/StateBadge'
import { Empty, Load } from '@/components/States'
import { copy } from '@/copy'
import { askingStep } from '@/features/runs/asking'
import { left } from '@/lib/time'
import { useNow } from '@/lib/hooks'

const WAITS: ReadonlySet<ExecutionSummary['state']> = new Set(['waiting', 'manual_intervention', 'failed', 'paused'])
/** The most waiting runs that are looked into; the rest are on the list of runs. */
const MOST = 20

/** What waits for a person, the most urgent first. Deciding is done on the run's own page, where all of it can be seen. */
export default function ApprovalsPage() {
  const query = useQuery(executionsQuery)
  return (
    <Page title={copy.approvals.title} tab={copy.approvals.title} lead={copy.approvals.lead}>
      <Load query={query}>{({ executions }) => <Waiting runs={executions.filter((run) => WAITS.has(run.state)).slice(0, MOST)} />}</Load>
    </Page>
  )
}

function Waiting({ runs }: { runs: readonly ExecutionSummary[] }) {
  const details = useQueries({ queries: runs.map((run) => ({ ...executionQuery(run.id), refetchInterval: 5000 })) })
  if (runs.length === 0)
    return (
      <Empty
        action={
          <Link to="/runs" className={buttonLook()}>
            {copy.approvals.emptyAction}
          </Link>
        }
      >
        {copy.approvals.empty}
      </Empty>
    )
  return <ol className="space-y-4">{runs.map((run, i) => <Card key={run.id} run={run} detail={details[i]?.data} />)}</ol>
}

function Card({ run, detail }: { run: ExecutionSummary; detail: ExecutionView | undefined }) {
  const step = detail && askingStep(detail)
  const now = useNow(Boolean(step?.expires_at))
  const rest = step?.expires_at ? left(step.expires_at, now) : null
  return (
    <li className="card p-4 sm:p-5">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1.5">
        <h2 className="min-w-0 flex-1 basis-56 [overflow-wrap:anywhere]">{run.title}</h2>
        <RunStateBadge state={run.state} />
      </div>
      {step && (
        <div className="mt-3 space-y-2.5">
          <p className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
            {step.risk ? <RiskBadge risk={step.risk} /> : <ByHandBadge />}
            <span className="font-medium">{copy.approvals.waits(step.order, step.title)}</span>
          </p>
          {step.command != null && (
            <div className="rounded-lg border border-line bg-surface px-3 py-2">
              <CommandText command={step.command} />
            </div>
          )}
          <p className="numbers text-sm text-muted">{step.blocked_reason ?? (rest && copy.ask.expires(rest))}</p>
        </div>
      )}
      <Link to="/runs/$id" params={{ id: run.id }} {...(step && { hash: `step-${step.order}` })} className={`${buttonLook('primary')} mt-3 max-sm:w-full`} aria-label={`${copy.approvals.open}: ${run.title}`}>
        {copy.approvals.open}
      </Link>
    </li>
  )
}
