/** The page of the tests' identity provider, for a browser: who is asked says yes or no. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { OidcProvider } from './oidc-provider.ts';

export function signInPage(provider: OidcProvider, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', provider.issuer);
  const answer = url.searchParams.get('answer');
  if (answer === 'yes' || answer === 'no') {
    response.writeHead(302, { Location: provider.authorize(url.href, answer).href }).end();
    return;
  }
  const link = (word: string): string => {
    const to = new URL(url);
    to.searchParams.set('answer', word);
    return `${to.pathname}${to.search}`.replaceAll('&', '&amp;');
  };
  response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
  response.end(
    `<!doctype html><html lang="en"><title>Example ID</title><h1>Example ID</h1><p>You are ${provider.person.sub}.</p>` +
      `<p><a href="${link('yes')}">Continue</a></p><p><a href="${link('no')}">Cancel</a></p></html>`,
  );
}
