import { useState } from 'react'
import { copy } from '@/copy'
import { announce } from './announce'
import { Icon } from './Icon'

/** Copies a text and says so. `wide` shows the words beside the icon. */
export function CopyButton({ text, label, wide = false }: { text: string; label: string; wide?: boolean }) {
  const [copied, setCopied] = useState(false)
  const onClick = async () => {
    try {
      await navigator.clipboard.writeText(text)
      setCopied(true)
      announce(copy.common.copied)
      setTimeout(() => setCopied(false), 1600)
    } catch {
      announce(copy.common.copyFailed)
    }
  }
  return (
    <button
      type="button"
      onClick={onClick}
      aria-label={wide ? undefined : label}
      title={label}
      className="relative inline-flex min-h-8 min-w-8 shrink-0 items-center justify-center gap-1.5 rounded-md px-1.5 text-xs font-medium text-muted before:absolute before:-inset-1.5 hover:bg-sunken hover:text-text"
    >
      <Icon name={copied ? 'done' : 'copy'} />
      {wide && (copied ? copy.common.copied : label)}
    </button>
  )
}
