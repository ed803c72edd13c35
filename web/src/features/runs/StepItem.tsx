import { memo, useState, useSyncExternalStore } from 'react'
import type { StepView } from '@/api/types'
import { CommandBox } from '@/components/Command'
import { Digest } from '@/components/Digest'
import { ByHandBadge, RiskBadge } from '@/components/RiskBadge'
import { StepDot, StepStateBadge } from '@/components/StateBadge'
import { copy } from '@/copy'
import { clock, duration, utc } from '@/lib/time'
import { useNow } from '@/lib/hooks'
import { findingMarks } from '@/features/steps/WhyDrawer'
import { Ask } from './Ask'
import { LogViewer } from './LogViewer'
import { logOf, type Outputs } from './output'
import { UnderWay } from './UnderWay'

type Props = { runId: string; step: StepView; asks: boolean; last: boolean; current: boolean; halted: boolean; outputs: Outputs; via: string | null; rollbackOf: number | undefined; onWhy: (step: StepView) => void }

/** One step of the timeline: state, risk, the exact command, who let it run, what came of it. */
export const StepItem = memo(function StepItem({ runId, step, asks, last, current, halted, outputs, via, rollbackOf, onWhy }: Props) {
  return (
    <li id={`step-${step.order}`} data-testid={`step-${step.order}`} className="relative flex scroll-mt-24 gap-3 pb-6 sm:gap-4">
      {!last && <span aria-hidden="true" className="absolute top-8 bottom-0 left-4 w-px bg-line" />}
      <StepDot state={step.state} />
      <div className="min-w-0 flex-1 pt-1">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
          <h2 className="min-w-0 [overflow-wrap:anywhere]">
            <span className="numbers mr-2 text-muted">{step.order}</span>
            {step.title}
          </h2>
          {step.classification ? <RiskBadge risk={step.classification.risk} onWhy={() => onWhy(step)} name={step.title} /> : step.risk ? <RiskBadge risk={step.risk} /> : <ByHandBadge />}
          <span className="flex-1" />
          <StepStateBadge state={step.state} />
        </div>
        {step.unlisted && <p className="mt-1 text-sm text-muted">{copy.record.unlisted(step.unlisted.by, copy.record.channels[step.unlisted.channel] ?? step.unlisted.channel)}</p>}
        {step.rollback_of && <p className="mt-1 text-sm text-muted">{copy.record.rollbackOf(rollbackOf)}</p>}
        {step.command != null && (
          <div className="mt-2">
            <CommandBox command={step.command} marks={step.classification ? findingMarks(step.command, step.classification.scanner.findings.filter((finding) => finding.risk !== 'safe')) : []} />
          </div>
        )}
        <Context step={step} />
        <Record step={step} via={via} />
        {!asks && <UnderWay runId={runId} step={step} />}
        {asks && <Ask key={`${step.id}:${step.attempt}:${step.state}:${step.command_sha256 ?? ''}`} runId={runId} step={step} current={current} halted={halted} />}
        <Output step={step} outputs={outputs} />
      </div>
    </li>
  )
})

/** What stands beside the command: the values, what the runbook said, what makes it awkward, what undoes it. */
function Context({ step }: { step: StepView }) {
  const environment = Object.entries(step.environment ?? {})
  const edited = step.prescribed_command != null && step.prescribed_command !== step.command
  return (
    <div className="mt-1.5 space-y-1 text-sm text-muted empty:hidden">
      {environment.length > 0 && (
        <dl className="code flex flex-wrap gap-x-4 gap-y-0.5 text-xs" aria-label={copy.record.environment}>
          {environment.map(([name, value]) => (
            <div key={name} className="flex gap-1 [overflow-wrap:anywhere]">
              <dt>{name}=</dt>
              <dd className="text-text">{value}</dd>
            </div>
          ))}
        </dl>
      )}
      {edited && (
        <details>
          <summary className="cursor-pointer">
            {copy.record.edited}. {copy.ask.prescribed}:
          </summary>
          <div className="mt-1">
            <CommandBox command={step.prescribed_command ?? ''} />
          </div>
        </details>
      )}
      {(step.hazards ?? []).map((hazard) => (
        <p key={hazard} className="text-caution">
          ! {copy.step.hazards[hazard]}
        </p>
      ))}
      {step.rollback && (
        <p className="[overflow-wrap:anywhere]">
          ↩ {copy.step.rollback}: <code className="code text-xs">{step.rollback.text}</code> ({copy.step.rollbackOrigin[step.rollback.origin]})
        </p>
      )}
    </div>
  )
}

/** What is on record: who, when, through which door; the exit code, how long, the digests. */
function Record({ step, via }: { step: StepView; via: string | null }) {
  const running = step.state === 'running'
  const now = useNow(running)
  const took = step.duration_ms != null ? duration(step.duration_ms) : running && step.started_at ? duration(now - Date.parse(step.started_at)) : null
  const facts = [
    step.approved_by && step.approved_at && (
      <span key="by" title={utc(step.approved_at)}>
        {copy.record.approvedBy(step.approved_by, clock(step.approved_at), via)}
      </span>
    ),
    step.exit_code != null && (
      <span key="exit" className={`font-semibold ${step.exit_code === 0 ? 'text-safe' : 'text-dangerous'}`}>
        {copy.record.exit(step.exit_code)}
      </span>
    ),
    took && <span key="took">{took}</span>,
    step.by_hand && <span key="hand">{copy.record.byHand}</span>,
    step.attempt > 1 && <span key="attempt">{copy.record.attempt(step.attempt)}</span>,
    step.command_sha256 && <Digest key="digest" sha256={step.command_sha256} label={copy.common.commandDigest} />,
  ].filter(Boolean)
  return (
    <>
      {facts.length > 0 && <p className="numbers mt-2 flex flex-wrap items-center gap-x-4 gap-y-1 text-sm text-muted">{facts}</p>}
      {step.note && step.state !== 'manual_intervention' && <p className="mt-1 text-sm text-pretty">{step.note}</p>}
    </>
  )
}

const OPEN_BY_ITSELF: ReadonlySet<StepView['state']> = new Set(['running', 'failed', 'timed_out', 'manual_intervention', 'rollback_available'])

/** The output: by the stream where there is one, else the stored end. What failed opens by itself, what ended well folds. */
function Output({ step, outputs }: { step: StepView; outputs: Outputs }) {
  const streamed = useSyncExternalStore(outputs.subscribe, () => outputs.log(step.id, step.attempt))
  const [chosen, setChosen] = useState<boolean | null>(null)
  const live = step.state === 'running' || step.state === 'dispatching'
  const here = streamed.lines > 0 || streamed.open.length > 0
  if (!here && !live && step.output_bytes === 0) return null
  const log = here ? streamed : logOf(step.stdout_tail, step.stderr_tail)
  const open = chosen ?? (OPEN_BY_ITSELF.has(step.state) || log.lines + log.open.length <= 12)
  return (
    <div className="mt-2">
      <button type="button" aria-expanded={open} onClick={() => setChosen(!open)} className="tap inline-flex items-center gap-1.5 text-sm font-medium text-muted hover:text-text">
        <span aria-hidden="true" className={`transition-transform ${open ? 'rotate-90' : ''}`}>
          ›
        </span>
        {copy.log.toggle} <span className="numbers font-normal">({copy.log.lines(log.lines + log.open.length)})</span>
      </button>
      {open && <LogViewer log={log} live={live} label={copy.log.label(step.order)} note={!here && step.output_bytes > step.stdout_tail.length + step.stderr_tail.length ? copy.log.tail : undefined} />}
    </div>
  )
}
