import { alerts } from './alerts'
import { base } from './base'
import { divergence } from './divergence'
import { runs } from './runs'
import { slack } from './slack'

/** Every sentence of the dashboard, typed. A sentence that stands in a component instead is a mistake. */
export const copy = { ...base, ...runs, ...divergence, ...slack, ...alerts } as const

export { plural } from './base'
