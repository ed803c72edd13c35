import type { ReactNode } from 'react'
import type { Classification, Effect, Finding, ScannerRisk } from '@/api/types'
import { CommandBox, type Mark } from '@/components/Command'
import { CopyButton } from '@/components/CopyButton'
import { Dialog } from '@/components/Dialog'
import { Digest } from '@/components/Digest'
import { RiskBadge } from '@/components/RiskBadge'
import { copy } from '@/copy'
import { ByteIndex } from '@/lib/bytes'
import { visible } from '@/lib/visible'

export type Explained = { title: string; order: number; command: string; classification: Classification }

const UNDERLINE: Record<ScannerRisk, string> = {
  safe: 'underline decoration-2 underline-offset-4 decoration-safe',
  unknown: 'underline decoration-2 decoration-dashed underline-offset-4 decoration-unknown',
  caution: 'underline decoration-2 underline-offset-4 decoration-caution',
  dangerous: 'underline decoration-[3px] underline-offset-4 decoration-dangerous bg-dangerous-bg',
}

/** Where in the command each finding lies, worst first, so that the worst mark wins where two overlap. */
export function findingMarks(command: string, findings: readonly Finding[]): Mark[] {
  const index = new ByteIndex(command)
  return findings.map((finding) => ({ ...index.range(finding.span), className: UNDERLINE[finding.risk], title: finding.why }))
}

/** Why a command carries its risk: evidence first, then the sentence of the reviewer, raw data last. */
export function WhyDrawer({ explained, onClose }: { explained: Explained | null; onClose: () => void }) {
  return (
    <Dialog open={explained !== null} onClose={onClose} side title={explained ? copy.why.title(copy.risk[explained.classification.risk]) : ''} lead={explained && `${copy.step.order(explained.order)} · ${explained.title}`}>
      {explained && <Reasons {...explained} />}
    </Dialog>
  )
}

function Reasons({ command, classification }: Explained) {
  const { scanner, reviewer, merge_rule, risk } = classification
  const objects = classification.objects?.length ? classification.objects : classification.object ? [classification.object] : []
  return (
    <div className="space-y-6">
      <CommandBox command={command} marks={findingMarks(command, scanner.findings)} />
      <Section title={copy.why.key1} aside={<RiskBadge risk={scanner.risk} />}>
        {scanner.findings.length === 0 && <p className="text-muted">{copy.why.nothing}</p>}
        <ul className="space-y-3">
          {scanner.findings.map((finding, i) => (
            <FindingRow key={i} finding={finding} command={command} />
          ))}
        </ul>
        <p className="mt-3 text-xs text-muted">{copy.why.took(scanner.elapsed_us)}</p>
      </Section>
      <Section title={copy.why.key2} aside={reviewer && <RiskBadge risk={reviewer.risk} />}>
        {reviewer ? (
          <>
            <p>“{reviewer.reason}”</p>
            <p className="mt-1 text-xs text-muted">
              {reviewer.model} · {copy.why.confidence(reviewer.confidence)}, {reviewer.escalated || reviewer.confidence < 0.9 ? copy.why.below : copy.why.above}
            </p>
          </>
        ) : (
          <p className="text-muted">{copy.why.noReviewer}</p>
        )}
      </Section>
      <Section title={copy.why.rule} aside={<RiskBadge risk={risk} />}>
        <p>{copy.why.rules[merge_rule]}</p>
        <p className="mt-1 text-xs text-muted">
          {merge_rule} · {copy.why.fixed}
        </p>
      </Section>
      {objects.length > 0 && (
        <Section title={copy.why.object}>
          <ul>
            {objects.map((object) => (
              <li key={`${object.kind} ${object.name}`}>
                {object.kind} <code className="code font-semibold [overflow-wrap:anywhere]">{visible(object.name)}</code>
              </li>
            ))}
          </ul>
        </Section>
      )}
      <Tokens command={command} scanner={scanner} />
      <Raw classification={classification} />
    </div>
  )
}

function Section({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section>
      <div className="mb-2 flex items-center justify-between gap-3 border-b border-line pb-1.5">
        <h3 className="text-sm font-semibold">{title}</h3>
        {aside}
      </div>
      {children}
    </section>
  )
}

