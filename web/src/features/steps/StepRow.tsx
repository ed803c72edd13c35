import type { ReactNode } from 'react'
import type { ParsedRunbook, Step } from '@/api/types'
import { CommandBox } from '@/components/Command'
import { ByHandBadge, CheckingBadge, RiskBadge } from '@/components/RiskBadge'
import { copy } from '@/copy'
import { findingMarks } from './WhyDrawer'

type Props = { step: Step; lit?: boolean; checking?: boolean; onWhy: (step: Step) => void; onPoint?: (step: Step) => void; onLeave?: () => void; onLine?: (step: Step) => void; questions?: readonly string[] }

/** A step as it stands in the text: what it is for, what it runs, how risky that is and why. */
export function StepRow({ step, lit = false, checking = false, onWhy, onPoint, onLeave, onLine, questions = [] }: Props) {
  const { command, classification } = step
  return (
    <li data-step={step.order} data-lit={lit || undefined} onMouseEnter={() => onPoint?.(step)} onMouseLeave={onLeave} onFocus={() => onPoint?.(step)} className={`flex gap-3.5 px-4 py-4 transition-colors sm:px-5 ${lit ? 'bg-accent-soft' : ''}`}>
      <span className="numbers mt-0.5 w-5 shrink-0 text-right text-sm font-semibold text-muted">
        <span className="sr-only">{copy.step.order(step.order)}</span>
        <span aria-hidden="true">{step.order}</span>
      </span>
      <div className="min-w-0 flex-1">
        <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1.5">
          {checking && classification ? <CheckingBadge /> : classification ? <RiskBadge risk={classification.risk} onWhy={() => onWhy(step)} name={step.title} /> : <ByHandBadge />}
          <h3 className="min-w-0 flex-1 basis-48 font-medium [overflow-wrap:anywhere]">{step.title}</h3>
          {command && onLine && (
            <button type="button" onClick={() => onLine(step)} className="numbers relative text-xs text-muted before:absolute before:-inset-2 hover:text-text hover:underline">
              {copy.editor.line(command.source.line)}
            </button>
          )}
        </div>
        {command && (
          <div className="mt-2">
            <CommandBox command={command.text} spaces="plain" marks={classification ? findingMarks(command.text, classification.scanner.findings.filter((f) => f.risk !== 'safe')) : []} />
          </div>
        )}
        <Evidence step={step} checking={checking} />
        <Facts step={step} questions={questions} />
      </div>
    </li>
  )
}

/** The worst findings in words, and the scanner's own verdict where the merged one differs. */
function Evidence({ step, checking }: { step: Step; checking: boolean }) {
  const scanner = step.classification?.scanner
  if (!scanner) return null
  const said = scanner.findings.filter((finding) => finding.risk !== 'safe').slice(0, 2)
  const differs = checking || scanner.risk !== step.classification?.risk
  return (
    <div className="mt-2 space-y-1 text-sm">
      {said.map((finding, i) => (
        <p key={i} className="text-pretty first-letter:uppercase">
          {finding.why} <span className="code text-xs text-muted">{finding.rule}</span>
        </p>
      ))}
      {differs && (
        <p className="flex items-center gap-2 text-xs text-muted">
          {copy.editor.scannerAlone} <RiskBadge risk={scanner.risk} />
        </p>
      )}
    </div>
  )
}

function Facts({ step, questions }: { step: Step; questions: readonly string[] }) {
  const facts: ReactNode[] = [
    ...(step.vague || questions.length > 0 ? [<Fact key="vague" tone="text-caution" head={`? ${copy.editor.vague}`}>{questions.join(' ')}</Fact>] : []),
    ...(step.branch ? [<Fact key="branch" head={copy.step.branch.if}>{`${step.branch.condition} → ${copy.step.branch.then(step.branch.then ?? null)}; ${copy.step.branch.else} → ${copy.step.branch.then(step.branch.else ?? null)}`}</Fact>] : []),
    ...step.hazards.map((hazard) => (
      <Fact key={hazard} tone="text-caution" head="!">
        {copy.step.hazards[hazard]}
      </Fact>
    )),
    ...(step.command?.context ? [<Fact key="context" head="@">{copy.step.runsIn(step.command.context)}</Fact>] : []),
    ...(step.command?.fidelity === 'normalised' ? [<Fact key="normalised" head="~">{copy.step.normalised}</Fact>] : []),
    ...(step.rollback ? [
      <Fact key="rollback" head="↩">
        {copy.step.rollback}: <code className="code text-xs">{step.rollback.text}</code> ({copy.step.rollbackOrigin[step.rollback.origin]})
      </Fact>,
    ] : []),
  ]
  if (facts.length === 0) return null
  return <ul className="mt-2 flex flex-col gap-1 text-sm text-muted">{facts}</ul>
}

function Fact({ head, tone = '', children }: { head: string; tone?: string; children?: ReactNode }) {
  return (
    <li className={`flex gap-2 ${tone}`}>
      <span className="shrink-0 font-semibold">{head}</span>
      <span className="min-w-0 text-pretty [overflow-wrap:anywhere]">{children}</span>
    </li>
  )
}

/** The questions that belong to one step. */
export function questionsOf(parsed: ParsedRunbook, step: Step): string[] {
  return parsed.ambiguities.filter((ambiguity) => ambiguity.step === step.order).map((ambiguity) => ambiguity.question)
}
