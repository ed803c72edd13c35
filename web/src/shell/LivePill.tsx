import { copy } from '@/copy'
import { useNow } from '@/lib/hooks'
import { type Live, useLive } from './live'

/** Whether what is seen is current, in a word. */
export function LivePill() {
  const live = useLive()
  const { lostSince } = live
  const now = useNow(lostSince !== null)
  const seconds = lostSince === null ? 0 : Math.max(0, Math.round((now - lostSince) / 1000))
  const lost = lostSince !== null
  const word = lost ? lostWord(live, seconds) : standingWord(live)
  return (
    <span className={`inline-flex items-center gap-2 text-xs font-medium whitespace-nowrap ${lost ? 'text-caution' : 'text-muted'}`} title={word}>
      <span aria-hidden="true" className={`size-2 rounded-full ${lost ? 'border-2 border-caution' : 'bg-safe'}`} />
      <span className="max-sm:sr-only">{word}</span>
    </span>
  )
}

const standingWord = ({ stream }: Live) => (stream === 'live' ? copy.live.live : stream === 'connecting' ? copy.live.reconnecting : copy.live.watching)

const lostWord = ({ stream }: Live, seconds: number) => (stream === 'stale' ? copy.live.stale : seconds < 3 ? copy.live.reconnecting : copy.live.stopped(seconds))

/**
 * The bar over a page whose stream was lost. The data stays; deciding is off. A short cut heals by itself and is not
 * worth a bar; that the database is away is known, and said at once.
 */
export function LostBar() {
  const { stream, lostSince } = useLive()
  const now = useNow(lostSince !== null)
  const seconds = lostSince === null ? 0 : Math.round((now - lostSince) / 1000)
  const stale = stream === 'stale'
  if (lostSince === null || (seconds < 3 && !stale)) return null
  return (
    <div role="alert" className="bg-caution-bg px-4 py-2 text-center text-sm font-medium text-caution">
      {stale ? copy.live.unknown : copy.live.stoppedBar(seconds)}
    </div>
  )
}
