import { expect, test } from 'vitest'
import { eventReader } from './sse'

const STREAM = 'event: structure\ndata: {"a":1}\n\n: still here\n\nevent: done\ndata: {"text":"ü ✓"}\n\n'

test('events are the same however the stream is cut', () => {
  for (let at = 0; at <= STREAM.length; at++) {
    const read = eventReader()
    const events = [...read(STREAM.slice(0, at)), ...read(STREAM.slice(at))]
    expect(events, `cut at ${at}`).toEqual([
      { name: 'structure', data: '{"a":1}' },
      { name: 'done', data: '{"text":"ü ✓"}' },
    ])
  }
})

test('what is not whole yet is no event', () => {
  expect(eventReader()('event: done\ndata: {"text":')).toEqual([])
})
