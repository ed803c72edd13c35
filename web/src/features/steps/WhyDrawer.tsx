import type { ReactNode } from 'react'
import type { Classification, Finding, ScannerRisk } from '@/api/types'
import { CommandBox, type Mark } from '@/components/Command'
import { CopyButton } from '@/components/CopyButton'
import { Dialog } from '@/components/Dialog'
import { Digest } from '@/components/Digest'
import { RiskBadge } from '@/components/RiskBadge'
import { copy } from '@/copy'
import { ByteIndex } from '@/lib/bytes'

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
              {reviewer.model} · {reviewer.escalated || reviewer.confidence < 0.9 ? copy.why.below : copy.why.above}
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
      {classification.object && (
        <Section title={copy.why.object}>
          <p>
            {classification.object.kind} <code className="code font-semibold">{classification.object.name}</code>
          </p>
        </Section>
      )}
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
        {matched !== '' && matched !== command && <code className={`code ${UNDERLINE[finding.risk]}`}>{matched}</code>}
        <span>{finding.why}</span>
      </p>
      <p className="code mt-0.5 text-xs text-muted">{finding.rule}</p>
      {finding.safer && (
        <p className="mt-1.5 flex flex-wrap items-center gap-x-2 rounded-md bg-safe-bg py-0.5 pl-3 text-sm text-safe">
          {copy.why.safer}: <code className="code [overflow-wrap:anywhere]">{finding.safer}</code>
          <CopyButton text={finding.safer} label={copy.common.copyCommand} />
        </p>
      )}
    </li>
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
