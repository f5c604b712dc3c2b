/** The package wechat-login-tools, which a generated project installs from its `vendor/`. */
export { startLocal } from './local'
export { start } from './start'
