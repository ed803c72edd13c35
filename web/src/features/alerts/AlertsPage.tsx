import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { alertsQuery } from '@/api/queries'
import type { AlertView } from '@/api/types'
import { AlertState } from '@/components/AlertState'
import { Button, buttonLook } from '@/components/Button'
import { type Column, DataList, ROW_LINK } from '@/components/DataList'
import { Page } from '@/components/Page'
import { Empty, Load } from '@/components/States'
import { When } from '@/components/Time'
import { copy } from '@/copy'
import { AlertDrawer } from './AlertDrawer'
import { StartFor } from './StartFor'

const { columns: heads } = copy.alerts

const COLUMNS: readonly Column<AlertView>[] = [
  {
    id: 'alert',
    head: heads.alert,
    cell: (row) => (
      <>
        <Link to="/alerts" search={{ alert: row.id }} aria-label={copy.alerts.open(row.alert.title)} className={`${ROW_LINK} [overflow-wrap:anywhere]`}>
          {row.alert.title}
        </Link>
        <span className="mt-0.5 block text-xs text-muted [overflow-wrap:anywhere]">{placeOf(row)}</span>
      </>
    ),
  },
  { id: 'state', head: heads.state, cell: (row) => <AlertState status={row.alert.status} /> },
  { id: 'runbook', head: heads.runbook, cell: (row) => <span className="text-sm [overflow-wrap:anywhere]">{runbookOf(row)}</span> },
  {
    id: 'heard',
    head: heads.heard,
    cell: (row) => (
      <span className="text-sm text-muted">
        <When at={row.last_seen_at} />
      </span>
    ),
  },
]

/** What is wrong, and which runbook fits. A person starts it. */
export default function AlertsPage() {
  const query = useInfiniteQuery(alertsQuery)
  const { alert } = useSearch({ from: '/shell/alerts' })
  const navigate = useNavigate({ from: '/alerts' })
  const [starting, setStarting] = useState<{ alert: AlertView; runbook: string } | null>(null)
  const close = () => void navigate({ search: {}, replace: true })
  const start = (of: AlertView, runbook: string) => {
    close()
    setStarting({ alert: of, runbook })
  }
  return (
    <Page title={copy.alerts.title} tab={copy.alerts.title} lead={copy.alerts.lead}>
      <Load query={query}>
        {({ pages }) => {
          const rows = pages.flatMap((page) => page.alerts)
          if (rows.length === 0) return <Nothing />
          return <DataList label={copy.alerts.title} rows={rows} columns={COLUMNS} id={(row) => row.id} />
        }}
      </Load>
      {query.hasNextPage && (
        <Button className="mt-4" onClick={() => void query.fetchNextPage()} busy={query.isFetchingNextPage && copy.common.loading}>
          {copy.alerts.more}
        </Button>
      )}
      {alert !== undefined && <AlertDrawer id={alert} onClose={close} onStart={start} />}
      {starting && <StartFor alert={starting.alert} runbook={starting.runbook} onClose={() => setStarting(null)} />}
    </Page>
  )
}

function Nothing() {
  return (
    <Empty
      action={
        <Link to="/settings" hash="alerts" className={buttonLook('primary')}>
          {copy.alerts.toSettings}
        </Link>
      }
    >
      {copy.alerts.empty}
    </Empty>
  )
}

function placeOf({ alert, folded, folded_into }: AlertView): string {
  const storm = folded > 0 ? copy.alerts.folded(folded) : folded_into ? copy.alerts.inStorm : null
  return [copy.senders[alert.sender], alert.service, alert.region, alert.environment, copy.alerts.severity(alert.severity), storm].filter(Boolean).join(' · ')
}

function runbookOf({ choice, runbook_id, execution_id }: AlertView): string {
  if (execution_id) return copy.alerts.running
  if (!choice) return copy.alerts.waiting
  const chosen = choice.ranked.find((one) => one.runbook === runbook_id)
  if (chosen) return chosen.title
  return choice.ranked.length > 0 ? copy.alerts.offered(choice.ranked.length) : copy.alerts.none
}
