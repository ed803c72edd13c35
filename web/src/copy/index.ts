import { alerts } from './alerts'
import { base } from './base'
import { runs } from './runs'

/** Every sentence of the dashboard, typed. A sentence that stands in a component instead is a mistake. */
export const copy = { ...base, ...runs, ...alerts } as const

export { plural } from './base'
