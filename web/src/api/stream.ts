import type { ExecutionView, OutputEvent } from './types'

export type StreamState = 'connecting' | 'live' | 'reconnecting' | 'stale'

export type StreamHandlers = {
  onExecution: (view: ExecutionView) => void
  onOutput: (event: OutputEvent) => void
  onState: (state: StreamState) => void
}

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 5000

/**
 * Follows one run. The browser reconnects by itself after a cut and resumes with `Last-Event-ID`; when it gives up,
 * this opens a new stream. Output carries its place, so that a repetition is recognised by whoever keeps it.
 * A line that died without a word is noticed by the page's own look at the run every few seconds.
 */
export function follow(executionId: string, handlers: StreamHandlers): () => void {
  let source: EventSource | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let wait = FIRST_WAIT_MS
  let stopped = false

  const open = () => {
    source?.close()
    source = new EventSource(`/api/v1/executions/${executionId}/events`)
    source.addEventListener('execution', (event) => {
      wait = FIRST_WAIT_MS
      handlers.onState('live')
      handlers.onExecution(JSON.parse((event as MessageEvent<string>).data))
    })
    source.addEventListener('output', (event) => {
      handlers.onOutput(JSON.parse((event as MessageEvent<string>).data))
    })
    source.addEventListener('stale', () => handlers.onState('stale'))
    source.onerror = () => {
      if (stopped) return
      handlers.onState('reconnecting')
      if (source?.readyState === EventSource.CLOSED) again()
    }
  }
  const again = () => {
    clearTimeout(timer)
    timer = setTimeout(open, wait)
    wait = Math.min(LONGEST_WAIT_MS, wait * 2)
  }

  handlers.onState('connecting')
  open()
  return () => {
    stopped = true
    clearTimeout(timer)
    source?.close()
  }
}
