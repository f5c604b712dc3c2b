/** Answers JSON as Express's `res.json` does, without looking at each answer's type and tag anew. */
import type { ServerResponse } from 'node:http'

export function sendJson(res: ServerResponse, answer: object): void {
  const body = JSON.stringify(answer)
  res.setHeader('Content-Type', 'application/json; charset=utf-8')
  res.setHeader('Content-Length', Buffer.byteLength(body))
  // As a string it leaves in one write together with the headers.
  res.end(body)
}
