import { expect, test } from 'vitest'
import { type Line, Terminal } from './ansi'

const text = (line: Line | null | undefined) => (line ?? []).map((segment) => segment.text).join('')
const read = (...pieces: string[]) => {
  const terminal = new Terminal()
  for (const piece of pieces) terminal.write(piece)
  return terminal
}

test('lines end at line feeds and the last one stays open', () => {
  const terminal = read('one\ntwo\nthr', 'ee')
  expect(terminal.finished.map(text)).toEqual(['one', 'two'])
  expect(text(terminal.open)).toBe('three')
})

test('colours, weights and their end become segments', () => {
  const line = read('\u001b[1;31mred\u001b[0m plain\n').finished[0]
  expect(line?.[0]).toEqual({ text: 'red', style: { bold: true, colour: { kind: 'index', index: 1 } } })
  expect(line?.[1]).toEqual({ text: ' plain', style: null })
})

test('bright, 256 and true colours are told apart', () => {
  const line = read('\u001b[92ma\u001b[38;5;196mb\u001b[38;2;1;2;3mc\u001b[48;5;232md\n').finished[0]
  expect(line?.map((segment) => segment.style?.colour)).toEqual([
    { kind: 'index', index: 10 },
    { kind: 'rgb', rgb: 'rgb(255 0 0)' },
    { kind: 'rgb', rgb: 'rgb(1 2 3)' },
    { kind: 'rgb', rgb: 'rgb(1 2 3)' },
  ])
  expect(line?.[3]?.style?.ground).toEqual({ kind: 'rgb', rgb: 'rgb(8 8 8)' })
})

test('a carriage return rewrites the line and keeps what it does not reach', () => {
  expect(text(read('10%\r55%\rdone\n').finished[0])).toBe('done')
  expect(text(read('abcdef\rXY\n').finished[0])).toBe('XYcdef')
  expect(text(read('abcdef\r\u001b[Kxy\n').finished[0])).toBe('xy')
  expect(text(read('windows line\r\n').finished[0])).toBe('windows line')
})

test('a sequence that is cut between two pieces is still one sequence', () => {
  expect(text(read('\u001b', '[3', '1mred\u001b[', '0m\n').finished[0])).toBe('red')
  expect(text(read('\u001b]0;a window title', '\u0007shown\n').finished[0])).toBe('shown')
})

test('a link is shown with the host it leads to', () => {
  expect(text(read('\u001b]8;;https://evil.example/x\u0007click\u001b]8;;\u0007\n').finished[0])).toBe('click (evil.example)')
})

test('cursor movements, titles, bells and unknown sequences vanish', () => {
  expect(text(read('\u001b[2J\u001b[10;5Ha\u0007\u001b[?25lb\u001b(Bc\u001bPq\u001b\\d\u001b=e\n').finished[0])).toBe('abcde')
})

test('an unending sequence does not hold the output back for ever', () => {
  expect(text(read(`\u001b]${'x'.repeat(5000)}\n`).finished[0])).toContain('xxx')
})

test('markup in output stays text', () => {
  expect(text(read('<img src=x onerror=alert(1)>\n').finished[0])).toBe('<img src=x onerror=alert(1)>')
})

test('letters outside the basic plane stay whole', () => {
  expect(text(read('ok 🙂 done\n').finished[0])).toBe('ok 🙂 done')
})
