import { expect, test } from 'vitest'
import type { OutputEvent } from '@/api/types'
import { logOf, Outputs, plainText } from './output'

const event = (id: number, text: string, more: Partial<OutputEvent> = {}): OutputEvent => ({ id, step_id: 's', attempt: 1, stream: 'stdout', offset: 0, text, skipped: 0, ...more })
const gap = (bytes: number) => `gap of ${bytes}`

test('pieces of both streams become lines in the order in which they end', () => {
  const outputs = new Outputs()
  outputs.take(event(1, 'out 1\nout'), gap)
  outputs.take(event(2, 'err 1\n', { stream: 'stderr' }), gap)
  outputs.take(event(3, ' 2\n'), gap)
  outputs.publish()
  expect(plainText(outputs.log('s', 1))).toBe('out 1\nerr 1\nout 2')
})

test('a piece that a reconnected stream repeats is taken once', () => {
  const outputs = new Outputs()
  for (const id of [1, 2, 1, 2, 3]) outputs.take(event(id, `${id}\n`), gap)
  outputs.publish()
  expect(plainText(outputs.log('s', 1))).toBe('1\n2\n3')
})

test('attempts do not mix, and what was not kept is said', () => {
  const outputs = new Outputs()
  outputs.take(event(1, 'first\n'), gap)
  outputs.take(event(2, 'second\n', { attempt: 2, skipped: 99 }), gap)
  outputs.publish()
  expect(plainText(outputs.log('s', 1))).toBe('first')
  expect(plainText(outputs.log('s', 2))).toBe('gap of 99\nsecond')
})

test('blocks that are full never change again and the oldest are let go', () => {
  const outputs = new Outputs()
  outputs.take(event(1, 'x\n'.repeat(450)), gap)
  outputs.publish()
  const first = outputs.log('s', 1).blocks[0]
  outputs.take(event(2, 'y\n'.repeat(100)), gap)
  outputs.publish()
  expect(outputs.log('s', 1).blocks[0]).toBe(first)
  expect(outputs.log('s', 1).blocks.map((block) => block.length)).toEqual([200, 200, 150])
  outputs.take(event(3, 'z\n'.repeat(30_000)), gap)
  outputs.publish()
  const log = outputs.log('s', 1)
  expect(log.blocks.length).toBe(100)
  expect(log.dropped + log.blocks.flat().length).toBe(log.lines)
})

test('a stored tail without a line end is shown whole', () => {
  expect(plainText(logOf('a\nb', 'c'))).toBe('a\nb\nc')
})
