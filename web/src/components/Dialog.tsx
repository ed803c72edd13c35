import { Dialog as Radix } from 'radix-ui'
import { type ReactNode, useRef } from 'react'
import { copy } from '@/copy'
import { Icon } from './Icon'

type Props = { open: boolean; onClose: () => void; title: string; lead?: ReactNode; children: ReactNode; side?: boolean }

/** A question in the middle of the screen, or with `side` a drawer at its edge. Escape closes; focus returns. */
export function Dialog({ open, onClose, title, lead, children, side = false }: Props) {
  const opener = useRef<HTMLElement | null>(null)
  const place = side
    ? 'slide-in inset-y-0 right-0 w-full max-w-[480px] border-l'
    : 'appear inset-x-0 bottom-0 max-h-[92dvh] rounded-t-2xl border sm:inset-x-auto sm:top-1/2 sm:bottom-auto sm:left-1/2 sm:w-[560px] sm:max-w-[calc(100vw-2rem)] sm:-translate-x-1/2 sm:-translate-y-1/2 sm:rounded-2xl'
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-black/45" />
        <Radix.Content
          onOpenAutoFocus={() => (opener.current = document.activeElement instanceof HTMLElement ? document.activeElement : null)}
          onCloseAutoFocus={(event) => {
            // Radix gives the focus back to a trigger of its own only; ours are anywhere on the page.
            event.preventDefault()
            if (opener.current?.isConnected) opener.current.focus()
          }}
          className={`fixed z-50 flex flex-col overflow-hidden border-line bg-bg text-text shadow-2xl ${place}`}
          {...(lead ? {} : { 'aria-describedby': undefined })}
        >
          <header className="flex items-start gap-3 border-b border-line px-5 py-4">
            <div className="min-w-0 flex-1">
              <Radix.Title className="text-base font-semibold">{title}</Radix.Title>
              {lead && <Radix.Description className="mt-1 text-sm text-muted">{lead}</Radix.Description>}
            </div>
            <Radix.Close className="-mt-1 -mr-2 grid size-11 shrink-0 place-items-center rounded-lg text-muted hover:bg-sunken hover:text-text sm:size-9" aria-label={copy.common.close}>
              <Icon name="close" />
            </Radix.Close>
          </header>
          <div className="min-h-0 flex-1 overflow-y-auto px-5 py-4">{children}</div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

/** The row of answers at the end of a dialog: the wanted one last on a desk, first under a thumb. */
export function Answers({ children }: { children: ReactNode }) {
  return <div className="mt-5 flex flex-col-reverse gap-2 sm:flex-row sm:justify-end">{children}</div>
}
