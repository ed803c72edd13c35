import { useSyncExternalStore } from 'react'

let message = ''
let last = 0
let pending: ReturnType<typeof setTimeout> | undefined
const listeners = new Set<() => void>()

/** Says a sentence to those who listen to the page: the newest one, at most one in two seconds. */
export function announce(text: string): void {
  clearTimeout(pending)
  const wait = Math.max(0, last + 2000 - Date.now())
  pending = setTimeout(() => {
    last = Date.now()
    message = text
    for (const listener of listeners) listener()
  }, wait)
}

/** The page's one polite status line. Seen by nobody, heard by some. */
export function StatusLine() {
  const text = useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => message,
  )
  return (
    <div role="status" aria-live="polite" className="sr-only">
      {text}
    </div>
  )
}
