import { expect, test } from 'vitest'
import type { ExecutionView, StepView } from '@/api/types'
import { askingStep, objectsOf, questionOf } from './asking'

const step = (more: Partial<StepView>): StepView => ({ id: 'stp_1', order: 1, title: '', kind: 'command', state: 'pending', gate: 'approve', stdout_tail: '', stderr_tail: '', output_bytes: 0, allowed_actions: [], attempt: 0, ...more })
const run = (...steps: StepView[]) => ({ steps }) as unknown as ExecutionView

test('nothing asks while steps only run or wait for their turn', () => {
  expect(askingStep(run(step({ state: 'running', allowed_actions: ['abort'] }), step({ allowed_actions: ['skip', 'edit'] })))).toBeNull()
})

test('a step that waits for approval is asked before one that failed earlier', () => {
  const failed = step({ id: 'a', state: 'failed', allowed_actions: ['retry'] })
  const rollback = step({ id: 'b', state: 'await_approval', allowed_actions: ['approve'] })
  expect(askingStep(run(failed, rollback))?.id).toBe('b')
})

test('a step that somebody else must answer is shown with its reason', () => {
  expect(askingStep(run(step({ state: 'await_approval', blocked_reason: 'Needs the Lead role.' })))?.blocked_reason).toBe('Needs the Lead role.')
})

test('a step that was sent and never answered asks what happened, never whether to approve', () => {
  expect(questionOf(step({ state: 'manual_intervention', attempt: 1, command: 'rm x' }))).toBe('unknown')
  expect(questionOf(step({ state: 'manual_intervention', attempt: 0, gate: 'by_hand' }))).toBe('byHand')
})

test('each gate asks its own question', () => {
  const asked = (['run', 'approve', 'typed', 'by_hand', 'show_only'] as const).map((gate) => questionOf(step({ state: 'await_approval', gate })))
  expect(asked).toEqual(['run', 'approve', 'typed', 'byHand', 'showOnly'])
  expect(questionOf(step({ state: 'await_approval', kind: 'decision', gate: 'by_hand' }))).toBe('decision')
})

test('several objects are all asked for', () => {
  const one = { kind: 'path', name: '/a' }
  expect(objectsOf(step({ object: one }))).toEqual([one])
  expect(objectsOf(step({ object: one, objects: [one, { kind: 'path', name: '/b' }] })).length).toBe(2)
})
