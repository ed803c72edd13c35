import { expect, test } from 'vitest'
import { ByteIndex, clean, editBetween, lineOf, moved } from './bytes'

const slice = (text: string, start: number, end: number) => {
  const range = new ByteIndex(text).range({ start, end })
  return text.slice(range.start, range.end)
}

test('bytes and units are the same in ASCII', () => {
  expect(slice('kubectl get pods', 8, 11)).toBe('get')
})

test('letters of two, three and four bytes before a command do not move its place', () => {
  const text = 'Prüfen Sie ✓ 🙂 kubectl get pods'
  const start = new TextEncoder().encode('Prüfen Sie ✓ 🙂 ').length
  expect(slice(text, start, start + 7)).toBe('kubectl')
})

test('every slice of every boundary agrees with the encoder', () => {
  const text = 'aé✓🙂\nz'
  const index = new ByteIndex(text)
  let bytes = 0
  for (const letter of text) {
    expect(text.slice(index.unit(bytes)).startsWith(letter)).toBe(true)
    bytes += new TextEncoder().encode(letter).length
  }
  expect(index.bytes).toBe(bytes)
})

test('a byte inside a character and a byte beyond the end stay within the text', () => {
  expect(slice('é', 1, 99)).toBe('é')
  expect(new ByteIndex('🙂').range({ start: 9, end: 2 })).toEqual({ start: 2, end: 2 })
})

test('a line is counted from 1', () => {
  expect(lineOf('a\nb\nc', 0)).toBe(1)
  expect(lineOf('a\nb\nc', 2)).toBe(2)
  expect(lineOf('a\nb\nc', 4)).toBe(3)
})

test('an edit moves what stands after it and drops only what it touches', () => {
  const before = 'ls one\nls two\nls three'
  const after = 'ls one\nls twenty\nls three'
  const edit = editBetween(before, after)
  expect(moved({ start: 0, end: 6 }, edit)).toEqual({ start: 0, end: 6 })
  expect(moved({ start: 7, end: 13 }, edit)).toBeNull()
  const last = moved({ start: 14, end: 22 }, edit)
  expect(last && after.slice(last.start, last.end)).toBe('ls three')
})

test('typing the same letter twice is an edit of nothing else', () => {
  const edit = editBetween('aa', 'aaa')
  expect(edit.oldTo).toBeLessThanOrEqual(2)
  expect(edit.shift).toBe(1)
})

test('line ends become one kind and half characters are replaced', () => {
  expect(clean('a\r\nb\rc\ud800')).toBe('a\nb\nc\ufffd')
})
