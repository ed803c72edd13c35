import type { OutputEvent } from '@/api/types'
import { type Line, Terminal } from '@/lib/ansi'

export type LogLine = { stream: 'stdout' | 'stderr' | 'gap'; line: Line }

/** What is shown of one attempt's output. Blocks but the last never change again. */
export type Log = { blocks: readonly (readonly LogLine[])[]; open: readonly LogLine[]; lines: number; dropped: number }

/** Lines in a block: drawn, measured and skipped by the browser as one. */
export const BLOCK = 200
/** The most blocks that are kept: 20,000 lines. */
const BLOCKS = 100
/** How long output is gathered before it is drawn. Not by animation frame: a hidden tab has none. */
const GATHER_MS = 50

const NOTHING: Log = { blocks: [], open: [], lines: 0, dropped: 0 }

type Attempt = { out: Terminal; err: Terminal; log: Log }

/** All output of one run, by step and attempt. Pieces that come twice are taken once. */
export class Outputs {
  private readonly attempts = new Map<string, Attempt>()
  private readonly listeners = new Set<() => void>()
  private readonly touched = new Set<Attempt>()
  private last = 0
  private timer: ReturnType<typeof setTimeout> | undefined

  /** Takes a piece; `skippedText` says how much of the middle was not kept. */
  take(event: OutputEvent, skippedText: (bytes: number) => string): void {
    if (event.id <= this.last) return
    this.last = event.id
    const attempt = this.attempt(`${event.step_id}:${event.attempt}`)
    if (event.skipped > 0) append(attempt, [{ stream: 'gap', line: [{ text: skippedText(event.skipped), style: null }] }])
    if (event.stream === 'stderr') attempt.err.write(event.text)
    else attempt.out.write(event.text)
    collect(attempt)
    this.touched.add(attempt)
    this.timer ??= setTimeout(() => this.publish(), GATHER_MS)
  }

  log(stepId: string, attempt: number): Log {
    return this.attempts.get(`${stepId}:${attempt}`)?.log ?? NOTHING
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** Shows what was gathered. */
  publish(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    for (const attempt of this.touched) attempt.log = { ...attempt.log, open: openLines(attempt) }
    this.touched.clear()
    for (const listener of this.listeners) listener()
  }

  private attempt(key: string): Attempt {
    const known = this.attempts.get(key)
    if (known) return known
    const fresh: Attempt = { out: new Terminal(), err: new Terminal(), log: NOTHING }
    this.attempts.set(key, fresh)
    return fresh
  }
}

/** A text that is whole already: the stored tail of an old run. */
export function logOf(stdout: string, stderr: string): Log {
  const attempt: Attempt = { out: new Terminal(), err: new Terminal(), log: NOTHING }
  attempt.out.write(stdout)
  attempt.err.write(stderr)
  collect(attempt)
  return { ...attempt.log, open: openLines(attempt) }
}

function collect(attempt: Attempt): void {
  append(attempt, [
    ...attempt.out.drain().map((line): LogLine => ({ stream: 'stdout', line })),
    ...attempt.err.drain().map((line): LogLine => ({ stream: 'stderr', line })),
  ])
}

function append(attempt: Attempt, fresh: readonly LogLine[]): void {
  if (fresh.length === 0) return
  const blocks = [...attempt.log.blocks]
  let rest = fresh
  while (rest.length > 0) {
    const last = blocks.at(-1)
    const room = last ? BLOCK - last.length : 0
    if (last && room > 0) blocks[blocks.length - 1] = [...last, ...rest.slice(0, room)]
    else blocks.push(rest.slice(0, BLOCK))
    rest = rest.slice(last && room > 0 ? room : BLOCK)
  }
  const over = Math.max(0, blocks.length - BLOCKS)
  attempt.log = {
    ...attempt.log,
    blocks: blocks.slice(over),
    lines: attempt.log.lines + fresh.length,
    dropped: attempt.log.dropped + over * BLOCK,
  }
}

function openLines({ out, err }: Attempt): LogLine[] {
  const lines: LogLine[] = []
  if (out.open) lines.push({ stream: 'stdout', line: out.open })
  if (err.open) lines.push({ stream: 'stderr', line: err.open })
  return lines
}

/** The log as plain text, for the clipboard. */
export function plainText(log: Log): string {
  return [...log.blocks.flat(), ...log.open].map(({ line }) => line.map((segment) => segment.text).join('')).join('\n')
}
