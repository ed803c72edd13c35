import { type ReactNode, useState } from 'react'
import type { StepAction, StepView } from '@/api/types'
import { Button } from '@/components/Button'
import { Icon } from '@/components/Icon'
import { Note } from '@/components/States'
import { copy } from '@/copy'
import { useNow } from '@/lib/hooks'
import { left } from '@/lib/time'
import { AbortDialog, DoneDialog, EditDialog, SkipDialog } from './AskDialogs'
import { objectsOf, type Question, questionOf } from './asking'
import { TypedForm } from './TypedForm'
import { type Decision, refusalOf, useDecide } from './useDecide'

type Props = { runId: string; step: StepView; current: boolean; halted: boolean }
type Open = 'skip' | 'edit' | 'abort' | 'done' | 'takeOver' | null

/** The one question of the page: what is asked, of which object, until when, and every answer that is allowed. */
export function Ask({ runId, step, current, halted }: Props) {
  const decide = useDecide(runId, step)
  const [open, setOpen] = useState<Open>(null)
  const question = questionOf(step)
  const may = (action: StepAction) => step.allowed_actions.includes(action)
  const off = !current || halted
  const send = (decision: Decision) => decide.mutate(decision)
  const sending = decide.isPending ? copy.ask.sending : decide.isSuccess ? copy.ask.confirmed : false
  const dialog = { step, decide, onClose: () => (setOpen(null), decide.reset()) }
  return (
    <section aria-label={headline(question, step)} data-testid="ask" className={`mt-3 rounded-xl border-2 p-4 ${question === 'typed' ? 'border-dangerous' : 'border-caution'}`}>
      <h3 className="flex items-center gap-2 text-base font-semibold">
        <Icon name={question === 'failed' ? 'failed' : 'waiting'} className="size-5" />
        {headline(question, step)}
      </h3>
      <Facts step={step} question={question} />
      {step.blocked_reason && (
        <p className="mt-3 flex gap-2 rounded-lg bg-sunken px-3 py-2 text-sm">
          <Icon name="shield" className="mt-0.5 size-4" />
          {step.blocked_reason}
        </p>
      )}
      {!current && (
        <div className="mt-3">
          <Note>{copy.live.approvingOff}</Note>
        </div>
      )}
      {question === 'typed' && may('approve') && step.command_sha256 ? (
        <TypedForm key={step.command_sha256} step={step} disabled={off || Boolean(sending)} busy={sending} error={open === null ? decide.error : null} onConfirm={(typed) => send({ act: 'approve', command_sha256: step.command_sha256 ?? '', typed })} />
      ) : (
        open === null && <Refused error={decide.error} />
      )}
      <div className="mt-4 flex flex-wrap gap-2 max-sm:flex-col">
        <Wanted question={question} step={step} off={off} sending={sending} send={send} onOpen={setOpen} />
        {may('edit') && <Other icon="edit" label={copy.ask.buttons.edit} disabled={Boolean(sending)} onClick={() => setOpen('edit')} />}
        {may('skip') && <Other icon="skipped" label={copy.ask.buttons.skip} disabled={Boolean(sending)} onClick={() => setOpen('skip')} />}
        {may('abort') && <Other icon="aborted" label={copy.ask.buttons.abort} disabled={Boolean(sending)} onClick={() => setOpen('abort')} />}
      </div>
      <Expiry step={step} />
      {open === 'skip' && <SkipDialog {...dialog} />}
      {open === 'edit' && <EditDialog {...dialog} />}
      {open === 'abort' && <AbortDialog {...dialog} />}
      {(open === 'done' || open === 'takeOver') && <DoneDialog {...dialog} takeOver={open === 'takeOver'} />}
    </section>
  )
}

function headline(question: Question, step: StepView): string {
  const words: Record<Question, (n: number) => string> = { ...copy.ask, expired: copy.ask.expiredTitle }
  return words[question](step.order)
}

/** What is destroyed or acted on, what undoes it, what is not known. */
function Facts({ step, question }: { step: StepView; question: Question }) {
  const objects = objectsOf(step)
  return (
    <div className="mt-2 space-y-1.5 text-sm">
      {question === 'unknown' && <p className="text-pretty">{copy.ask.unknownText}</p>}
      {question === 'expired' && <p>{copy.ask.expired}</p>}
      {step.note && (question === 'unknown' || question === 'failed') && <p className="text-pretty text-muted">{step.note}</p>}
      {question === 'decision' && step.branch && <p className="font-medium">{step.branch.condition}</p>}
      {(question === 'typed' || question === 'approve') && objects.length > 0 && (
        <p>
          {question === 'typed' ? copy.ask.willDestroy : copy.ask.actsOn}:{' '}
          {objects.map((object, i) => (
            <span key={i} className="mr-2">
              {object.kind} <code className="code font-semibold [overflow-wrap:anywhere]">{object.name}</code>
            </span>
          ))}
        </p>
      )}
      {(question === 'typed' || question === 'approve') && <Reason step={step} />}
      {question === 'typed' && !step.rollback && <p className="font-medium text-dangerous">{copy.ask.noRollback}</p>}
    </div>
  )
}

