/** Places in a text: the API counts UTF-8 bytes, the browser counts UTF-16 units. */

export type Span = { start: number; end: number }

/** How a text looks in both countings. Build once per text, ask often. */
export class ByteIndex {
  private readonly units: Uint32Array | null
  readonly bytes: number

  constructor(readonly text: string) {
    const units: number[] = []
    let ascii = true
    for (let i = 0; i < text.length; ) {
      const point = text.codePointAt(i) ?? 0
      const size = utf8Size(point)
      if (size > 1) ascii = false
      for (let b = 0; b < size; b++) units.push(i)
      i += point > 0xffff ? 2 : 1
    }
    this.bytes = units.length
    units.push(text.length)
    this.units = ascii ? null : Uint32Array.from(units)
  }

  /** The UTF-16 index of a byte. A byte inside a character counts as its first; beyond the end counts as the end. */
  unit(byte: number): number {
    const inside = Math.max(0, Math.min(byte, this.bytes))
    return this.units === null ? inside : (this.units[inside] ?? this.text.length)
  }

  /** A range of bytes as a range of UTF-16 units, never reversed. */
  range(span: Span): Span {
    const start = this.unit(span.start)
    return { start, end: Math.max(start, this.unit(span.end)) }
  }
}

/** The line, from 1, in which a UTF-16 index lies. */
export function lineOf(text: string, unit: number): number {
  let line = 1
  for (let i = text.indexOf('\n'); i !== -1 && i < unit; i = text.indexOf('\n', i + 1)) line++
  return line
}

/**
 * Where a range of the old text lies in the new one, when the edit did not touch it; otherwise null.
 * Ranges are in UTF-16 units.
 */
export function moved(span: Span, edit: Edit): Span | null {
  if (span.end <= edit.from) return span
  if (span.start >= edit.oldTo) return { start: span.start + edit.shift, end: span.end + edit.shift }
  return null
}

/** One replacement that turns one text into another. */
export type Edit = { from: number; oldTo: number; shift: number }

/** The smallest single replacement between two texts. */
export function editBetween(before: string, after: string): Edit {
  const most = Math.min(before.length, after.length)
  let from = 0
  while (from < most && before.charCodeAt(from) === after.charCodeAt(from)) from++
  let same = 0
  while (same < most - from && before.charCodeAt(before.length - 1 - same) === after.charCodeAt(after.length - 1 - same)) same++
  return { from, oldTo: before.length - same, shift: after.length - before.length }
}

/** What the API will be given: one kind of line end, and no half characters, so that offsets mean the same on both sides. */
export function clean(text: string): string {
  const lines = text.replace(/\r\n?/g, '\n')
  return lines.toWellFormed()
}

function utf8Size(point: number): number {
  if (point < 0x80) return 1
  if (point < 0x800) return 2
  return point < 0x10000 ? 3 : 4
}
