/**
 * Draws a command so that what a person sees is what runs. The same rules as the service's own drawing:
 * whatever could hide or deceive becomes a token, and two commands that look alike are alike.
 */

/** A piece of a drawing: `from..to` are the UTF-16 units of the command it stands for. */
export type Piece = { text: string; from: number; to: number; token: boolean }

export type Spaces = 'counted' | 'plain'

/** The drawing of a command. With `plain`, runs of spaces stay as they are: for reading, not for deciding. */
export function draw(text: string, spaces: Spaces = 'counted'): Piece[] {
  const pieces: Piece[] = []
  let plainFrom = 0
  const flush = (to: number) => {
    if (to > plainFrom) pieces.push({ text: text.slice(plainFrom, to), from: plainFrom, to, token: false })
  }
  for (let i = 0; i < text.length; ) {
    const shown = tokenAt(text, i, spaces)
    if (shown === null) {
      i += 1
      continue
    }
    flush(i)
    pieces.push({ text: shown.text, from: i, to: i + shown.length, token: true })
    i += shown.length
    plainFrom = i
  }
  flush(text.length)
  return pieces
}

/** The drawing as one string. */
export function visible(text: string): string {
  return draw(text)
    .map((piece) => piece.text)
    .join('')
}

type Shown = { text: string; length: number }

function tokenAt(text: string, at: number, spaces: Spaces): Shown | null {
  const point = text.codePointAt(at) ?? 0
  if (point === 0x20) return spaces === 'counted' ? spaceRun(text, at) : null
  if (point === 0x0a) return { text: '⏎\n', length: 1 }
  if (point === 0x09) return { text: '⇥', length: 1 }
  if (isPlain(point)) return null
  return { text: `⟨U+${point.toString(16).toUpperCase().padStart(4, '0')}⟩`, length: point > 0xffff ? 2 : 1 }
}

function spaceRun(text: string, at: number): Shown | null {
  let end = at
  while (text[end] === ' ') end++
  const count = end - at
  return count > 1 ? { text: `⟨${count} spaces⟩`, length: count } : null
}

/** Printable ASCII, and letters of scripts that do not imitate ASCII. */
const PLAIN: readonly (readonly [number, number])[] = [
  [0x21, 0x7e],
  [0xc0, 0xd6],
  [0xd8, 0xf6],
  [0xf8, 0x17f],
  [0x3041, 0x3096],
  [0x30a1, 0x30fa],
  [0x4e00, 0x9fff],
  [0xac00, 0xd7a3],
]

function isPlain(point: number): boolean {
  return PLAIN.some(([first, last]) => point >= first && point <= last)
}
