import type { ReactNode } from 'react'
import { ApiError } from '@/api/problem'
import { copy } from '@/copy'
import { useDelayed } from '@/lib/hooks'
import { Button } from './Button'

/** Rows that breathe while something is on its way, after 150 ms. */
export function Skeleton({ rows = 4 }: { rows?: number }) {
  const late = useDelayed(true)
  if (!late) return null
  return (
    <div aria-busy="true" aria-label={copy.common.loading} role="group" className="space-y-3">
      {Array.from({ length: rows }, (_, i) => (
        <div key={i} className="skeleton h-14" />
      ))}
    </div>
  )
}

/** One sentence and one thing to do. */
export function Empty({ children, action }: { children: ReactNode; action?: ReactNode }) {
  return (
    <div className="card flex flex-col items-center gap-4 px-6 py-14 text-center">
      <p className="max-w-md text-pretty text-muted">{children}</p>
      {action}
    </div>
  )
}

/** What went wrong, in words, with the request's id for those who read logs. */
export function Failure({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  return (
    <div role="alert" className="card border-l-4 border-l-dangerous px-5 py-4">
      <p className="font-semibold">{copy.errors.title}</p>
      <p className="mt-1 text-muted">{sentence(error)}</p>
      <RequestId error={error} />
      {onRetry && (
        <Button className="mt-3" onClick={onRetry}>
          {copy.common.retry}
        </Button>
      )}
    </div>
  )
}

/** A refusal beside the thing that was refused. */
export function Refusal({ error }: { error: unknown }) {
  if (!error) return null
  return (
    <div role="alert" className="rounded-lg bg-dangerous-bg px-3.5 py-2.5 text-sm text-dangerous">
      <p>{sentence(error)}</p>
      <RequestId error={error} />
    </div>
  )
}

/** A remark that is not a failure. */
export function Note({ tone = 'caution', children, action }: { tone?: 'caution' | 'info'; children: ReactNode; action?: ReactNode }) {
  const look = tone === 'caution' ? 'bg-caution-bg text-caution' : 'bg-accent-soft text-text'
  return (
    <div className={`flex flex-wrap items-center gap-x-4 gap-y-2 rounded-lg px-3.5 py-2.5 text-sm ${look}`}>
      <div className="min-w-0 flex-1 basis-60">{children}</div>
      {action}
    </div>
  )
}

/** The sentence of a refusal for people. */
export function sentence(error: unknown): string {
  if (error instanceof ApiError) return error.message || copy.errors.unknown
  return copy.errors.unknown
}

function RequestId({ error }: { error: unknown }) {
  const id = error instanceof ApiError ? error.problem.request_id : undefined
  return id ? (
    <p className="code mt-1 text-xs opacity-80">
      {copy.common.requestId} {id}
    </p>
  ) : null
}

type Loaded<T> = { data: T | undefined; error: unknown; isPending: boolean; refetch: () => unknown }

/** Loading, failed or there: every page that reads something is one of the three. */
export function Load<T>({ query, rows, children }: { query: Loaded<T>; rows?: number; children: (data: T) => ReactNode }) {
  if (query.data !== undefined) return children(query.data)
  if (query.isPending) return <Skeleton {...(rows && { rows })} />
  return <Failure error={query.error} onRetry={() => void query.refetch()} />
}
