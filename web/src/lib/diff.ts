/** What changed between two texts: line by line, and word by word within the lines that changed. */

export type Part = { kind: 'same' | 'removed' | 'added'; text: string }
/** A line that stayed, or went, or came; the words of it that changed are apart. */
export type DiffLine = { kind: Part['kind']; parts: Part[]; before: number | null; after: number | null }

/** Beyond so many changes two texts are told apart as a whole: nobody reads more, and the work stays small. */
const MOST_CHANGES = 400

/** The shortest list of removals and additions that makes `after` of `before` (Myers). */
export function changes(before: readonly string[], after: readonly string[]): Part[] {
  let head = 0
  while (head < before.length && head < after.length && before[head] === after[head]) head++
  let tail = 0
  while (tail < before.length - head && tail < after.length - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++
  return [...before.slice(0, head).map(same), ...between(before.slice(head, before.length - tail), after.slice(head, after.length - tail)), ...before.slice(before.length - tail).map(same)]
}

const same = (text: string): Part => ({ kind: 'same', text })

function between(a: readonly string[], b: readonly string[]): Part[] {
  const traces: Map<number, number>[] = []
  let reach = new Map([[1, 0]])
  for (let d = 0; d <= Math.min(a.length + b.length, MOST_CHANGES); d++) {
    traces.push(new Map(reach))
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && at(reach, k - 1) < at(reach, k + 1))
      let x = down ? at(reach, k + 1) : at(reach, k - 1) + 1
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++
      reach.set(k, x)
      if (x >= a.length && x - k >= b.length) return walkBack(a, b, traces)
    }
    reach = new Map(reach)
  }
  return [...a.map((text): Part => ({ kind: 'removed', text })), ...b.map((text): Part => ({ kind: 'added', text }))]
}

const at = (reach: ReadonlyMap<number, number>, k: number) => reach.get(k) ?? -1

function walkBack(a: readonly string[], b: readonly string[], traces: readonly ReadonlyMap<number, number>[]): Part[] {
  const parts: Part[] = []
  let x = a.length
  let y = b.length
  for (let d = traces.length - 1; d >= 0; d--) {
    const reach = traces[d] as ReadonlyMap<number, number>
    const k = x - y
    const down = k === -d || (k !== d && at(reach, k - 1) < at(reach, k + 1))
    const fromX = d === 0 ? 0 : at(reach, down ? k + 1 : k - 1)
    const fromY = d === 0 ? 0 : fromX - (down ? k + 1 : k - 1)
    while (x > fromX && y > fromY) parts.push({ kind: 'same', text: a[--x] as string }) && y--
    if (d === 0) break
    if (down) parts.push({ kind: 'added', text: b[--y] as string })
    else parts.push({ kind: 'removed', text: a[--x] as string })
  }
  return parts.reverse()
}

/** A text as words and what stands between them. */
const words = (text: string): string[] => text.match(/[\p{L}\p{N}_]+|\s+|[^\p{L}\p{N}_\s]/gu) ?? []

/** What changed between two short texts, by words; neighbours of one kind are one part. */
export function wordChanges(before: string, after: string): Part[] {
  return joined(changes(words(before), words(after)))
}

function joined(parts: readonly Part[]): Part[] {
  const out: Part[] = []
  for (const part of parts) {
    const last = out.at(-1)
    if (last?.kind === part.kind) last.text += part.text
    else out.push({ ...part })
  }
  return out
}

/** Two texts line by line. A removed line and the added one that took its place are compared by words. */
export function lineChanges(before: string, after: string): DiffLine[] {
  const parts = changes(before.split('\n'), after.split('\n'))
  const lines: DiffLine[] = []
  let [old, next] = [0, 0]
  for (let i = 0; i < parts.length; ) {
    const removed = run(parts, i, 'removed')
    const added = run(parts, i + removed.length, 'added')
    if (removed.length + added.length === 0) {
      lines.push({ kind: 'same', parts: [parts[i] as Part], before: ++old, after: ++next })
      i++
      continue
    }
    const pairs = removed.map((text, at) => (added[at] === undefined ? [same(text)] : wordChanges(text, added[at])))
    removed.forEach((text, at) => lines.push({ kind: 'removed', parts: pick(pairs[at], 'removed', text), before: ++old, after: null }))
    added.forEach((text, at) => lines.push({ kind: 'added', parts: pick(pairs[at], 'added', text), before: null, after: ++next }))
    i += removed.length + added.length
  }
  return lines
}

function run(parts: readonly Part[], from: number, kind: Part['kind']): string[] {
  const texts: string[] = []
  for (let i = from; parts[i]?.kind === kind; i++) texts.push((parts[i] as Part).text)
  return texts
}

/** One side of a pair: what stayed, and what went or came. */
function pick(pair: readonly Part[] | undefined, kind: Part['kind'], text: string): Part[] {
  return pair ? pair.filter((part) => part.kind === 'same' || part.kind === kind) : [{ kind, text }]
}

/** Only the changed lines, each with `around` lines before and after; null where lines were left out. */
export function hunks(lines: readonly DiffLine[], around = 2): (DiffLine | null)[] {
  const near = lines.map((_, i) => lines.slice(Math.max(0, i - around), i + around + 1).some((line) => line.kind !== 'same'))
  return lines.flatMap((line, i) => (near[i] ? [line] : i === 0 || near[i - 1] ? [null] : []))
}
