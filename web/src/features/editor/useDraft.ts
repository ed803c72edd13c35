import { useEffect, useState } from 'react'
import { dropDraft, keepDraft, readDraft } from '@/lib/draft'
import type { Draft } from './Editor'

/** A draft that is kept in the browser under a name until it is saved or discarded. */
export function useDraft(name: string, start: Draft) {
  const [initial] = useState(() => read(name))
  const restored = initial !== null && (initial.text !== start.text || initial.title !== start.title)
  const [draft, setDraft] = useState<Draft>(restored ? initial : start)
  const [back, setBack] = useState(restored)
  const [kept, setKept] = useState(true)
  const changed = draft.text !== start.text || draft.title !== start.title
  useEffect(() => {
    if (changed) setKept(keepDraft(name, JSON.stringify(draft)))
    else dropDraft(name)
  }, [name, draft, changed])
  return {
    draft,
    setDraft,
    changed,
    kept,
    /** Whether the draft is of an earlier visit. */
    restored: back,
    discard: () => {
      dropDraft(name)
      setDraft(start)
      setBack(false)
    },
    done: () => dropDraft(name),
  }
}

function read(name: string): Draft | null {
  try {
    const stored: unknown = JSON.parse(readDraft(name) ?? 'null')
    if (typeof stored !== 'object' || stored === null) return null
    const { text, title } = stored as Partial<Draft>
    return typeof text === 'string' ? { text, title: typeof title === 'string' ? title : '' } : null
  } catch {
    return null
  }
}
