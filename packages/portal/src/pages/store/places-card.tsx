/** The injection rules of a custom credential. */
import { useFormContext, useWatch } from 'react-hook-form';
import { store } from '../../texts/store.ts';
import { Card } from '../../ui/layout.tsx';
import { RulesFields, type Live } from '../../ui/rules-fields.tsx';
import type { FormValues } from './values.ts';

export function PlacesCard({ live }: { readonly live: Live }) {
  const { control } = useFormContext<FormValues>();
  const type = useWatch({ control, name: 'credential_type' });
  // An AWS request is signed as a whole: there are no places to choose.
  if (type === 'aws_sigv4') return null;
  return (
    <Card title={store.places} lead={store.placesLead}>
      <RulesFields live={live} hasPresets={type !== 'basic'} />
    </Card>
  );
}
