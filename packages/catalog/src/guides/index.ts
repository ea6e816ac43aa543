/** Every guide file of this folder. Written by scripts/generate-catalog.ts; do not edit. */
import type { GuideFile } from '../guide.ts';
import { activecampaign } from './activecampaign.ts';
import { adyen } from './adyen.ts';
import { airtable } from './airtable.ts';
import { algolia } from './algolia.ts';
import { amplitude } from './amplitude.ts';
import { anthropic } from './anthropic.ts';
import { asana } from './asana.ts';
import { assemblyai } from './assemblyai.ts';
import { aws } from './aws.ts';
import { awsBedrock } from './aws-bedrock.ts';
import { awsS3 } from './aws-s3.ts';
import { azureOpenai } from './azure-openai.ts';
import { backblazeB2 } from './backblaze-b2.ts';
import { betterstack } from './betterstack.ts';
import { bitbucket } from './bitbucket.ts';
import { braveSearch } from './brave-search.ts';
import { brevo } from './brevo.ts';
import { buildkite } from './buildkite.ts';
import { chargebee } from './chargebee.ts';
import { circleci } from './circleci.ts';
import { clickup } from './clickup.ts';
import { cloudflare } from './cloudflare.ts';
import { cloudflareGlobal } from './cloudflare-global.ts';
import { cloudflareR2 } from './cloudflare-r2.ts';
import { cloudinary } from './cloudinary.ts';
import { cohere } from './cohere.ts';
import { confluence } from './confluence.ts';
import { contentful } from './contentful.ts';
import { customBasic } from './custom-basic.ts';
import { customBearer } from './custom-bearer.ts';
import { customHeader } from './custom-header.ts';
import { customQuery } from './custom-query.ts';
import { customerioApp } from './customerio-app.ts';
import { customerioTrack } from './customerio-track.ts';
import { datadog } from './datadog.ts';
import { deepgram } from './deepgram.ts';
import { deepl } from './deepl.ts';
import { deepseek } from './deepseek.ts';
import { digitalocean } from './digitalocean.ts';
import { discord } from './discord.ts';
import { doppler } from './doppler.ts';
import { easypost } from './easypost.ts';
import { elasticsearch } from './elasticsearch.ts';
import { elevenlabs } from './elevenlabs.ts';
import { exa } from './exa.ts';
import { figma } from './figma.ts';
import { firecrawl } from './firecrawl.ts';
import { freshdesk } from './freshdesk.ts';
import { gemini } from './gemini.ts';
import { github } from './github.ts';
import { gitlab } from './gitlab.ts';
import { gocardless } from './gocardless.ts';
import { googleApiKey } from './google-api-key.ts';
import { googleMaps } from './google-maps.ts';
import { grafana } from './grafana.ts';
import { groq } from './groq.ts';
import { hcpTerraform } from './hcp-terraform.ts';
import { honeycomb } from './honeycomb.ts';
import { hubspot } from './hubspot.ts';
import { huggingface } from './huggingface.ts';
import { intercom } from './intercom.ts';
import { ipinfo } from './ipinfo.ts';
import { jira } from './jira.ts';
import { klaviyo } from './klaviyo.ts';
import { langfuse } from './langfuse.ts';
import { langsmith } from './langsmith.ts';
import { launchdarkly } from './launchdarkly.ts';
import { linear } from './linear.ts';
import { lob } from './lob.ts';
import { mailchimp } from './mailchimp.ts';
import { mailersend } from './mailersend.ts';
import { mailgun } from './mailgun.ts';
import { messagebird } from './messagebird.ts';
import { mistral } from './mistral.ts';
import { mixpanel } from './mixpanel.ts';
import { mollie } from './mollie.ts';
import { monday } from './monday.ts';
import { mux } from './mux.ts';
import { neon } from './neon.ts';
import { netlify } from './netlify.ts';
import { newrelic } from './newrelic.ts';
import { notion } from './notion.ts';
import { okta } from './okta.ts';
import { openai } from './openai.ts';
import { openrouter } from './openrouter.ts';
import { openweather } from './openweather.ts';
import { opsgenie } from './opsgenie.ts';
import { paddle } from './paddle.ts';
import { pagerduty } from './pagerduty.ts';
import { perplexity } from './perplexity.ts';
import { pinecone } from './pinecone.ts';
import { pingdom } from './pingdom.ts';
import { pipedrive } from './pipedrive.ts';
import { plaid } from './plaid.ts';
import { planetscale } from './planetscale.ts';
import { plivo } from './plivo.ts';
import { posthog } from './posthog.ts';
import { postman } from './postman.ts';
import { postmark } from './postmark.ts';
import { razorpay } from './razorpay.ts';
import { replicate } from './replicate.ts';
import { resend } from './resend.ts';
import { rollbar } from './rollbar.ts';
import { s3Compatible } from './s3-compatible.ts';
import { segment } from './segment.ts';
import { segmentTracking } from './segment-tracking.ts';
import { sendgrid } from './sendgrid.ts';
import { sentry } from './sentry.ts';
import { serpapi } from './serpapi.ts';
import { shopify } from './shopify.ts';
import { slack } from './slack.ts';
import { slackWebhook } from './slack-webhook.ts';
import { snyk } from './snyk.ts';
import { sparkpost } from './sparkpost.ts';
import { square } from './square.ts';
import { statuspage } from './statuspage.ts';
import { stripe } from './stripe.ts';
import { supabase } from './supabase.ts';
import { supabaseManagement } from './supabase-management.ts';
import { tavily } from './tavily.ts';
import { telegram } from './telegram.ts';
import { telnyx } from './telnyx.ts';
import { together } from './together.ts';
import { trello } from './trello.ts';
import { twilio } from './twilio.ts';
import { typeform } from './typeform.ts';
import { uptimerobot } from './uptimerobot.ts';
import { vercel } from './vercel.ts';
import { vonage } from './vonage.ts';
import { voyage } from './voyage.ts';
import { wandb } from './wandb.ts';
import { wasabi } from './wasabi.ts';
import { webflow } from './webflow.ts';
import { workos } from './workos.ts';
import { xai } from './xai.ts';
import { zendesk } from './zendesk.ts';

