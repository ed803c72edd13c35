/**
 * Terminal output as lines of styled text. Colours and weights are kept, `\r` rewrites the line, links are shown
 * with their host; every other control sequence is dropped. The result is text, never markup.
 */

export type Colour = { kind: 'index'; index: number } | { kind: 'rgb'; rgb: string }

export type Style = {
  colour?: Colour
  ground?: Colour
  bold?: true
  dim?: true
  italic?: true
  underline?: true
  strike?: true
  inverse?: true
}

export type Segment = { text: string; style: Style | null }
export type Line = readonly Segment[]

type Cell = { letter: string; style: Style | null }

/** One stream of output. Feed it pieces in order; a sequence may be cut anywhere between two pieces. */
export class Terminal {
  private done: Line[] = []
  private cells: Cell[] = []
  private column = 0
  private style: Style | null = null
  private rest = ''
  private link: string | null = null

  /** Finished lines that were not handed over yet, oldest first. They never change again. */
  get finished(): readonly Line[] {
    return this.done
  }

  /** Hands the finished lines over and forgets them. */
  drain(): readonly Line[] {
    const lines = this.done
    this.done = []
    return lines
  }

  /** The line that is being written; null when it is empty. */
  get open(): Line | null {
    return this.cells.length === 0 ? null : segments(this.cells)
  }

  write(piece: string): void {
    const text = this.rest + piece
    this.rest = ''
    let at = 0
    while (at < text.length) {
      if (text[at] !== '\u001b') {
        this.put(text[at] ?? '')
        at += 1
        continue
      }
      const length = escapeLength(text, at)
      if (length === null) {
        this.rest = text.slice(at)
        return
      }
      this.escape(text.slice(at, at + length))
      at += length
    }
  }

  private put(unit: string): void {
    if (unit === '\n') return this.endLine()
    if (unit === '\r') {
      this.column = 0
      return
    }
    if (unit === '\b') {
      this.column = Math.max(0, this.column - 1)
      return
    }
    if (unit === '\t') {
      const stop = 8 - (this.column % 8)
      for (let i = 0; i < stop; i++) this.cell(' ')
      return
    }
    if (unit < ' ' || unit === '\u007f') return
    this.cell(unit)
  }

  private cell(letter: string): void {
    this.cells[this.column] = { letter, style: this.style }
    this.column += 1
  }

  private endLine(): void {
    this.done.push(segments(this.cells))
    this.cells = []
    this.column = 0
  }

  private escape(sequence: string): void {
    if (sequence.startsWith('\u001b]8;')) return this.hyperlink(sequence)
    const colours = /^\u001b\[([\d;:]*)m$/.exec(sequence)
    if (colours) {
      this.style = restyled(this.style, (colours[1] ?? '').split(/[;:]/).map(Number))
      return
    }
    const erase = /^\u001b\[([012]?)K$/.exec(sequence)
    if (erase) this.erase(erase[1] ?? '')
  }

  private erase(kind: string): void {
    if (kind === '2') this.cells = []
    else if (kind === '1') for (let i = 0; i < this.column; i++) this.cells[i] = { letter: ' ', style: null }
    else this.cells.length = Math.min(this.cells.length, this.column)
  }

  private hyperlink(sequence: string): void {
    const target = /^\u001b\]8;[^;]*;(.*?)(?:\u0007|\u001b\\)$/s.exec(sequence)?.[1] ?? ''
    if (target === '' && this.link !== null) {
      for (const unit of ` (${host(this.link)})`) this.cell(unit)
      this.link = null
    } else if (target !== '') this.link = target
  }
}

function host(link: string): string {
  try {
    const url = new URL(link)
    return url.host === '' ? url.protocol : url.host
  } catch {
    return 'unreadable link'
  }
}

/** The longest sequence that is waited for; beyond it the escape character alone is dropped. */
const LONGEST = 4096

/** How many units the escape sequence at `at` has; null while its end has not come. */
function escapeLength(text: string, at: number): number | null {
  const kind = text[at + 1]
  if (kind === undefined) return null
  if (kind === '[') {
    const end = /^[0-?]*[ -/]*([@-~]|(?![0-?]|[ -/]|$))/.exec(text.slice(at + 2, at + 2 + LONGEST))
    return end ? 2 + end[0].length : pending(text, at)
  }
  if (kind === ']' || kind === 'P' || kind === '_' || kind === '^' || kind === 'X') {
    const end = /\u0007|\u001b\\/.exec(text.slice(at + 2, at + 2 + LONGEST))
    return end ? 2 + end.index + end[0].length : pending(text, at)
  }
  return '()*+#%'.includes(kind) ? (text[at + 2] === undefined ? null : 3) : 2
}

function pending(text: string, at: number): number | null {
  return text.length - at > LONGEST ? 1 : null
}

/** Cells a carriage return jumped over are spaces; neighbours of one style become one segment. */
function segments(cells: Cell[]): Line {
  const line: Segment[] = []
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i] ?? { letter: ' ', style: null }
    const last = line.at(-1)
    if (last && last.style === cell.style) last.text += cell.letter
    else line.push({ text: cell.letter, style: cell.style })
  }
  return line
}

