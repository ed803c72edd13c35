import { useEffect, useMemo, useRef } from 'react'
import type { Step } from '@/api/types'
import { Skeleton } from '@/components/States'
import { Button } from '@/components/Button'
import { copy } from '@/copy'
import { questionsOf, StepRow } from '@/features/steps/StepRow'
import { Remarks, Summary } from '@/features/steps/Summary'
import type { Lit } from './Editor'
import { type Reading, unjudged } from './reading'
import { SAMPLES } from './samples'

type Props = { reading: Reading | null; checking: boolean; touched: ReadonlySet<number>; lit: Lit; onSample: ((text: string) => void) | undefined; onRetry: () => void; onPoint: (step: number | null) => void; onLine: (step: Step) => void; onWhy: (step: Step) => void }

/** What the text became. The step that the text's place belongs to is lit and in sight. */
export function StepsPane({ reading, checking, touched, lit, onSample, onRetry, onPoint, onLine, onWhy }: Props) {
  const pane = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const row = lit?.from === 'text' ? pane.current?.querySelector<HTMLElement>(`[data-step="${lit.order}"]`) : null
    if (!row || !pane.current) return
    const { offsetTop: top, offsetHeight: height } = row
    const { scrollTop, clientHeight } = pane.current
    if (top < scrollTop || top + Math.min(height, clientHeight) > scrollTop + clientHeight) pane.current.scrollTop = Math.max(0, top - 24)
  }, [lit])
  const waiting = useMemo(() => (reading ? unjudged(reading) : new Set<string>()), [reading])
  if (!reading) return checking ? <Skeleton rows={5} /> : <NoSteps onSample={onSample} />
  const { parsed } = reading
  return (
    <div ref={pane} className="relative h-full overflow-y-auto" data-testid="steps">
      <div className="mb-4 px-1">
        <Summary parsed={parsed} waiting={waiting} onRetry={onRetry} />
      </div>
      <ol className="card divide-y divide-line overflow-hidden">
        {parsed.steps.map((step) => (
          <StepRow key={step.id} step={step} checking={touched.has(step.order) || waiting.has(step.id)} lit={lit?.order === step.order} onWhy={onWhy} onPoint={(pointed) => onPoint(pointed.order)} onLeave={() => onPoint(null)} onLine={onLine} questions={questionsOf(parsed, step)} />
        ))}
      </ol>
      <Remarks parsed={parsed} />
    </div>
  )
}

/** Nothing yet: what to do, and three texts to try. */
function NoSteps({ onSample }: { onSample: ((text: string) => void) | undefined }) {
  return (
    <div className="flex h-full min-h-40 flex-col items-center justify-center gap-4 rounded-[10px] border border-dashed border-line px-6 text-center text-muted">
      <p>{copy.editor.emptySteps}</p>
      {onSample && (
        <div className="flex flex-wrap items-center justify-center gap-2" role="group" aria-label={copy.editor.samples}>
          <span className="text-sm">{copy.editor.samples}</span>
          {SAMPLES.map((sample) => (
            <Button key={sample.name} onClick={() => onSample(sample.text)}>
              {sample.name}
            </Button>
          ))}
        </div>
      )}
    </div>
  )
}
