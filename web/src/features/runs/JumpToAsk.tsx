import { useEffect, useState } from 'react'
import { Icon } from '@/components/Icon'
import { copy } from '@/copy'

/** While the question is out of sight, a way back to it under the thumb. */
export function JumpToAsk({ order }: { order: number | null }) {
  const [hidden, setHidden] = useState(false)
  useEffect(() => {
    const ask = order === null ? null : document.querySelector(`#step-${order} [data-testid="ask"]`)
    if (!ask) return setHidden(false)
    const watcher = new IntersectionObserver(([entry]) => setHidden(entry ? !entry.isIntersecting : false), { rootMargin: '-64px 0px -72px' })
    watcher.observe(ask)
    return () => watcher.disconnect()
  }, [order])
  if (order === null || !hidden) return null
  return (
    <a href={`#step-${order}`} className="appear fixed bottom-20 left-1/2 z-20 inline-flex min-h-11 -translate-x-1/2 items-center gap-2 rounded-full bg-accent px-5 text-sm font-semibold whitespace-nowrap text-accent-ink shadow-card md:bottom-6">
      <Icon name="waiting" />
      {copy.run.jump(order)}
    </a>
  )
}