const FLAGS: Record<number, Style> = {
  1: { bold: true },
  2: { dim: true },
  3: { italic: true },
  4: { underline: true },
  7: { inverse: true },
  9: { strike: true },
}
const UNSET: Record<number, readonly (keyof Style)[]> = {
  22: ['bold', 'dim'],
  23: ['italic'],
  24: ['underline'],
  27: ['inverse'],
  29: ['strike'],
  39: ['colour'],
  49: ['ground'],
}

function restyled(style: Style | null, codes: number[]): Style | null {
  let next: Style = { ...style }
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] ?? 0
    if (code === 38 || code === 48) {
      const wide = wideColour(codes, i)
      if (wide.colour) next[code === 38 ? 'colour' : 'ground'] = wide.colour
      i += wide.used
    } else if (code === 0 || Number.isNaN(code)) next = {}
    else next = plainCode(next, code)
  }
  return Object.keys(next).length === 0 ? null : next
}

function plainCode(style: Style, code: number): Style {
  const flag = FLAGS[code]
  if (flag) return { ...style, ...flag }
  const unset = UNSET[code]
  if (unset) return Object.fromEntries(Object.entries(style).filter(([key]) => !unset.includes(key as keyof Style))) as Style
  const index = (base: number, first: number): Colour => ({ kind: 'index', index: code - base + first })
  if (code >= 30 && code <= 37) return { ...style, colour: index(30, 0) }
  if (code >= 90 && code <= 97) return { ...style, colour: index(90, 8) }
  if (code >= 40 && code <= 47) return { ...style, ground: index(40, 0) }
  if (code >= 100 && code <= 107) return { ...style, ground: index(100, 8) }
  return style
}

function wideColour(codes: number[], at: number): { colour: Colour | null; used: number } {
  if (codes[at + 1] === 5) return { colour: palette(codes[at + 2] ?? 0), used: 2 }
  if (codes[at + 1] !== 2) return { colour: null, used: 0 }
  const [r = 0, g = 0, b = 0] = codes.slice(at + 2, at + 5).map((n) => Math.max(0, Math.min(255, n || 0)))
  return { colour: { kind: 'rgb', rgb: `rgb(${r} ${g} ${b})` }, used: 4 }
}

/** The 256 colours: 16 of the theme, a cube of 6 × 6 × 6, 24 greys. */
function palette(index: number): Colour {
  if (!(index >= 16)) return { kind: 'index', index: Math.max(0, index || 0) }
  if (index >= 232) {
    const grey = 8 + (Math.min(index, 255) - 232) * 10
    return { kind: 'rgb', rgb: `rgb(${grey} ${grey} ${grey})` }
  }
  const level = (n: number) => (n === 0 ? 0 : 55 + n * 40)
  const cube = index - 16
  return { kind: 'rgb', rgb: `rgb(${level(Math.floor(cube / 36))} ${level(Math.floor(cube / 6) % 6)} ${level(cube % 6)})` }
}
