import type { ParsedRunbook } from '@/api/types'
import { ByteIndex, type Edit, editBetween, lineOf, moved, type Span } from '@/lib/bytes'

export type MarkKind = 'V' | 'P' | '?' | 'command'

/** Something to show in the source: where (in UTF-16 units), what, and to which step it belongs. */
export type SourceMark = Span & { kind: MarkKind; step: number | null }

/** The marks of a parsed text, in the order in which they stand. */
export function marksOf(text: string, parsed: ParsedRunbook): SourceMark[] {
  const index = new ByteIndex(text)
  const mark = (span: Span, kind: MarkKind, step: number | null): SourceMark => ({ ...index.range(span), kind, step })
  return [
    ...parsed.steps.flatMap((step) => (step.command ? [mark(step.command.source, 'command', step.order)] : [])),
    ...parsed.variables.flatMap((variable) => (variable.kind === 'derived' ? [] : variable.occurrences.map((span) => mark(span, 'V', null)))),
    ...parsed.prerequisites.map((prerequisite) => mark(prerequisite.source, 'P', null)),
    ...parsed.ambiguities.map((ambiguity) => mark(ambiguity.source, '?', ambiguity.step ?? null)),
  ]
    .filter((m) => m.end > m.start)
    .sort((a, b) => a.start - b.start || b.end - a.end)
}

/** The marks as far as they still hold in a text that was edited since. */
export function carried(marks: readonly SourceMark[], before: string, after: string): SourceMark[] {
  if (before === after) return [...marks]
  const edit: Edit = editBetween(before, after)
  return marks.flatMap((mark) => {
    const span = moved(mark, edit)
    return span && (mark.kind !== 'command' || standsAlone(mark, span, before, after)) ? [{ ...mark, ...span }] : []
  })
}

/** Whether nothing was written to a command at one of its ends: that makes another command of it. */
function standsAlone(was: Span, is: Span, before: string, after: string): boolean {
  const kept = (old: string | undefined, next: string | undefined) => next === undefined || next === '\n' || next === old
  return kept(before[was.start - 1], after[is.start - 1]) && kept(before[was.end], after[is.end])
}

/** The steps whose command was edited since: what was said of it is not said of what stands there now. */
export function touchedSteps(fresh: readonly SourceMark[], still: readonly SourceMark[]): ReadonlySet<number> {
  const here = new Set(still.filter((mark) => mark.kind === 'command').map((mark) => mark.step))
  return new Set(fresh.flatMap((mark) => (mark.kind === 'command' && mark.step !== null && !here.has(mark.step) ? [mark.step] : [])))
}

/** A line of the source with what lies on it; places count from the line's own start. */
export type MarkedLine = { text: string; from: number; marks: SourceMark[] }

export function byLine(text: string, marks: readonly SourceMark[]): MarkedLine[] {
  let from = 0
  let next = 0
  let open: SourceMark[] = []
  return text.split('\n').map((line) => {
    const to = from + line.length
    open = open.filter((mark) => mark.end > from)
    for (; next < marks.length && (marks[next]?.start ?? 0) <= to; next++) open.push(marks[next] as SourceMark)
    const here = open.map((mark) => ({ ...mark, start: Math.max(0, mark.start - from), end: Math.min(line.length, mark.end - from) })).filter((mark) => mark.end > mark.start)
    const marked = { text: line, from, marks: here }
    from = to + 1
    return marked
  })
}

/** The step whose command stands at a place of the text. */
export function stepAt(marks: readonly SourceMark[], unit: number): number | null {
  const hit = marks.find((mark) => mark.step !== null && mark.start <= unit && unit <= mark.end)
  return hit?.step ?? null
}

/** The step on a line, from 1. */
export function stepOnLine(lines: readonly MarkedLine[], line: number): number | null {
  return lines[line - 1]?.marks.find((mark) => mark.step !== null)?.step ?? null
}

/** In which line a refusal's byte lies. */
export function lineOfByte(text: string, byte: number): number {
  return lineOf(text, new ByteIndex(text).unit(byte))
}
