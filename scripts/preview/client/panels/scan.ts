/**
 * 扫一扫: opens a page of the mini-program by its code. Accepts a picture of the code (chosen or
 * pasted), the code's text, or a scene. Test ids: scan-text, scan-file, scan-open.
 */
import jsQR from 'jsqr'
import { enterByScan } from '../engine/entrance'
import { host } from '../host'
import { h } from '../markup'
import { createAction } from './fields'

type Say = (text: string, isFailure: boolean) => void

/** The text of the QR code in a picture. @throws Error when it contains none. */
async function readCode(picture: Blob): Promise<string> {
  const bitmap = await createImageBitmap(picture)
  const { width, height } = bitmap
  const context = h('canvas', { width, height }).getContext('2d')
  context?.drawImage(bitmap, 0, 0)
  const pixels = context?.getImageData(0, 0, width, height)
  const code = pixels === undefined ? null : jsQR(pixels.data, width, height)
  if (code === null) throw new Error('图片里没有识别到小程序码')
  return code.data
}

function enter(text: string): string {
  const { page, scene } = enterByScan(text)
  return `已打开 ${page}，scene=${scene}`
}

/** Opens the BFF's website in a tab; its requests appear in the sequence. */
async function openWebsite(): Promise<string> {
  const answer = await host.send('web-view/', { headers: { 'x-preview': '1' } })
  if (!answer.ok) throw new Error(await answer.text())
  const { url } = (await answer.json()) as { url: string }
  window.open(url, '_blank', 'noopener')
  return `已在新标签页打开 ${url}`
}

/** A field for text or a pasted picture, a file chooser, and a button. */
export function createScan(say: Say): HTMLElement {
  const scan = (picture: Blob): void => {
    readCode(picture)
      .then((text) => say(enter(text), false))
      .catch((error: unknown) => say(error instanceof Error ? error.message : String(error), true))
  }
  const field = h('input', {
    type: 'text',
    class: 'pv-new-person',
    placeholder: '粘贴小程序码图片，或输入 scene',
    'aria-label': '小程序码内容或 scene',
    'data-testid': 'scan-text',
  })
  field.addEventListener('paste', (event) => {
    const [picture] = event.clipboardData?.files ?? []
    if (picture !== undefined) scan(picture)
  })
  const file = h('input', {
    type: 'file',
    accept: 'image/*',
    class: 'pv-file',
    'data-testid': 'scan-file',
    'aria-label': '选择小程序码图片',
  })
  file.addEventListener('change', () => {
    const [picture] = file.files ?? []
    if (picture !== undefined) scan(picture)
    file.value = ''
  })
  const open = createAction('打开页面', 'scan-open', () => enter(field.value), say)
  const pick = h('label', { class: 'pv-action-button' }, '选择图片…', file)
  const website = createAction('打开网站', 'open-website', openWebsite, say)
  return h('div', {}, field, h('div', { class: 'pv-actions pv-scan-actions' }, open, pick, website))
}
