import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, must } from '@/api/client'
import { executionQuery } from '@/api/queries'
import type { ExecutionView } from '@/api/types'
import { Button } from '@/components/Button'
import { TextArea } from '@/components/Field'
import { Refusal } from '@/components/States'
import { announce } from '@/components/announce'
import { copy } from '@/copy'
import { isFinal } from './asking'

/** A command beside the runbook: it becomes a step of its own that is judged and asks like any other. */
export function AnotherCommand({ run }: { run: ExecutionView }) {
  const [open, setOpen] = useState(false)
  if (isFinal(run)) return null
  if (!run.unlisted?.allowed) return run.unlisted?.blocked_reason ? <p className="mt-2 text-sm text-muted">{run.unlisted.blocked_reason}</p> : null
  return open ? (
    <Form id={run.id} onClose={() => setOpen(false)} />
  ) : (
    <Button kind="quiet" icon="plus" className="mt-1" onClick={() => setOpen(true)}>
      {copy.another.open}
    </Button>
  )
}

function Form({ id, onClose }: { id: string; onClose: () => void }) {
  const client = useQueryClient()
  const [command, setCommand] = useState('')
  const add = useMutation({
    mutationFn: () => must(api.POST('/api/v1/executions/{id}/unlisted', { params: { path: { id } }, body: { command } })),
    onSuccess: (step) => {
      announce(copy.another.added(step.order))
      onClose()
    },
    onSettled: () => client.invalidateQueries({ queryKey: executionQuery(id).queryKey }),
  })
  const empty = command.trim() === ''
  return (
    <form
      data-testid="another-command"
      className="card mt-2 space-y-3 p-4"
      onSubmit={(event) => {
        event.preventDefault()
        if (!empty) add.mutate()
      }}
    >
      <TextArea label={copy.another.field} help={copy.another.help} className="code" rows={Math.min(12, command.split('\n').length + 1)} autoFocus spellCheck={false} autoCapitalize="off" value={command} onChange={(event) => setCommand(event.target.value)} />
      <Refusal error={add.error} />
      <div className="flex flex-wrap gap-2 max-sm:flex-col">
        <Button kind="primary" type="submit" disabled={empty} busy={add.isPending && copy.ask.sending}>
          {copy.another.submit}
        </Button>
        <Button onClick={onClose}>{copy.common.back}</Button>
      </div>
    </form>
  )
}
