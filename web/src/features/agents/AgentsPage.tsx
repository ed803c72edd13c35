import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, must } from '@/api/client'
import { agentsQuery } from '@/api/queries'
import { useMay } from '@/api/session'
import type { AgentView } from '@/api/types'
import { Button } from '@/components/Button'
import { type Column, DataList } from '@/components/DataList'
import { Answers, Dialog } from '@/components/Dialog'
import { Page } from '@/components/Page'
import { RiskBadge } from '@/components/RiskBadge'
import { Empty, Load, Refusal } from '@/components/States'
import { When } from '@/components/Time'
import { copy } from '@/copy'
import { JoinDialog } from './JoinDialog'

const { columns: heads } = copy.agents

function State({ agent }: { agent: AgentView }) {
  const [word, tone, dot] = agent.revoked_at ? [copy.agents.revoked, 'text-muted', 'border-2 border-border'] : agent.online ? [copy.agents.online, 'text-safe', 'bg-safe'] : [copy.agents.offline, 'text-caution', 'border-2 border-caution']
  return (
    <span className={`inline-flex items-center gap-2 text-sm font-medium ${tone}`}>
      <span aria-hidden="true" className={`size-2.5 rounded-full ${dot}`} />
      {word}
    </span>
  )
}

const COLUMNS: readonly Column<AgentView>[] = [
  { id: 'name', head: heads.name, cell: (row) => <span className="font-semibold">{row.name}</span> },
  { id: 'state', head: heads.state, cell: (row) => <State agent={row} /> },
  { id: 'risk', head: heads.risk, cell: (row) => <RiskBadge risk={row.max_risk} /> },
  { id: 'version', head: heads.version, narrow: 'hide', cell: (row) => <span className="numbers text-sm text-muted">{row.version ?? copy.agents.unknownVersion}</span> },
  { id: 'seen', head: heads.seen, cell: (row) => <span className="text-sm text-muted">{row.last_seen_at ? <When at={row.last_seen_at} /> : copy.agents.never}</span> },
  {
    id: 'joined',
    head: heads.joined,
    narrow: 'hide',
    cell: (row) => (
      <span className="text-sm text-muted">
        <When at={row.enrolled_at} />
      </span>
    ),
  },
]

export default function AgentsPage() {
  const query = useQuery(agentsQuery)
  const owner = useMay('owner')
  const [adding, setAdding] = useState(false)
  const [revoking, setRevoking] = useState<AgentView | null>(null)
  const add = owner && (
    <Button kind="primary" icon="plus" onClick={() => setAdding(true)}>
      {copy.agents.add}
    </Button>
  )
  const act: Column<AgentView> = {
    id: 'act',
    head: '',
    className: 'text-right',
    cell: (row) =>
      owner && !row.revoked_at ? (
        <Button kind="quiet" onClick={() => setRevoking(row)} aria-label={`${copy.agents.revoke} ${row.name}`}>
          {copy.agents.revoke}
        </Button>
      ) : null,
  }
  return (
    <Page title={copy.agents.title} tab={copy.agents.title} lead={owner ? copy.agents.lead : `${copy.agents.lead} ${copy.agents.needsOwner}`} actions={add}>
      <Load query={query}>{({ agents }) => (agents.length === 0 ? <Empty action={add}>{copy.agents.empty}</Empty> : <DataList label={copy.agents.title} rows={agents} columns={owner ? [...COLUMNS, act] : COLUMNS} id={(row) => row.id} />)}</Load>
      {adding && <JoinDialog agents={query.data?.agents ?? []} onClose={() => setAdding(false)} />}
      {revoking && <RevokeDialog agent={revoking} onClose={() => setRevoking(null)} />}
    </Page>
  )
}

function RevokeDialog({ agent, onClose }: { agent: AgentView; onClose: () => void }) {
  const client = useQueryClient()
  const revoke = useMutation({
    mutationFn: () => must(api.DELETE('/api/v1/agents/{id}', { params: { path: { id: agent.id } } })),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: agentsQuery.queryKey })
      onClose()
    },
  })
  return (
    <Dialog open onClose={onClose} title={copy.agents.revokeTitle(agent.name)} lead={copy.agents.revokeLead}>
      <Refusal error={revoke.error} />
      <Answers>
        <Button onClick={onClose}>{copy.common.cancel}</Button>
        <Button kind="danger" onClick={() => revoke.mutate()} busy={revoke.isPending && copy.common.loading}>
          {copy.agents.revokeSubmit}
        </Button>
      </Answers>
    </Dialog>
  )
}
