import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { api, must } from '@/api/client'
import { Page } from '@/components/Page'
import { Note, Refusal, Skeleton } from '@/components/States'
import { copy } from '@/copy'

const { slack } = copy

/** Slack's consent comes back here, and is handed on once. */
export default function InstalledPage() {
  const [consent] = useState(() => {
    const query = new URLSearchParams(location.search)
    return { code: query.get('code') ?? '', state: query.get('state') ?? '' }
  })
  const finish = useMutation({ mutationFn: () => must(api.POST('/api/v1/settings/slack/install/finish', { body: consent })) })
  const { mutate } = finish
  useEffect(() => {
    history.replaceState(history.state, '', location.pathname)
    if (consent.code !== '') mutate()
  }, [mutate, consent])
  return (
    <Page title={slack.installTitle} tab={slack.installTitle}>
      <div className="max-w-xl space-y-4" aria-live="polite">
        {consent.code === '' && <Note>{slack.installNone}</Note>}
        {finish.isPending && (
          <>
            <p className="text-muted">{slack.installBusy}</p>
            <Skeleton rows={1} />
          </>
        )}
        <Refusal error={finish.error} />
        {finish.data && <Note tone="info">{slack.installDone(finish.data.workspace)}</Note>}
        <Link to="/settings" className="text-accent underline">
          {slack.toSettings}
        </Link>
      </div>
    </Page>
  )
}
