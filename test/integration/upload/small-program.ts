import type { ProjectCopy } from '../../support/project-copy'

/**
 * Makes the mini-program a single page, which WeChat's compiler compiles three times as fast: it
 * leaves out files that nothing uses.
 */
export function useSmallProgram({ write }: ProjectCopy): void {
  write('miniprogram/app.json', '{ "pages": ["pages/index/index"] }')
  write('miniprogram/app.ts', "import './config'\n\nApp({})\n")
  write('miniprogram/pages/index/index.json', '{}')
  write('miniprogram/pages/index/index.ts', 'Page({})\n')
  write('miniprogram/pages/index/index.wxml', '<view>首页</view>\n')
}
