import { useQuery } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { executionsQuery } from '@/api/queries'
import type { ExecutionSummary } from '@/api/types'
import { buttonLook } from '@/components/Button'
import { type Column, DataList, ROW_LINK } from '@/components/DataList'
import { Page } from '@/components/Page'
import { RunStateBadge } from '@/components/StateBadge'
import { Empty, Load } from '@/components/States'
import { When } from '@/components/Time'
import { copy } from '@/copy'
import { duration } from '@/lib/time'

const { columns: heads } = copy.runs

const COLUMNS: readonly Column<ExecutionSummary>[] = [
  {
    id: 'run',
    head: heads.run,
    cell: (row) => (
      <>
        <Link to="/runs/$id" params={{ id: row.id }} className={ROW_LINK}>
          {row.title}
        </Link>
        <span className="numbers ml-2 text-xs text-muted">{copy.common.version(row.version)}</span>
      </>
    ),
  },
  { id: 'state', head: heads.state, cell: (row) => <RunStateBadge state={row.state} /> },
  { id: 'by', head: heads.by, narrow: 'hide', cell: (row) => <span className="text-sm text-muted">{row.led_by}</span> },
  {
    id: 'started',
    head: heads.started,
    cell: (row) => (
      <span className="text-sm text-muted">
        <When at={row.started_at} />
      </span>
    ),
  },
  {
    id: 'took',
    head: heads.took,
    narrow: 'hide',
    className: 'numbers text-right',
    cell: (row) => <span className="text-sm text-muted">{row.ended_at ? duration(Date.parse(row.ended_at) - Date.parse(row.started_at)) : ''}</span>,
  },
]

const ended = (run: ExecutionSummary) => run.state === 'completed' || run.state === 'aborted'

export default function RunsPage() {
  const query = useQuery(executionsQuery)
  const { show } = useSearch({ from: '/shell/runs' })
  return (
    <Page title={copy.runs.title} tab={copy.runs.title} actions={<Filter show={show} />}>
      <Load query={query}>
        {({ executions }) => {
          const shown = executions.filter((run) => show === undefined || ended(run) === (show === 'ended'))
          if (shown.length > 0) return <DataList label={copy.runs.title} rows={shown} columns={COLUMNS} id={(row) => row.id} />
          return (
            <Empty
              action={
                <Link to="/runbooks" className={buttonLook('primary')}>
                  {copy.runs.toRunbooks}
                </Link>
              }
            >
              {copy.runs.empty}
            </Empty>
          )
        }}
      </Load>
    </Page>
  )
}

function Filter({ show }: { show: 'live' | 'ended' | undefined }) {
  const options = [
    { id: undefined, word: copy.runs.all },
    { id: 'live', word: copy.runs.live },
    { id: 'ended', word: copy.runs.ended },
  ] as const
  return (
    <div className="flex gap-1 rounded-lg bg-sunken p-1">
      {options.map((option) => (
        <Link key={option.word} to="/runs" search={option.id ? { show: option.id } : {}} aria-current={show === option.id ? 'true' : undefined} className={`grid min-h-8 place-items-center rounded-md px-3 text-sm font-medium max-md:min-h-11 ${show === option.id ? 'bg-bg shadow-card' : 'text-muted'}`}>
          {option.word}
        </Link>
      ))}
    </div>
  )
}
