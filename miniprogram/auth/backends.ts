/**
 * Ready-made dialects for `AuthOptions.backend`. This file is beside the folder of the same name,
 * because the platform's `require` finds no index file in a folder. They send the fields of `extra` beside
 * `code`, so a field `code` of `extra` is not sent; litemall's `userInfo` likewise.
 */
export { litemall } from './backends/litemall'
export { nest } from './backends/nest'
export { ruoyi } from './backends/ruoyi'
