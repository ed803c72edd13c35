import { useMemo } from 'react'
import type { RunbookDocument } from '@/api/types'
import { CopyButton } from '@/components/CopyButton'
import { Digest } from '@/components/Digest'
import { copy } from '@/copy'
import { byLine, marksOf } from '@/features/editor/marks'
import { size } from '@/lib/time'

/** The pasted text to the byte, with its line numbers and the commands that were found in it. */
export function Source({ document }: { document: RunbookDocument }) {
  const { text, parsed } = document
  const lines = useMemo(() => byLine(text, marksOf(text, parsed).filter((mark) => mark.kind === 'command')), [text, parsed])
  return (
    <div className="card overflow-hidden">
      <div className="flex flex-wrap items-center gap-x-4 border-b border-line bg-surface px-4 py-1 text-xs text-muted">
        <span>
          {copy.runbooks.format[parsed.source.format]}, {size(parsed.source.bytes)}
        </span>
        <Digest sha256={parsed.source.sha256} label={copy.runbooks.tabs.source} />
        <span className="flex-1" />
        <CopyButton text={text} label={copy.runbooks.tabs.source} />
      </div>
      <div className="max-h-[70dvh] overflow-auto py-3" tabIndex={0} role="region" aria-label={copy.runbooks.tabs.source}>
        {lines.map((line, i) => (
          <div key={i} className="code grid grid-cols-[3.5rem_minmax(0,1fr)]">
            <span className="numbers pr-4 text-right text-muted select-none" aria-hidden="true">
              {i + 1}
            </span>
            <span className="min-h-[1.6em] pr-4 [overflow-wrap:anywhere] whitespace-pre-wrap">{marked(line.text, line.marks)}</span>
          </div>
        ))}
      </div>
    </div>
  )
}

function marked(text: string, marks: readonly { start: number; end: number }[]) {
  let at = 0
  const parts = marks.flatMap((mark) => {
    const start = Math.max(mark.start, at)
    if (mark.end <= start) return []
    const before = text.slice(at, start)
    at = mark.end
    return [
      before,
      <mark key={start} className="rounded-[3px] bg-accent-soft text-inherit">
        {text.slice(start, mark.end)}
      </mark>,
    ]
  })
  return [...parts, text.slice(at)]
}
