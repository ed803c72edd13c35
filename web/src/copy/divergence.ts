/** What a run did otherwise, and how that becomes the next version of its runbook. */

import { plural } from './base'

export const divergence = {
  divergence: {
    title: 'Departures from the runbook',
    exact: 'Ran exactly as written.',
    lead: 'What the runbook prescribes beside what was done. Tick what the runbook should say from now on.',
    asWritten: (n: number) => `${plural(n, 'step')} ran exactly as written.`,
    notReached: (n: number) => `${plural(n, 'step was', 'steps were')} not reached.`,
    notChosen: (n: number) => `${plural(n, 'step lies', 'steps lie')} on the other way of a decision.`,
    kinds: {
      as_written: 'as written',
      not_chosen: 'not chosen',
      skipped: 'skipped',
      edited: 'edited',
      unlisted: 'unlisted',
      rolled_back: 'rolled back',
      by_hand: 'by hand',
      not_reached: 'not reached',
      not_succeeded: 'did not succeed',
    },
    suggestions: {
      replace: 'Put the command that ran in its place',
      remove: 'Take the command out',
      insert: 'Write the command in',
    },
    nothing: 'Nothing to take over',
    prescribed: 'Prescribed',
    actual: 'Actual',
    changed: 'Changed words',
    none: 'nothing',
    step: (order: number, title: string) => `Step ${order}: ${title}`,
    apply: (n: number) => `Apply ${plural(n, 'update')}…`,
    needsLead: 'Leads and Owners publish new versions.',
    making: 'Reading the new text…',
    superseded: (ran: number, latest: number) => `This run followed version ${ran}. Version ${latest} is current, so what differs is compared with a text that nobody follows any more. Run the current version, or edit it by hand.`,
    draft: (n: number) => `Draft of version ${n}`,
    draftLead: 'Nothing is stored yet. Every command was read and classified again. It becomes a version when you publish it.',
    misread: 'The new text does not read as the commands that were meant. Look closely, or edit it by hand.',
    leftOut: 'Could not be taken over',
    publish: (n: number) => `Publish version ${n}`,
    publishing: 'Publishing…',
    edit: (n: number) => `Create draft v${n} in the editor`,
    discard: 'Discard',
    keptFailed: 'This browser does not keep the draft. Publish it from here, or copy the text.',
  },
  staleness: {
    runs: (departed: number, runs: number) => `In ${departed} of ${plural(runs, 'run')} of this version something departed from the text.`,
    updates: (n: number) => (n === 0 ? 'See the last one' : `See the last one: ${plural(n, 'update')} to take over`),
  },
} as const