/** The worst finding in words: the reason why anybody is asked. */
function Reason({ step }: { step: StepView }) {
  const worst = step.classification?.scanner.findings[0]
  return worst ? <p className="text-pretty first-letter:uppercase">{worst.why}</p> : null
}

type WantedProps = { question: Question; step: StepView; off: boolean; sending: string | false; send: (decision: Decision) => void; onOpen: (open: Open) => void }

/** The answers that move the run on, the wanted one first. Only what the service allows is there. */
function Wanted({ question, step, off, sending, send, onOpen }: WantedProps) {
  const may = (action: StepAction) => step.allowed_actions.includes(action)
  const { buttons } = copy.ask
  const hash = step.command_sha256
  const answers: ReactNode[] = []
  const add = (label: string, kind: 'primary' | 'plain', onClick: () => void, icon?: 'play' | 'done' | 'undone') =>
    answers.push(
      <Button key={label} kind={kind} {...(icon && { icon })} className="max-sm:min-h-12" disabled={off} busy={kind === 'primary' && sending} onClick={onClick}>
        {label}
      </Button>,
    )
  if (question !== 'typed' && may('approve') && hash) add(question === 'run' ? buttons.run : buttons.approve, 'primary', () => send({ act: 'approve', command_sha256: hash }), 'play')
  if (may('rollback')) add(buttons.rollback, 'primary', () => send({ act: 'rollback' }), 'undone')
  if (may('retry')) add(buttons.retry, may('rollback') ? 'plain' : 'primary', () => send({ act: 'retry' }), 'undone')
  if (may('check')) add(buttons.check, 'plain', () => send({ act: 'check' }))
  if (may('done')) addDone(question, add, send, onOpen)
  return answers
}

function addDone(question: Question, add: (label: string, kind: 'primary' | 'plain', onClick: () => void, icon?: 'done') => void, send: (decision: Decision) => void, onOpen: (open: Open) => void) {
  const { buttons } = copy.ask
  if (question === 'unknown') {
    add(buttons.itRan, 'plain', () => send({ act: 'done', note: '', outcome: 'it_ran' }))
    add(buttons.itDidNot, 'plain', () => send({ act: 'done', note: '', outcome: 'it_did_not_run' }))
  } else if (question === 'decision') {
    add(buttons.then, 'primary', () => send({ act: 'done', note: '', choice: 'then' }))
    add(buttons.else, 'plain', () => send({ act: 'done', note: '', choice: 'else' }))
  } else if (question === 'failed' || question === 'expired') {
    add(buttons.takeOver, 'plain', () => onOpen('takeOver'))
    if (question === 'failed') add(buttons.goOn, 'plain', () => onOpen('done'))
  } else add(buttons.done, 'primary', () => onOpen('done'), 'done')
}

function Other({ icon, label, disabled, onClick }: { icon: 'edit' | 'skipped' | 'aborted'; label: string; disabled: boolean; onClick: () => void }) {
  return (
    <Button icon={icon} disabled={disabled} onClick={onClick}>
      {label}
    </Button>
  )
}

export function Refused({ error }: { error: unknown }) {
  const words = refusalOf(error)
  return words ? (
    <p role="alert" className="mt-3 rounded-lg bg-dangerous-bg px-3 py-2 text-sm font-medium text-dangerous">
      {words}
    </p>
  ) : null
}

/** The time that is left, in words. The end is spoken at one minute and at ten seconds only. */
function Expiry({ step }: { step: StepView }) {
  const now = useNow(Boolean(step.expires_at))
  if (!step.expires_at) return null
  const rest = left(step.expires_at, now)
  const seconds = Math.ceil((Date.parse(step.expires_at) - now) / 1000)
  return (
    <p className="numbers mt-3 text-xs text-muted">
      {rest ? copy.ask.expires(rest) : copy.ask.expired}
      <span className="sr-only" role="status">
        {seconds === 60 || seconds === 10 ? copy.ask.expires(rest ?? '') : ''}
      </span>
    </p>
  )
}
