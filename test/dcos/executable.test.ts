import { readFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Content, describe, HEAD_BYTES, mismatch, recognise } from '../../tasks/dcos/executable.ts'
import { optional, shared } from '../optional.ts'

const executables = suite('dcos/executable')

const bytes = (...values: number[]) => Buffer.concat([Buffer.from(values), Buffer.alloc(64)])
const macArm = bytes(0xcf, 0xfa, 0xed, 0xfe, 0x0c, 0, 0, 1)
const macIntel = bytes(0xcf, 0xfa, 0xed, 0xfe, 0x07, 0, 0, 1)

function fat(...machines: number[]): Buffer {
  const head = Buffer.alloc(8 + machines.length * 20)
  head.writeUInt32BE(0xcafebabe, 0)
  head.writeUInt32BE(machines.length, 4)
  for (const [index, machine] of machines.entries()) head.writeUInt32BE(machine, 8 + index * 20)
  return head
}

function elf(machine: number): Buffer {
  const head = bytes(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1)
  head.writeUInt16LE(machine, 18)
  return head
}

function windows(machine: number): Buffer {
  const head = Buffer.alloc(256)
  head.write('MZ')
  head.writeUInt32LE(0x80, 0x3c)
  head.write('PE\0\0', 0x80)
  head.writeUInt16LE(machine, 0x84)
  return head
}

function why(head: Buffer, platform: NodeJS.Platform, arch: string): string | undefined {
  const content = recognise(head)
  assert.is(content.kind, 'program')
  return mismatch(content as Extract<Content, { kind: 'program' }>, platform, arch)
}

executables('the binary of this process runs on this machine', () => {
  assert.is(
    why(readFileSync(process.execPath).subarray(0, HEAD_BYTES), process.platform, process.arch),
    undefined,
  )
})

executables('a binary for another system or machine is recognised', () => {
  assert.is(why(elf(62), 'linux', 'x64'), undefined)
  assert.is(why(elf(183), 'linux', 'x64'), 'it is built for arm64, and this machine is x64')
  assert.is(why(elf(62), 'linux', 'arm64'), 'it is built for x64, and this machine is arm64')
  assert.is(why(elf(62), 'darwin', 'x64'), 'it is a Linux binary, and this is macOS')
  assert.is(why(macIntel, 'linux', 'x64'), 'it is a macOS binary, and this is Linux')
  assert.is(why(windows(0x8664), 'linux', 'x64'), 'it is a Windows binary, and this is Linux')
  assert.is(why(macArm, 'darwin', 'x64'), 'it is built for arm64, and this machine is x64')
  assert.is(why(macIntel, 'darwin', 'arm64'), undefined, 'Rosetta runs it')
  assert.is(why(fat(0x01000007, 0x0100000c), 'darwin', 'x64'), undefined)
  assert.is(why(fat(0x0100000c), 'darwin', 'x64'), 'it is built for arm64, and this machine is x64')
  assert.is(why(windows(0x8664), 'win32', 'x64'), undefined)
})

executables('files that are not programs are named', () => {
  const said = (content: string | Buffer) => describe(recognise(Buffer.from(content)))
  assert.is(
    said('<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>'),
    'an XML document: "AccessDenied"',
  )
  assert.is(
    said('\uFEFF <!DOCTYPE html><html><head><title>Sign\n in</title></head>'),
    'an HTML page: "Sign in"',
  )
  assert.is(
    said('<html><style>p{}</style><body><h1>502</h1> Bad gateway</body>'),
    'an HTML page: "502 Bad gateway"',
  )
  assert.is(said('<html><title>\u001b[31mred</title>'), 'an HTML page: "[31mred"')
  assert.is(said('#!/bin/sh\necho dcos\n'), 'a script')
  assert.is(said(''), 'an empty file')
  assert.is(said('not found'), 'a file of unknown type')
  assert.is(said(bytes(0x50, 0x4b, 3, 4)), 'a zip archive')
  assert.is(said(bytes(0x1f, 0x8b, 8)), 'gzip data, still compressed')
  // a Java class begins as a fat macOS binary does
  assert.is(said(bytes(0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 52)), 'a file of unknown type')
  // every truncation of a real header is handled without an error
  for (const head of [elf(62), macArm, fat(7, 12), windows(0x8664)]) {
    for (let length = 0; length < head.length; length++) recognise(head.subarray(0, length))
  }
})

const real = path.join(shared, 'real')
optional(
  executables,
  [path.join(real, 'dcos'), path.join(real, 'dcos-core-cli.zip')],
  'the real dcos CLI and its plugin are recognised',
  () => {
    assert.is(why(readFileSync(path.join(real, 'dcos')).subarray(0, HEAD_BYTES), 'linux', 'x64'), undefined)
    const zip = readFileSync(path.join(real, 'dcos-core-cli.zip')).subarray(0, HEAD_BYTES)
    assert.is(recognise(zip).kind, 'zip')
  },
)

executables.run()
