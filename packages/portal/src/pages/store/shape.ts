/** What of the form a preview is asked for with, read as it is typed; the values of a credential are not among it. */
import { get, useFormState, useWatch, type Control } from 'react-hook-form';
import type { TemplateWithGuide } from '../../api/catalog.ts';
import type { ApiError } from '../../api/client.ts';
import { dotted, sentence } from '../../ui/forms.ts';
import type { Live } from '../../ui/rules-fields.tsx';
import { BLANK, formPath, previewOf, type FormValues, type Preview, type Shape } from './values.ts';

const WATCHED = [
  'variables',
  'more',
  'credential_type',
  'injection',
  'aws',
  'allowed_hosts',
  'allow_any_host',
  'base_url',
] as const;

export function useShape(
  control: Control<FormValues>,
  template: TemplateWithGuide | undefined,
): { readonly preview: Preview; readonly values: Shape } {
  const [variables, more, credential_type, injection, aws, allowed_hosts, allow_any_host, base_url] =
    useWatch({ control, name: WATCHED });
  const addressed = (template?.fields ?? []).filter((field) => field.address !== undefined && !field.secret);
  const addresses = useWatch({ control, name: addressed.map(({ name }) => `credential.${name}` as const) });
  const { dirtyFields } = useFormState({ control });
  const values = {
    variables,
    more,
    credential_type,
    injection,
    aws,
    allowed_hosts,
    allow_any_host,
    base_url,
  };
  const filled = Object.entries(dirtyFields.credential ?? {}).filter(([, isDirty]) => isDirty);
  return {
    values,
    preview: previewOf(values, template, {
      names: new Set(filled.map(([name]) => name)),
      addresses: Object.fromEntries(addressed.map(({ name }, at) => [name, addresses[at] ?? ''])),
    }),
  };
}

/** Of a field that is still empty nothing: it is being filled in. */
export function liveIssues(error: ApiError | null, shape: Shape): Live {
  const issues = (error?.issues ?? []).map(({ path, message }) => ({
    path: formPath(dotted(path), { ...BLANK, ...shape }),
    message,
  }));
  return (path) => {
    const issue = issues.find((one) => one.path === path || one.path.startsWith(`${path}.`));
    const value: unknown = get(shape, path);
    const isEmpty = value === '' || value === undefined || (Array.isArray(value) && value.length === 0);
    return issue === undefined || isEmpty ? undefined : sentence(issue.message);
  };
}
