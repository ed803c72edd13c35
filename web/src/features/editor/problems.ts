import type { ParsedRunbook } from '@/api/types'
import type { SourceMark } from './marks'

/** The next place to look at from a place of the text, round and round: vague lines, and commands that are dangerous or unknown. */
export function nextProblem(marks: readonly SourceMark[], parsed: ParsedRunbook, from: number, back: boolean): SourceMark | undefined {
  const grave = new Set(parsed.steps.filter((step) => step.classification?.risk === 'dangerous' || step.classification?.scanner.risk === 'unknown').map((step) => step.order))
  const problems = marks.filter((mark) => mark.kind === '?' || (mark.kind === 'command' && mark.step !== null && grave.has(mark.step)))
  if (back) return problems.findLast((mark) => mark.start < from) ?? problems.at(-1)
  return problems.find((mark) => mark.start > from) ?? problems[0]
}
