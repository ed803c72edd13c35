import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { runbooksQuery } from '@/api/queries'
import { useMay } from '@/api/session'
import type { RunbookSummary } from '@/api/types'
import { buttonLook } from '@/components/Button'
import { type Column, DataList, ROW_LINK } from '@/components/DataList'
import { Icon } from '@/components/Icon'
import { Page } from '@/components/Page'
import { RiskMix } from '@/components/RiskBadge'
import { RunStateBadge } from '@/components/StateBadge'
import { Empty, Load } from '@/components/States'
import { When } from '@/components/Time'
import { copy } from '@/copy'

const { columns: heads } = copy.runbooks

const COLUMNS: readonly Column<RunbookSummary>[] = [
  {
    id: 'title',
    head: heads.title,
    cell: (row) => (
      <>
        <Link to="/runbooks/$id" params={{ id: row.id }} className={ROW_LINK}>
          {row.title}
        </Link>
        <span className="numbers ml-2 text-xs text-muted">{copy.common.version(row.version)}</span>
      </>
    ),
  },
  { id: 'risk', head: heads.risk, cell: (row) => <RiskMix mix={row.risk_mix} /> },
  { id: 'trust', head: heads.trust, narrow: 'hide', cell: (row) => <span className="text-sm whitespace-nowrap text-muted">{copy.trust.short[row.trust_level]}</span> },
  { id: 'last', head: heads.last, cell: (row) => (row.last_run ? <RunStateBadge state={row.last_run.state} /> : <span className="text-sm text-muted">{copy.runbooks.neverRan}</span>) },
  {
    id: 'changed',
    head: heads.changed,
    narrow: 'hide',
    cell: (row) => (
      <span className="text-sm text-muted">
        <When at={row.updated_at} />
      </span>
    ),
  },
]

export default function RunbooksPage() {
  const query = useQuery(runbooksQuery)
  const [filter, setFilter] = useState('')
  const writes = useMay('lead')
  const create = writes && (
    <Link to="/runbooks/new" className={buttonLook('primary')}>
      <Icon name="plus" />
      {copy.runbooks.create}
    </Link>
  )
  return (
    <Page title={copy.runbooks.title} tab={copy.runbooks.title} actions={create}>
      <Load query={query}>
        {({ runbooks }) => {
          if (runbooks.length === 0) return <Empty action={create}>{copy.runbooks.empty}</Empty>
          const shown = runbooks.filter((row) => row.title.toLowerCase().includes(filter.trim().toLowerCase()))
          return (
            <>
              <input type="search" className="field mb-3 max-w-sm" aria-label={copy.runbooks.filter} placeholder={copy.runbooks.filter} value={filter} onChange={(event) => setFilter(event.target.value)} />
              {shown.length === 0 ? <Empty>{copy.runbooks.noMatch(filter)}</Empty> : <DataList label={copy.runbooks.title} rows={shown} columns={COLUMNS} id={(row) => row.id} />}
            </>
          )
        }}
      </Load>
    </Page>
  )
}
