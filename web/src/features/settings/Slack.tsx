import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { api, must } from '@/api/client'
import { slackQuery } from '@/api/queries'
import { useMay } from '@/api/session'
import { Button } from '@/components/Button'
import { TextField } from '@/components/Field'
import { Empty, Load, Note, Refusal } from '@/components/States'
import { copy } from '@/copy'

const { slack } = copy

type Workspace = { id: string; name: string; team_id: string; channel?: string | null; on_call_group?: string | null; broken?: string | null; linked: { slack_user: string; email: string }[] }

/** Which workspaces the app is in, where it shows things, and who is who. */
export function Slack() {
  const query = useQuery(slackQuery)
  const owner = useMay('owner')
  const install = useMutation({
    mutationFn: () => must(api.POST('/api/v1/settings/slack/install', { body: {} })),
    onSuccess: ({ url }) => location.assign(url),
  })
  return (
    <section>
      <div className="mb-3 flex flex-wrap items-end gap-3">
        <div className="flex-1 basis-60">
          <h2>{slack.title}</h2>
          <p className="mt-1 text-muted">{slack.lead}</p>
        </div>
        {owner && query.data?.can_install && (
          <Button icon="plus" busy={install.isPending && copy.common.loading} onClick={() => install.mutate()}>
            {slack.install}
          </Button>
        )}
      </div>
      <Refusal error={install.error} />
      <Load query={query} rows={2}>
        {({ workspaces, can_install }) =>
          workspaces.length === 0 ? (
            <Empty>{can_install ? slack.none : slack.cannot}</Empty>
          ) : (
            <ul className="space-y-3">
              {workspaces.map((workspace) => (
                <li key={workspace.id}>
                  <Shown workspace={workspace} may={owner} />
                </li>
              ))}
            </ul>
          )
        }
      </Load>
    </section>
  )
}

function Shown({ workspace, may }: { workspace: Workspace; may: boolean }) {
  const client = useQueryClient()
  const [channel, setChannel] = useState(workspace.channel ?? '')
  const [group, setGroup] = useState(workspace.on_call_group ?? '')
  const again = () => client.invalidateQueries({ queryKey: slackQuery.queryKey })
  const path = { params: { path: { id: workspace.id } } }
  const save = useMutation({
    mutationFn: () => must(api.PUT('/api/v1/settings/slack/{id}', { ...path, body: { channel: channel.trim() || null, on_call_group: group.trim() || null } })),
    onSettled: again,
  })
  const remove = useMutation({ mutationFn: () => must(api.DELETE('/api/v1/settings/slack/{id}', path)), onSettled: again })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate()
  }
  return (
    <form onSubmit={submit} className="card space-y-4 p-5">
      <div className="flex flex-wrap items-baseline gap-3">
        <h3 className="flex-1">{workspace.name}</h3>
        <span className="text-sm text-muted">{workspace.linked.length === 0 ? slack.nobody : slack.linked(workspace.linked.length)}</span>
      </div>
      {workspace.broken && <Note>{slack.broken(workspace.broken)}</Note>}
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField label={slack.channel} help={slack.channelHelp} value={channel} onChange={(event) => setChannel(event.target.value)} disabled={!may} autoComplete="off" spellCheck={false} />
        <TextField label={slack.group} help={slack.groupHelp} value={group} onChange={(event) => setGroup(event.target.value)} disabled={!may} autoComplete="off" spellCheck={false} />
      </div>
      <Refusal error={save.error ?? remove.error} />
      {may && (
        <div className="flex gap-3">
          <Button kind="primary" type="submit" busy={save.isPending && copy.common.loading}>
            {save.isSuccess ? slack.saved : slack.save}
          </Button>
          <Button kind="quiet" type="button" busy={remove.isPending && copy.common.loading} onClick={() => remove.mutate()} aria-label={slack.removeLabel(workspace.name)}>
            {slack.remove}
          </Button>
        </div>
      )}
    </form>
  )
}
