import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { executionQuery } from '@/api/queries'
import { follow, type StreamState } from '@/api/stream'
import type { ExecutionView } from '@/api/types'
import { announce } from '@/components/announce'
import { copy } from '@/copy'
import { size } from '@/lib/time'
import { setStream } from '@/shell/live'
import { Outputs } from './output'

const BACKSTOP_MS = 15_000
const POLL_MS = 5000

/** A run as it stands now: by the stream, and by looking when the stream is away. An older answer never replaces a newer one. */
export function useRun(id: string) {
  const client = useQueryClient()
  const [stream, setState] = useState<StreamState>('connecting')
  const [outputs] = useState(() => new Outputs())
  const query = useQuery({
    ...executionQuery(id),
    refetchInterval: stream === 'live' ? BACKSTOP_MS : POLL_MS,
    structuralSharing: (before, after) => newer(before as ExecutionView | undefined, after as ExecutionView),
  })
  useEffect(() => {
    const stop = follow(id, {
      onExecution: (view) => client.setQueryData<ExecutionView>(executionQuery(id).queryKey, (before) => newer(before, view)),
      onOutput: (event) => outputs.take(event, (bytes) => copy.log.skipped(size(bytes))),
      onState: (state) => {
        setState(state)
        setStream(state)
      },
    })
    return () => {
      stop()
      setStream(null)
    }
  }, [client, id, outputs])
  useSpokenChanges(query.data)
  return { query, outputs, current: stream === 'live' }
}

function newer(before: ExecutionView | undefined, after: ExecutionView): ExecutionView {
  return before && before.id === after.id && before.revision > after.revision ? before : after
}

/** Says each change of a step's state once, for those who listen. */
function useSpokenChanges(run: ExecutionView | undefined): void {
  const states = useRef<Map<string, string>>(new Map())
  useEffect(() => {
    if (!run) return
    for (const step of run.steps) {
      const before = states.current.get(step.id)
      if (before !== undefined && before !== step.state) announce(`${copy.step.order(step.order)}: ${copy.states[step.state]}`)
      states.current.set(step.id, step.state)
    }
  }, [run])
}
