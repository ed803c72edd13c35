import type { Part } from '@/lib/diff'

/** Removed is struck through, added is underlined: colour alone says nothing. */
export function Words({ parts }: { parts: readonly Part[] }) {
  return parts.map(({ kind, text }, i) =>
    kind === 'removed' ? (
      <del key={i} className="rounded-[3px] bg-dangerous-bg text-dangerous">
        {text}
      </del>
    ) : kind === 'added' ? (
      <ins key={i} className="rounded-[3px] bg-safe-bg text-safe decoration-1 underline-offset-4">
        {text}
      </ins>
    ) : (
      <span key={i}>{text}</span>
    ),
  )
}
