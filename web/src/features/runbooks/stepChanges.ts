import type { ParsedRunbook, Step } from '@/api/types'
import { changes } from '@/lib/diff'

/** A step of one version and what became of it in the other. */
export type StepChange = { before: Step | null; after: Step | null }

/** What a step is, for telling steps apart: its command, else its words. */
const essence = (step: Step): string => step.command?.text ?? `\u0000${step.title}`

/** The steps that went, came or changed, in order. A step that only moved to another number is none of these. */
export function stepChanges(before: ParsedRunbook, after: ParsedRunbook): StepChange[] {
  const parts = changes(before.steps.map(essence), after.steps.map(essence))
  const found: StepChange[] = []
  let [old, next] = [0, 0]
  let gap = { removed: [] as Step[], added: [] as Step[] }
  const close = () => {
    for (let i = 0; i < Math.max(gap.removed.length, gap.added.length); i++) found.push({ before: gap.removed[i] ?? null, after: gap.added[i] ?? null })
    gap = { removed: [], added: [] }
  }
  for (const { kind } of parts) {
    if (kind === 'removed') gap.removed.push(before.steps[old++] as Step)
    else if (kind === 'added') gap.added.push(after.steps[next++] as Step)
    else {
      close()
      const [one, two] = [before.steps[old++] as Step, after.steps[next++] as Step]
      if (one.classification?.risk !== two.classification?.risk) found.push({ before: one, after: two })
    }
  }
  close()
  return found
}
