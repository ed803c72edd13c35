import type { ButtonHTMLAttributes } from 'react'
import { Icon, type IconName } from './Icon'

type Kind = 'primary' | 'plain' | 'quiet' | 'danger'

const LOOK: Record<Kind, string> = {
  primary: 'bg-accent text-accent-ink border-transparent hover:brightness-110',
  plain: 'bg-bg text-text border-border hover:bg-sunken',
  quiet: 'bg-transparent text-text border-transparent hover:bg-sunken',
  danger: 'bg-dangerous text-dangerous-ink border-transparent hover:brightness-110',
}

type Props = ButtonHTMLAttributes<HTMLButtonElement> & { kind?: Kind; icon?: IconName; busy?: string | false }

/** While `busy` it says what is being done and takes no second click. */
export function Button({ kind = 'plain', icon, busy, className = '', children, disabled, ...rest }: Props) {
  return (
    <button type="button" {...rest} disabled={disabled || Boolean(busy)} className={`${buttonLook(kind)} ${className}`}>
      {icon && <Icon name={icon} />}
      {busy || children}
    </button>
  )
}

/** The same look for links. */
export function buttonLook(kind: Kind = 'plain'): string {
  return `tap inline-flex items-center justify-center gap-2 rounded-[7px] border px-3.5 py-1.5 text-sm font-semibold no-underline transition-[filter,background] select-none disabled:cursor-not-allowed disabled:opacity-55 disabled:hover:brightness-100 ${LOOK[kind]}`
}
