import { Button } from '@/components/Button'
import { Note } from '@/components/States'
import { copy } from '@/copy'

/** What is to be known of the text's safety: it came back from an earlier visit, or it cannot be kept. */
export function DraftNotice({ restored, kept, onDiscard }: { restored: boolean; kept: boolean; onDiscard: () => void }) {
  return (
    <>
      {restored && (
        <Note tone="info" action={<Button onClick={onDiscard}>{copy.editor.discard}</Button>}>
          {copy.editor.kept}
        </Note>
      )}
      {!kept && <Note>{copy.editor.notKept}</Note>}
    </>
  )
}
