import type { TriedAlert } from '@/api/types'
import { AlertState } from '@/components/AlertState'
import { type Column, DataList } from '@/components/DataList'
import { Empty } from '@/components/States'
import { copy } from '@/copy'
import { reasonsText } from './reasons'

const { columns: heads, standing } = copy.matching

const COLUMNS: readonly Column<TriedAlert>[] = [
  {
    id: 'alert',
    head: heads.alert,
    cell: (row) => (
      <>
        <span className="font-medium [overflow-wrap:anywhere]">{row.alert.title}</span>
        <span className="ml-3 inline-block">
          <AlertState status={row.alert.status} />
        </span>
      </>
    ),
  },
  { id: 'now', head: heads.now, cell: (row) => <span className="text-sm text-muted">{standing[row.before]}</span> },
  { id: 'then', head: heads.then, cell: (row) => <span className={`text-sm ${row.after === row.before ? 'text-muted' : 'font-semibold'}`}>{row.after === row.before ? standing[row.after] : `→ ${standing[row.after]}`}</span> },
  {
    id: 'why',
    head: heads.why,
    cell: (row) => (
      <span className="text-sm text-muted [overflow-wrap:anywhere]">
        <span className="numbers">{copy.alerts.points(row.points)}</span>
        {row.reasons.length > 0 && ` · ${reasonsText(row.reasons)}`}
      </span>
    ),
  },
]

/** What tags and rules would do, alert by alert. */
export function Tried({ alerts }: { alerts: readonly TriedAlert[] }) {
  if (alerts.length === 0) return <Empty>{copy.matching.noAlerts}</Empty>
  return (
    <section aria-label={copy.matching.results}>
      <h2 className="mb-1">{copy.matching.results}</h2>
      <p role="status" className="mb-3 text-sm text-muted">
        {copy.matching.changes(alerts.filter((alert) => alert.before !== alert.after).length)}
      </p>
      <DataList label={copy.matching.results} rows={alerts} columns={COLUMNS} id={(row) => row.id} />
    </section>
  )
}
