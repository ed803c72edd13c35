import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { api, must } from '@/api/client'
import { webhooksQuery } from '@/api/queries'
import { useMay } from '@/api/session'
import type { WebhookView } from '@/api/types'
import { Button } from '@/components/Button'
import { CodeToCopy } from '@/components/CodeToCopy'
import { Empty, Load, Note, Refusal } from '@/components/States'
import { When } from '@/components/Time'
import { copy } from '@/copy'
import { date } from '@/lib/time'
import { ChangeSecret, DeleteWebhook, MakeWebhook } from './WebhookDialogs'

/** Where alerts come in. Leads see it; Owners change it. A secret is shown once, when it is made. */
export function Webhooks() {
  const lead = useMay('lead')
  return lead ? <List /> : null
}

type Asked = { what: 'make' } | { what: 'secret' | 'delete'; webhook: WebhookView }

function List() {
  const query = useQuery(webhooksQuery)
  const owner = useMay('owner')
  const [asked, setAsked] = useState<Asked | null>(null)
  const close = () => setAsked(null)
  return (
    <section id="alerts" className="scroll-mt-20">
      <div className="mb-3 flex flex-wrap items-end gap-3">
        <div className="flex-1 basis-60">
          <h2>{copy.webhooks.title}</h2>
          <p className="mt-1 text-muted">{copy.webhooks.lead}</p>
        </div>
        {owner && (
          <Button icon="plus" onClick={() => setAsked({ what: 'make' })}>
            {copy.webhooks.create}
          </Button>
        )}
      </div>
      {!owner && <p className="mb-3 text-sm text-muted">{copy.webhooks.needsOwner}</p>}
      <Load query={query} rows={3}>
        {({ webhooks }) =>
          webhooks.length === 0 ? (
            <Empty>{copy.webhooks.none}</Empty>
          ) : (
            <ul aria-label={copy.webhooks.title} className="card divide-y divide-line">
              {webhooks.map((webhook) => (
                <Item key={webhook.id} webhook={webhook} owner={owner} onAsk={(what) => setAsked({ what, webhook })} />
              ))}
            </ul>
          )
        }
      </Load>
      {asked?.what === 'make' && <MakeWebhook onClose={close} />}
      {asked?.what === 'secret' && <ChangeSecret webhook={asked.webhook} onClose={close} />}
      {asked?.what === 'delete' && <DeleteWebhook webhook={asked.webhook} onClose={close} />}
    </section>
  )
}

function Item({ webhook, owner, onAsk }: { webhook: WebhookView; owner: boolean; onAsk: (what: 'secret' | 'delete') => void }) {
  const client = useQueryClient()
  const test = useMutation({
    mutationFn: () => must(api.POST('/api/v1/settings/webhooks/{id}/test', { params: { path: { id: webhook.id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: webhooksQuery.queryKey }),
  })
  return (
    <li className="space-y-2.5 p-4">
      <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <h3 className="font-semibold [overflow-wrap:anywhere]">{webhook.name}</h3>
        <span className="text-sm text-muted">{copy.senders[webhook.sender]}</span>
        {webhook.old_secret_until && <span className="text-sm text-caution">{copy.webhooks.oldUntil(date(webhook.old_secret_until))}</span>}
      </div>
      <CodeToCopy text={webhook.address} label={copy.webhooks.copyAddress(webhook.name)} oneLine />
      <p className="text-sm text-muted">
        {copy.webhooks.columns.last}: <Last webhook={webhook} />
      </p>
      {owner && (
        <div className="flex flex-wrap gap-2">
          <Button onClick={() => test.mutate()} busy={test.isPending && copy.common.loading} aria-label={copy.webhooks.testOf(webhook.name)}>
            {copy.webhooks.test}
          </Button>
          <Button kind="quiet" onClick={() => onAsk('secret')} aria-label={copy.webhooks.secretOf(webhook.name)}>
            {copy.webhooks.secret}
          </Button>
          <Button kind="quiet" onClick={() => onAsk('delete')} aria-label={copy.webhooks.removeOf(webhook.name)}>
            {copy.webhooks.remove}
          </Button>
        </div>
      )}
      {test.isSuccess && (
        <Note
          tone="info"
          action={
            <Link to="/alerts" className="link font-semibold">
              {copy.webhooks.toAlerts}
            </Link>
          }
        >
          {copy.webhooks.tested}
        </Note>
      )}
      <Refusal error={test.error} />
    </li>
  )
}

function Last({ webhook: { last_delivery } }: { webhook: WebhookView }) {
  if (!last_delivery) return copy.webhooks.never
  return (
    <>
      <When at={last_delivery.at} />, {last_delivery.outcome ?? copy.webhooks.waits}
    </>
  )
}
