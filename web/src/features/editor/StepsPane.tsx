import { useEffect, useRef } from 'react'
import type { ParsedRunbook, Step } from '@/api/types'
import { Skeleton } from '@/components/States'
import { copy } from '@/copy'
import { questionsOf, StepRow } from '@/features/steps/StepRow'
import { Remarks, Summary } from '@/features/steps/Summary'
import type { Lit } from './Editor'

type Props = { parsed: ParsedRunbook | null; checking: boolean; lit: Lit; onPoint: (step: number | null) => void; onLine: (step: Step) => void; onWhy: (step: Step) => void }

/** What the text became. The step that the text's place belongs to is lit and in sight. */
export function StepsPane({ parsed, checking, lit, onPoint, onLine, onWhy }: Props) {
  const pane = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const row = lit?.from === 'text' ? pane.current?.querySelector<HTMLElement>(`[data-step="${lit.order}"]`) : null
    if (!row || !pane.current) return
    const { offsetTop: top, offsetHeight: height } = row
    const { scrollTop, clientHeight } = pane.current
    if (top < scrollTop || top + Math.min(height, clientHeight) > scrollTop + clientHeight) pane.current.scrollTop = Math.max(0, top - 24)
  }, [lit])
  if (!parsed) return checking ? <Skeleton rows={5} /> : <p className="grid h-full min-h-40 place-items-center rounded-[10px] border border-dashed border-line px-6 text-center text-muted">{copy.editor.emptySteps}</p>
  return (
    <div ref={pane} className="relative h-full overflow-y-auto" data-testid="steps">
      <div className="mb-4 px-1">
        <Summary parsed={parsed} />
      </div>
      <ol className="card divide-y divide-line overflow-hidden">
        {parsed.steps.map((step) => (
          <StepRow key={step.id} step={step} lit={lit?.order === step.order} onWhy={onWhy} onPoint={(pointed) => onPoint(pointed.order)} onLeave={() => onPoint(null)} onLine={onLine} questions={questionsOf(parsed, step)} />
        ))}
      </ol>
      <Remarks parsed={parsed} />
    </div>
  )
}
