import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, must } from '@/api/client'
import { tokensQuery } from '@/api/queries'
import { useMay } from '@/api/session'
import { Button } from '@/components/Button'
import { CodeToCopy } from '@/components/CodeToCopy'
import { type Column, DataList } from '@/components/DataList'
import { Answers, Dialog } from '@/components/Dialog'
import { TextField } from '@/components/Field'
import { Empty, Load, Note, Refusal } from '@/components/States'
import { When } from '@/components/Time'
import { copy } from '@/copy'
import { date } from '@/lib/time'

type Token = { id: string; name: string; user: string; created_at: string; expires_at?: string | null; last_used_at?: string | null }

const { tokenColumns: heads } = copy.settings

/** Tokens of the command line and of scripts. A secret is shown once, when it is made. */
export function Tokens() {
  const query = useQuery(tokensQuery)
  const client = useQueryClient()
  const may = useMay('responder')
  const [making, setMaking] = useState(false)
  const revoke = useMutation({
    mutationFn: (id: string) => must(api.DELETE('/api/v1/settings/tokens/{id}', { params: { path: { id } } })),
    onSettled: () => client.invalidateQueries({ queryKey: tokensQuery.queryKey }),
  })
  const columns: readonly Column<Token>[] = [
    { id: 'name', head: heads.name, cell: (row) => <span className="font-medium">{row.name}</span> },
    { id: 'user', head: heads.user, cell: (row) => <span className="text-sm text-muted">{row.user}</span> },
    { id: 'used', head: heads.used, narrow: 'hide', cell: (row) => <span className="text-sm text-muted">{row.last_used_at ? <When at={row.last_used_at} /> : copy.settings.never}</span> },
    { id: 'expires', head: heads.expires, cell: (row) => <span className="numbers text-sm text-muted">{row.expires_at ? date(row.expires_at) : copy.settings.noEnd}</span> },
    {
      id: 'act',
      head: '',
      className: 'text-right',
      cell: (row) =>
        may && (
          <Button kind="quiet" onClick={() => revoke.mutate(row.id)} disabled={revoke.isPending} aria-label={`${copy.settings.revoke} ${row.name}`}>
            {copy.settings.revoke}
          </Button>
        ),
    },
  ]
  return (
    <section>
      <div className="mb-3 flex flex-wrap items-end gap-3">
        <div className="flex-1 basis-60">
          <h2>{copy.settings.tokens}</h2>
          <p className="mt-1 text-muted">{copy.settings.tokensLead}</p>
        </div>
        {may && (
          <Button icon="plus" onClick={() => setMaking(true)}>
            {copy.settings.newToken}
          </Button>
        )}
      </div>
      <Refusal error={revoke.error} />
      <Load query={query} rows={2}>
        {({ tokens }) => (tokens.length === 0 ? <Empty>{copy.settings.noTokens}</Empty> : <DataList label={copy.settings.tokens} rows={tokens} columns={columns} id={(row) => row.id} />)}
      </Load>
      {making && <MakeToken onClose={() => setMaking(false)} />}
    </section>
  )
}

function MakeToken({ onClose }: { onClose: () => void }) {
  const client = useQueryClient()
  const [name, setName] = useState('')
  const [days, setDays] = useState(90)
  const make = useMutation({
    mutationFn: () => must(api.POST('/api/v1/settings/tokens', { body: { name: name.trim(), expires_in_days: days } })),
    onSuccess: () => client.invalidateQueries({ queryKey: tokensQuery.queryKey }),
  })
  return (
    <Dialog open onClose={onClose} title={copy.settings.newToken} lead={copy.settings.tokensLead}>
      {make.data ? (
        <div className="space-y-4">
          <Note>{copy.settings.tokenShown}</Note>
          <CodeToCopy text={make.data.token} label={copy.settings.newToken} />
          <Answers>
            <Button kind="primary" onClick={onClose}>
              {copy.common.close}
            </Button>
          </Answers>
        </div>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault()
            make.mutate()
          }}
          className="space-y-4"
        >
          <TextField label={copy.settings.tokenName} value={name} onChange={(event) => setName(event.target.value)} required maxLength={80} />
          <TextField label={copy.settings.tokenDays} type="number" min={1} max={365} value={days} onChange={(event) => setDays(event.target.valueAsNumber || 1)} />
          <Refusal error={make.error} />
          <Answers>
            <Button onClick={onClose}>{copy.common.cancel}</Button>
            <Button kind="primary" type="submit" disabled={name.trim() === ''} busy={make.isPending && copy.common.loading}>
              {copy.settings.newToken}
            </Button>
          </Answers>
        </form>
      )}
    </Dialog>
  )
}
