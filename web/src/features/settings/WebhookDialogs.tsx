import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, must } from '@/api/client'
import { webhooksQuery } from '@/api/queries'
import type { AlertSender, WebhookView } from '@/api/types'
import { Button } from '@/components/Button'
import { CodeToCopy } from '@/components/CodeToCopy'
import { Answers, Dialog } from '@/components/Dialog'
import { Choice, TextField } from '@/components/Field'
import { Note, Refusal } from '@/components/States'
import { copy } from '@/copy'

const SENDERS = Object.keys(copy.senders) as AlertSender[]
const DAY = 1440

/** Reads the webhooks again after a change. */
function useFresh() {
  const client = useQueryClient()
  return () => client.invalidateQueries({ queryKey: webhooksQuery.queryKey })
}

export function MakeWebhook({ onClose }: { onClose: () => void }) {
  const onSuccess = useFresh()
  const [sender, setSender] = useState<AlertSender>('pagerduty')
  const [name, setName] = useState('')
  const [own, setOwn] = useState('')
  const make = useMutation({
    mutationFn: () => must(api.POST('/api/v1/settings/webhooks', { body: { sender, name: name.trim(), ...(own.trim() !== '' && { secret: own.trim() }) } })),
    onSuccess,
  })
  return (
    <Dialog open onClose={onClose} title={copy.webhooks.create} lead={copy.webhooks.lead}>
      {make.data ? (
        <div className="space-y-4">
          <Note>{make.data.secret ? copy.webhooks.made : copy.webhooks.madeOwn}</Note>
          <Shown label={copy.webhooks.address} text={make.data.address} />
          {make.data.secret && <Shown label={copy.webhooks.secretLabel} text={make.data.secret} />}
          <Closing onClose={onClose} />
        </div>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault()
            make.mutate()
          }}
          className="space-y-4"
        >
          <Choice label={copy.webhooks.sender} value={sender} onChange={(event) => setSender(event.target.value as AlertSender)}>
            {SENDERS.map((one) => (
              <option key={one} value={one}>
                {copy.senders[one]}
              </option>
            ))}
          </Choice>
          <TextField label={copy.webhooks.name} placeholder={copy.webhooks.namePlaceholder} value={name} onChange={(event) => setName(event.target.value)} required maxLength={200} />
          <OwnSecret value={own} onChange={setOwn} />
          <Refusal error={make.error} />
          <Answers>
            <Button onClick={onClose}>{copy.common.cancel}</Button>
            <Button kind="primary" type="submit" disabled={name.trim() === ''} busy={make.isPending && copy.webhooks.making}>
              {copy.webhooks.make}
            </Button>
          </Answers>
        </form>
      )}
    </Dialog>
  )
}

export function ChangeSecret({ webhook, onClose }: { webhook: WebhookView; onClose: () => void }) {
  const onSuccess = useFresh()
  const [own, setOwn] = useState('')
  const [minutes, setMinutes] = useState(DAY)
  const change = useMutation({
    mutationFn: () =>
      must(api.POST('/api/v1/settings/webhooks/{id}/secrets', { params: { path: { id: webhook.id } }, body: { old_good_for_minutes: minutes, ...(own.trim() !== '' && { secret: own.trim() }) } })),
    onSuccess,
  })
  return (
    <Dialog open onClose={onClose} title={copy.webhooks.secretOf(webhook.name)} lead={copy.webhooks.secretLead}>
      {change.data ? (
        <div className="space-y-4">
          <Note>{change.data.secret ? copy.webhooks.changed : copy.webhooks.changedOwn}</Note>
          {change.data.secret && <Shown label={copy.webhooks.secretLabel} text={change.data.secret} />}
          <Closing onClose={onClose} />
        </div>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault()
            change.mutate()
          }}
          className="space-y-4"
        >
          <OwnSecret value={own} onChange={setOwn} />
          <Choice label={copy.webhooks.goodFor} value={minutes} onChange={(event) => setMinutes(Number(event.target.value))}>
            {Object.entries(copy.webhooks.periods).map(([period, words]) => (
              <option key={period} value={period}>
                {words}
              </option>
            ))}
          </Choice>
          <Refusal error={change.error} />
          <Answers>
            <Button onClick={onClose}>{copy.common.cancel}</Button>
            <Button kind="primary" type="submit" busy={change.isPending && copy.webhooks.making}>
              {copy.webhooks.change}
            </Button>
          </Answers>
        </form>
      )}
    </Dialog>
  )
}

export function DeleteWebhook({ webhook, onClose }: { webhook: WebhookView; onClose: () => void }) {
  const fresh = useFresh()
  const remove = useMutation({
    mutationFn: () => must(api.DELETE('/api/v1/settings/webhooks/{id}', { params: { path: { id: webhook.id } } })),
    onSuccess: async () => {
      await fresh()
      onClose()
    },
  })
  return (
    <Dialog open onClose={onClose} title={copy.webhooks.removeTitle(webhook.name)} lead={copy.webhooks.removeLead}>
      <Refusal error={remove.error} />
      <Answers>
        <Button onClick={onClose}>{copy.common.cancel}</Button>
        <Button kind="danger" onClick={() => remove.mutate()} busy={remove.isPending && copy.common.loading}>
          {copy.webhooks.removeSubmit}
        </Button>
      </Answers>
    </Dialog>
  )
}

function OwnSecret({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  return <TextField label={`${copy.webhooks.own} (${copy.common.optional})`} help={copy.webhooks.ownHelp} type="password" autoComplete="off" value={value} onChange={(event) => onChange(event.target.value)} />
}

function Shown({ label, text }: { label: string; text: string }) {
  return (
    <div role="group" aria-label={label}>
      <p className="mb-1 text-sm font-medium">{label}</p>
      <CodeToCopy text={text} label={label} />
    </div>
  )
}

function Closing({ onClose }: { onClose: () => void }) {
  return (
    <Answers>
      <Button kind="primary" onClick={onClose}>
        {copy.common.close}
      </Button>
    </Answers>
  )
}
