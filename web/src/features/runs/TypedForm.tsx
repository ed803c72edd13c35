import { useState } from 'react'
import type { StepView } from '@/api/types'
import { Button } from '@/components/Button'
import { TextField } from '@/components/Field'
import { copy } from '@/copy'
import { objectsOf } from './asking'
import { refusalOf } from './useDecide'

type Props = { step: StepView; disabled: boolean; busy: string | false; error: unknown; onConfirm: (typed: string | string[]) => void }

/** The name of what is destroyed, typed to the byte. Whether it is the right one, only the service says. */
export function TypedForm({ step, disabled, busy, error, onConfirm }: Props) {
  const objects = objectsOf(step)
  const fields = objects.length > 1 ? objects : [objects[0] ?? { kind: 'object', name: '' }]
  const [names, setNames] = useState<string[]>(() => fields.map(() => ''))
  const full = names.every((name) => name !== '')
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (full) onConfirm(fields.length > 1 ? names : (names[0] ?? ''))
      }}
      className="mt-3 max-w-xl space-y-3"
    >
      {fields.map((object, i) => (
        <TextField
          key={i}
          label={fields.length > 1 ? copy.ask.nth(object.kind, i + 1, fields.length) : copy.ask.typeName(object.kind)}
          value={names[i] ?? ''}
          onChange={(event) => setNames(names.map((name, j) => (j === i ? event.target.value : name)))}
          autoComplete="off"
          autoCapitalize="off"
          autoCorrect="off"
          spellCheck={false}
          className="font-mono"
          error={i === fields.length - 1 ? refusalOf(error) : null}
        />
      ))}
      <Button kind="danger" type="submit" icon="play" disabled={disabled || !full} busy={busy} className="max-sm:min-h-12 max-sm:w-full">
        {copy.ask.buttons.typed}
      </Button>
    </form>
  )
}
