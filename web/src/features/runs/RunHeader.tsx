import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { api, must } from '@/api/client'
import { executionQuery } from '@/api/queries'
import { useMay } from '@/api/session'
import type { ExecutionView } from '@/api/types'
import { Button } from '@/components/Button'
import { Answers, Dialog } from '@/components/Dialog'
import { TextField } from '@/components/Field'
import { RunStateBadge } from '@/components/StateBadge'
import { Note, Refusal } from '@/components/States'
import { When } from '@/components/Time'
import { copy } from '@/copy'
import { duration } from '@/lib/time'
import { isFinal } from './asking'

/** Where the run stands, whose it is, where it runs. */
export function RunFacts({ run }: { run: ExecutionView }) {
  return (
    <div className="space-y-2">
      <p className="flex flex-wrap items-center gap-x-4 gap-y-1 text-sm">
        <RunStateBadge state={run.state} />
        <Link to="/runbooks/$id" params={{ id: run.runbook_id }} search={{ version: run.version }} className="link numbers">
          {copy.runbooks.columns.title} {copy.common.version(run.version)}
        </Link>
        <span>{copy.run.ledBy(run.led_by)}</span>
        <span>
          {run.agent_name ? `${copy.run.on} ${run.agent_name}` : copy.run.noAgent}
          {run.agent_name && <span className={run.agent_online ? 'text-safe' : 'font-semibold text-caution'}> ({run.agent_online ? copy.run.agentOnline : copy.run.agentOffline})</span>}
        </span>
        <When at={run.started_at} />
        {run.ended_at && <span className="numbers">{copy.run.took(duration(Date.parse(run.ended_at) - Date.parse(run.started_at)))}</span>}
      </p>
      <TimeSplit run={run} />
    </div>
  )
}

/** How the time was spent: people, machines, neither. Patterns and words, not colour alone. */
function TimeSplit({ run }: { run: ExecutionView }) {
  const { human, machine, idle } = run.seconds
  const total = human + machine + idle
  if (total < 1) return null
  const parts = [
    { id: 'human', seconds: human, word: copy.run.time.human, look: 'bg-[repeating-linear-gradient(45deg,var(--caution)_0_3px,transparent_3px_6px)]' },
    { id: 'machine', seconds: machine, word: copy.run.time.machine, look: 'bg-accent' },
    { id: 'idle', seconds: idle, word: copy.run.time.idle, look: 'bg-line' },
  ]
  return (
    <div role="group" aria-label={copy.run.time.label} className="max-w-xl">
      <div aria-hidden="true" className="flex h-2 overflow-hidden rounded-full bg-sunken">
        {parts.map((part) => (
          <span key={part.id} className={part.look} style={{ width: `${(part.seconds / total) * 100}%` }} />
        ))}
      </div>
      <p className="numbers mt-1 flex flex-wrap gap-x-4 text-xs text-muted">
        {parts.map((part) => (
          <span key={part.id} className="inline-flex items-center gap-1.5">
            <span aria-hidden="true" className={`size-2.5 rounded-sm ${part.look}`} />
            {part.word} {duration(part.seconds * 1000)}
          </span>
        ))}
      </p>
    </div>
  )
}

/** Stopping the run, and going on after panic. */
export function RunActions({ run, halted }: { run: ExecutionView; halted: boolean }) {
  const may = useMay('responder')
  const [aborting, setAborting] = useState(false)
  const client = useQueryClient()
  const resume = useMutation({
    mutationFn: () => must(api.POST('/api/v1/executions/{id}/resume', { params: { path: { id: run.id } }, body: {} })),
    onSettled: () => client.invalidateQueries({ queryKey: executionQuery(run.id).queryKey }),
  })
  if (!may || isFinal(run)) return null
  return (
    <>
      {run.state === 'paused' && (
        <Button kind="primary" icon="play" title={copy.run.resumeLead} disabled={halted} busy={resume.isPending && copy.ask.sending} onClick={() => resume.mutate()}>
          {copy.run.resume}
        </Button>
      )}
      <Button icon="aborted" onClick={() => setAborting(true)}>
        {copy.run.abort}
      </Button>
      {resume.error && <Refusal error={resume.error} />}
      {aborting && <AbortRun id={run.id} onClose={() => setAborting(false)} />}
    </>
  )
}

function AbortRun({ id, onClose }: { id: string; onClose: () => void }) {
  const client = useQueryClient()
  const [reason, setReason] = useState('')
  const abort = useMutation({
    mutationFn: () => must(api.POST('/api/v1/executions/{id}/abort', { params: { path: { id } }, body: { reason: reason.trim() } })),
    onSuccess: onClose,
    onSettled: () => client.invalidateQueries({ queryKey: executionQuery(id).queryKey }),
  })
  return (
    <Dialog open onClose={onClose} title={copy.run.abortTitle} lead={copy.run.abortLead}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          abort.mutate()
        }}
      >
        <TextField label={`${copy.run.abortReason} (${copy.common.optional})`} value={reason} onChange={(event) => setReason(event.target.value)} />
        <div className="mt-3">
          <Refusal error={abort.error} />
        </div>
        <Answers>
          <Button onClick={onClose}>{copy.common.back}</Button>
          <Button kind="danger" type="submit" busy={abort.isPending && copy.ask.sending}>
            {copy.run.abortSubmit}
          </Button>
        </Answers>
      </form>
    </Dialog>
  )
}

/** What is to be known of the run as a whole. */
export function RunNotes({ run }: { run: ExecutionView }) {
  return (
    <div className="mb-5 space-y-2 empty:hidden">
      {run.agent_id && !run.agent_online && !isFinal(run) && <Note>{copy.run.agentGone}</Note>}
      {run.state === 'paused' && <Note>{copy.run.resumeLead}</Note>}
      {run.state === 'completed' && <Note tone="info">{copy.run.endedWell(run.steps.length)}</Note>}
      {run.state === 'aborted' && <Note tone="info">{copy.run.aborted}</Note>}
    </div>
  )
}
