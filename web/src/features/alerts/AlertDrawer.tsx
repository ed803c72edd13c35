import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { alertQuery } from '@/api/queries'
import { useMay } from '@/api/session'
import type { AlertView, RankedRunbook } from '@/api/types'
import { AlertState } from '@/components/AlertState'
import { Button, buttonLook } from '@/components/Button'
import { Dialog } from '@/components/Dialog'
import { Load, Note } from '@/components/States'
import { When } from '@/components/Time'
import { copy } from '@/copy'
import { reasonsText } from '@/features/matching/reasons'

type Props = { id: string; onClose: () => void; onStart: (alert: AlertView, runbook: string) => void }

/** One alert: what its sender says, and the runbooks that may be for it, with reasons. */
export function AlertDrawer({ id, onClose, onStart }: Props) {
  const query = useQuery(alertQuery(id))
  return (
    <Dialog open onClose={onClose} side title={query.data?.alert.title ?? copy.alerts.details}>
      <Load query={query}>{(view) => <Details view={view} onStart={(runbook) => onStart(view, runbook)} />}</Load>
    </Dialog>
  )
}

function Details({ view, onStart }: { view: AlertView; onStart: (runbook: string) => void }) {
  const { alert } = view
  const labels = Object.entries(alert.labels ?? {})
  return (
    <div className="space-y-6">
      <p className="flex flex-wrap items-center gap-x-4 gap-y-1 text-sm">
        <AlertState status={alert.status} />
        <span>{copy.alerts.severity(alert.severity)}</span>
        <span className="text-muted">{copy.alerts.deliveries(view.deliveries)}</span>
      </p>
      {alert.text && <p className="whitespace-pre-line [overflow-wrap:anywhere]">{alert.text}</p>}
      <Runbooks view={view} onStart={onStart} />
      <Section title={copy.alerts.where}>
        <p className="[overflow-wrap:anywhere]">{[copy.senders[alert.sender], alert.service, alert.region, alert.environment].filter(Boolean).join(' · ')}</p>
        <p className="mt-1 text-sm text-muted">
          {copy.alerts.since} <When at={view.first_seen_at} />
        </p>
        {alert.url && (
          <a href={alert.url} target="_blank" rel="noreferrer noopener" className="link mt-1 inline-block text-sm">
            {copy.alerts.atSender(copy.senders[alert.sender])}
          </a>
        )}
      </Section>
      {labels.length > 0 && (
        <Section title={copy.alerts.labels}>
          <ul className="code space-y-0.5">
            {labels.map(([name, value]) => (
              <li key={name} className="[overflow-wrap:anywhere]">
                {name}={value}
              </li>
            ))}
          </ul>
        </Section>
      )}
    </div>
  )
}

function Runbooks({ view, onStart }: { view: AlertView; onStart: (runbook: string) => void }) {
  const may = useMay('responder')
  const { choice, execution_id, chosen_by, runbook_id, rejections } = view
  const said = choice ? { sure: copy.alerts.sure, unsure: copy.alerts.unsure, nothing: copy.alerts.nothing }[choice.sureness] : copy.alerts.waiting
  return (
    <Section title={copy.alerts.fits}>
      {execution_id ? (
        <Note
          tone="info"
          action={
            <Link to="/runs/$id" params={{ id: execution_id }} className={buttonLook('primary')}>
              {copy.alerts.toRun}
            </Link>
          }
        >
          {copy.alerts.running}
        </Note>
      ) : (
        <p className="text-sm text-muted">{chosen_by ? copy.alerts.chosenBy(chosen_by.name ?? copy.audit.system) : said}</p>
      )}
      <ol className="mt-3 space-y-3">
        {(choice?.ranked ?? []).map((one) => (
          <Ranked key={one.runbook} one={one} chosen={one.runbook === runbook_id} {...(may && { onStart: () => onStart(one.runbook) })} />
        ))}
      </ol>
      {rejections.map((rejection) => (
        <p key={`${rejection.runbook_id}${rejection.at}`} className="mt-2 text-sm text-muted">
          {copy.alerts.ruledOut(rejection.by.name ?? copy.audit.system, rejection.reason)}
        </p>
      ))}
    </Section>
  )
}

function Ranked({ one, chosen, onStart }: { one: RankedRunbook; chosen: boolean; onStart?: () => void }) {
  return (
    <li className={`card p-3.5 ${chosen ? 'border-l-4 border-l-accent' : ''}`}>
      <div className="flex flex-wrap items-start gap-3">
        <div className="min-w-0 flex-1 basis-48">
          <Link to="/runbooks/$id" params={{ id: one.runbook }} className="link font-semibold [overflow-wrap:anywhere]">
            {one.title}
          </Link>
          <p className="mt-0.5 text-sm text-muted [overflow-wrap:anywhere]">
            <span className="numbers">{copy.alerts.points(one.points)}</span>
            {one.reasons.length > 0 && ` · ${reasonsText(one.reasons)}`}
          </p>
        </div>
        {onStart && (
          <Button kind={chosen ? 'primary' : 'plain'} icon="play" onClick={onStart} aria-label={copy.alerts.startTitle(one.title)}>
            {copy.alerts.start}
          </Button>
        )}
      </div>
    </li>
  )
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <h3 className="mb-1.5 text-sm font-semibold">{title}</h3>
      {children}
    </section>
  )
}
