import { copy } from '@/copy'
import { useNow } from '@/lib/hooks'
import { useLive } from './live'

/** Whether what is seen is current, in a word. */
export function LivePill() {
  const { stream, lostSince } = useLive()
  const now = useNow(lostSince !== null)
  const seconds = lostSince === null ? 0 : Math.max(0, Math.round((now - lostSince) / 1000))
  const lost = lostSince !== null
  const word = !lost ? (stream === 'live' ? copy.live.live : stream === 'connecting' ? copy.live.reconnecting : copy.live.watching) : seconds < 3 ? copy.live.reconnecting : copy.live.stopped(seconds)
  return (
    <span className={`inline-flex items-center gap-2 text-xs font-medium whitespace-nowrap ${lost ? 'text-caution' : 'text-muted'}`} title={word}>
      <span aria-hidden="true" className={`size-2 rounded-full ${lost ? 'border-2 border-caution' : 'bg-safe'}`} />
      <span className="max-sm:sr-only">{word}</span>
    </span>
  )
}

/** The bar over a page whose stream was lost. The data stays; deciding is off. */
export function LostBar() {
  const { lostSince } = useLive()
  const now = useNow(lostSince !== null)
  const seconds = lostSince === null ? 0 : Math.round((now - lostSince) / 1000)
  if (lostSince === null || seconds < 3) return null
  return (
    <div role="alert" className="bg-caution-bg px-4 py-2 text-center text-sm font-medium text-caution">
      {copy.live.stoppedBar(seconds)}
    </div>
  )
}