export const GUIDES: readonly GuideFile[] = [
  activecampaign,
  adyen,
  airtable,
  algolia,
  amplitude,
  anthropic,
  asana,
  assemblyai,
  aws,
  awsBedrock,
  awsS3,
  azureOpenai,
  backblazeB2,
  betterstack,
  bitbucket,
  braveSearch,
  brevo,
  buildkite,
  chargebee,
  circleci,
  clickup,
  cloudflare,
  cloudflareGlobal,
  cloudflareR2,
  cloudinary,
  cohere,
  confluence,
  contentful,
  customBasic,
  customBearer,
  customHeader,
  customQuery,
  customerioApp,
  customerioTrack,
  datadog,
  deepgram,
  deepl,
  deepseek,
  digitalocean,
  discord,
  doppler,
  easypost,
  elasticsearch,
  elevenlabs,
  exa,
  figma,
  firecrawl,
  freshdesk,
  gemini,
  github,
  gitlab,
  gocardless,
  googleApiKey,
  googleMaps,
  grafana,
  groq,
  hcpTerraform,
  honeycomb,
  hubspot,
  huggingface,
  intercom,
  ipinfo,
  jira,
  klaviyo,
  langfuse,
  langsmith,
  launchdarkly,
  linear,
  lob,
  mailchimp,
  mailersend,
  mailgun,
  messagebird,
  mistral,
  mixpanel,
  mollie,
  monday,
  mux,
  neon,
  netlify,
  newrelic,
  notion,
  okta,
  openai,
  openrouter,
  openweather,
  opsgenie,
  paddle,
  pagerduty,
  perplexity,
  pinecone,
  pingdom,
  pipedrive,
  plaid,
  planetscale,
  plivo,
  posthog,
  postman,
  postmark,
  razorpay,
  replicate,
  resend,
  rollbar,
  s3Compatible,
  segment,
  segmentTracking,
  sendgrid,
  sentry,
  serpapi,
  shopify,
  slack,
  slackWebhook,
  snyk,
  sparkpost,
  square,
  statuspage,
  stripe,
  supabase,
  supabaseManagement,
  tavily,
  telegram,
  telnyx,
  together,
  trello,
  twilio,
  typeform,
  uptimerobot,
  vercel,
  vonage,
  voyage,
  wandb,
  wasabi,
  webflow,
  workos,
  xai,
  zendesk,
];
