import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { api, must } from '@/api/client'
import { Page } from '@/components/Page'
import { Refusal } from '@/components/States'
import { copy } from '@/copy'
import { DraftNotice } from './DraftNotice'
import { Editor } from './Editor'
import { useDraft } from './useDraft'

const BLANK = { text: '', title: '' }

/** Paste a text, see what it becomes, save it as version 1. */
export default function NewRunbookPage() {
  const navigate = useNavigate()
  const client = useQueryClient()
  const { draft, setDraft, restored, kept, discard, done } = useDraft('new', BLANK)
  const save = useMutation({
    mutationFn: () => must(api.POST('/api/v1/runbooks', { body: { text: draft.text, ...(draft.title.trim() !== '' && { title: draft.title.trim() }) } })),
    onSuccess: async ({ id }) => {
      done()
      void client.invalidateQueries({ queryKey: ['runbooks'] })
      await navigate({ to: '/runbooks/$id', params: { id } })
    },
  })
  return (
    <Page title={copy.editor.newTitle} tab={copy.editor.newTitle} wide>
      <Editor
        draft={draft}
        onDraft={setDraft}
        saveLabel={copy.editor.save(1)}
        saving={save.isPending}
        canSave
        onSave={() => save.mutate()}
        notice={
          <>
            <DraftNotice restored={restored} kept={kept} onDiscard={discard} />
            <Refusal error={save.error} />
          </>
        }
      />
    </Page>
  )
}
