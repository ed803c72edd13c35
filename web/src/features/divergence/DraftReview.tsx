import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { api, must } from '@/api/client'
import { versionQuery } from '@/api/queries'
import type { RunbookDocument, RunbookDraft } from '@/api/types'
import { Button } from '@/components/Button'
import { Load, Note, Refusal } from '@/components/States'
import { copy } from '@/copy'
import { Changes } from '@/features/runbooks/Compare'
import { keepDraft } from '@/lib/draft'

type Props = { draft: RunbookDraft; titles: ReadonlyMap<string, string>; onDiscard: () => void }

/** The next version as it would be: what changes, what could not be taken over, and the two ways to go on. */
export function DraftReview({ draft, titles, onDiscard }: Props) {
  const base = useQuery(versionQuery(draft.runbook_id, draft.base_version))
  return (
    <section data-testid="draft" aria-labelledby="draft-title" className="card space-y-4 p-4">
      <div>
        <h3 id="draft-title" className="text-base font-semibold">
          {copy.divergence.draft(draft.next_version)}
        </h3>
        <p className="mt-1 max-w-2xl text-sm text-pretty text-muted">{copy.divergence.draftLead}</p>
      </div>
      {!draft.reads_as_meant && <Note>{copy.divergence.misread}</Note>}
      {draft.left_out.length > 0 && (
        <Note>
          <p className="font-semibold">{copy.divergence.leftOut}</p>
          <ul>
            {draft.left_out.map((left) => (
              <li key={left.step_id}>
                {titles.get(left.step_id)}: {left.reason}
              </li>
            ))}
          </ul>
        </Note>
      )}
      <Load query={base} rows={3}>
        {(before) => (
          <>
            <Changes before={before} after={draft} />
            <Decide draft={draft} base={before} onDiscard={onDiscard} />
          </>
        )}
      </Load>
    </section>
  )
}

function Decide({ draft, base, onDiscard }: { draft: RunbookDraft; base: RunbookDocument; onDiscard: () => void }) {
  const client = useQueryClient()
  const navigate = useNavigate()
  const [unkept, setUnkept] = useState(false)
  const id = draft.runbook_id
  const same = draft.text === draft.base_text
  const publish = useMutation({
    mutationFn: () => must(api.PUT('/api/v1/runbooks/{id}', { params: { path: { id } }, body: { text: draft.text, title: base.title, expected_version: draft.base_version, from_execution: draft.execution_id } })),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['runbook', id] })
      void client.invalidateQueries({ queryKey: ['runbooks'] })
      await navigate({ to: '/runbooks/$id', params: { id } })
    },
  })
  const edit = () => {
    const kept = keepDraft(id, JSON.stringify({ text: draft.text, title: '' }))
    setUnkept(!kept)
    if (kept) void navigate({ to: '/runbooks/$id/edit', params: { id } })
  }
  return (
    <>
      <Refusal error={publish.error} />
      {unkept && <Note>{copy.divergence.keptFailed}</Note>}
      <div className="flex flex-wrap gap-2 max-sm:flex-col">
        <Button kind="primary" disabled={same} busy={publish.isPending && copy.divergence.publishing} onClick={() => publish.mutate()}>
          {copy.divergence.publish(draft.next_version)}
        </Button>
        <Button icon="edit" disabled={same || publish.isPending} onClick={edit}>
          {copy.divergence.edit(draft.next_version)}
        </Button>
        <Button kind="quiet" disabled={publish.isPending} onClick={onDiscard}>
          {copy.divergence.discard}
        </Button>
      </div>
    </>
  )
}
