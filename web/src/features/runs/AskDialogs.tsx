import type { UseMutationResult } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import type { StepView } from '@/api/types'
import { Button } from '@/components/Button'
import { Answers, Dialog } from '@/components/Dialog'
import { TextArea, TextField } from '@/components/Field'
import { copy } from '@/copy'
import { Refused } from './Ask'
import type { Decision } from './useDecide'

type Props = { step: StepView; decide: UseMutationResult<StepView, Error, Decision>; onClose: () => void }

export function SkipDialog({ step, decide, onClose }: Props) {
  const [reason, setReason] = useState('')
  return (
    <Frame title={copy.ask.skipTitle(step.order)} lead={step.needed_by?.length ? copy.ask.skipMissed(step.sets ?? [], step.needed_by) : copy.ask.skipLead} submit={copy.ask.skipSubmit} ready={reason.trim() !== ''} decide={decide} decision={{ act: 'skip', reason: reason.trim() }} onClose={onClose}>
      <div className="mb-3 flex flex-wrap gap-2">
        {copy.ask.skipReasons.map((text) => (
          <button key={text} type="button" aria-pressed={reason === text} onClick={() => setReason(text)} className="tap rounded-full border border-border px-3 text-sm aria-pressed:border-accent aria-pressed:bg-accent-soft">
            {text}
          </button>
        ))}
      </div>
      <TextField label={copy.ask.skipReason} value={reason} onChange={(event) => setReason(event.target.value)} />
    </Frame>
  )
}

export function EditDialog({ step, decide, onClose }: Props) {
  const [command, setCommand] = useState(step.command ?? '')
  const changed = command !== step.command && command.trim() !== ''
  return (
    <Frame title={copy.ask.editTitle(step.order)} lead={copy.ask.editLead} submit={copy.ask.editSubmit} ready={changed} decide={decide} decision={{ act: 'edit', command }} onClose={onClose}>
      <TextArea label={copy.ask.editField} className="code min-h-32" rows={Math.min(14, command.split('\n').length + 2)} spellCheck={false} autoCapitalize="off" value={command} onChange={(event) => setCommand(event.target.value)} />
    </Frame>
  )
}

export function AbortDialog({ decide, onClose }: Props) {
  const [reason, setReason] = useState('')
  return (
    <Frame title={copy.run.abortTitle} lead={copy.run.abortLead} submit={copy.run.abortSubmit} danger ready decide={decide} decision={{ act: 'abort', reason: reason.trim() }} onClose={onClose}>
      <TextField label={`${copy.run.abortReason} (${copy.common.optional})`} value={reason} onChange={(event) => setReason(event.target.value)} />
    </Frame>
  )
}

/** A step that a person did; with `takeOver`, one that the agent did not end well or nobody answered in time. */
export function DoneDialog({ step, decide, onClose, takeOver = false }: Props & { takeOver?: boolean }) {
  const [note, setNote] = useState('')
  const words = takeOver ? copy.ask.takeOver : { title: copy.ask.doneTitle, lead: step.title, submit: copy.ask.doneSubmit }
  return (
    <Frame title={words.title(step.order)} lead={words.lead} submit={words.submit} ready decide={decide} decision={{ act: 'done', note: note.trim(), ...(takeOver && { outcome: 'by_hand' as const }) }} onClose={onClose}>
      <TextField label={`${copy.ask.doneNote} (${copy.common.optional})`} value={note} onChange={(event) => setNote(event.target.value)} />
    </Frame>
  )
}

type FrameProps = { title: string; lead: string; submit: string; ready: boolean; danger?: boolean; decide: Props['decide']; decision: Decision; onClose: () => void; children: ReactNode }

function Frame({ title, lead, submit, ready, danger = false, decide, decision, onClose, children }: FrameProps) {
  return (
    <Dialog open onClose={onClose} title={title} lead={lead}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (ready) decide.mutate(decision, { onSuccess: onClose })
        }}
      >
        {children}
        <Refused error={decide.error} />
        <Answers>
          <Button onClick={onClose}>{copy.common.back}</Button>
          <Button kind={danger ? 'danger' : 'primary'} type="submit" disabled={!ready} busy={decide.isPending && copy.ask.sending}>
            {submit}
          </Button>
        </Answers>
      </form>
    </Dialog>
  )
}
