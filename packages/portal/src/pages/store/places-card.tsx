/** Where a custom credential goes in a request, or how requests are signed with it. */
import { useFormContext, useWatch } from 'react-hook-form';
import { aws } from '../../texts/aws.ts';
import { store } from '../../texts/store.ts';
import { AwsFields } from '../../ui/aws-fields.tsx';
import { Card } from '../../ui/layout.tsx';
import { RulesFields, type Live } from '../../ui/rules-fields.tsx';
import type { FormValues } from './values.ts';

export function PlacesCard({ live }: { readonly live: Live }) {
  const { control } = useFormContext<FormValues>();
  const type = useWatch({ control, name: 'credential_type' });
  // An AWS request is signed as a whole: there are no places to choose.
  if (type === 'aws_sigv4')
    return (
      <Card title={aws.title} lead={aws.lead}>
        <AwsFields live={live} />
      </Card>
    );
  return (
    <Card title={store.places} lead={store.placesLead}>
      <RulesFields live={live} hasPresets={type !== 'basic'} />
    </Card>
  );
}
