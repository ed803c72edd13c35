import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, must } from '@/api/client'
import { ApiError } from '@/api/problem'
import { matchingQuery } from '@/api/queries'
import { useMay } from '@/api/session'
import type { MatchingView } from '@/api/types'
import { announce } from '@/components/announce'
import { Button } from '@/components/Button'
import { TextField } from '@/components/Field'
import { Load, Note, Refusal } from '@/components/States'
import { copy } from '@/copy'
import { RuleFields } from './RuleFields'
import { badLabel, type Draft, EMPTY, list, saysNothing, toDraft, toRule } from './rules'
import { Tried } from './Tried'

/** Which alerts a runbook is for: tags and rules, tried on the last alerts before they are kept. */
export function Matching({ id }: { id: string }) {
  const query = useQuery(matchingQuery(id))
  return (
    <Load query={query} rows={3}>
      {(view) => <MatchingForm key={view.version} id={id} view={view} />}
    </Load>
  )
}

/** Rules have no name of their own; the form gives each one. */
type Row = { key: number; draft: Draft }

function MatchingForm({ id, view }: { id: string; view: MatchingView }) {
  const client = useQueryClient()
  const lead = useMay('lead')
  const [tags, setTags] = useState(view.tags.join(', '))
  const [rows, setRows] = useState<readonly Row[]>(() => view.rules.map((rule, key) => ({ key, draft: toDraft(rule) })))
  const [checked, setChecked] = useState(false)
  const wrong = rows.some(({ draft }) => badLabel(draft) !== null || saysNothing(draft))
  const body = () => ({ tags: list(tags), rules: rows.map(({ draft }) => toRule(draft)) })
  const path = { params: { path: { id } } }
  const test = useMutation({ mutationFn: () => must(api.POST('/api/v1/runbooks/{id}/matching/test', { ...path, body: body() })) })
  const save = useMutation({
    mutationFn: () => must(api.PUT('/api/v1/runbooks/{id}/matching', { ...path, body: { ...body(), expected_version: view.version } })),
    onSuccess: async () => {
      announce(copy.matching.saved)
      await client.invalidateQueries({ queryKey: matchingQuery(id).queryKey })
    },
  })
  const ask = (what: { mutate: () => void }) => {
    setChecked(true)
    if (!wrong) what.mutate()
  }
  const change = (key: number, draft: Draft) => setRows(rows.map((row) => (row.key === key ? { key, draft } : row)))
  const add = () => setRows([...rows, { key: Math.max(-1, ...rows.map((row) => row.key)) + 1, draft: EMPTY }])
  const stale = save.error instanceof ApiError && save.error.code === 'stale'
  return (
    <form
      className="space-y-5"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        ask(lead ? save : test)
      }}
    >
      <p className="max-w-2xl text-muted">{copy.matching.lead}</p>
      <TextField label={copy.matching.tags} help={copy.matching.tagsHelp} value={tags} onChange={(event) => setTags(event.target.value)} spellCheck={false} autoComplete="off" />
      <section className="space-y-3">
        <div className="flex flex-wrap items-center gap-3">
          <h2 className="flex-1">{copy.matching.rules}</h2>
          <Button icon="plus" onClick={add}>
            {copy.matching.add}
          </Button>
        </div>
        <p className="text-sm text-muted">{rows.length === 0 ? copy.matching.noRules : copy.matching.ruleHelp}</p>
        {rows.map(({ key, draft }, i) => (
          <RuleFields key={key} number={i + 1} draft={draft} checked={checked} onChange={(next) => change(key, next)} onRemove={() => setRows(rows.filter((row) => row.key !== key))} />
        ))}
      </section>
      {!lead && <Note tone="info">{copy.matching.needsLead}</Note>}
      {stale ? (
        <Note action={<Button onClick={() => void client.invalidateQueries({ queryKey: matchingQuery(id).queryKey })}>{copy.matching.reload}</Button>}>{copy.matching.stale}</Note>
      ) : (
        <Refusal error={save.error ?? test.error} />
      )}
      <div className="flex flex-wrap gap-2">
        <Button onClick={() => ask(test)} busy={test.isPending && copy.matching.testing}>
          {copy.matching.test}
        </Button>
        {lead && (
          <Button kind="primary" type="submit" busy={save.isPending && copy.matching.saving}>
            {copy.matching.save}
          </Button>
        )}
      </div>
      {test.data && <Tried alerts={test.data.alerts} />}
    </form>
  )
}
