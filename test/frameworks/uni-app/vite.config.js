const { defineConfig } = require('vite')
const plugin = require('@dcloudio/vite-plugin-uni')

// A CommonJS package compiled from an ES module.
const uni = plugin.default ?? plugin

module.exports = defineConfig({ plugins: [uni()] })
