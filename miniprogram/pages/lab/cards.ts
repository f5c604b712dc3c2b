/** The cards that the page shows: what an experiment does, or why it can't run here. */

import { getBaseLibraryVersion, hasApi, isBaseLibraryAtLeast } from '../../services/base-library'
import type { CardText } from './texts'
import { labTexts } from './texts'
import type { Experiment, Trigger } from './experiment'
import type { Outcome } from './outcome'

export interface Card extends CardText {
  id: string
  trigger: Trigger
  /** Why this base library can't run it, and which version can; empty when it can. */
  blocked: string
  busy: boolean
  outcome: Outcome | null
}

const noText: CardText = { title: '', what: '', history: '', action: '' }

export function toCard(experiment: Experiment): Card {
  const { id, trigger } = experiment
  const text = labTexts.cards[id] ?? noText
  return { ...text, id, trigger, blocked: findObstacle(experiment), busy: false, outcome: null }
}

function findObstacle({ since, api }: Experiment): string {
  if (!isBaseLibraryAtLeast(since)) {
    const present = getBaseLibraryVersion()
    return `${labTexts.needsBaseLibrary} ${since}，${labTexts.present} ${present}`
  }
  if (api !== undefined && !hasApi(api)) return `${labTexts.missingApi} wx.${api}`
  return ''
}
