import { expect, test } from 'vitest'
import { draw, visible } from './visible'

test('hidden characters are drawn as the service draws them', () => {
  expect(visible('ls\u200b -a')).toBe('ls⟨U+200B⟩ -a')
  expect(visible('a  b\tc\nd')).toBe('a⟨2 spaces⟩b⇥c⏎\nd')
  expect(visible('\u202emr')).toBe('⟨U+202E⟩mr')
  expect(visible('r\u0442')).toBe('r⟨U+0442⟩')
  expect(visible('rm 🙂')).toBe('rm ⟨U+1F642⟩')
  expect(visible('é 東京')).toBe('é 東京')
})

test('a text that imitates a token is not drawn like the token', () => {
  expect(visible('⟨2 spaces⟩')).not.toBe(visible('  '))
  expect(visible('⏎\n')).not.toBe(visible('\n\n'))
})

test('every unit of the command is drawn exactly once', () => {
  const command = 'a  b\u200b\n🙂 c'
  let at = 0
  for (const piece of draw(command)) {
    expect(piece.from).toBe(at)
    at = piece.to
  }
  expect(at).toBe(command.length)
})

test('for reading, spaces stay spaces and deceivers are still drawn', () => {
  const shown = draw('if x\n  y\u202e', 'plain').map((piece) => piece.text).join('')
  expect(shown).toBe('if x⏎\n  y⟨U+202E⟩')
})
