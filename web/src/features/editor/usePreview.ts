import { useEffect, useMemo, useReducer, useRef, useState } from 'react'
import { previewOf } from '@/api/preview'
import { ApiError } from '@/api/problem'
import { NOTHING, previewAfter } from './reading'

/** How long nothing is typed before the text is checked again. */
const IDLE_MS = 700
/** So many characters at once are pasted, not typed: nobody waits for those to go on. */
const PASTED = 40

/** Checks a text as it is written, once it may leave the browser, and fills in what becomes known. */
export function usePreview(text: string, mayLeave: (text: string) => boolean) {
  const [wanted, check] = useWanted(text)
  const leaves = useMemo(() => mayLeave(wanted.text), [mayLeave, wanted])
  const [state, tell] = useReducer(previewAfter, NOTHING)
  const empty = text.trim() === ''
  useEffect(() => {
    if (wanted.text.trim() === '') return tell({ type: 'cleared' })
    if (!leaves) return
    const leaving = new AbortController()
    const started = performance.now()
    tell({ type: 'asked' })
    previewOf(wanted.text, leaving.signal, (event) => {
      if (!leaving.signal.aborted) tell({ type: 'heard', text: wanted.text, event, ms: performance.now() - started })
    }).then(
      () => leaving.signal.aborted || tell({ type: 'ended' }),
      (error: unknown) => leaving.signal.aborted || tell({ type: 'failed', error }),
    )
    return () => leaving.abort()
  }, [wanted, leaves])
  const { shown, error, asking } = state
  return {
    reading: empty || (error && isNoCommands(error)) ? null : shown,
    error: empty ? null : error,
    checking: !empty && ((asking && shown?.stage !== 'late') || (wanted.text !== text && mayLeave(text))),
    check: () => mayLeave(text) && check(),
  }
}

/** The text that is to be checked: a pasted one at once, a typed one when nothing was typed for a moment. */
function useWanted(text: string) {
  const [wanted, setWanted] = useState({ text })
  const last = useRef(text)
  useEffect(() => {
    const pasted = Math.abs(text.length - last.current.length) >= PASTED
    last.current = text
    const want = () => setWanted((before) => (before.text === text ? before : { text }))
    if (pasted) return want()
    const timer = setTimeout(want, IDLE_MS)
    return () => clearTimeout(timer)
  }, [text])
  return [wanted, () => setWanted({ text })] as const
}

/** Whether the text was understood but holds nothing to run. */
export function isNoCommands(error: unknown): boolean {
  return error instanceof ApiError && (error.code === 'no_commands' || error.code === 'no_actionable_steps')
}
