/** Short names for the shapes of the generated description. Nothing here is written by hand beside the names. */

import type { components } from './schema'

type Schemas = components['schemas']

export type Risk = Schemas['Risk']
export type ScannerRisk = Schemas['ScannerRisk']
export type Classification = Schemas['Classification']
export type Effect = Schemas['Effect']
export type Finding = Schemas['Finding']
export type ParsedRunbook = Schemas['ParsedRunbook']
export type Step = Schemas['Step']
export type Variable = Schemas['Variable']
export type RunbookDocument = Schemas['RunbookDocument']
export type RunbookSummary = Schemas['RunbookSummary']
export type ExecutionView = Schemas['ExecutionView']
export type ExecutionSummary = Schemas['ExecutionSummary']
export type ExecutionState = Schemas['ExecutionState']
export type StepView = Schemas['StepView']
export type StepState = Schemas['StepState']
export type StepAction = Schemas['StepAction']
export type OutputEvent = Schemas['OutputEvent']
export type AgentView = Schemas['AgentView']
export type AuditEvent = Schemas['AuditEvent']
export type PanicView = Schemas['PanicView']
export type Session = Schemas['Session']
export type Role = Schemas['Role']
export type Problem = Schemas['Problem']
