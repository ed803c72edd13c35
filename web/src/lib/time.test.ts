import { expect, test } from 'vitest'
import { ago, duration, left, size, stage } from './time'

const now = Date.parse('2026-11-22T03:14:22Z')

test('what is past is told in words', () => {
  expect(ago('2026-11-22T03:14:20Z', now)).toBe('just now')
  expect(ago('2026-11-22T03:10:22Z', now)).toBe('4 min ago')
  expect(ago('2026-11-22T00:14:22Z', now)).toBe('3 h ago')
})

test('what is left becomes finer as it becomes less, and ends', () => {
  expect(left('2026-11-22T03:14:32Z', now)).toBe('10 s')
  expect(left('2026-11-22T03:17:27Z', now)).toBe('3 min 05 s')
  expect(left('2026-11-22T03:44:22Z', now)).toBe('30 min')
  expect(left('2026-11-22T03:14:22Z', now)).toBeNull()
})

test('durations and amounts read like a person says them', () => {
  expect([12, 240, 6100, 41_000, 190_000, 7_500_000].map(duration)).toEqual(['0.01 s', '0.2 s', '6.1 s', '41 s', '3 min 10 s', '2 h 05 min'])
  expect([412, 1900, 4_200_000].map(size)).toEqual(['412 bytes', '1.9 KB', '4.2 MB'])
  expect([0.6, 3.2, 41, 1800].map(stage)).toEqual(['0.6 ms', '3.2 ms', '41 ms', '1.8 s'])
})
