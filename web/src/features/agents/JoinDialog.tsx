import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { api, must } from '@/api/client'
import type { AgentView, Risk } from '@/api/types'
import { Button } from '@/components/Button'
import { CopyButton } from '@/components/CopyButton'
import { Answers, Dialog } from '@/components/Dialog'
import { Choice, TextField } from '@/components/Field'
import { Note, Refusal } from '@/components/States'
import { Tabs } from '@/components/Tabs'
import { copy } from '@/copy'
import { left } from '@/lib/time'
import { useNow } from '@/lib/hooks'

const RISKS: readonly Risk[] = ['safe', 'caution', 'dangerous']

/** A token that works once, the line to run with it, and the moment the new agent is there. */
export function JoinDialog({ agents, onClose }: { agents: readonly AgentView[]; onClose: () => void }) {
  const [name, setName] = useState('')
  const [maxRisk, setMaxRisk] = useState<Risk>('safe')
  const [before] = useState(() => new Set(agents.map((agent) => agent.id)))
  const make = useMutation({ mutationFn: () => must(api.POST('/api/v1/agents/join-tokens', { body: { name: name.trim(), max_risk: maxRisk } })) })
  const joined = agents.find((agent) => !before.has(agent.id))
  return (
    <Dialog open onClose={onClose} title={copy.agents.add} lead={copy.agents.dialogLead}>
      {make.data ? (
        <Install token={make.data} joined={joined} />
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault()
            make.mutate()
          }}
          className="space-y-4"
        >
          <TextField label={copy.agents.name} placeholder={copy.agents.namePlaceholder} value={name} onChange={(event) => setName(event.target.value)} required maxLength={60} spellCheck={false} />
          <Choice label={copy.agents.maxRisk} help={copy.agents.maxRiskHelp} value={maxRisk} onChange={(event) => setMaxRisk(event.target.value as Risk)}>
            {RISKS.map((risk) => (
              <option key={risk} value={risk}>
                {copy.risk[risk]}
              </option>
            ))}
          </Choice>
          <Refusal error={make.error} />
          <Answers>
            <Button onClick={onClose}>{copy.common.cancel}</Button>
            <Button kind="primary" type="submit" disabled={name.trim() === ''} busy={make.isPending && copy.agents.making}>
              {copy.agents.make}
            </Button>
          </Answers>
        </form>
      )}
    </Dialog>
  )
}

type Token = { token: string; expires_at: string; install: { linux: string; kubernetes: string } }

function Install({ token, joined }: { token: Token; joined: AgentView | undefined }) {
  const [where, setWhere] = useState('linux')
  const now = useNow()
  const rest = left(token.expires_at, now)
  const snippet = (text: string) => (
    <div className="relative">
      <pre tabIndex={0} aria-label={copy.agents.install} className="code max-h-72 overflow-auto rounded-lg bg-(--log-bg) p-4 pr-14 [overflow-wrap:anywhere] whitespace-pre-wrap text-(--log-text)">
        {text}
      </pre>
      <div className="absolute top-2 right-2 rounded-md bg-bg">
        <CopyButton text={text} label={copy.agents.install} />
      </div>
    </div>
  )
  return (
    <div className="space-y-4">
      <Tabs
        label={copy.agents.install}
        value={where}
        onChange={setWhere}
        tabs={[
          { id: 'linux', label: copy.agents.linux, content: snippet(token.install.linux) },
          { id: 'kubernetes', label: copy.agents.kubernetes, content: snippet(token.install.kubernetes) },
        ]}
      />
      <p className="numbers text-sm text-muted">{rest ? copy.agents.expires(rest) : copy.agents.expired}</p>
      <div role="status">{joined ? <Note tone="info">{copy.agents.joined(joined.name)}</Note> : rest && <p className="animate-pulse text-sm font-medium">{copy.agents.waiting}</p>}</div>
    </div>
  )
}
