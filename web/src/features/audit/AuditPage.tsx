import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { api, must } from '@/api/client'
import type { AuditEvent } from '@/api/types'
import { Button, buttonLook } from '@/components/Button'
import { Page } from '@/components/Page'
import { Empty, Failure, Skeleton } from '@/components/States'
import { copy } from '@/copy'
import { clock, date, utc } from '@/lib/time'
import { EventDrawer } from './EventDrawer'
import { EVENT_TYPES } from './eventTypes'
import { Verify } from './Verify'

const PAGE = 100

/** Who did what, newest first. Nothing here can be changed; the chain shows if somebody did. */
export default function AuditPage() {
  const filter = useSearch({ from: '/shell/audit' })
  const navigate = useNavigate({ from: '/audit' })
  const query = useInfiniteQuery({
    queryKey: ['audit', filter.event ?? null, filter.run ?? null],
    queryFn: ({ pageParam }) =>
      must(
        api.GET('/api/v1/audit', {
          params: { query: { limit: PAGE, newest: true, ...(pageParam !== null && { before: pageParam }), ...(filter.event && { event_type: filter.event }), ...(filter.run && { execution_id: filter.run }) } },
        }),
      ),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next ?? null,
  })
  const events = query.data?.pages.flatMap((page) => page.events) ?? []
  const set = (next: Partial<typeof filter>) => void navigate({ search: (before) => ({ ...before, ...next }), replace: true })
  return (
    <Page title={copy.audit.title} tab={copy.audit.title} lead={copy.audit.lead} actions={<Exports run={filter.run} />}>
      <Verify />
      <div className="mb-3 flex flex-wrap items-center gap-2">
        <select aria-label={copy.audit.eventType} className="field max-w-60" value={filter.event ?? ''} onChange={(event) => set({ event: event.target.value || undefined, seq: undefined })}>
          <option value="">{copy.audit.anyEvent}</option>
          {EVENT_TYPES.map((type) => (
            <option key={type}>{type}</option>
          ))}
        </select>
        {filter.run && (
          <span className="inline-flex items-center gap-2 rounded-full bg-accent-soft py-1 pl-3 text-sm">
            {copy.audit.run} <code className="code text-xs">{short(filter.run)}</code>
            <Button kind="quiet" icon="close" aria-label={copy.audit.clear} onClick={() => set({ run: undefined, seq: undefined })} />
          </span>
        )}
      </div>
      {query.isPending ? (
        <Skeleton rows={8} />
      ) : query.isError ? (
        <Failure error={query.error} onRetry={() => void query.refetch()} />
      ) : events.length === 0 ? (
        <Empty>{copy.audit.empty}</Empty>
      ) : (
        <>
          <Events events={events} onOpen={(seq) => set({ seq })} />
          {query.hasNextPage && (
            <Button className="mt-4 w-full" onClick={() => void query.fetchNextPage()} busy={query.isFetchingNextPage && copy.common.loading}>
              {copy.common.more}
            </Button>
          )}
        </>
      )}
      <EventDrawer event={events.find((event) => event.seq === filter.seq) ?? null} onClose={() => set({ seq: undefined })} />
    </Page>
  )
}

function Events({ events, onOpen }: { events: readonly AuditEvent[]; onOpen: (seq: number) => void }) {
  const { columns } = copy.audit
  return (
    <div className="card overflow-hidden">
      <table aria-label={copy.audit.title} className="w-full text-left text-sm">
        <thead className="border-b border-line bg-surface text-xs text-muted max-md:sr-only">
          <tr>
            {[columns.seq, columns.time, columns.event, columns.actor, columns.run].map((head) => (
              <th key={head} scope="col" className="px-4 py-2.5 font-semibold">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {events.map((event) => (
            <tr key={event.seq} className="relative hover:bg-surface max-md:flex max-md:flex-wrap max-md:gap-x-3 max-md:gap-y-0.5 max-md:px-4 max-md:py-2.5">
              <td className="numbers text-muted md:px-4 md:py-2">{event.seq}</td>
              <td className="numbers whitespace-nowrap text-muted md:px-4 md:py-2" title={utc(event.created_at)}>
                <span className="max-md:hidden">{date(event.created_at)} </span>
                {clock(event.created_at)}
              </td>
              <td className="max-md:w-full md:px-4 md:py-2">
                <button type="button" aria-label={copy.audit.open(event.seq, event.event_type)} onClick={() => onOpen(event.seq)} className="code font-semibold after:absolute after:inset-0 hover:underline">
                  {event.event_type}
                </button>
              </td>
              <td className="[overflow-wrap:anywhere] md:px-4 md:py-2">
                {event.actor.name || event.actor.id || copy.audit.system} <span className="text-muted">{copy.record.channels[event.actor.channel] ?? event.actor.channel}</span>
              </td>
              <td className="md:px-4 md:py-2">
                {event.execution_id && (
                  <Link to="/runs/$id" params={{ id: event.execution_id }} className="link code relative z-10 text-xs">
                    {short(event.execution_id)}
                  </Link>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Exports({ run }: { run: string | undefined }) {
  const href = (format: string) => `/api/v1/audit/export?format=${format}${run ? `&execution_id=${encodeURIComponent(run)}` : ''}`
  return ['csv', 'json'].map((format) => (
    <a key={format} href={href(format)} download className={buttonLook()}>
      {copy.audit.export} {format.toUpperCase()}
    </a>
  ))
}

const short = (id: string) => `${id.slice(0, 8)}…${id.slice(-4)}`
