import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, must } from '@/api/client'
import { panicQuery } from '@/api/queries'
import { useMay } from '@/api/session'
import { Button } from '@/components/Button'
import { Answers, Dialog } from '@/components/Dialog'
import { TextField } from '@/components/Field'
import { Icon } from '@/components/Icon'
import { Note, Refusal } from '@/components/States'
import { copy } from '@/copy'
import { ago } from '@/lib/time'

/** Stops everything with one click. It never asks back; the receipt says what was reached and how to lift it. */
export function PanicButton() {
  const client = useQueryClient()
  const may = useMay('responder')
  const { data: panic } = useQuery(panicQuery)
  const [receipt, setReceipt] = useState(false)
  const press = useMutation({
    mutationFn: () => must(api.POST('/api/v1/admin/panic', { body: { reason: '' } })),
    onSettled: () => {
      setReceipt(true)
      return client.invalidateQueries()
    },
  })
  if (!may || panic?.halted) return <Receipt open={receipt} onClose={() => setReceipt(false)} press={press} />
  return (
    <>
      <button
        type="button"
        onClick={() => press.mutate()}
        disabled={press.isPending}
        title={copy.panic.explain}
        className="tap inline-flex items-center gap-1.5 rounded-[7px] border border-dangerous px-3 text-sm font-semibold text-dangerous hover:bg-dangerous hover:text-dangerous-ink"
      >
        <Icon name="stop" />
        {press.isPending ? copy.panic.busy : copy.panic.button}
      </button>
      <Receipt open={receipt} onClose={() => setReceipt(false)} press={press} />
    </>
  )
}

type Press = { data: { frozen: number; running: number; recorded: boolean } | undefined; error: unknown }

function Receipt({ open, onClose, press }: { open: boolean; onClose: () => void; press: Press }) {
  return (
    <Dialog open={open} onClose={onClose} title={press.error ? copy.panic.failed : copy.panic.receiptTitle}>
      {press.data && (
        <div className="space-y-3">
          <p>{copy.panic.receipt(press.data.frozen, press.data.running)}</p>
          {!press.data.recorded && <Note>{copy.panic.notRecorded}</Note>}
          <p className="text-muted">{copy.panic.howToLift}</p>
        </div>
      )}
      <Refusal error={press.error} />
      <Answers>
        <Button kind="primary" onClick={onClose}>
          {copy.common.close}
        </Button>
      </Answers>
    </Dialog>
  )
}

/** On every page while panic is on. No dialog covers the page; what was there can still be read. */
export function PanicBar() {
  const { data: panic } = useQuery(panicQuery)
  const owner = useMay('owner')
  const [lifting, setLifting] = useState(false)
  if (!panic?.halted) return null
  return (
    <div role="alert" className="flex flex-wrap items-center gap-x-4 gap-y-1 bg-dangerous px-4 py-2.5 text-sm text-dangerous-ink">
      <Icon name="stop" className="size-5" />
      <p className="min-w-0 flex-1 basis-64">
        <strong>{copy.panic.bar}</strong> {panic.by && panic.since && copy.panic.by(panic.by, ago(panic.since, Date.now()))} {panic.reason && `“${panic.reason}” `}
        {copy.panic.frozen}
      </p>
      {owner ? (
        <button type="button" onClick={() => setLifting(true)} className="tap rounded-[7px] border border-current px-3 font-semibold">
          {copy.panic.lift}
        </button>
      ) : (
        <span>{copy.panic.liftNeedsOwner}</span>
      )}
      <LiftDialog open={lifting} onClose={() => setLifting(false)} />
    </div>
  )
}

function LiftDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const client = useQueryClient()
  const [reason, setReason] = useState('')
  const lift = useMutation({
    mutationFn: () => must(api.DELETE('/api/v1/admin/panic', { body: { reason } })),
    onSuccess: () => {
      setReason('')
      onClose()
      return client.invalidateQueries()
    },
  })
  return (
    <Dialog open={open} onClose={onClose} title={copy.panic.liftTitle} lead={copy.panic.liftLead}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          lift.mutate()
        }}
      >
        <TextField label={copy.panic.liftReason} value={reason} onChange={(event) => setReason(event.target.value)} required autoFocus />
        <div className="mt-3">
          <Refusal error={lift.error} />
        </div>
        <Answers>
          <Button onClick={onClose}>{copy.common.cancel}</Button>
          <Button kind="danger" type="submit" disabled={reason.trim() === ''} busy={lift.isPending && copy.common.loading}>
            {copy.panic.liftSubmit}
          </Button>
        </Answers>
      </form>
    </Dialog>
  )
}
