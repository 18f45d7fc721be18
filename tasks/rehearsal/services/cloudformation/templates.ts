import { isNoEcho } from '../../../template/secrets.ts'
import { neededCapabilities, readTemplate } from '../../stack/validate.ts'
import { validation } from '../../wire/errors.ts'
import { text } from '../../wire/query.ts'
import type { Xml } from '../../wire/xml.ts'
import type { Call } from '../call.ts'
import { findStack } from './find.ts'
import { templateText } from './source.ts'

export function getTemplate(call: Call): Xml {
  const record = findStack(call)
  const specification = call.cloud.specification(call.world, record, call.now)
  if (!specification) throw validation(`Stack with id ${record.name} does not exist`)
  return {
    TemplateBody: call.cloud.blobs.get(specification.template).toString('utf8'),
    StagesAvailable: ['Original', 'Processed'],
  }
}

export function validateTemplate(call: Call): Xml {
  const template = readTemplate(required(call))
  const { capabilities, reason } = neededCapabilities(template)
  return {
    Parameters: Object.entries(template.Parameters ?? {}).map(([name, parameter]) => ({
      ParameterKey: name,
      DefaultValue: parameter.Default === undefined ? undefined : String(parameter.Default),
      NoEcho: isNoEcho(parameter),
      Description: parameter.Description,
    })),
    Description: template.Description,
    Capabilities: capabilities,
    CapabilitiesReason: reason,
  }
}

export function getTemplateSummary(call: Call): Xml {
  const named = text(call.fields, 'StackName')
  const record = named === undefined ? undefined : findStack(call)
  const specification = record && call.cloud.specification(call.world, record, call.now)
  const template = specification ? call.cloud.template(specification.template) : readTemplate(required(call))
  const { capabilities, reason } = neededCapabilities(template)
  return {
    Parameters: Object.entries(template.Parameters ?? {}).map(([name, parameter]) => ({
      ParameterKey: name,
      DefaultValue: parameter.Default === undefined ? undefined : String(parameter.Default),
      ParameterType: parameter.Type,
      NoEcho: isNoEcho(parameter),
      Description: parameter.Description,
      ParameterConstraints: { AllowedValues: parameter.AllowedValues?.map(String) },
    })),
    Description: template.Description,
    Capabilities: capabilities,
    CapabilitiesReason: reason,
    ResourceTypes: [...new Set(Object.values(template.Resources).map(({ Type }) => Type))],
    Version: template.AWSTemplateFormatVersion,
    Metadata: template.Metadata && JSON.stringify(template.Metadata),
  }
}

function required(call: Call): string {
  const given = templateText(call)
  if (given === undefined) throw validation('Either Template URL or Template Body must be specified.')
  return given
}
