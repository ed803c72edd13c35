/** Times and amounts in words. All take the present as an argument. */

const DATE = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })
const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })
const UTC = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'long', timeZone: 'UTC' })

/** `03:14:22`, in the reader's zone. */
export const clock = (iso: string): string => CLOCK.format(new Date(iso))

/** `22 Nov 2026`, in the reader's zone. */
export const date = (iso: string): string => DATE.format(new Date(iso))

/** The full time in UTC, for titles and exports. */
export const utc = (iso: string): string => UTC.format(new Date(iso))

/** `just now`, `4 min ago`, `3 h ago`, then the date. */
export function ago(iso: string, now: number): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(iso)) / 1000))
  if (seconds < 45) return 'just now'
  if (seconds < 3570) return `${Math.max(1, Math.round(seconds / 60))} min ago`
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} h ago`
  return date(iso)
}

/** `0.2 s`, `41 s`, `3 min 10 s`, `2 h 05 min`. */
export function duration(ms: number): string {
  if (ms < 950) return `${Math.max(0, ms / 1000).toFixed(ms < 100 ? 2 : 1)} s`
  if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`
  return `${Math.floor(seconds / 3600)} h ${String(Math.floor((seconds % 3600) / 60)).padStart(2, '0')} min`
}

/** How much time is left, coarser when there is more of it; null when none is. */
export function left(iso: string, now: number): string | null {
  const seconds = Math.ceil((Date.parse(iso) - now) / 1000)
  if (seconds <= 0) return null
  if (seconds < 60) return `${seconds} s`
  if (seconds < 600) return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`
  return `${Math.round(seconds / 3600)} h`
}

/** `1.9 KB`, `412 bytes`. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} KB`
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}

/** `3 ms`, `0.6 ms`, `1.8 s`. */
export function stage(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`
}
