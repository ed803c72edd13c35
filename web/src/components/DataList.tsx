import type { ReactNode } from 'react'

/** A column: what stands above it, what it shows of a row, and whether a phone shows it too. */
export type Column<T> = { id: string; head: string; cell: (row: T) => ReactNode; narrow?: 'show' | 'hide'; className?: string }

/** A table on a desk; on a phone each row is a card whose first column is its title. */
export function DataList<T>({ rows, columns, id, label }: { rows: readonly T[]; columns: readonly Column<T>[]; id: (row: T) => string; label: string }) {
  return (
    <div className="card overflow-hidden">
      <table aria-label={label} className="w-full border-collapse text-left">
        <thead className="border-b border-line bg-surface text-xs text-muted max-md:sr-only">
          <tr>
            {columns.map((column) => (
              <th key={column.id} scope="col" className={`px-4 py-2.5 font-semibold ${column.className ?? ''}`}>
                {column.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {rows.map((row) => (
            <tr key={id(row)} className="relative hover:bg-surface max-md:flex max-md:flex-wrap max-md:items-center max-md:gap-x-4 max-md:gap-y-1.5 max-md:px-4 max-md:py-3.5">
              {columns.map((column, i) => (
                <td key={column.id} className={`align-middle md:px-4 md:py-3 ${i === 0 ? 'max-md:w-full' : ''} ${column.narrow === 'hide' ? 'max-md:hidden' : ''} ${column.className ?? ''}`}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** Makes the whole row of a list lead where its title leads. */
export const ROW_LINK = 'font-semibold text-text after:absolute after:inset-0 hover:underline'
