import * as v from 'valibot'
import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap } from 'yaml'
import { type Problem, shown } from './errors.ts'
import { isEmpty, kindOf, meant, repaired, scalarText } from './scalar.ts'
import { allowedAt, keysOf, type List, type Names, type Section, type Shape, type Value } from './shape.ts'
import { suggestKeys } from './suggest.ts'

/** Where a value comes from. */
export type Origin = 'command line' | 'environment' | 'file' | 'default'

/** A value that was set. Without `value` it was set to nothing, which removes the value of a lower layer. */
export interface Setting {
  value: unknown
  origin: Origin
  where: string
  /** The folder that a relative path is relative to. */
  base: string
}

/** One source of values: a file, a variable, an override. */
export interface Layer {
  origin: Origin
  base: string
  /** The place of a value, for `where`. */
  where(from: number): string
  /** The place of an error, with an excerpt if there is one; `cut`: what follows the error is not shown. */
  mark(from: number, to: number, cut: boolean): Pick<Problem, 'place' | 'excerpt'>
  /** Former names of settings, with the keys that replaced them. */
  formerKeys: ReadonlyMap<string, string>
}

/** More aliases than any config could need; more is an attack or an accident. */
const MOST_ALIASES = 100

/** Reads YAML nodes according to the schema's shape. It continues after an error, so that one run reports them all. */
export class Reader {
  readonly settings = new Map<string, Setting>()
  readonly #faults: { from: number; problem: Problem }[] = []
  readonly #layer: Layer
  readonly #document: Document
  #aliases = 0

  constructor(layer: Layer, document: Document) {
    this.#layer = layer
    this.#document = document
  }

  /** Every error so far, in the order of the text. */
  get problems(): Problem[] {
    return this.#faults.toSorted((a, b) => a.from - b.from).map(({ problem }) => problem)
  }

  /** Reads a node into `settings`. An empty node sets nothing. */
  read(node: Node | null, shape: Shape): void {
    if (shape.kind === 'section') this.#readSection(node, shape)
    else if (shape.kind === 'names') this.#readNames(node, shape)
    else {
      const value = shape.kind === 'list' ? this.#list(node, shape) : this.#value(node, shape)
      if (value !== undefined) this.#set(shape.key, node, value)
    }
  }

  fault(
    node: Node | null,
    what: string,
    more: Pick<Problem, 'allowed' | 'suggestions'> = {},
    cut = false,
  ): void {
    const [from, to] = node?.range ?? [0, 0]
    this.#faults.push({ from, problem: { ...this.#layer.mark(from, to, cut), what, ...more } })
  }

  #set(key: string, node: Node | null, value: unknown): void {
    const { origin, base } = this.#layer
    this.settings.set(key, { value, origin, base, where: this.#layer.where(node?.range?.[0] ?? 0) })
  }

  #readSection(written: Node | null, shape: Section): void {
    const map = this.#map(written, shape)
    if (!map) return
    for (const { name, key, value } of this.#pairs(map, shape.key)) {
      const entry = shape.entries.get(name)
      if (entry) this.read(value, entry)
      else this.#unknown(key, dotted(shape.key, name), keysOf(), allowedAt(shape))
    }
  }

