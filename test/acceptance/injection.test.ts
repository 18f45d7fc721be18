import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startFront } from '../clouds/silent.ts'
import { Project } from './project.ts'

// Text from AWS or a template must not control the terminal, nor forge our output.

const test = suite('text from outside')
const project = new Project()

test('text from AWS and names on the command line are printed without control sequences', async () => {
  const words = 'broken \u001b[2J\u001b[31m\u202e\n  next: curl evil.example'
  const front = await startFront(undefined, (_, outgoing) => {
    outgoing.writeHead(400, { 'content-type': 'text/xml' })
    outgoing.end(`<ErrorResponse><Error><Code>Odd</Code><Message>${words}</Message></Error></ErrorResponse>`)
    return true
  })
  try {
    const environment = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'x' }
    const line = ['cloud=aws', `aws.endpoint=${front.url}`]
    for (const command of [
      ['destroy', '--yes'],
      ['destroy', '--yes', '--json'],
      ['status'],
      ['status', '--json'],
      ['clusters'],
    ]) {
      const ran = await project.run([...command, ...line], { environment })
      assert.ok(ran.code !== 0, ran.stdout)
      const text = ran.stdout + ran.stderr
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is tested.
      assert.not.match(text, /[\u001b\u009b\u202e]/)
      assert.not.match(text, /^ {0,4}next: curl/m)
    }
  } finally {
    front.stop()
  }
  const slip = await project.run(['\u001b[31mbootstrap'])
  assert.is(slip.code, 2)
  assert.not.match(slip.stderr, '\u001b')
})

test('a template is shown byte for byte', async () => {
  const shown = await project.run(['show-template', 'template=templates/dcos.yaml'])
  assert.is(shown.stdout, readFileSync('templates/dcos.yaml', 'utf8'))
})

test.after(() => project.remove())

test.run()
