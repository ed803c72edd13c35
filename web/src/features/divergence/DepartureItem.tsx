import { useId } from 'react'
import type { Departure, DivergenceItem } from '@/api/types'
import { Icon, type IconName } from '@/components/Icon'
import { Words } from '@/components/Words'
import { copy } from '@/copy'
import { visible } from '@/lib/visible'

/** A sign beside the word; a new departure does not compile until it has one. */
const SIGN: Record<Departure, IconName> = {
  as_written: 'done',
  not_chosen: 'right',
  skipped: 'skipped',
  edited: 'edit',
  unlisted: 'plus',
  rolled_back: 'undone',
  by_hand: 'hand',
  not_reached: 'queued',
  not_succeeded: 'failed',
}

type Props = { item: DivergenceItem; ticked: boolean; onTick: (() => void) | null }

/** One departure: prescribed beside actual, who and why, and the tick that takes it over. */
export function DepartureItem({ item, ticked, onTick }: Props) {
  const title = useId()
  return (
    <li data-testid={`departure-${item.order}`} className="px-4 py-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="inline-flex items-center gap-1.5 text-sm font-semibold">
          <Icon name={SIGN[item.departure]} />
          {copy.divergence.kinds[item.departure]}
        </span>
        <a href={`#step-${item.order}`} id={title} className="link min-w-0 flex-1 basis-48 [overflow-wrap:anywhere]">
          {copy.divergence.step(item.order, item.title)}
        </a>
        {item.by && <span className="text-sm text-muted">{item.by}</span>}
      </div>
      <Sides item={item} />
      {item.note && <p className="mt-2 text-sm text-pretty text-muted">{item.note}</p>}
      {item.suggestion && onTick && (
        <label className="tap mt-1 inline-flex cursor-pointer items-center gap-2.5 text-sm font-medium">
          <input type="checkbox" className="size-5 accent-(--accent)" checked={ticked} aria-describedby={title} onChange={onTick} />
          {copy.divergence.suggestions[item.suggestion]}
        </label>
      )}
    </li>
  )
}

/** The two commands side by side; of an edited one the words that went on the left, those that came on the right. */
function Sides({ item }: { item: DivergenceItem }) {
  const words = (item.words ?? []).map(({ kind, text }) => ({ kind, text: visible(text) }))
  const prescribed = words.length > 0 ? words.filter((word) => word.kind !== 'added') : whole(item.prescribed)
  const ran = item.departure === 'skipped' || item.departure === 'by_hand' ? null : item.actual
  const actual = words.length > 0 ? words.filter((word) => word.kind !== 'removed') : whole(ran)
  if (!prescribed && !actual) return null
  return (
    <dl className="mt-2 grid gap-2 sm:grid-cols-2">
      <Side label={copy.divergence.prescribed} parts={prescribed} />
      <Side label={copy.divergence.actual} parts={actual} />
    </dl>
  )
}

type Parts = Parameters<typeof Words>[0]['parts']

const whole = (command: string | null | undefined): Parts | null => (command == null ? null : [{ kind: 'same', text: visible(command) }])

function Side({ label, parts }: { label: string; parts: Parts | null }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs font-medium text-muted">{label}</dt>
      <dd className="mt-0.5 rounded-lg border border-line bg-surface px-3 py-2">
        {parts ? (
          <code className="code block [overflow-wrap:anywhere] whitespace-pre-wrap">
            <Words parts={parts} />
          </code>
        ) : (
          <span className="text-sm text-muted">{copy.divergence.none}</span>
        )}
      </dd>
    </div>
  )
}
