/** Instants as text: 刚刚, 5 分钟前, 3 天前, then the date in the phone's time zone. */

import { texts } from '../texts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** `iso` as the BFF sends it; returns '' when it can't be parsed. */
export function describeInstant(iso: string, nowMs: number): string {
  const atMs = Date.parse(iso)
  if (Number.isNaN(atMs)) return ''
  // The phone's clock may be behind the server's, so a future instant counts as now.
  const agoMs = Math.max(0, nowMs - atMs)
  if (agoMs < minuteMs) return texts.time.justNow
  if (agoMs < hourMs) return `${Math.floor(agoMs / minuteMs)} ${texts.time.minutesAgo}`
  if (agoMs < dayMs) return `${Math.floor(agoMs / hourMs)} ${texts.time.hoursAgo}`
  if (agoMs < 7 * dayMs) return `${Math.floor(agoMs / dayMs)} ${texts.time.daysAgo}`
  const date = new Date(atMs)
  const parts = [date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, '0'))
  return [date.getFullYear(), ...parts].join('-')
}
