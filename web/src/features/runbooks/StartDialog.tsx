import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { api, must } from '@/api/client'
import { agentsQuery } from '@/api/queries'
import type { AgentView, RunbookDocument } from '@/api/types'
import { Button } from '@/components/Button'
import { Answers, Dialog } from '@/components/Dialog'
import { Choice, TextField } from '@/components/Field'
import { Note, Refusal } from '@/components/States'
import { copy } from '@/copy'

/** The alert that a run is for, and the values that it names. */
type ForAlert = { id: string; known: Record<string, string> }

/** What a run needs before it starts: values, an agent, and somebody who checked what must be true. */
export function StartDialog({ document, alert, onClose }: { document: RunbookDocument; alert?: ForAlert; onClose: () => void }) {
  const navigate = useNavigate()
  const client = useQueryClient()
  const { data: agents } = useQuery(agentsQuery)
  const inputs = document.parsed.variables.filter((variable) => variable.kind !== 'derived')
  const { prerequisites } = document.parsed
  const [values, setValues] = useState<Record<string, string>>(alert?.known ?? {})
  const [ticked, setTicked] = useState<ReadonlySet<number>>(new Set())
  const [chosen, setChosen] = useState<string | null>(null)
  const [tried, setTried] = useState(false)
  const usable = (agents?.agents ?? []).filter((agent) => !agent.revoked_at)
  const agent = chosen ?? (usable.find((candidate) => candidate.online) ?? usable[0])?.id ?? ''
  const missing = inputs.filter((variable) => (values[variable.name] ?? '') === '').map((variable) => variable.name)
  const start = useMutation({
    mutationFn: () => must(api.POST('/api/v1/executions', { body: { runbook_id: document.id, version: document.version, variables: values, ...(agent !== '' && { agent_id: agent }), ...(alert && { alert_id: alert.id }) } })),
    onSuccess: async ({ id }) => {
      void client.invalidateQueries({ queryKey: ['executions'] })
      if (alert) void client.invalidateQueries({ queryKey: ['alerts'] })
      await navigate({ to: '/runs/$id', params: { id } })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (missing.length === 0 && ticked.size === prerequisites.length) start.mutate()
  }
  const tick = (i: number) => setTicked((before) => (before.has(i) ? new Set([...before].filter((other) => other !== i)) : new Set([...before, i])))
  return (
    <Dialog open onClose={onClose} title={copy.start.title(document.title)} lead={copy.start.lead}>
      <form onSubmit={submit} className="space-y-5" noValidate>
        {document.trust_level === 0 && <Note>{copy.start.shownOnly}</Note>}
        {prerequisites.length > 0 && (
          <fieldset>
            <legend className="mb-1.5 text-sm font-semibold">{copy.start.prerequisites}</legend>
            {prerequisites.map((prerequisite, i) => (
              <label key={i} className="flex cursor-pointer items-start gap-2.5 py-1.5 text-sm">
                <input type="checkbox" checked={ticked.has(i)} onChange={() => tick(i)} className="mt-1 size-4 shrink-0 accent-(--accent)" />
                <span className="[overflow-wrap:anywhere]">{prerequisite.text}</span>
              </label>
            ))}
            {tried && ticked.size < prerequisites.length && (
              <p role="alert" className="mt-1 text-sm font-medium text-dangerous">
                {copy.start.confirmAll}
              </p>
            )}
          </fieldset>
        )}
        <fieldset className="space-y-3">
          <legend className="text-sm font-semibold">{copy.start.values}</legend>
          {inputs.length === 0 && <p className="text-sm text-muted">{copy.start.noValues}</p>}
          {inputs.map((variable) => (
            <TextField
              key={variable.name}
              label={<code className="code">{variable.name}</code>}
              help={variable.kind === 'secret' ? copy.start.secret : alert?.known[variable.name] !== undefined ? copy.alerts.fromAlert : undefined}
              type={variable.kind === 'secret' ? 'password' : 'text'}
              autoComplete="off"
              spellCheck={false}
              className="font-mono"
              value={values[variable.name] ?? ''}
              onChange={(event) => setValues({ ...values, [variable.name]: event.target.value })}
            />
          ))}
          {tried && missing.length > 0 && (
            <p role="alert" className="text-sm font-medium text-dangerous">
              {copy.start.missing(missing.join(', '))}
            </p>
          )}
        </fieldset>
        <AgentChoice agents={usable} known={agents !== undefined} value={agent} onChange={setChosen} />
        <Refusal error={start.error} />
        <Answers>
          <Button onClick={onClose}>{copy.common.cancel}</Button>
          <Button kind="primary" type="submit" icon="play" busy={start.isPending && copy.start.busy}>
            {copy.start.submit}
          </Button>
        </Answers>
      </form>
    </Dialog>
  )
}

function AgentChoice({ agents, known, value, onChange }: { agents: readonly AgentView[]; known: boolean; value: string; onChange: (id: string) => void }) {
  if (known && agents.length === 0)
    return (
      <Note
        action={
          <Link to="/agents" className="link font-semibold">
            {copy.start.addAgent}
          </Link>
        }
      >
        {copy.start.noAgents}
      </Note>
    )
  return (
    <Choice label={copy.start.agent} value={value} onChange={(event) => onChange(event.target.value)}>
      {agents.map((agent) => (
        <option key={agent.id} value={agent.id}>
          {agent.name} ({agent.online ? copy.start.online : copy.start.offline})
        </option>
      ))}
    </Choice>
  )
}
