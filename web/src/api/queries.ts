import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { api, must } from './client'

/** How often pages without a stream look again. */
const WATCH_MS = 5000

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: () => must(api.GET('/api/v1/auth/session')),
  staleTime: 60_000,
  retry: false,
})

export const panicQuery = queryOptions({
  queryKey: ['panic'],
  queryFn: () => must(api.GET('/api/v1/admin/panic')),
  refetchInterval: WATCH_MS,
})

export const runbooksQuery = queryOptions({
  queryKey: ['runbooks'],
  queryFn: () => must(api.GET('/api/v1/runbooks')),
})

export const runbookQuery = (id: string) =>
  queryOptions({
    queryKey: ['runbook', id],
    queryFn: () => must(api.GET('/api/v1/runbooks/{id}', { params: { path: { id } } })),
  })

export const versionQuery = (id: string, version: number) =>
  queryOptions({
    queryKey: ['runbook', id, 'version', version],
    queryFn: () => must(api.GET('/api/v1/runbooks/{id}/versions/{version}', { params: { path: { id, version } } })),
    staleTime: Number.POSITIVE_INFINITY,
  })

export const versionsQuery = (id: string) =>
  queryOptions({
    queryKey: ['runbook', id, 'versions'],
    queryFn: () => must(api.GET('/api/v1/runbooks/{id}/versions', { params: { path: { id } } })),
  })

export const executionsQuery = queryOptions({
  queryKey: ['executions'],
  queryFn: () => must(api.GET('/api/v1/executions')),
  refetchInterval: WATCH_MS,
})

export const executionQuery = (id: string) =>
  queryOptions({
    queryKey: ['execution', id],
    queryFn: () => must(api.GET('/api/v1/executions/{id}', { params: { path: { id } } })),
  })

/** What a run did beside what its runbook prescribes, as of a revision of the run. */
export const divergenceQuery = (id: string, revision: number) =>
  queryOptions({
    queryKey: ['execution', id, 'divergence', revision],
    queryFn: () => must(api.GET('/api/v1/executions/{id}/divergence', { params: { path: { id } } })),
  })

export const alertsQuery = infiniteQueryOptions({
  queryKey: ['alerts'],
  queryFn: ({ pageParam }) => must(api.GET('/api/v1/alerts', { params: { query: pageParam ?? {} } })),
  initialPageParam: null as { before: string; after: string } | null,
  getNextPageParam: (last) => last.next,
  refetchInterval: WATCH_MS,
})

export const alertQuery = (id: string) =>
  queryOptions({
    queryKey: ['alerts', id],
    queryFn: () => must(api.GET('/api/v1/alerts/{id}', { params: { path: { id } } })),
    refetchInterval: WATCH_MS,
  })

export const matchingQuery = (id: string) =>
  queryOptions({
    queryKey: ['runbook', id, 'matching'],
    queryFn: () => must(api.GET('/api/v1/runbooks/{id}/matching', { params: { path: { id } } })),
  })

export const webhooksQuery = queryOptions({
  queryKey: ['webhooks'],
  queryFn: () => must(api.GET('/api/v1/settings/webhooks')),
})

export const agentsQuery = queryOptions({
  queryKey: ['agents'],
  queryFn: () => must(api.GET('/api/v1/agents')),
  refetchInterval: WATCH_MS,
})

export const policyQuery = queryOptions({
  queryKey: ['policy'],
  queryFn: () => must(api.GET('/api/v1/settings/policy')),
})

export const membersQuery = queryOptions({
  queryKey: ['members'],
  queryFn: () => must(api.GET('/api/v1/members')),
})

export const tokensQuery = queryOptions({
  queryKey: ['tokens'],
  queryFn: () => must(api.GET('/api/v1/settings/tokens')),
})

export const slackQuery = queryOptions({
  queryKey: ['slack'],
  queryFn: () => must(api.GET('/api/v1/settings/slack')),
})
