import { useMutation, useQueryClient } from '@tanstack/react-query'
import { api, must } from '@/api/client'
import { ApiError } from '@/api/problem'
import { executionQuery } from '@/api/queries'
import type { StepView } from '@/api/types'
import { copy } from '@/copy'

export type Decision =
  | { act: 'approve'; command_sha256: string; typed?: string | string[] }
  | { act: 'skip' | 'abort' | 'stop'; reason: string }
  | { act: 'edit'; command: string }
  | { act: 'retry' | 'rollback' | 'check' }
  | { act: 'done'; note: string; outcome?: 'it_ran' | 'it_did_not_run' | 'by_hand'; choice?: 'then' | 'else' }

/** Sends one decision on one step. What the page shows afterwards is what the service says, never what was clicked. */
export function useDecide(runId: string, step: StepView) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (decision: Decision) => send(runId, step.id, decision),
    onSettled: () => client.invalidateQueries({ queryKey: executionQuery(runId).queryKey }),
  })
}

function send(id: string, step: string, decision: Decision): Promise<StepView> {
  const params = { path: { id, step } }
  switch (decision.act) {
    case 'approve': {
      const { command_sha256, typed } = decision
      return must(api.POST('/api/v1/executions/{id}/steps/{step}/approve', { params, body: { command_sha256, ...(typed !== undefined && { typed }) } }))
    }
    case 'skip':
      return must(api.POST('/api/v1/executions/{id}/steps/{step}/skip', { params, body: { reason: decision.reason } }))
    case 'abort':
      return must(api.POST('/api/v1/executions/{id}/steps/{step}/abort', { params, body: { reason: decision.reason } }))
    case 'stop':
      return must(api.POST('/api/v1/executions/{id}/steps/{step}/stop', { params, body: { reason: decision.reason } }))
    case 'check':
      return must(api.POST('/api/v1/executions/{id}/steps/{step}/check', { params, body: {} }))
    case 'edit':
      return must(api.POST('/api/v1/executions/{id}/steps/{step}/edit', { params, body: { command: decision.command } }))
    case 'retry':
      return must(api.POST('/api/v1/executions/{id}/steps/{step}/retry', { params, body: {} }))
    case 'rollback':
      return must(api.POST('/api/v1/executions/{id}/steps/{step}/rollback', { params, body: {} }))
    case 'done': {
      const { act: _, ...body } = decision
      return must(api.POST('/api/v1/executions/{id}/steps/{step}/done', { params, body }))
    }
  }
}

/** A refusal of a decision in words: who was faster, what changed, or the service's own sentence. */
export function refusalOf(error: unknown): string | null {
  if (!error) return null
  if (!(error instanceof ApiError)) return copy.errors.unknown
  if (error.code === 'already_decided') return copy.ask.already(error.problem.decided_by ?? copy.ask.somebody)
  if (error.code === 'changed') return copy.ask.changed
  if (error.code === 'expired') return copy.ask.expired
  return error.message || copy.errors.unknown
}
