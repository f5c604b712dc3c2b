/** A mini-program that a test writes file by file, run by the preview in a real browser. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { createPreview, type Preview, type PreviewOptions } from '../../../scripts/preview/preview'
import { describeInBrowser, launchBrowser } from '../../support/browser'

/** The opened page; set before the first test. */
export interface OpenProgram {
  page: Page
}

/** A suite on one mini-program that is opened once; `connect` provides the servers it uses. */
export function describeProgram(
  name: string,
  files: Record<string, string>,
  suite: (program: OpenProgram) => void,
  connect: () => Promise<Partial<PreviewOptions>> = () => Promise.resolve({}),
): void {
  jest.setTimeout(60_000)
  describeInBrowser(name, () => {
    const program = {} as OpenProgram
    let dir: string
    let preview: Preview
    let browser: Browser

    beforeAll(async () => {
      dir = mkdtempSync(join(tmpdir(), 'preview-program-'))
      for (const [file, content] of Object.entries(files)) {
        mkdirSync(dirname(join(dir, file)), { recursive: true })
        writeFileSync(join(dir, file), content)
      }
      preview = createPreview({ dir, appid: 'wx1', liveReload: false, ...(await connect()) })
      const { url } = await preview.listen()
      browser = await launchBrowser()
      program.page = await browser.newPage()
      program.page.setDefaultTimeout(20_000)
      await program.page.goto(url)
    })

    afterAll(async () => {
      await browser.close()
      await preview.close()
      rmSync(dir, { recursive: true })
    })

    suite(program)
  })
}
