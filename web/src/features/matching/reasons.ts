import type { MatchReason } from '@/api/types'
import { copy } from '@/copy'

/** A reason in words. What is quoted in it is the sender's. */
export function reasonText(reason: MatchReason): string {
  switch (reason.kind) {
    case 'rule':
      return copy.reasons.rule(reason.says.join(', '))
    case 'words':
      return copy.reasons.words(reason.says.join(', '))
    case 'alike':
      return copy.reasons.alike(reason.says)
    default:
      return copy.reasons[reason.kind](reason.says)
  }
}

export const reasonsText = (reasons: readonly MatchReason[]) => reasons.map(reasonText).join(' · ')
