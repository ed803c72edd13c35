import type { ReactNode } from 'react'
import { useTitle } from '@/lib/hooks'

/** A page: one heading, what it is for, what to do, and the rest. */
export function Page({ title, tab, lead, actions, above, children, wide = false }: { title: ReactNode; tab: string; lead?: ReactNode; actions?: ReactNode; above?: ReactNode; children: ReactNode; wide?: boolean }) {
  useTitle(tab)
  return (
    <div className={`mx-auto w-full px-4 py-6 sm:px-6 lg:px-8 ${wide ? 'max-w-[1680px]' : 'max-w-[1120px]'}`}>
      {above}
      <header className="mb-5 flex flex-wrap items-start gap-x-6 gap-y-3">
        <div className="min-w-0 flex-1 basis-72">
          <h1 className="[overflow-wrap:anywhere]">{title}</h1>
          {lead && <div className="mt-1.5 max-w-2xl text-pretty text-muted">{lead}</div>}
        </div>
        {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </header>
      {children}
    </div>
  )
}
