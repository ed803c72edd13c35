import { useQuery } from '@tanstack/react-query'
import { api, must } from '@/api/client'
import type { ExecutionView } from '@/api/types'
import { copy } from '@/copy'

/** Through which door each step was approved, by step. It stands in the audit trail, so it is read from there. */
export function useChannels(run: ExecutionView): ReadonlyMap<string, string> {
  const approvals = run.steps.filter((step) => step.approved_at).map((step) => `${step.id}${step.approved_at}`)
  const { data } = useQuery({
    queryKey: ['audit', 'approvals', run.id, approvals],
    queryFn: () => must(api.GET('/api/v1/audit', { params: { query: { execution_id: run.id, event_type: 'step.approved', limit: 1000 } } })),
    enabled: approvals.length > 0,
    placeholderData: (before) => before,
  })
  const doors = (data?.events ?? []).map((event): [string, string] => [String((event.event_data as Record<string, unknown>).step_id ?? ''), copy.record.channels[event.actor.channel] ?? event.actor.channel])
  return new Map(doors)
}
