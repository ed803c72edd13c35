import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { api, must } from '@/api/client'
import { ApiError } from '@/api/problem'
import { runbookQuery } from '@/api/queries'
import type { RunbookDocument } from '@/api/types'
import { Button, buttonLook } from '@/components/Button'
import { Page } from '@/components/Page'
import { Load, Note, Refusal } from '@/components/States'
import { copy } from '@/copy'
import { clean } from '@/lib/bytes'
import { DraftNotice } from './DraftNotice'
import { Editor } from './Editor'
import { useDraft } from './useDraft'

/** Change a runbook's text. What is saved becomes the next version; the ones before it stay as they are. */
export default function EditRunbookPage() {
  const { id } = useParams({ from: '/shell/runbooks/$id/edit' })
  // Read once: a version that somebody saves meanwhile must meet the text as a conflict, not slip under it.
  const query = useQuery({ ...runbookQuery(id), refetchOnWindowFocus: false, refetchOnReconnect: false, staleTime: Number.POSITIVE_INFINITY })
  return <Load query={query}>{(document) => <EditPage key={document.id} document={document} />}</Load>
}

function EditPage({ document }: { document: RunbookDocument }) {
  const navigate = useNavigate()
  const client = useQueryClient()
  const [base, setBase] = useState(document.version)
  const { draft, setDraft, changed, restored, kept, discard, done } = useDraft(document.id, { text: clean(document.text), title: ownTitle(document) })
  const save = useMutation({
    mutationFn: () => must(api.PUT('/api/v1/runbooks/{id}', { params: { path: { id: document.id } }, body: { text: draft.text, title: draft.title.trim() || null, expected_version: base } })),
    onSuccess: async () => {
      done()
      await client.invalidateQueries({ queryKey: ['runbook', document.id] })
      void client.invalidateQueries({ queryKey: ['runbooks'] })
      await navigate({ to: '/runbooks/$id', params: { id: document.id } })
    },
  })
  const stale = save.error instanceof ApiError && save.error.status === 409 ? save.error : null
  const title = copy.editor.editTitle(document.title)
  return (
    <Page title={title} tab={title} wide>
      <Editor
        draft={draft}
        onDraft={setDraft}
        saveLabel={copy.editor.save(base + 1)}
        saving={save.isPending}
        canSave={changed && !stale}
        onSave={() => save.mutate()}
        notice={
          <>
            <DraftNotice restored={restored} kept={kept} onDiscard={discard} />
            {stale ? (
              <Stale
                id={document.id}
                current={stale.problem.current_version ?? undefined}
                onRebase={(version) => {
                  setBase(version)
                  save.reset()
                }}
              />
            ) : (
              <Refusal error={save.error} />
            )}
          </>
        }
      />
    </Page>
  )
}

/** The title that a person gave; empty when it is the text's own, so that it follows the text. */
function ownTitle({ title, parsed }: RunbookDocument): string {
  return title === parsed.title ? '' : title
}

/** Somebody was faster. Nothing is lost and nothing is overwritten without a look. */
function Stale({ id, current, onRebase }: { id: string; current: number | undefined; onRebase: (version: number) => void }) {
  return (
    <Note
      action={
        current !== undefined && (
          <span className="flex flex-wrap gap-2">
            <Link to="/runbooks/$id" params={{ id }} search={{ tab: 'source', version: current }} target="_blank" className={buttonLook()}>
              {copy.editor.staleRead(current)}
            </Link>
            <Button onClick={() => onRebase(current)}>{copy.editor.staleRebase(current)}</Button>
          </span>
        )
      }
    >
      <span role="alert">{copy.editor.stale(current)}</span>
    </Note>
  )
}
