import { Link } from '@tanstack/react-router'
import type { RunbookDocument } from '@/api/types'
import { buttonLook } from '@/components/Button'
import { Note } from '@/components/States'
import { When } from '@/components/Time'
import { copy } from '@/copy'

/** Whether the text still says what people do: the runs of this version that departed from it. */
export function Staleness({ document: { staleness } }: { document: RunbookDocument }) {
  const { last } = staleness
  if (!last) return null
  return (
    <div className="mb-4">
      <Note
        action={
          <Link to="/runs/$id" params={{ id: last.execution_id }} hash="departures" className={buttonLook()}>
            {copy.staleness.updates(last.suggestions)}
          </Link>
        }
      >
        {copy.staleness.runs(staleness.departed, staleness.runs)} <When at={last.ended_at} />
      </Note>
    </div>
  )
}