  #readNames(written: Node | null, shape: Names): void {
    const map = this.#map(written, shape)
    if (!map) return
    for (const { name, key, value } of this.#pairs(map, shape.key)) {
      if (v.is(shape.name, name)) this.read(value, { ...shape.value, key: dotted(shape.key, name) })
      else
        this.fault(
          key,
          `${shown(name)} cannot be a name in ${shape.key}`,
          { allowed: shape.nameAllowed },
          true,
        )
    }
  }

  #map(written: Node | null, shape: Section | Names): YAMLMap | undefined {
    const node = this.#resolve(written)
    if (isMap(node)) return node
    if (node === undefined || isEmpty(node)) return undefined
    const what = shape.key
      ? `${shape.key} is a section, not ${kindOf(node)}`
      : `a config is a map of keys, not ${kindOf(node)}`
    this.fault(written, what, { allowed: allowedAt(shape) })
    return undefined
  }

  #list(written: Node | null, shape: List): unknown[] | undefined {
    const node = this.#resolve(written)
    if (node === undefined || isEmpty(node)) return undefined
    if (!isSeq(node)) {
      this.fault(written, `${shape.key} is a list, not ${kindOf(node)}`, { allowed: shape.about.allowed })
      return undefined
    }
    return node.items
      .map((item) => this.#item(item as Node | null, shape))
      .filter((item) => item !== undefined)
  }

  #item(written: Node | null, shape: List): Record<string, unknown> | undefined {
    const map = this.#resolve(written)
    if (map === undefined) return undefined
    const { allowed } = shape.about
    if (!isMap(map)) {
      this.fault(written, `${shape.key} cannot hold ${kindOf(map)}`, { allowed })
      return undefined
    }
    const pairs = this.#pairs(map, shape.key)
    // The alternative that has most of the names was probably meant.
    const known = (section: Section) => pairs.filter(({ name }) => section.entries.has(name)).length
    const section = shape.items.reduce((best, one) => (known(one) > known(best) ? one : best))
    const names = shape.items.flatMap((one) => [...one.entries.keys()].map((name) => dotted(shape.key, name)))
    const item: Record<string, unknown> = {}
    const faultsBefore = this.#faults.length
    for (const { name, key, value } of pairs) {
      const entry = section.entries.get(name)
      const full = dotted(shape.key, name)
      if (entry?.kind === 'value') {
        const judged = this.#value(value, entry)
        if (judged !== undefined) item[name] = judged
      } else if (names.includes(full)) {
        this.fault(key, `${full} does not go with ${section.required.join(' and ')}`, { allowed })
      } else this.#unknown(key, full, names, allowed)
    }
    const missing = section.required.filter((name) => !(name in item))
    if (missing.length > 0 && this.#faults.length === faultsBefore) {
      this.fault(written, `${shape.key}: ${missing.join(' and ')} missing`, { allowed })
    }
    return item
  }

  /** The pairs of a map by name. Duplicate and invalid names are errors. */
  #pairs(map: YAMLMap, section: string): { name: string; key: Node | null; value: Node | null }[] {
    const seen = new Map<string, Node>()
    const pairs: { name: string; key: Node | null; value: Node | null }[] = []
    for (const { key, value } of map.items as Pair<Node | null, Node | null>[]) {
      if (!isScalar(key) || key.value === null) {
        this.fault(key ?? value, 'a key is missing here', {}, true)
        continue
      }
      const name = scalarText(key)
      if (name === '<<') {
        this.fault(key, 'merge keys (<<) are not supported: write the keys out')
      } else if (seen.has(name)) {
        this.fault(
          key,
          `${dotted(section, name)} is written twice, first at ${this.#layer.where(seen.get(name)!.range![0])}`,
          {},
          true,
        )
      } else {
        seen.set(name, key)
        pairs.push({ name, key, value })
      }
    }
    return pairs
  }

  #unknown(node: Node | null, key: string, known: readonly string[], allowed: string): void {
    const name = key.slice(key.lastIndexOf('.') + 1)
    const former = this.#layer.formerKeys.get(name)
    const suggestions = former ? [former] : suggestKeys(key, known)
    this.fault(node, `there is no key ${shownKey(key)}`, { allowed, suggestions }, true)
  }

  /** The validated value; undefined if it is empty or wrong. */
  #value(written: Node | null, shape: Value): unknown {
    const node = this.#resolve(written)
    if (node === undefined || isEmpty(node)) return undefined
    if (!isScalar(node)) {
      this.fault(written, `${shape.key} cannot be ${kindOf(node)}`, { allowed: shape.about.allowed })
      return undefined
    }
    const judged = v.safeParse(shape.schema, meant(node, shape))
    if (judged.success) return judged.output
    const suggestion = repaired(node, shape)
    this.fault(written, `${shape.key} cannot be ${kindOf(node)}`, {
      allowed: shape.about.allowed,
      ...(suggestion === undefined ? {} : { suggestions: [suggestion] }),
    })
    return undefined
  }

  /** What an alias refers to; undefined if that is an error. */
  #resolve(node: Node | null): Node | null | undefined {
    if (!isAlias(node)) return node
    this.#aliases++
    if (this.#aliases > MOST_ALIASES) {
      if (this.#aliases === MOST_ALIASES + 1) this.fault(node, `more than ${MOST_ALIASES} aliases`)
      return undefined
    }
    const anchored = node.resolve(this.#document)
    if (!anchored) this.fault(node, `there is no anchor &${node.source} before this`)
    return anchored
  }
}

const dotted = (section: string, name: string) => (section ? `${section}.${name}` : name)

const shownKey = (key: string) => shown(key).slice(1, -1)
