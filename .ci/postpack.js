require('./manifest.js').restore()
