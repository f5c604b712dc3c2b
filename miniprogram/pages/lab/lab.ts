/**
 * The lab: each mechanism of WeChat login as a card that runs it live. The page only passes events
 * to experiments and outcomes to cards; a failed card shows why and does not affect the others.
 */

import { getBaseUrl, getEnvVersion } from '../../config'
import { getFontScale } from '../../services/appearance'
import { auth } from '../../services/auth'
import { getBaseLibraryVersion, isBaseLibraryAtLeast } from '../../services/base-library'
import { labTexts } from './texts'
import type { Card } from './cards'
import { toCard } from './cards'
import { experiments } from './experiments'
import type { Line } from './outcome'
import { outcomeOfError } from './outcome'

interface CardData {
  id: string
}

function describeEnvironment(): Line[] {
  const { env } = labTexts
  return [
    { label: env.baseLibrary, value: getBaseLibraryVersion() },
    { label: env.version, value: getEnvVersion() },
    { label: env.mode, value: auth.profile.mode() },
    { label: env.state, value: auth.state },
    { label: env.server, value: getBaseUrl() },
  ]
}

Page({
  data: {
    t: { title: labTexts.title, lead: labTexts.lead, env: labTexts.env.title },
    placeholder: labTexts.nicknamePlaceholder,
    fontScale: 1,
    phoneOpenType: 'getPhoneNumber',
    environment: describeEnvironment(),
    cards: experiments.map(toCard),
  },

  unsubscribe: null as (() => void) | null,

  onLoad() {
    this.setData({
      fontScale: getFontScale(),
      phoneOpenType: isBaseLibraryAtLeast('2.32.3')
        ? 'getPhoneNumber|agreePrivacyAuthorization'
        : 'getPhoneNumber',
      environment: describeEnvironment(),
      cards: experiments.map(toCard),
    })
    this.unsubscribe = auth.onChange(() => this.setData({ environment: describeEnvironment() }))
  },

  onUnload() {
    this.unsubscribe?.()
  },

  /** Start the experiment before any await, because the tap ends with this task. */
  onRun({ currentTarget, detail }: WechatMiniprogram.CustomEvent<object, object, CardData>) {
    const experiment = experiments.find(({ id }) => id === currentTarget.dataset.id)
    if (!experiment) return
    const running = experiment.run(detail).catch(outcomeOfError)
    this.update(experiment.id, { busy: true, outcome: null })
    void running.then((outcome) => this.update(experiment.id, { busy: false, outcome }))
  },

  update(id: string, change: Partial<Card>) {
    const cards = this.data.cards.map((card) => (card.id === id ? { ...card, ...change } : card))
    this.setData({ cards })
  },
})
