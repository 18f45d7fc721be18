import { isScalar, Scalar } from 'yaml'
import { type Problem, shown } from './errors.ts'
import { type Layer, Reader, type Setting } from './reader.ts'
import { isEmpty } from './scalar.ts'
import { allowedAt, type Shape } from './shape.ts'
import { parseYaml, syntaxProblem } from './yaml.ts'

/**
 * Reads a value given as one string, on the command line or in a variable: as YAML, according to the schema of its key.
 * If the schema expects text, the string is the text, however YAML would read it, unless it is in YAML quotes.
 */
export function readGiven(
  word: string,
  shape: Shape,
  layer: Layer,
): { settings: Map<string, Setting>; problems: Problem[] } {
  const document = parseYaml(word)
  const reader = new Reader(layer, document)
  if (shape.kind === 'value' && shape.types.has('string')) {
    const { contents } = document
    const asYaml =
      document.errors.length === 0 &&
      isScalar(contents) &&
      (contents.type !== 'PLAIN' || (shape.choices.length > 0 && typeof contents.value === 'number'))
    reader.read(asYaml ? contents : text(word), shape)
    return reader
  }
  const problem = syntaxProblem(document, layer)
  if (problem) return { settings: new Map(), problems: [problem] }
  if (isEmpty(document.contents)) {
    reader.fault(null, `${shape.key} cannot be ${shown(word)}`, { allowed: allowedAt(shape) })
  }
  reader.read(document.contents, shape)
  return reader
}

function text(word: string): Scalar {
  const scalar = new Scalar(word)
  scalar.type = 'PLAIN'
  scalar.range = [0, word.length, word.length]
  return scalar
}
