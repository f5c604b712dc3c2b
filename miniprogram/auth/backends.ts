/**
 * Ready-made dialects for `AuthOptions.backend`. This file is beside the folder of the same name,
 * because the platform's `require` finds no index file in a folder.
 */
export { litemall } from './backends/litemall'
export { nest } from './backends/nest'
export { ruoyi } from './backends/ruoyi'
