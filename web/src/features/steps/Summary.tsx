import type { ParsedRunbook } from '@/api/types'
import { Button } from '@/components/Button'
import { RiskMix } from '@/components/RiskBadge'
import { Note } from '@/components/States'
import { copy } from '@/copy'

const NONE: ReadonlySet<string> = new Set()

/** How many steps carry which risk; those that wait for a key carry none yet. */
export function mixOf(parsed: ParsedRunbook, waiting: ReadonlySet<string> = NONE) {
  const mix = { safe: 0, caution: 0, dangerous: 0, by_hand: 0 }
  for (const step of parsed.steps) if (!waiting.has(step.id)) mix[step.classification?.risk ?? 'by_hand'] += 1
  return mix
}

/** Whether some command was judged by one key only. */
export const scannerOnly = (parsed: ParsedRunbook): boolean => parsed.steps.some((step) => step.classification && !step.classification.reviewer)

/** What stands above the steps: how many of which risk, what is needed, what must be filled in. */
export function Summary({ parsed, waiting = NONE, onRetry }: { parsed: ParsedRunbook; waiting?: ReadonlySet<string>; onRetry?: () => void }) {
  const inputs = parsed.variables.filter((variable) => variable.kind !== 'derived')
  return (
    <div className="space-y-3">
      <p className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <strong className="numbers">{copy.editor.summary(parsed.steps.length)}</strong>
        <RiskMix mix={mixOf(parsed, waiting)} />
        {waiting.size > 0 && <span className="numbers text-xs text-muted">{copy.editor.waiting(waiting.size)}</span>}
      </p>
      {waiting.size === 0 && scannerOnly(parsed) && <Note action={onRetry && <Button onClick={onRetry}>{copy.common.retry}</Button>}>{copy.editor.scannerOnly}</Note>}
      {parsed.prerequisites.length > 0 && (
        <section>
          <h3 className="text-sm font-semibold">{copy.editor.needs}</h3>
          <ul className="mt-1 list-disc space-y-0.5 pl-5 text-sm text-muted">
            {parsed.prerequisites.map((prerequisite, i) => (
              <li key={i} className="[overflow-wrap:anywhere]">{prerequisite.text}</li>
            ))}
          </ul>
        </section>
      )}
      {inputs.length > 0 && (
        <section>
          <h3 className="text-sm font-semibold">{copy.editor.values}</h3>
          <ul className="mt-1.5 flex flex-wrap gap-1.5">
            {inputs.map((variable) => (
              <li key={variable.name} className="code rounded-md border border-dashed border-accent px-2 py-0.5 text-xs text-accent" title={variable.placeholder}>
                {variable.name}
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  )
}

/** What is said of the text as a whole, below the steps. */
export function Remarks({ parsed }: { parsed: ParsedRunbook }) {
  const open = parsed.ambiguities.filter((ambiguity) => !parsed.steps.some((step) => step.order === ambiguity.step))
  return (
    <>
      {open.length > 0 && <Lines title={copy.editor.questions} lines={open.map(({ text, question }) => `“${text}” — ${question}`)} />}
      {parsed.warnings.length > 0 && <Lines title={copy.editor.warnings} lines={parsed.warnings.map((warning) => warning.text)} />}
    </>
  )
}

function Lines({ title, lines }: { title: string; lines: readonly string[] }) {
  return (
    <section className="mt-4 px-1">
      <h3 className="text-sm font-semibold">{title}</h3>
      <ul className="mt-1 list-disc space-y-1 pl-5 text-sm text-muted">
        {lines.map((line, i) => (
          <li key={i} className="text-pretty [overflow-wrap:anywhere]">{line}</li>
        ))}
      </ul>
    </section>
  )
}
