import type { AlertStatus } from '@/api/types'
import { copy } from '@/copy'
import { Icon, type IconName } from './Icon'

const LOOK: Record<AlertStatus, { icon: IconName; tone: string }> = {
  firing: { icon: 'bell', tone: 'text-dangerous' },
  acknowledged: { icon: 'hand', tone: 'text-caution' },
  resolved: { icon: 'done', tone: 'text-safe' },
}

export function AlertState({ status }: { status: AlertStatus }) {
  const { icon, tone } = LOOK[status]
  return (
    <span className={`inline-flex items-center gap-1.5 text-sm font-medium whitespace-nowrap ${tone}`}>
      <Icon name={icon} />
      {copy.alerts.states[status]}
    </span>
  )
}
