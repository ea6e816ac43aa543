/** Where a credential may go and how it gets there: allowed hosts, delivery, the day to rotate it by. */
import { useController, useFormContext } from 'react-hook-form';
import type { TemplateWithGuide } from '../../api/catalog.ts';
import { store } from '../../texts/store.ts';
import { PresignField } from '../../ui/aws-fields.tsx';
import { Button } from '../../ui/button.tsx';
import { CheckField } from '../../ui/check-field.tsx';
import { ChipsField } from '../../ui/chips-field.tsx';
import { TextField } from '../../ui/field.tsx';
import { Callout, Card } from '../../ui/layout.tsx';
import { RadioCards } from '../../ui/radio-cards.tsx';
import type { Live } from '../../ui/rules-fields.tsx';

import type { Delivery, FormValues } from './values.ts';

const DELIVERIES: readonly Delivery[] = ['any', 'proxy_only'];

interface Props {
  readonly template: TemplateWithGuide | undefined;
  /** The template's hosts with its variables filled in, once they are. */
  readonly resolved: readonly string[] | undefined;
  readonly live: Live;
}

export function ReachCard({ template, resolved, live }: Props) {
  const { control, register, formState } = useFormContext<FormValues>();
  const { field: delivery } = useController({ control, name: 'delivery' });
  const { field: anyHost } = useController({ control, name: 'allow_any_host' });
  const { errors } = formState;
  return (
    <Card title={store.reach}>
      <div className="flex flex-col gap-5">
        {!anyHost.value && <HostsField template={template} resolved={resolved} live={live} />}
        {template === undefined && (
          <>
            <CheckField
              label={store.anyHost}
              hint={anyHost.value ? undefined : store.anyHostHint}
              checked={anyHost.value}
              onChange={(event) => anyHost.onChange(event.target.checked)}
            />
            {anyHost.value && <Callout tone="warn">{store.anyHostHint}</Callout>}
            <TextField
              label={store.baseUrl}
              hint={store.baseUrlHint}
              isOptional
              isCode
              placeholder="https://api.example.com/v1"
              {...register('base_url')}
              error={errors.base_url?.message ?? live('base_url')}
            />
          </>
        )}
        <RadioCards
          label={store.delivery}
          value={delivery.value}
          onChange={delivery.onChange}
          options={DELIVERIES.map((value) => ({
            value,
            label: store.deliveries[value][0],
            hint: store.deliveries[value][1],
          }))}
        />
        {template?.credential_type === 'aws_sigv4' && <PresignField live={live} />}
        <TextField
          label={store.rotateBy}
          hint={store.rotateByHint}
          isOptional
          type="date"
          className="sm:max-w-60"
          {...register('rotate_by')}
          error={errors.rotate_by?.message}
        />
      </div>
    </Card>
  );
}

function HostsField({ template, resolved, live }: Props) {
  const { control } = useFormContext<FormValues>();
  const { field, fieldState } = useController({ control, name: 'allowed_hosts' });
  const ofTemplate = resolved ?? template?.allowed_hosts ?? [];
  if (field.value === null)
    return (
      <div className="flex flex-col gap-1.5">
        <p className="text-[13px] font-medium">{store.hosts}</p>
        <ul className="flex flex-wrap gap-1.5" aria-label={store.hosts}>
          {ofTemplate.map((host) => (
            <li
              key={host}
              className="rounded-md bg-sunken px-2 py-0.5 font-mono text-[13px] [overflow-wrap:anywhere]"
            >
              {host}
            </li>
          ))}
        </ul>
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-[13px] text-ink-3">
          {store.hostsOfTemplate}
          <Button size="small" look="quiet" onClick={() => field.onChange([...(resolved ?? [])])}>
            {store.changeHosts}
          </Button>
        </div>
      </div>
    );
  return (
    <div className="flex flex-col gap-1.5">
      <ChipsField
        label={store.hosts}
        hint={store.hostsHint}
        placeholder="api.example.com"
        values={field.value}
        onChange={(hosts) => field.onChange([...new Set(hosts.map(hostOf))])}
        judge={(text) => (HOST.test(hostOf(text)) ? undefined : store.hostFault)}
        error={fieldState.error?.message ?? live('allowed_hosts')}
      />
      {template !== undefined && (
        <Button size="small" look="quiet" className="self-start" onClick={() => field.onChange(null)}>
          {store.hostsOfTemplateAgain}
        </Button>
      )}
    </div>
  );
}

/** The API judges the rest. */
const HOST = /^(?:http:\/\/)?[^\s/?#@]+$/;

/** Whoever pastes an address means its host. */
const hostOf = (text: string): string => text.replace(/^https:\/\/([^/?#]+).*$/i, '$1');
