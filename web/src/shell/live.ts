import { useSyncExternalStore } from 'react'
import type { StreamState } from '@/api/stream'

/** How fresh the page is: by a stream where there is one, by looking every few seconds elsewhere. */
export type Live = { stream: StreamState | null; lostSince: number | null }

let live: Live = { stream: null, lostSince: null }
const listeners = new Set<() => void>()

function set(next: Live): void {
  live = next
  for (const listener of listeners) listener()
}

/** The stream of the page that is open; null when the page has none. */
export function setStream(stream: StreamState | null): void {
  const lost = stream === 'reconnecting' || stream === 'stale'
  set({ stream, lostSince: lost ? (live.lostSince ?? Date.now()) : null })
}

/** What the regular look found, on pages without a stream. */
export function setWatch(answered: boolean): void {
  if (live.stream !== null) return
  const lostSince = answered ? null : (live.lostSince ?? Date.now())
  if (lostSince !== live.lostSince) set({ ...live, lostSince })
}

export function useLive(): Live {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => live,
  )
}
