import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, must } from '@/api/client'
import { policyQuery } from '@/api/queries'
import { useMay } from '@/api/session'
import { Button } from '@/components/Button'
import { TextArea, TextField } from '@/components/Field'
import { Load, Note, Refusal } from '@/components/States'
import { copy } from '@/copy'
import { ago } from '@/lib/time'

type View = { version: number; policy: unknown; updated_at?: string | null; updated_by?: string | null }

/** What may run without a question and who may answer. Everybody reads it; Owners change it, with a reason. */
export function Policy() {
  const query = useQuery(policyQuery)
  return (
    <section>
      <h2>{copy.settings.policy}</h2>
      <p className="mt-1 mb-3 max-w-2xl text-muted">{copy.settings.policyLead}</p>
      <Load query={query} rows={3}>
        {(view) => <PolicyCard key={view.version} view={view} />}
      </Load>
    </section>
  )
}

function PolicyCard({ view }: { view: View }) {
  const owner = useMay('owner')
  const [editing, setEditing] = useState(false)
  return (
    <div className="card p-4 sm:p-5">
      <div className="mb-3 flex flex-wrap items-center gap-3">
        <p className="numbers flex-1 text-sm text-muted">
          {copy.settings.policyVersion(view.version)}
          {view.updated_by && view.updated_at && `, ${copy.settings.changedBy(view.updated_by, ago(view.updated_at, Date.now()))}`}
        </p>
        {owner && !editing && (
          <Button icon="edit" onClick={() => setEditing(true)}>
            {copy.settings.edit}
          </Button>
        )}
        {!owner && <p className="text-sm text-muted">{copy.settings.needsOwner}</p>}
      </div>
      {editing ? (
        <PolicyForm view={view} onClose={() => setEditing(false)} />
      ) : (
        <pre tabIndex={0} aria-label={copy.settings.json} className="code max-h-[50dvh] overflow-auto rounded-lg bg-surface p-4">
          {JSON.stringify(view.policy, null, 2)}
        </pre>
      )}
    </div>
  )
}

function PolicyForm({ view, onClose }: { view: View; onClose: () => void }) {
  const client = useQueryClient()
  const [text, setText] = useState(() => JSON.stringify(view.policy, null, 2))
  const [reason, setReason] = useState('')
  const read = readJson(text)
  const save = useMutation({
    mutationFn: () => must(api.PUT('/api/v1/settings/policy', { body: { policy: (read.value ?? {}) as Record<string, never>, reason: reason.trim() } })),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: policyQuery.queryKey })
      onClose()
    },
  })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (!read.error) save.mutate()
      }}
      className="space-y-4"
    >
      <TextArea label={copy.settings.json} className="code" rows={18} spellCheck={false} value={text} onChange={(event) => setText(event.target.value)} error={read.error} />
      <TextField label={copy.settings.reason} value={reason} onChange={(event) => setReason(event.target.value)} required />
      <Note tone="info">{copy.settings.holds}</Note>
      <Refusal error={save.error} />
      <div className="flex flex-wrap gap-2">
        <Button kind="primary" type="submit" disabled={read.error !== null || reason.trim() === ''} busy={save.isPending && copy.settings.saving}>
          {copy.settings.save}
        </Button>
        <Button onClick={onClose}>{copy.common.cancel}</Button>
      </div>
    </form>
  )
}

function readJson(text: string): { value?: unknown; error: string | null } {
  try {
    return { value: JSON.parse(text), error: null }
  } catch (error) {
    return { error: copy.settings.badJson(error instanceof Error ? error.message : '') }
  }
}
