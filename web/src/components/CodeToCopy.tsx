import { CopyButton } from './CopyButton'

/** A text to be copied whole: an address, a secret. `label` says what the button copies. */
export function CodeToCopy({ text, label, oneLine = false }: { text: string; label: string; oneLine?: boolean }) {
  return (
    <p className="flex items-center gap-2 rounded-lg bg-surface py-1 pl-3">
      <code className={`code min-w-0 flex-1 ${oneLine ? 'truncate' : '[overflow-wrap:anywhere]'}`}>{text}</code>
      <CopyButton text={text} label={label} />
    </p>
  )
}
