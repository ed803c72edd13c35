import { expect, test } from 'vitest'
import { changes, hunks, lineChanges, wordChanges } from './diff'

const told = (before: string, after: string) =>
  wordChanges(before, after)
    .map(({ kind, text }) => (kind === 'same' ? text : kind === 'added' ? `{+${text}+}` : `[-${text}-]`))
    .join('')

test('one word that changed is one word', () => {
  expect(told('kubectl rollout restart --timeout=60s', 'kubectl rollout restart --timeout=120s')).toBe('kubectl rollout restart --timeout=[-60s-]{+120s+}')
  expect(told('same', 'same')).toBe('same')
  expect(told('', 'new')).toBe('{+new+}')
})

test('what is said of the change makes the one text of the other', () => {
  let seed = 7
  const random = (n: number) => (seed = (seed * 48271) % 2147483647) % n
  for (let round = 0; round < 200; round++) {
    const one = Array.from({ length: random(12) }, () => 'abcd'[random(4)] as string)
    const two = Array.from({ length: random(12) }, () => 'abcd'[random(4)] as string)
    const parts = changes(one, two)
    expect(parts.filter((part) => part.kind !== 'added').map((part) => part.text)).toEqual(one)
    expect(parts.filter((part) => part.kind !== 'removed').map((part) => part.text)).toEqual(two)
  }
})

test('a line that took the place of another is compared by words, with the numbers of both', () => {
  const lines = lineChanges('a\nrm -rf /srv/x\nc\nd\ne\nf', 'a\nrm -rf /srv/y\nc\nd\ne\nf')
  expect(lines.slice(1, 3)).toEqual([
    { kind: 'removed', before: 2, after: null, parts: [{ kind: 'same', text: 'rm -rf /srv/' }, { kind: 'removed', text: 'x' }] },
    { kind: 'added', before: null, after: 2, parts: [{ kind: 'same', text: 'rm -rf /srv/' }, { kind: 'added', text: 'y' }] },
  ])
  expect(hunks(lines, 1).map((line) => line?.parts.map((part) => part.text).join('') ?? '…')).toEqual(['a', 'rm -rf /srv/x', 'rm -rf /srv/y', 'c', '…'])
})

test('two texts with nothing in common end soon', () => {
  const many = (word: string) => Array.from({ length: 4000 }, (_, i) => `${word}${i}`)
  expect(changes(many('a'), many('b'))).toHaveLength(8000)
})
