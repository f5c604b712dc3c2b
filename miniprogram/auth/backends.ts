/**
 * Ready dialects for `AuthOptions.backend`. This file stands beside the folder of its name, since the
 * platform's `require` finds no index file in a folder.
 */
export { litemall } from './backends/litemall'
export { nest } from './backends/nest'
export { ruoyi } from './backends/ruoyi'
