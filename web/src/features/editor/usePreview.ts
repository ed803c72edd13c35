import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { api, must } from '@/api/client'
import { ApiError } from '@/api/problem'
import type { ParsedRunbook } from '@/api/types'
import { useSettled } from '@/lib/hooks'

/** How long nothing is typed before the text is checked again. */
const IDLE_MS = 700

/** What the service makes of a text, and of exactly which text. */
export type Reading = { text: string; parsed: ParsedRunbook; tookMs: number }

/** Checks a text as it is written, once it may leave the browser. The last reading stays until the next one is there, so nothing flickers. */
export function usePreview(text: string, mayLeave: (text: string) => boolean) {
  const settled = useSettled(text, IDLE_MS)
  const [asked, setAsked] = useState<string | null>(null)
  const wanted = asked === text ? text : settled
  const leaves = useMemo(() => mayLeave(wanted), [mayLeave, wanted])
  const query = useQuery({
    queryKey: ['preview', wanted],
    queryFn: async ({ signal }): Promise<Reading> => {
      const started = performance.now()
      // Text comes only where a stream of events was asked for.
      const parsed = (await must(api.POST('/api/v1/runbooks/parse-preview', { body: { text: wanted }, signal }))) as ParsedRunbook
      return { text: wanted, parsed, tookMs: performance.now() - started }
    },
    enabled: wanted.trim() !== '' && leaves,
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    retry: false,
    refetchOnWindowFocus: false,
  })
  const empty = text.trim() === ''
  return {
    reading: empty || (query.error && isNoCommands(query.error)) ? null : (query.data ?? null),
    error: empty ? null : query.error,
    checking: !empty && (query.isFetching || (wanted !== text && mayLeave(text))),
    check: () => {
      if (!mayLeave(text)) return
      setAsked(text)
      if (wanted === text) void query.refetch()
    },
  }
}

/** Whether the text was understood but holds nothing to run. */
export function isNoCommands(error: unknown): boolean {
  return error instanceof ApiError && (error.code === 'no_commands' || error.code === 'no_actionable_steps')
}
