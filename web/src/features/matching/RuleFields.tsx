import { Button } from '@/components/Button'
import { Choice, TextArea, TextField } from '@/components/Field'
import { copy } from '@/copy'
import { badLabel, type Draft, saysNothing } from './rules'

const PARTS = ['services', 'regions', 'environments', 'keywords'] as const
const LEVELS = [1, 2, 3, 4, 5]

type Props = { number: number; draft: Draft; checked: boolean; onChange: (draft: Draft) => void; onRemove: () => void }

/** One rule. Every part that is filled in must hold. */
export function RuleFields({ number, draft, checked, onChange, onRemove }: Props) {
  const bad = badLabel(draft)
  return (
    <fieldset className="card p-4">
      <legend className="sr-only">{copy.matching.rule(number)}</legend>
      <div className="mb-3 flex items-center gap-3">
        <p aria-hidden="true" className="flex-1 text-sm font-semibold">
          {copy.matching.rule(number)}
        </p>
        <Button kind="quiet" onClick={onRemove} aria-label={copy.matching.remove(number)} icon="close" />
      </div>
      <div className="grid gap-3 sm:grid-cols-2">
        {PARTS.map((part) => (
          <TextField key={part} label={copy.matching[part]} placeholder={copy.matching.commas} value={draft[part]} onChange={(event) => onChange({ ...draft, [part]: event.target.value })} spellCheck={false} autoComplete="off" />
        ))}
        <Choice label={copy.matching.severity} value={draft.worstTo ?? ''} onChange={(event) => onChange({ ...draft, worstTo: event.target.value === '' ? null : Number(event.target.value) })}>
          <option value="">{copy.matching.anySeverity}</option>
          {LEVELS.map((level) => (
            <option key={level} value={level}>
              {copy.matching.worstTo(level)}
            </option>
          ))}
        </Choice>
        <TextArea
          label={copy.matching.labels}
          help={copy.matching.labelsHelp}
          error={checked && bad !== null ? copy.matching.badLabel(bad) : null}
          className="code"
          rows={2}
          value={draft.labels}
          onChange={(event) => onChange({ ...draft, labels: event.target.value })}
          spellCheck={false}
        />
      </div>
      {checked && saysNothing(draft) && (
        <p role="alert" className="mt-3 text-sm font-medium text-dangerous">
          {copy.matching.emptyRule}
        </p>
      )}
    </fieldset>
  )
}
