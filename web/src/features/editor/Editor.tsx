import { type KeyboardEvent, type ReactNode, useEffect, useMemo, useRef, useState } from 'react'
import type { ParsedRunbook, Step } from '@/api/types'
import { announce } from '@/components/announce'
import { Button } from '@/components/Button'
import { TextField } from '@/components/Field'
import { Note } from '@/components/States'
import { copy } from '@/copy'
import { mixOf } from '@/features/steps/Summary'
import { type Explained, WhyDrawer } from '@/features/steps/WhyDrawer'
import { clean } from '@/lib/bytes'
import { useNarrow } from '@/lib/hooks'
import { carried, marksOf, touchedSteps } from './marks'
import { PreviewProblem } from './PreviewProblem'
import { nextProblem } from './problems'
import { SecretsNotice } from './SecretsNotice'
import { SourcePane } from './SourcePane'
import { StageBar } from './StageBar'
import { StepsPane } from './StepsPane'
import { usePreview } from './usePreview'
import { useSecrets } from './useSecrets'

export type Draft = { text: string; title: string }
/** The step that is pointed at, and on which side: the other side follows. */
export type Lit = { order: number; from: 'text' | 'steps' } | null

type Props = { draft: Draft; onDraft: (draft: Draft) => void; saveLabel: string; saving: boolean; canSave: boolean; onSave: () => void; notice?: ReactNode }

/** Text left, steps right, each leading to the other. The text is checked when nothing was typed for a moment. */
export function Editor({ draft, onDraft, saveLabel, saving, canSave, onSave, notice }: Props) {
  const { secrets, mayLeave, mask, send } = useSecrets(draft.text, (text) => onDraft({ ...draft, text }))
  const { reading, error, checking, check } = usePreview(draft.text, mayLeave)
  const [lit, setLit] = useState<Lit>(null)
  const [why, setWhy] = useState<Explained | null>(null)
  const [plain, setPlain] = useState<string | null>(null)
  const [side, setSide] = useState<'source' | 'steps'>('source')
  const narrow = useNarrow()
  const area = useRef<HTMLTextAreaElement>(null)
  const fresh = useMemo(() => (reading ? marksOf(reading.text, reading.parsed) : []), [reading])
  const marks = useMemo(() => (reading ? carried(fresh, reading.text, draft.text) : []), [fresh, reading, draft.text])
  const touched = useMemo(() => touchedSteps(fresh, marks), [fresh, marks])
  const steps = reading?.parsed.steps.length
  const heard = reading && reading.stage !== 'open' ? spoken(reading.parsed) : null
  useEffect(() => {
    if (heard !== null) announce(heard)
  }, [heard])
  const savable = canSave && secrets.length === 0 && draft.text.trim() !== ''

  const toLine = (step: Step) => {
    setSide('source')
    setLit({ order: step.order, from: 'steps' })
    const mark = marks.find((m) => m.kind === 'command' && m.step === step.order)
    if (!mark) return
    requestAnimationFrame(() => select(area.current, mark))
  }
  const toProblem = (back: boolean) => {
    const problem = reading && nextProblem(marks, reading.parsed, area.current?.selectionStart ?? 0, back)
    if (!problem) return
    setSide('source')
    setLit(problem.step === null ? null : { order: problem.step, from: 'steps' })
    requestAnimationFrame(() => select(area.current, problem))
  }
  const keys: Record<string, (event: KeyboardEvent) => void> = {
    'ctrl+Enter': check,
    'ctrl+s': () => savable && !saving && onSave(),
    F8: (event) => toProblem(event.shiftKey),
  }
  const onWhy = ({ title, order, command, classification }: Step) => command && classification && setWhy({ title, order, command: command.text, classification })
  const source = (
    <SourcePane
      text={draft.text}
      marks={marks}
      lit={lit}
      area={area}
      onChange={(text) => onDraft({ ...draft, text })}
      onPoint={(order) => setLit(order === null ? null : { order, from: 'text' })}
      onHtml={setPlain}
    />
  )
  const list = <StepsPane reading={reading} checking={checking} touched={touched} onSample={draft.text.trim() === '' ? (text) => onDraft({ ...draft, text }) : undefined} onRetry={check} lit={lit} onPoint={(order) => setLit(order === null ? null : { order, from: 'steps' })} onLine={toLine} onWhy={onWhy} />
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (savable) onSave()
      }}
      onKeyDown={(event) => {
        const act = keys[`${event.ctrlKey || event.metaKey ? 'ctrl+' : ''}${event.key}`]
        if (!act) return
        event.preventDefault()
        act(event)
      }}
      className="space-y-4"
    >
      <div className="max-w-2xl">
        <TextField label={`${copy.editor.runbookTitle} (${copy.common.optional})`} value={draft.title} placeholder={reading?.parsed.title ?? ''} onChange={(event) => onDraft({ ...draft, title: event.target.value })} maxLength={200} />
      </div>
      {notice}
      {plain !== null && (
        <Note tone="info" action={<Button onClick={() => (onDraft({ ...draft, text: clean(plain) }), setPlain(null))}>{copy.editor.usePlain}</Button>}>
          {copy.editor.pastedHtml}
        </Note>
      )}
      <SecretsNotice secrets={secrets} onMask={mask} onSend={send} />
      <PreviewProblem error={error} text={draft.text} onRetry={check} />
      {narrow ? (
        <>
          <Switch side={side} onSide={setSide} steps={steps} />
          <div className="h-[62dvh]">{side === 'source' ? source : list}</div>
        </>
      ) : (
        <div className="grid h-[max(26rem,calc(100dvh-21rem))] grid-cols-2 gap-5">
          {source}
          {list}
        </div>
      )}
      <Legend />
      <div className="sticky bottom-16 z-20 flex flex-wrap items-center gap-3 border-t border-line bg-bg/95 py-3 backdrop-blur md:bottom-0">
        <div className="min-w-0 flex-1 basis-full sm:basis-64">
          <StageBar reading={reading} checking={checking} />
        </div>
        <Button onClick={check} disabled={draft.text.trim() === ''} title="Ctrl+Enter" className="max-sm:flex-1">
          {copy.editor.check}
        </Button>
        <Button kind="primary" type="submit" disabled={!savable} title="Ctrl+S" busy={saving && copy.editor.saving} className="max-sm:flex-1">
          {saveLabel}
        </Button>
      </div>
      <WhyDrawer explained={why} onClose={() => setWhy(null)} />
    </form>
  )
}

