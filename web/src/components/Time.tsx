import { ago, utc } from '@/lib/time'
import { useNow } from '@/lib/hooks'

/** When something happened, in words; the full time in UTC under the pointer. */
export function When({ at }: { at: string }) {
  const now = useNow(true, 30_000)
  return (
    <time dateTime={at} title={utc(at)} className="whitespace-nowrap">
      {ago(at, now)}
    </time>
  )
}
