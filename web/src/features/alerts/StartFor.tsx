import { useQuery } from '@tanstack/react-query'
import { runbookQuery } from '@/api/queries'
import type { AlertView } from '@/api/types'
import { Dialog } from '@/components/Dialog'
import { Load } from '@/components/States'
import { copy } from '@/copy'
import { StartDialog } from '@/features/runbooks/StartDialog'
import { valuesFrom } from './values'

/** Starts a runbook for an alert, with the values that the alert names. */
export function StartFor({ alert, runbook, onClose }: { alert: AlertView; runbook: string; onClose: () => void }) {
  const query = useQuery(runbookQuery(runbook))
  if (query.data) {
    const known = valuesFrom(alert.alert, query.data.parsed.variables)
    return <StartDialog document={query.data} alert={{ id: alert.id, known }} onClose={onClose} />
  }
  return (
    <Dialog open onClose={onClose} title={copy.alerts.start}>
      <Load query={query}>{() => null}</Load>
    </Dialog>
  )
}
