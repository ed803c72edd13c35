import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, must } from '@/api/client'
import { useMay } from '@/api/session'
import type { RunbookDocument } from '@/api/types'
import { Button } from '@/components/Button'
import { Answers, Dialog } from '@/components/Dialog'
import { TextField } from '@/components/Field'
import { Refusal } from '@/components/States'
import { copy } from '@/copy'

const LEVELS = [0, 1, 2] as const

/** How much this version may do by itself, in words, and the way to change it. */
export function Trust({ document }: { document: RunbookDocument }) {
  const [open, setOpen] = useState(false)
  const may = useMay('lead')
  return (
    <p className="mb-4 flex flex-wrap items-center gap-x-3 text-sm text-muted">
      <span>
        <span className="font-medium text-text">
          {copy.trust.label} {document.trust_level}, {copy.trust.short[document.trust_level]}.
        </span>{' '}
        {copy.trust.words[document.trust_level]}
      </span>
      {may && (
        <button type="button" className="link tap text-sm font-medium" onClick={() => setOpen(true)}>
          {copy.trust.change}
        </button>
      )}
      {open && <TrustDialog document={document} onClose={() => setOpen(false)} />}
    </p>
  )
}

function TrustDialog({ document, onClose }: { document: RunbookDocument; onClose: () => void }) {
  const client = useQueryClient()
  const [level, setLevel] = useState<number>(document.trust_level)
  const [reason, setReason] = useState('')
  const change = useMutation({
    mutationFn: () => must(api.PUT('/api/v1/runbooks/{id}/trust-level', { params: { path: { id: document.id } }, body: { level, reason } })),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['runbook', document.id] })
      onClose()
    },
  })
  return (
    <Dialog open onClose={onClose} title={copy.trust.change} lead={copy.trust.bound}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          change.mutate()
        }}
        className="space-y-4"
      >
        <fieldset className="space-y-2">
          <legend className="sr-only">{copy.trust.label}</legend>
          {LEVELS.map((option) => (
            <label key={option} className="flex cursor-pointer gap-3 rounded-lg border border-line p-3 has-[:checked]:border-accent has-[:checked]:bg-accent-soft">
              <input type="radio" name="level" checked={level === option} onChange={() => setLevel(option)} className="mt-1 accent-(--accent)" />
              <span>
                <span className="font-semibold">
                  {option} · {copy.trust.short[option]}
                </span>
                <span className="block text-sm text-muted">{copy.trust.words[option]}</span>
              </span>
            </label>
          ))}
        </fieldset>
        <TextField label={copy.trust.reason} value={reason} onChange={(event) => setReason(event.target.value)} required />
        <Refusal error={change.error} />
        <Answers>
          <Button onClick={onClose}>{copy.common.cancel}</Button>
          <Button kind="primary" type="submit" disabled={level === document.trust_level || reason.trim() === ''} busy={change.isPending && copy.common.loading}>
            {copy.trust.submit}
          </Button>
        </Answers>
      </form>
    </Dialog>
  )
}
