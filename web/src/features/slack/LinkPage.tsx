import { useMutation } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { api, must } from '@/api/client'
import { ApiError } from '@/api/problem'
import { Button } from '@/components/Button'
import { Page } from '@/components/Page'
import { Note, Refusal, Skeleton } from '@/components/States'
import { copy } from '@/copy'

const { slack } = copy

/** A member says once that a Slack user is theirs. The secret stands behind the `#`, so no server log ever sees it. */
export default function LinkPage() {
  const [token] = useState(() => /#token=([^\s&]+)/.exec(location.hash)?.[1] ?? '')
  const look = useMutation({ mutationFn: () => must(api.POST('/api/v1/slack/link/preview', { body: { token } })) })
  const link = useMutation({ mutationFn: () => must(api.POST('/api/v1/slack/link', { body: { token } })) })
  const { mutate } = look
  useEffect(() => {
    history.replaceState(history.state, '', location.pathname)
    if (token !== '') mutate()
  }, [mutate, token])

  const gone = token === '' || (look.error instanceof ApiError && look.error.status === 404) || (link.error instanceof ApiError && link.error.status === 404)
  return (
    <Page title={slack.linkTitle} tab={slack.linkTitle}>
      <div className="max-w-xl space-y-4">
        {link.isSuccess ? (
          <Note tone="info">{slack.linkDone}</Note>
        ) : gone ? (
          <Note>{slack.linkNone}</Note>
        ) : look.data ? (
          <section className="card space-y-4 p-5">
            <h2>{slack.linkAsk(look.data.slack_name || look.data.slack_user, look.data.workspace)}</h2>
            <p className="text-muted">{slack.linkMeans}</p>
            <Refusal error={link.error} />
            <Button kind="primary" busy={link.isPending && copy.common.loading} onClick={() => link.mutate()}>
              {link.isPending ? slack.linkBusy : slack.linkYes}
            </Button>
          </section>
        ) : (
          <>
            <Refusal error={look.error} />
            {look.isPending && <Skeleton rows={2} />}
          </>
        )}
      </div>
    </Page>
  )
}