function FindingRow({ finding, command }: { finding: Finding; command: string }) {
  const range = new ByteIndex(command).range(finding.span)
  const matched = command.slice(range.start, range.end)
  return (
    <li>
      <p className="flex flex-wrap items-baseline gap-x-2">
        {matched !== '' && matched !== command && <code className={`code [overflow-wrap:anywhere] ${UNDERLINE[finding.risk]}`}>{visible(matched)}</code>}
        <span>{finding.why}</span>
      </p>
      <p className="mt-0.5 text-xs text-muted">
        <RuleLink rule={finding.rule} />
        {finding.effect && ` · ${effectInWords(finding.effect)}`}
      </p>
      {finding.rollback && (
        <p className="mt-1 text-sm text-muted">
          {copy.why.undoBy}: <code className="code [overflow-wrap:anywhere]">{visible(finding.rollback)}</code>
        </p>
      )}
      {finding.safer && (
        <p className="mt-1.5 flex flex-wrap items-center gap-x-2 rounded-md bg-safe-bg py-0.5 pl-3 text-sm text-safe">
          {copy.why.safer}: <code className="code [overflow-wrap:anywhere]">{finding.safer}</code>
          <CopyButton text={finding.safer} label={copy.common.copyCommand} />
        </p>
      )}
    </li>
  )
}

/** The rule's own page, with what it finds and what not. */
function RuleLink({ rule }: { rule: string }) {
  return (
    <a className="link code relative before:absolute before:-inset-x-1 before:-inset-y-1.5" href={copy.why.rulePage(rule)} target="_blank" rel="noreferrer" title={copy.why.ruleHint}>
      {rule}
    </a>
  )
}

/** What the rule says the command does; a risk follows from that. */
export function effectInWords({ act, place, reversible, reach }: Effect): string {
  const { acts, places, reaches, undo } = copy.why
  const leavesNothing = act === 'reads' || act === 'hides' || act === 'discloses'
  return [acts[act], places[place], leavesNothing ? null : undo(reversible), reaches[reach]].filter(Boolean).join('; ')
}

/** Each part of the command: what it is, what it means, and the rules that speak of it. */
function Tokens({ command, scanner }: { command: string; scanner: Classification['scanner'] }) {
  const tokens = scanner.tokens ?? []
  if (tokens.length === 0) return null
  const index = new ByteIndex(command)
  return (
    <Section title={copy.why.tokens}>
      <ul className="divide-y divide-line text-sm">
        {tokens.map((token) => {
          const { start, end } = index.range(token)
          const over = scanner.findings.filter((finding) => finding.span.start < token.end && finding.span.end > token.start && finding.risk !== 'safe')
          return (
            <li key={token.start} className="grid grid-cols-[minmax(5rem,2fr)_3fr] gap-x-3 py-1.5">
              <code className={`code [overflow-wrap:anywhere] ${over[0] ? UNDERLINE[over[0].risk] : ''}`}>{visible(command.slice(start, end))}</code>
              <span className="min-w-0 text-muted">
                {copy.why.kinds[token.kind] ?? token.kind}
                {token.text && <span className="text-text">: {token.text}</span>}
                {over.length > 0 && <span className="code block text-xs [overflow-wrap:anywhere]">{[...new Set(over.map((finding) => finding.rule))].join(', ')}</span>}
              </span>
            </li>
          )
        })}
      </ul>
    </Section>
  )
}

function Raw({ classification }: { classification: Classification }) {
  return (
    <details>
      <summary className="tap flex cursor-pointer items-center text-sm font-medium text-muted">{copy.why.raw}</summary>
      <p className="mt-1 text-xs text-muted">{classification.scanner.version}</p>
      <Digest sha256={classification.command_sha256} label={copy.common.commandDigest} />
      <pre className="code mt-2 max-h-80 overflow-auto rounded-lg bg-surface p-3 text-xs" tabIndex={0}>
        {JSON.stringify(classification, null, 2)}
      </pre>
    </details>
  )
}
