import { type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, type TextareaHTMLAttributes, useId } from 'react'

type Common = { label: ReactNode; help?: ReactNode; error?: string | null | undefined }

/** A label, a control, what helps, what is wrong: always in this order, always tied together. */
function Frame({ label, help, error, id, children }: Common & { id: string; children: ReactNode }) {
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-sm font-medium">
        {label}
      </label>
      {children}
      {help && (
        <p id={`${id}-help`} className="mt-1 text-xs text-muted">
          {help}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} role="alert" className="mt-1.5 text-sm font-medium text-dangerous">
          {error}
        </p>
      )}
    </div>
  )
}

const tied = (id: string, { help, error }: Common) => ({
  id,
  'aria-describedby': [help && `${id}-help`, error && `${id}-error`].filter(Boolean).join(' ') || undefined,
  'aria-invalid': error ? true : undefined,
})

export function TextField({ label, help, error, className = '', ...rest }: Common & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId()
  return (
    <Frame label={label} help={help} error={error} id={id}>
      <input {...rest} {...tied(id, { label, help, error })} className={`field ${className}`} />
    </Frame>
  )
}

export function TextArea({ label, help, error, className = '', ...rest }: Common & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  const id = useId()
  return (
    <Frame label={label} help={help} error={error} id={id}>
      <textarea {...rest} {...tied(id, { label, help, error })} className={`field ${className}`} />
    </Frame>
  )
}

export function Choice({ label, help, error, className = '', children, ...rest }: Common & SelectHTMLAttributes<HTMLSelectElement>) {
  const id = useId()
  return (
    <Frame label={label} help={help} error={error} id={id}>
      <select {...rest} {...tied(id, { label, help, error })} className={`field ${className}`}>
        {children}
      </select>
    </Frame>
  )
}
