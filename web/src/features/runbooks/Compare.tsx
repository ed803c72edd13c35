import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { versionQuery } from '@/api/queries'
import type { RunbookDocument, Step } from '@/api/types'
import { ByHandBadge, RiskBadge } from '@/components/RiskBadge'
import { Load } from '@/components/States'
import { Words } from '@/components/Words'
import { copy } from '@/copy'
import { type DiffLine, hunks, lineChanges, wordChanges } from '@/lib/diff'
import { visible } from '@/lib/visible'
import { type StepChange, stepChanges } from './stepChanges'

/** What changed from one version to another: the steps with their risks first, then the text. */
export function Compare({ id, from, to }: { id: string; from: number; to: number }) {
  const before = useQuery(versionQuery(id, from))
  const after = useQuery(versionQuery(id, to))
  return (
    <section className="mb-6" aria-labelledby="compare-title">
      <h2 id="compare-title" className="mb-2">
        {copy.compare.title(from, to)}
      </h2>
      <Load query={before} rows={3}>
        {(old) => (
          <Load query={after} rows={3}>
            {(next) => <Changes before={old} after={next} />}
          </Load>
        )}
      </Load>
    </section>
  )
}

/** A text and what is made of it. */
type Version = Pick<RunbookDocument, 'text' | 'parsed'>

export function Changes({ before, after }: { before: Version; after: Version }) {
  const steps = useMemo(() => stepChanges(before.parsed, after.parsed), [before, after])
  const lines = useMemo(() => hunks(lineChanges(before.text, after.text)), [before, after])
  return (
    <div className="space-y-4">
      {steps.length === 0 ? (
        <p className="text-muted">{copy.compare.sameSteps}</p>
      ) : (
        <ol className="card divide-y divide-line overflow-hidden" aria-label={copy.compare.steps}>
          {steps.map((change, i) => (
            <StepChangeRow key={i} change={change} />
          ))}
        </ol>
      )}
      {lines.some((line) => line !== null && line.kind !== 'same') ? <TextChanges lines={lines} /> : <p className="text-muted">{copy.compare.sameText}</p>}
    </div>
  )
}

function StepChangeRow({ change: { before, after } }: { change: StepChange }) {
  const shown = after ?? before
  const kind = before && after ? copy.compare.changed : after ? copy.compare.added : copy.compare.removed
  const [was, is] = [written(before), written(after)]
  return (
    <li className="px-4 py-3">
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="text-xs font-semibold text-muted">{kind}</span>
        {before && <Risk step={before} />}
        {before && after && (
          <span>
            <span aria-hidden="true">→</span>
            <span className="sr-only">{copy.compare.became}</span>
          </span>
        )}
        {after && <Risk step={after} />}
        <span className="min-w-0 [overflow-wrap:anywhere]">
          <span className="numbers mr-1.5 text-muted">{shown?.order}</span>
          {shown?.title}
        </span>
      </p>
      {(was !== '' || is !== '') && (
        <code className="code mt-2 block rounded-lg border border-line bg-surface px-3 py-2 [overflow-wrap:anywhere] whitespace-pre-wrap">
          <Words parts={wordChanges(was, is)} />
        </code>
      )}
    </li>
  )
}

const written = (step: Step | null): string => (step?.command ? visible(step.command.text) : '')

function Risk({ step }: { step: Step }) {
  return step.classification ? <RiskBadge risk={step.classification.risk} /> : <ByHandBadge />
}

const SIGN = { same: ' ', removed: '−', added: '+' }
const ROW = { same: '', removed: 'bg-dangerous-bg/40', added: 'bg-safe-bg/40' }

function TextChanges({ lines }: { lines: readonly (DiffLine | null)[] }) {
  return (
    <div className="card max-h-[60dvh] overflow-auto py-2" tabIndex={0} role="region" aria-label={copy.compare.text}>
      {lines.map((line, i) =>
        line === null ? (
          <p key={i} className="code px-4 text-muted" aria-label={copy.compare.leftOut}>
            ⋯
          </p>
        ) : (
          <div key={i} className={`code grid grid-cols-[2.5rem_2.5rem_1.25rem_minmax(0,1fr)] ${ROW[line.kind]}`}>
            <span className="numbers pr-2 text-right text-muted select-none">{line.before}</span>
            <span className="numbers pr-2 text-right text-muted select-none">{line.after}</span>
            <span className="select-none">
              <span aria-hidden="true">{SIGN[line.kind]}</span>
              {line.kind !== 'same' && <span className="sr-only">{line.kind === 'added' ? copy.compare.added : copy.compare.removed}</span>}
            </span>
            <span className="min-h-[1.6em] pr-4 [overflow-wrap:anywhere] whitespace-pre-wrap">
              <Words parts={line.parts} />
            </span>
          </div>
        ),
      )}
    </div>
  )
}
