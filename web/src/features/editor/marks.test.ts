import { expect, test } from 'vitest'
import type { ParsedRunbook } from '@/api/types'
import { byLine, carried, lineOfByte, marksOf, stepAt, stepOnLine } from './marks'

const text = 'Übersicht ✓\nkubectl get pods -n <ns>\ncheck the logs\n'
const bytes = (part: string, from = 0) => {
  const at = text.indexOf(part, from)
  const start = new TextEncoder().encode(text.slice(0, at)).length
  return { start, end: start + new TextEncoder().encode(part).length }
}
const parsed = {
  steps: [{ order: 1, command: { source: { ...bytes('kubectl get pods -n <ns>'), line: 2 } } }],
  variables: [{ name: 'ns', kind: 'input', occurrences: [bytes('<ns>')] }],
  prerequisites: [],
  ambiguities: [{ step: 2, source: bytes('check the logs') }],
} as unknown as ParsedRunbook

test('marks lie on the very words, whatever letters stand before them', () => {
  const words = marksOf(text, parsed).map((mark) => [mark.kind, text.slice(mark.start, mark.end)])
  expect(words).toEqual([
    ['command', 'kubectl get pods -n <ns>'],
    ['V', '<ns>'],
    ['?', 'check the logs'],
  ])
})

test('a line knows what lies on it and to which step it belongs', () => {
  const lines = byLine(text, marksOf(text, parsed))
  expect(lines.map((line) => line.marks.map((mark) => mark.kind).join(''))).toEqual(['', 'commandV', '?', ''])
  expect(stepOnLine(lines, 2)).toBe(1)
  expect(stepOnLine(lines, 1)).toBeNull()
})

test('a mark over several lines is on each of them', () => {
  const source = 'a\nbb\ncc\nd'
  const lines = byLine(source, [{ start: 2, end: 7, kind: 'command', step: 1 }])
  expect(lines.map((line) => line.marks.map((mark) => line.text.slice(mark.start, mark.end)).join())).toEqual(['', 'bb', 'cc', ''])
})

test('typing above a mark moves it, typing inside it takes it away until the next reading', () => {
  const marks = marksOf(text, parsed)
  const above = `# Title\n${text}`
  expect(carried(marks, text, above).map((mark) => above.slice(mark.start, mark.end))).toContain('<ns>')
  const inside = text.replace('check the logs', 'check the error logs')
  expect(carried(marks, text, inside).map((mark) => mark.kind)).toEqual(['command', 'V'])
})

test('a caret leads to the step and a byte leads to its line', () => {
  expect(stepAt(marksOf(text, parsed), text.indexOf('pods'))).toBe(1)
  expect(stepAt(marksOf(text, parsed), 0)).toBeNull()
  expect(lineOfByte(text, bytes('check').start)).toBe(3)
})

test('a letter written to the end of a command makes another command of it, a new line does not', () => {
  const marks = marksOf(text, parsed)
  const end = text.indexOf('<ns>') + '<ns>'.length
  const written = (added: string) => carried(marks, text, text.slice(0, end) + added + text.slice(end)).map((mark) => mark.kind)
  expect(written('2')).toEqual(['V', '?'])
  expect(written('\n')).toEqual(['command', 'V', '?'])
})