/** What is said once of a reading, for those who hear the page. */
function spoken(parsed: ParsedRunbook): string {
  const { risk } = copy
  const mix = mixOf(parsed)
  const risks = ([[risk.dangerous, mix.dangerous], [risk.caution, mix.caution], [risk.safe, mix.safe], [risk.byHand, mix.by_hand]] as const).filter(([, count]) => count > 0)
  return copy.editor.found(parsed.steps.length, risks.map(([word, count]) => `${count} ${word.toLowerCase()}`).join(', '), parsed.ambiguities.length)
}

function select(area: HTMLTextAreaElement | null, { start, end }: { start: number; end: number }) {
  area?.focus({ preventScroll: true })
  area?.setSelectionRange(start, end)
}

function Switch({ side, onSide, steps }: { side: 'source' | 'steps'; onSide: (side: 'source' | 'steps') => void; steps: number | undefined }) {
  const look = (on: boolean) => `tap flex-1 rounded-md text-sm font-semibold ${on ? 'bg-bg text-text shadow-card' : 'text-muted'}`
  return (
    <div className="flex gap-1 rounded-lg bg-sunken p-1">
      <button type="button" aria-pressed={side === 'source'} onClick={() => onSide('source')} className={look(side === 'source')}>
        {copy.editor.source}
      </button>
      <button type="button" aria-pressed={side === 'steps'} onClick={() => onSide('steps')} className={look(side === 'steps')}>
        {copy.editor.steps}
        {steps !== undefined && ` (${steps})`}
      </button>
    </div>
  )
}

function Legend() {
  return (
    <ul aria-label={copy.editor.legend} className="flex flex-wrap gap-x-5 gap-y-1 text-xs text-muted">
      {(['V', 'P', '?'] as const).map((letter) => (
        <li key={letter}>
          <b className={letter === 'V' ? 'text-accent' : letter === 'P' ? 'text-safe' : 'text-caution'}>{letter}</b> {copy.editor.marks[letter]}
        </li>
      ))}
    </ul>
  )
}
